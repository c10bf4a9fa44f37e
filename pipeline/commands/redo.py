"""Deriving again from what is stored, after a parser, model or rule changed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from pipeline.commands.run import at_work, engine_options, understand_all
from pipeline.errors import EXIT_DONE
from pipeline.progress import progress

if TYPE_CHECKING:
    from pipeline.settings import Settings
    from pipeline.store import Store
    from pipeline.store.replay import Change

SHOWN = 60  # characters of an old and a new text in the list of changes


@click.command()
@click.argument("what", type=click.Choice(["parse", "topics", "events", "all"]))
@engine_options
@click.pass_obj
def redo(settings: Settings, what: str, workers: int, engine: str, cluster: str | None) -> int:
    """Derive again from what is stored, and print what changed.

    \b
    parse    read the kept bytes of the feeds again, after a parser change
    topics   tell the topics of all articles again, after a model change
    events   find and resolve all meetings and agreements again, and make the search index anew
    all      all of it, in this order

    Corrections made with `svodka fix` hold. Stopped in the middle, the next run goes on. With `events` and `all` a
    search finds an article again once it was read again.
    """
    told: dict[str, Any] = {}
    with at_work(settings, f"redo {what}") as (store, night, _):
        if what in {"parse", "all"}:
            told["parse"] = _parse(store, settings)
        if what == "topics":
            told["topics"] = _topics(store, settings)
        if what in {"events", "all"}:
            from pipeline.store.redoing import redo_events

            diffs = redo_events(
                store,
                lambda: understand_all(store, settings, night, workers=workers, engine=engine, cluster=cluster),
                now=settings.now,
                made_by=night.model_version,
            )
            told["events"] = [line for diff in diffs for line in diff.lines()]
            told["same"] = {diff.family: diff.same for diff in diffs}
    if settings.json:
        click.echo(json.dumps(told, ensure_ascii=False, indent=1))
    else:
        for lines in told.values():
            click.echo("\n".join(lines) if isinstance(lines, list) else json.dumps(lines, ensure_ascii=False))
    return EXIT_DONE


def _parse(store: Store, settings: Settings) -> list[str]:
    from pipeline.feeds import load_feeds
    from pipeline.replay import redo_parse

    lines: list[str] = []
    redo_parse(
        store,
        load_feeds(settings.find("feeds.yaml")),
        now=settings.now,
        report=lambda change: lines.append(_change_line(change)),
    )
    return lines


def _change_line(change: Change) -> str:
    if change.field == "new":
        return f"+ article {change.article_id} {change.url}"
    before, after = (" ".join(text.split())[:SHOWN] for text in (change.old, change.new))
    return f"~ article {change.article_id} {change.field}: {before} → {after}"


def _topics(store: Store, settings: Settings) -> list[str]:
    from pipeline.engines import reader
    from pipeline.records import Depth
    from pipeline.topics.relabel import redo_topics

    models = reader(str(settings.home))
    total = store.value("SELECT count(*) FROM articles WHERE understood_by IS NOT NULL")
    with progress("topics", total) as report:
        found = redo_topics(
            store,
            models.topics,
            lambda documents: models.annotator.annotate(documents, depth=lambda _: Depth.TOKENS),
            progress=report,
        )
    return [
        f"{found.articles} articles: {found.articles_changed} of them and {found.mentions_changed} mentions changed",
        *(
            f"{topic}: {found.gained[topic]} gained, {found.lost[topic]} lost"
            for topic in sorted(found.gained.keys() | found.lost.keys())
        ),
    ]
