"""Keeping svodka running: what happened, whether all is in place, safe copies, schedules."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.addresses import hide_secrets
from pipeline.errors import EXIT_DONE, EXIT_LOOK, StoreError
from pipeline.progress import say
from pipeline.store import Store, lock

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipeline.settings import Settings


@click.command()
@click.option("--runs", default=7, show_default=True, help="How many runs to show.")
@click.pass_obj
def status(settings: Settings, runs: int) -> None:
    """Show the last runs, what the database holds, and how each feed does against its own habit."""
    from pipeline.store.health import counts, feed_health, last_runs

    with Store.read(settings.db) as store:
        held, lately, feeds = counts(store), last_runs(store, runs), feed_health(store, now=settings.now)
    if settings.json:
        told = json.dumps({"counts": held, "runs": lately, "feeds": feeds}, ensure_ascii=False, indent=1)
        click.echo(hide_secrets(told))
        return
    click.echo("  ".join(f"{name} {count}" for name, count in held.items()))
    click.echo()
    for row in lately:
        ended = f"exit {row['exit_code']}" if row["finished_at"] else "did not finish"
        numbers = f"{row['new_articles']:6} new {row['understood']:6} understood {row['failures']:4} failures"
        click.echo(f"{row['started_at']}  {row['command']:9} {ended:14} {numbers}")
    click.echo()
    for row in feeds:
        click.echo(hide_secrets(_feed_line(row)))


def _feed_line(row: dict[str, Any]) -> str:
    share = f"{row['today']:5} today, usually {row['usual']:6}"
    line = f"{row['verdict']:8} {row['name'][:32]:32} {share}  newest {row['newest_at'] or '-'}"
    told = [
        f"failing since {row['failing_since']}: {row['error']}" if row["failing_since"] else "",
        f"moved to {row['moved_to']}" if row["moved_to"] else "",
    ]
    return "  ".join([line, *filter(None, told)])


@click.command()
@click.argument("target", type=click.Path(path_type=Path))
@click.option("--keep", type=click.IntRange(1), help="TARGET is a folder: write a dated copy and keep so many.")
@click.pass_obj
def backup(settings: Settings, target: Path, keep: int | None) -> None:
    """Write a safe, checked copy of the database to TARGET, also while a run is going on.

    The copy is checked before it gets its name, so a file that is there is whole.
    """
    if keep is not None:
        target.mkdir(parents=True, exist_ok=True)
        target = target / f"news-{settings.now:%Y%m%dT%H%M%SZ}.db"
    elif target.is_dir():
        raise StoreError(f"{target} is a folder. Name a file, or add --keep N for dated copies in it.")
    with Store.read(settings.db) as store:
        store.backup(target)
    if keep is not None:
        for old in sorted(target.parent.glob("news-????????T??????Z.db"))[:-keep]:
            old.unlink()
    click.echo(target)


@click.command()
@click.argument("source", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.pass_obj
def restore(settings: Settings, source: Path) -> None:
    """Put the backup SOURCE in the place of the database; the present one is kept beside it.

    The backup is checked first; a damaged one is refused and nothing is touched.
    """
    from pipeline.store.health import problems

    with Store.read(source) as copy:
        if found := list(problems(copy, full=True)):
            raise StoreError(f"{source} is damaged ({found[0]}). Nothing was changed; try an older backup.")
    with lock(settings.db):
        part = settings.db.with_name(settings.db.name + ".restored")
        with Store.read(source) as copy:
            copy.backup(part)
        aside = settings.db.with_name(f"{settings.db.name}.before-{settings.now:%Y%m%dT%H%M%SZ}")
        for suffix in ("", "-wal", "-shm"):
            old = settings.db.with_name(settings.db.name + suffix)
            if old.exists():
                old.rename(aside.with_name(aside.name + suffix))
        part.replace(settings.db)
    say(f"The database before is kept as {aside}; delete it when all is well.")
    click.echo(settings.db)


@click.command()
@click.option("--full", is_flag=True, help="Every page, reference, index and text; else a quick look.")
@click.pass_obj
def check(settings: Settings, *, full: bool) -> int:
    """Check the database for damage; exit code 1 and a line for each thing that is wrong."""
    from pipeline.store.health import check_search_index, problems

    with Store.read(settings.db) as store:
        found = list(problems(store, full=full))
    if full and not found:
        with lock(settings.db), Store.open(settings.db, create=False) as store:
            found += check_search_index(store)
    return _tell(settings, found, advice=f"Keep a copy of {settings.db} and run `svodka restore` with the last backup.")


def _tell(settings: Settings, found: Iterable[str], *, advice: str) -> int:
    lines = list(found)
    if settings.json:
        click.echo(json.dumps({"problems": lines}, ensure_ascii=False, indent=1))
    else:
        click.echo("\n".join(lines) or "ok")
    if lines:
        say(f"svodka: {len(lines)} problems. {advice}")
    return EXIT_LOOK if lines else EXIT_DONE


@click.command()
@click.option("--raw", type=click.IntRange(0), default=30, show_default=True, help="Days to keep fetched documents.")
@click.option(
    "--fetches", type=click.IntRange(1), default=400, show_default=True, help="Days to keep attempts to fetch."
)
@click.option("--runs", type=click.IntRange(1), default=1500, show_default=True, help="Days to keep runs.")
@click.option("--dry-run", is_flag=True, help="Only say what would go.")
@click.pass_obj
def prune(settings: Settings, raw: int, fetches: int, runs: int, *, dry_run: bool) -> None:
    """Delete what is older than its retention. Articles, mentions, meetings, agreements and letters always stay."""
    from pipeline.store.pruning import prune as prune_rows

    with lock(settings.db), Store.open(settings.db, create=False) as store:
        days = {"raw_documents": raw, "fetches": fetches, "runs": runs}
        gone = prune_rows(store, now=settings.now, days=days, dry_run=dry_run)
    if settings.json:
        click.echo(json.dumps(gone))
    else:
        for table, count in gone.items():
            click.echo(f"{table}: {count} rows {'would go' if dry_run else 'deleted'}")


@click.command()
@click.option("--format", "form", type=click.Choice(["cron", "systemd"]), default="cron", show_default=True)
@click.option("--timezone", default="Asia/Tashkent", show_default=True, help="The desk's time zone (systemd).")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Write the units to this folder.")
@click.pass_obj
def schedule(settings: Settings, form: str, timezone: str, out: Path | None) -> None:
    """Print the crontab lines or the systemd units that run svodka unattended."""
    from pipeline.schedule import crontab, units

    if form == "cron":
        click.echo(crontab(settings), nl=False)
        return
    for name, text in units(settings, timezone).items():
        if out:
            out.mkdir(parents=True, exist_ok=True)
            (out / name).write_text(text, encoding="utf-8")
            click.echo(out / name)
        else:
            click.echo(f"# {name}\n{text}")
