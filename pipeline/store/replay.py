"""Kept documents in the store, and the correction of articles by a new reading of them."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from pipeline.store.archive import content_hash, find_article, insert_article, see_article
from pipeline.store.moments import read_moment, write_moment

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from pipeline.records import Article
    from pipeline.store.database import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptDocument:
    """A document of a feed whose bytes are kept."""

    feed: str
    sha256: str
    url: str
    content_type: str
    fetched_at: datetime

    def content(self, store: Store) -> bytes:
        """Give its bytes."""
        return zlib.decompress(store.value("SELECT content FROM raw_documents WHERE sha256 = ?", [self.sha256]))


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptPage:
    """A page of an article whose bytes are kept."""

    article_id: int
    url: str
    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A field of an article that a new reading gives differently; "new" for an article that was not read before."""

    article_id: int
    url: str
    field: str
    old: str
    new: str


def kept_documents(store: Store) -> Iterator[tuple[int, list[KeptDocument]]]:
    """Walk the feeds with their kept documents, each once, oldest first."""
    rows = store.rows(
        """
        SELECT feeds.id, feeds.name, raw.sha256, raw.url, raw.content_type, min(fetches.fetched_at) AS fetched_at
        FROM fetches JOIN feeds ON feeds.id = fetches.feed_id JOIN raw_documents AS raw USING (sha256)
        GROUP BY feeds.id, raw.sha256 ORDER BY feeds.id, min(fetches.fetched_at)
        """,
    )
    for feed_id, group in groupby(rows, key=lambda row: row["id"]):
        yield (
            int(feed_id),
            [
                KeptDocument(
                    feed=row["name"],
                    sha256=row["sha256"],
                    url=row["url"],
                    content_type=row["content_type"],
                    fetched_at=read_moment(row["fetched_at"]),
                )
                for row in group
            ],
        )


def kept_pages(store: Store) -> Iterator[KeptPage]:
    """Walk the newest kept page of each article."""
    rows = store.rows(
        "SELECT article_id, sha256, max(page_fetches.fetched_at) FROM page_fetches JOIN raw_documents USING (sha256) "
        "GROUP BY article_id ORDER BY article_id",
    )
    for row in rows:
        raw = store.rows("SELECT url, content_type, content FROM raw_documents WHERE sha256 = ?", [row["sha256"]])[0]
        yield KeptPage(
            article_id=row["article_id"],
            url=raw["url"],
            content_type=raw["content_type"],
            content=zlib.decompress(raw["content"]),
        )


def correct_articles(
    store: Store, readings: Iterable[tuple[datetime, Article]], *, feed_id: int, now: datetime
) -> list[Change]:
    """Bring stored articles of a feed to what a new reading gives, in one transaction; answers each change."""
    changes: list[Change] = []
    with store.transaction():
        for read_at, article in sorted(readings, key=lambda reading: reading[1].published_at):
            known = find_article(store, article, feed_id) or _find_by_link(store, article, feed_id)
            if known is None:
                row_id = insert_article(store, article, read_at, feed_id)
                see_article(store, row_id, feed_id, article, read_at)
                changes.append(Change(article_id=row_id, url=article.url, field="new", old="", new=article.title))
            else:
                changes += _correct(store, known, article, feed_id, now)
    return changes


def correct_page(store: Store, page: KeptPage, text: str, *, now: datetime) -> list[Change]:
    """Give an article the text that a new reading of its page gives, where that is better than what it has."""
    old = _row(store, page.article_id)
    if not text or text == old["text"] or (old["text_from"] != "page" and len(text) <= len(old["text"])):
        return []
    with store.transaction():
        return _write(store, page.article_id, old, {"text": text, "text_from": "page"}, now)


FIELDS = ("url", "title", "text", "text_from", "published_at", "published_guessed", "language", "author", "origin")


def _row(store: Store, article_id: int) -> dict[str, Any]:
    names = ", ".join((*FIELDS, "published_on", "feed_id", "content_hash"))
    return store.rows(f"SELECT {names} FROM articles WHERE id = ?", [article_id])[0]  # noqa: S608 - our own names


def _find_by_link(store: Store, article: Article, feed_id: int) -> int | None:
    """Find an article whose canonical address is now made otherwise."""
    rows = store.rows("SELECT id, title FROM articles WHERE feed_id = ? AND link = ?", [feed_id, article.link])
    same = [row["id"] for row in rows if len(rows) == 1 or row["title"] == article.title]
    return int(same[0]) if len(same) == 1 else None


def _correct(store: Store, article_id: int, article: Article, feed_id: int, now: datetime) -> list[Change]:
    old = _row(store, article_id)
    if old["feed_id"] != feed_id:  # another feed had it first; its reading counts
        return []
    fresh: dict[str, Any] = {
        "title": article.title,
        "language": article.language,
        "author": article.author,
        "origin": article.origin,
    }
    if not store.value("SELECT 1 FROM articles WHERE url = ?", [article.url]):
        fresh["url"] = article.url
    if old["text_from"] != "page":
        fresh |= {"text": article.text, "text_from": str(article.text_from)}
    if not article.published_guessed:
        fresh |= {
            "published_at": write_moment(article.published_at),
            "published_on": article.published_at.date().isoformat(),
            "published_guessed": 0,
        }
    return _write(store, article_id, old, fresh, now)


def _write(store: Store, article_id: int, old: dict[str, Any], fresh: dict[str, Any], now: datetime) -> list[Change]:
    changed = {name: value for name, value in fresh.items() if value != old[name]}
    if not changed:
        return []
    if {"title", "text"} & set(changed):
        words = fresh.get("title", old["title"]), fresh.get("text", old["text"])
        changed["content_hash"] = content_hash(*words)
        store.conn.execute(
            "INSERT OR IGNORE INTO article_versions (article_id, seen_at, title, text, content_hash) "
            "VALUES (?, ?, ?, ?, ?)",
            [article_id, write_moment(now), old["title"], old["text"], old["content_hash"]],
        )
        changed["fingerprint"] = None
    if {"title", "text", "published_on"} & set(changed):
        changed["understood_by"] = None
    columns = ", ".join(f"{name} = ?" for name in changed)
    store.conn.execute(f"UPDATE articles SET {columns} WHERE id = ?", [*changed.values(), article_id])  # noqa: S608 - our own names
    return [
        Change(
            article_id=article_id, url=old["url"], field=name, old=str(old[name] or ""), new=str(changed[name] or "")
        )
        for name in FIELDS
        if name in changed
    ]
