"""Kept documents are read again after a change of the parser: what they now give is compared with what is stored."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipeline.collect import read_document
from pipeline.pages import extract
from pipeline.records import Failure, Feed, Fetched, Validators
from pipeline.sandbox import Overrun, Sandbox
from pipeline.store.replay import correct_articles, correct_page, kept_documents, kept_pages
from pipeline.store.stories import group_reprints

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from pipeline.records import Article
    from pipeline.store import Store
    from pipeline.store.replay import Change, KeptDocument


@dataclass(kw_only=True)
class Replayed:
    """What reading the kept documents again came to."""

    documents: int = 0  # of feeds
    pages: int = 0
    unreadable: int = 0
    new: list[int] = field(default_factory=list)  # row ids of articles
    changed: list[int] = field(default_factory=list)


def redo_parse(
    store: Store,
    feeds: Iterable[Feed],
    *,
    now: datetime,
    report: Callable[[Change], None],
    sandbox: Sandbox | None = None,
) -> Replayed:
    """Read every kept document of a feed and every kept page again, and correct what comes out differently.

    `report` gets each change of a field, and each article that was not read before, once it is stored. Of the
    documents that hold an article the newest counts; an earlier text is kept as a version.
    """
    declared = {feed.name: feed for feed in feeds}
    done = Replayed()
    with sandbox or Sandbox() as children:
        for feed_id, documents in kept_documents(store):
            readings = [_read(store, document, declared, children) for document in documents]
            done.documents += len(readings)
            done.unreadable += sum(articles is None for _, articles in readings)
            newest: dict[str, tuple[datetime, Article]] = {}
            for read_at, articles in readings:
                newest.update({article.url: (read_at, article) for article in articles or ()})
            _note(done, correct_articles(store, newest.values(), feed_id=feed_id, now=now), report)
        for page in kept_pages(store):
            done.pages += 1
            try:
                text = children.call(extract, page.content, page.content_type, page.url)
            except Overrun:
                done.unreadable += 1
                continue
            _note(done, correct_page(store, page, text, now=now), report)
    group_reprints(store)
    return done


def _read(
    store: Store, document: KeptDocument, declared: dict[str, Feed], sandbox: Sandbox
) -> tuple[datetime, tuple[Article, ...] | None]:
    feed = declared.get(document.feed) or Feed(name=document.feed, url=document.url)
    fetched = Fetched(
        feed=feed,
        url=document.url,
        status=200,
        headers={"content-type": document.content_type},
        body=document.content(store),
        validators=Validators(),
        fetched_at=document.fetched_at,
    )
    try:
        read = sandbox.call(read_document, fetched)
    except Overrun:
        return document.fetched_at, None
    return document.fetched_at, None if isinstance(read, Failure) else read.articles


def _note(done: Replayed, changes: list[Change], report: Callable[[Change], None]) -> None:
    for change in changes:
        target = done.new if change.field == "new" else done.changed
        if change.article_id not in target:
            target.append(change.article_id)
        report(change)
