"""The command `collect`: fetch, parse and store, cheap enough for every half hour."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline import __version__
from pipeline.errors import EXIT_DONE, EXIT_LOOK
from pipeline.progress import log
from pipeline.records import Outcome
from pipeline.store import Store, lock

if TYPE_CHECKING:
    from pipeline.records import Feed
    from pipeline.settings import Settings
    from pipeline.store.archive import Reading, Saved


@click.command()
@click.option("--feeds", "path", type=click.Path(path_type=Path), help="The list of feeds.  [default: feeds.yaml]")
@click.option("--only", multiple=True, metavar="NAME", help="Ask only this feed, and now. Repeatable.")
@click.option("--quiet", is_flag=True, help="Tell only of feeds that fail or have missed news.")
@click.pass_obj
def collect(settings: Settings, path: Path | None, only: tuple[str, ...], *, quiet: bool) -> int:
    """Fetch the feeds that are due and store their articles, to be understood by the next `svodka run`.

    Many feeds hold the news of a few hours only, so let cron call this every 30 to 60 minutes. A feed is asked no
    more often than its server and its own entry allow.
    """
    from pipeline.collect import collect as collect_feeds
    from pipeline.feeds import choose, load_feeds
    from pipeline.store.archive import finish_run, start_run

    feeds = choose(load_feeds(path or settings.find("feeds.yaml")), only)

    def report(feed: Feed, reading: Reading, saved: Saved) -> None:
        told = describe(feed, reading, saved)
        if told and (not quiet or reading.failure or saved.gap):
            log(told, as_json=settings.json)

    with lock(settings.db), Store.open(settings.db) as store:
        run = start_run(store, "collect", now=settings.now, code_version=__version__)
        done = collect_feeds(
            store,
            feeds,
            now=settings.now,
            run=run,
            report=report,
            insist=bool(only),
        )
        code = EXIT_LOOK if done.failed and not done.read else EXIT_DONE
        counts = {"new": len(done.new), "failures": done.failed}
        finish_run(store, run, now=settings.clock(), exit_code=code, counts=counts, model="")
    totals = asdict(done) | {"new": len(done.new), "changed": len(done.changed)}
    if settings.json:
        click.echo(json.dumps(totals))
    elif not quiet or code:
        log({"total": "collect"} | totals)
    return code


def describe(feed: Feed, reading: Reading, saved: Saved) -> dict[str, object]:
    """Tell what became of a feed, for its log line; empty where there is nothing to tell (it was not due)."""
    if reading.outcome is Outcome.NOT_DUE:
        return {}
    told: dict[str, object] = {"feed": feed.name, "outcome": str(reading.outcome)}
    if reading.outcome is Outcome.OK:
        told |= {"entries": reading.entries, "new": len(saved.new), "changed": len(saved.changed)}
    if reading.skipped:
        told["unreadable"] = len(reading.skipped)
    if saved.gap:
        told["gap"] = "news was missed since the last visit"
    if reading.moved_to:
        told["moved_to"] = reading.moved_to
    if reading.notes:
        told["note"] = "; ".join(reading.notes)
    if reading.failure is not None:
        told |= {"error": reading.failure.kind, "detail": reading.failure.detail}
    elif reading.outcome is Outcome.GONE:
        told["detail"] = f"its server said that it is gone for good; change or remove it (line {feed.line})"
    return told
