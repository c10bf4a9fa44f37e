"""The nightly job and its parts over what is stored: run, import."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from pipeline import __version__
from pipeline.errors import EXIT_LOOK, SvodkaError
from pipeline.nightly import Night, understand_new
from pipeline.progress import log, progress, say
from pipeline.records import Failure
from pipeline.store import Store, lock, refuse_full_disk
from pipeline.store.archive import finish_run, start_run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pipeline.records import Feed
    from pipeline.settings import Settings
    from pipeline.store.archive import Reading, Saved

workers_option = click.option(
    "--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Processes that read articles."
)


def engine_options(command: Callable[..., object]) -> Callable[..., object]:
    """Let a person choose where articles are read."""
    for option in (
        click.option(
            "--cluster", metavar="ADDRESS", help="The scheduler of a running Dask cluster; else one of our own."
        ),
        click.option(
            "--engine",
            type=click.Choice(["local", "dask"]),
            default="local",
            show_default=True,
            help="Where articles are read: processes here, or a Dask cluster.",
        ),
        workers_option,
    ):
        command = option(command)
    return command


@click.command()
@click.option("--feeds", "feeds_file", type=click.Path(path_type=Path, dir_okay=False), help="Another feeds.yaml.")
@click.option("--only", multiple=True, metavar="NAME", help="Read only the feed of this name; can be repeated.")
@click.option("--no-fetch", is_flag=True, help="Leave the network alone: understand and resolve what is stored.")
@workers_option
@click.pass_obj
def run(settings: Settings, feeds_file: Path | None, only: tuple[str, ...], *, no_fetch: bool, workers: int) -> int:
    """Do the nightly job: read the feeds, understand new articles, join their mentions to meetings and agreements.

    One line a feed and the totals go to standard error; nothing goes to standard output.
    """
    from pipeline.feeds import choose, load_feeds

    feeds = choose(load_feeds(feeds_file or settings.find("feeds.yaml")), only)
    with at_work(settings, "run") as (store, night, run_id):
        if not no_fetch:
            collect_feeds(store, settings, feeds, night, run_id, insist=bool(only))
        understand_and_resolve(store, settings, night, workers=workers)
        code = max(night.exit_code, _send_alerts(settings, store))
    _tell_the_watchdog(settings, code)
    return code


def _send_alerts(settings: Settings, store: Store) -> int:
    from pipeline.commands.alerts import after_run

    try:
        return after_run(settings, store)
    except SvodkaError as error:
        # The night is stored; letters wait in the ledger for the next run.
        say(f"svodka: {error}")
        return EXIT_LOOK


def _tell_the_watchdog(settings: Settings, code: int) -> None:
    """Ask the address in SVODKA_PING, with the exit code at its end, so that a night that never came is missed."""
    address = settings.env.get("SVODKA_PING", "")
    if not address:
        return
    from pipeline.client import Client, Request

    home = urlsplit(address).hostname
    reply = Client().get(Request(url=f"{address.rstrip('/')}/{code}", home=home, seconds=10.0))
    if isinstance(reply, Failure):
        say(f"svodka: the watch-dog at {home} did not answer ({reply.kind})")


@click.command(name="import")
@click.argument("paths", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@click.option("--store-only", is_flag=True, help="Store the articles; the next run understands them.")
@engine_options
@click.pass_obj
def import_(
    settings: Settings, paths: tuple[Path, ...], *, store_only: bool, workers: int, engine: str, cluster: str | None
) -> int:
    """Put archives into the database: JSON Lines of documents (also .gz), Parquet, saved feed documents, folders.

    Stopped anywhere, the same command goes on where it was; the same file again adds nothing.
    """
    from pipeline.archives import archive_files, import_file
    from pipeline.sandbox import Sandbox

    with at_work(settings, "import") as (store, night, _):
        with Sandbox() as sandbox:
            for path in archive_files(paths):
                with progress(path.name) as report:
                    imported = import_file(store, path, now=settings.now, sandbox=sandbox, progress=report)
                night.add(new=imported.new, changed=imported.changed, failures=len(imported.refused))
                for failure in imported.refused:
                    say(f"svodka: {failure.subject}: {failure.detail}")
                earlier = f", {imported.skipped} stored before" if imported.skipped else ""
                say(f"{path.name}: {imported.lines} read, {imported.new} new articles{earlier}")
        if not store_only:
            understand_and_resolve(store, settings, night, workers=workers, engine=engine, cluster=cluster)
    return night.exit_code


@contextmanager
def at_work(
    settings: Settings, command: str, *, quiet: bool = False, checked: bool = True
) -> Iterator[tuple[Store, Night, int]]:
    """Hold the lock and an open store for one run, which is noted with its outcome.

    If checked, the file is looked through first, and nothing is written to a damaged one. The totals are told at the
    end, if quiet only where a person must look.
    """
    refuse_full_disk(settings.db)
    with lock(settings.db), Store.open(settings.db) as store:
        if checked:
            store.refuse_damage()
        night = Night()
        run_id = start_run(store, command, now=settings.now, code_version=__version__)
        yield store, night, run_id
        finish_run(
            store,
            run_id,
            now=settings.clock(),
            exit_code=night.exit_code,
            counts=night.counts,
            model=night.model_version,
        )
        if not quiet or night.exit_code:
            log({"total": command, **night.counts}, as_json=settings.json)


def collect_feeds(
    store: Store,
    settings: Settings,
    feeds: Sequence[Feed],
    night: Night,
    run_id: int,
    *,
    insist: bool,
    quiet: bool = False,
) -> None:
    """Read the feeds that are due and store their articles; says one line a feed, if quiet of trouble only."""
    from pipeline.collect import collect
    from pipeline.commands.collect import describe

    def report(feed: Feed, reading: Reading, saved: Saved) -> None:
        told = describe(feed, reading, saved)
        if told and (not quiet or reading.failure or saved.gap):
            log(told, as_json=settings.json)

    collected = collect(store, feeds, now=settings.now, run=run_id, report=report, insist=insist)
    night.add(
        feeds_read=collected.read,
        feeds_failed=collected.failed,
        feeds_not_due=collected.not_due,
        gaps=collected.gaps,
        new=len(collected.new),
        changed=len(collected.changed),
        pages=collected.pages,
        unreadable=collected.skipped,
    )


def understand_and_resolve(
    store: Store, settings: Settings, night: Night, *, workers: int, engine: str = "local", cluster: str | None = None
) -> None:
    """Understand what is stored and unread, and join the new mentions."""
    from pipeline.store.resolution import resolve_new

    understand_waiting(store, settings, night, workers=workers, engine=engine, cluster=cluster)
    night.add(**resolve_new(store, now=settings.now, made_by=night.model_version))


def understand_all(
    store: Store, settings: Settings, night: Night, *, workers: int, engine: str, cluster: str | None
) -> None:
    """Understand every stored article anew; what is stopped in the middle, the next run goes on with."""
    from pipeline.store.understanding import forget_all

    forget_all(store)
    understand_waiting(store, settings, night, workers=workers, engine=engine, cluster=cluster)


def understand_waiting(
    store: Store, settings: Settings, night: Night, *, workers: int, engine: str, cluster: str | None
) -> None:
    """Understand the articles that wait for it; the models are loaded only if there are any."""
    waiting = store.value("SELECT count(*) FROM articles WHERE understood_by IS NULL")
    if not waiting:
        return
    from pipeline.engines import reader, understanding
    from pipeline.store.topics import declare_topics

    models = reader(str(settings.home))
    night.model_version = models.model_version
    declare_topics(store, models.topics.titles)
    with (
        understanding(engine, settings.home, workers=workers, cluster=cluster) as understand,
        progress("understand", waiting) as report,
    ):
        understand_new(store, understand, night, now=settings.now, made_by=models.made_by, progress=report)
