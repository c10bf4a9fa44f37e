"""The command `collect`: fetch, parse and store, cheap enough for every half hour."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline import __version__
from pipeline.errors import EXIT_DONE, EXIT_LOOK
from pipeline.progress import say
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
        line = describe(feed, reading, saved)
        if line and (not quiet or reading.failure or saved.gap):
            say(line)

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
    if settings.json:
        click.echo(json.dumps(asdict(done) | {"new": len(done.new), "changed": len(done.changed)}))
    if not quiet or code:
        say(
            f"total feeds={done.feeds} read={done.read} failed={done.failed} not_due={done.not_due} "
            f"new={len(done.new)} changed={len(done.changed)} pages={done.pages} reprints={done.reprints} "
            f"gaps={done.gaps}",
        )
    return code


def describe(feed: Feed, reading: Reading, saved: Saved) -> str:
    """Tell in one line what became of a feed; "" where there is nothing to tell (it was not due)."""
    if reading.outcome is Outcome.NOT_DUE:
        return ""
    name = f"{feed.name[:28]:28}"
    if reading.failure is not None:
        return f"{name} failed      {reading.failure.detail}"
    if reading.outcome is Outcome.GONE:
        return f"{name} off         its server said that it is gone for good; change or remove it (line {feed.line})"
    if reading.outcome is Outcome.NOT_MODIFIED:
        words = "unchanged"
    else:
        words = f"{len(saved.new)} new, {len(saved.changed)} changed of {reading.entries}"
    told = [
        f"{len(reading.skipped)} items unreadable" if reading.skipped else "",
        "news was missed since the last visit" if saved.gap else "",
        f"moved to {reading.moved_to}" if reading.moved_to else "",
        *reading.notes,
    ]
    return "; ".join([f"{name} {words}", *filter(None, told)])
