"""The command `collect`: fetch, parse and store, cheap enough for every half hour."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.records import Outcome

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
    from pipeline.commands.run import at_work, collect_feeds
    from pipeline.feeds import choose, load_feeds

    feeds = choose(load_feeds(path or settings.find("feeds.yaml")), only)
    # Every half hour the whole file is too much to look through; the nightly run does.
    with at_work(settings, "collect", quiet=quiet, checked=False) as (store, night, run_id):
        collect_feeds(store, settings, feeds, night, run_id, insist=bool(only), quiet=quiet)
    return night.exit_code


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
