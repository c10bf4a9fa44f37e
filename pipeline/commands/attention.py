"""What needs a person's eye, for the command line."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import click

from pipeline.store import Store
from pipeline.store.attention import LOOKED_AT, ask, read_queries

if TYPE_CHECKING:
    from pipeline.settings import Settings

SHOWN = 20  # rows on a terminal unless a limit is given


@click.command()
@click.argument("name", type=click.Choice(LOOKED_AT), required=False)
@click.option("--limit", type=click.IntRange(1), help=f"Rows to print.  [default: {SHOWN} on a terminal, else all]")
@click.pass_obj
def attention(settings: Settings, name: str | None, limit: int | None) -> None:
    """List what needs a person's eye: how much of each, or the rows of NAME.

    \b
    coming             meetings by date, from today on
    overdue_meetings   the day has passed, nobody reports that it was held
    overdue_signings   promised for a day that has passed
    unratified         signed half a year ago, ratification was spoken of
    contradicted       a source says otherwise, since two weeks
    partly_signed      some sides have signed, others not yet
    doubles            two records that may be one: `svodka fix merge`
    """
    with Store.read(settings.db) as store:
        queries = [query for query in read_queries(settings.find("db/queries")) if name in {None, query.name}]
        answers = {query.name: ask(store, query, today=settings.now.date()) for query in queries}
    if settings.json:
        click.echo(json.dumps({"schema": "svodka.attention.1", **answers}, ensure_ascii=False, indent=1))
        return
    for query in queries:
        rows = answers[query.name]
        if name is None:
            click.echo(f"{len(rows):6}  {query.name:18}{query.title}")
            continue
        shown = rows[: limit or (SHOWN if sys.stdout.isatty() else None)]
        for row in shown:
            click.echo("\t".join("" if value is None else " ".join(str(value).split()) for value in row.values()))
        rest = f", {len(shown)} shown" if len(shown) < len(rows) else ""
        click.echo(f"{query.title}: {len(rows)}{rest}", err=True)
