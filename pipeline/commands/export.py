"""Records for other tools, and the published copy of the database."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.commands.ask import as_filters
from pipeline.errors import UsageError
from pipeline.progress import say
from pipeline.records import AGREEMENT_KINDS, AGREEMENT_STATUSES, SUMMIT_KINDS, SUMMIT_STATUSES, TOPICS
from pipeline.store import Store, asking
from pipeline.store.files import write_whole

if TYPE_CHECKING:
    from pipeline.settings import Settings

FORMS = ("csv", "xlsx", "json", "jsonl", "ics", "atom", "plover")
EVERYTHING = 2**62


@click.command()
@click.argument("what", type=click.Choice(["summits", "agreements", "articles"]), default="agreements")
@click.option("--format", "form", type=click.Choice(FORMS), default="csv", show_default=True)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file, whole or not at all.")
@click.option("--since", metavar="DATE", help="From this day, month or year on.")
@click.option("--until", metavar="DATE", help="Up to this day, month or year.")
@click.option(
    "--country", "countries", multiple=True, metavar="UZ", help="With this state. Given twice, both take part."
)
@click.option("--topic", "topics", multiple=True, type=click.Choice(TOPICS))
@click.option("--status", "statuses", multiple=True, type=click.Choice((*SUMMIT_STATUSES, *AGREEMENT_STATUSES)))
@click.option("--kind", "kinds", multiple=True, type=click.Choice((*SUMMIT_KINDS, *AGREEMENT_KINDS)))
@click.option("--words", default="", help="Only what articles with these words tell of.")
@click.option("--limit", type=click.IntRange(1), help="At most so many, the newest.  [default: all]")
@click.pass_obj
def export(settings: Settings, /, what: str, form: str, out: Path | None, limit: int | None, **chosen: Any) -> None:  # noqa: ANN401 - the filters
    """Write meetings, agreements or articles in a form that other tools read.

    csv opens in Russian Excel, xlsx has real dates and filters, ics is a calendar of meetings, atom a feed, json and
    jsonl have English keys, plover is for those who count events.

    \b
    svodka export agreements --format xlsx --country UZ --since 2026 --out uz.xlsx
    svodka export summits --format ics --status planned > meetings.ics
    """
    from pipeline.desk import read_desk
    from pipeline.outputs.export import Request
    from pipeline.outputs.export import export as write

    if form == "xlsx" and out is None and sys.stdout.isatty():
        raise UsageError("A workbook is not for a terminal: name a file with --out.")
    desk = read_desk(settings)
    with Store.read(settings.db) as store:
        asked = Request(
            store=store,
            what=what,
            filters=replace(as_filters(store, **chosen), limit=limit or EVERYTHING),
            names=asking.state_names(store),
            pages=desk.pages,
            title=desk.title,
        )
        pieces = write(asked, form)
        if out is None:
            for piece in pieces:
                sys.stdout.buffer.write(piece)
            sys.stdout.buffer.flush()
        else:
            write_whole(out, pieces)
            say(str(out))


@click.command()
@click.argument("target", type=click.Path(path_type=Path, dir_okay=False))
@click.pass_obj
def publish(settings: Settings, target: Path) -> None:
    """Write the copy of the database that others may read: one file, no addresses of subscribers, no raw pages.

    It replaces TARGET in one step, opens read-only anywhere, and never makes the nightly run wait.
    """
    from pipeline.store.publishing import publish as write

    with Store.read(settings.db) as store:
        write(store, target)
    say(str(target))


@click.command()
@click.argument("table", required=False)
@click.pass_obj
def schema(settings: Settings, table: str | None) -> None:
    """Explain the tables and views of the database: what a row is, and every column."""
    from pipeline.store.schema import read_schema

    found = [one for one in read_schema() if table in {None, one.name}]
    if not found:
        raise UsageError(f"There is no table {table!r}. `svodka schema` lists them all.")
    if settings.json:
        import json
        from dataclasses import asdict

        click.echo(
            json.dumps(
                {"schema": "svodka.schema.1", "tables": [asdict(one) for one in found]}, ensure_ascii=False, indent=1
            )
        )
        return
    for one in found:
        click.echo(f"{one.name}  {one.comment}")
        width = max(len(column.name) for column in one.columns)
        for column in one.columns:
            said = "  ".join(
                filter(None, [column.type.lower(), column.references and f"-> {column.references}", column.comment])
            )
            click.echo(f"  {column.name:{width}}  {said}".rstrip())
        click.echo()
