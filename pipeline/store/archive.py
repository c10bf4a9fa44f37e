"""Feeds, fetches and articles: what was published, where it was seen, and how far each feed was read."""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipeline.records import Outcome, Validators
from pipeline.store.moments import read_moment, write_moment

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from pipeline.records import Article, Failure, Feed
    from pipeline.store.database import Store

MAX_VERSIONS = 24  # earlier texts kept of one article; a page that changes at every fetch must not fill the disk


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedState:
    """What is remembered of a feed between two fetches."""

    id: int
    validators: Validators
    next_due_at: datetime | None
    failures: int
    failing_since: datetime | None
    gone_at: datetime | None
    newest_at: datetime | None  # of the articles known from it
    last_ok_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What one attempt to read a feed came to, ready to be stored with its articles."""

    feed: Feed
    fetched_at: datetime
    outcome: Outcome
    articles: tuple[Article, ...] = ()
    entries: int = 0
    skipped: tuple[Failure, ...] = ()
    failure: Failure | None = None
    validators: Validators = field(default_factory=Validators)
    http_status: int | None = None
    content: bytes = b""
    content_type: str = ""
    moved_to: str | None = None
    next_due_at: datetime | None = None
    gap: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """What storing articles changed: their row ids."""

    new: tuple[int, ...] = ()
    changed: tuple[int, ...] = ()


def start_run(store: Store, command: str, *, now: datetime, code_version: str) -> int:
    """Note that a run began; returns its id."""
    with store.transaction():
        cursor = store.conn.execute(
            "INSERT INTO runs (command, started_at, code_version) VALUES (?, ?, ?)",
            [command, write_moment(now), code_version],
        )
    assert cursor.lastrowid is not None
    return cursor.lastrowid


def finish_run(store: Store, run: int, *, now: datetime, exit_code: int, counts: dict[str, int], model: str) -> None:
    """Note how a run ended."""
    with store.transaction():
        store.conn.execute(
            "UPDATE runs SET finished_at = ?, exit_code = ?, model_version = ?, new_articles = ?, understood = ?, "
            "failures = ? WHERE id = ?",
            [
                write_moment(now),
                exit_code,
                model,
                counts.get("new", 0),
                counts.get("understood", 0),
                counts.get("failures", 0),
                run,
            ],
        )


def save_feeds(store: Store, feeds: Iterable[Feed]) -> None:
    """Bring the table of feeds to what feeds.yaml declares; a changed address forgets what the old server said."""
    with store.transaction():
        store.conn.executemany(
            """
            INSERT INTO feeds (name, url, country, language, owner, timezone, enabled) VALUES (?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (name) DO UPDATE SET
              country = excluded.country, language = excluded.language, owner = excluded.owner,
              timezone = excluded.timezone, enabled = excluded.enabled,
              etag = CASE WHEN url = excluded.url THEN etag END,
              last_modified = CASE WHEN url = excluded.url THEN last_modified END,
              next_due_at = CASE WHEN url = excluded.url THEN next_due_at END,
              gone_at = CASE WHEN url = excluded.url THEN gone_at END,
              moved_to = CASE WHEN url = excluded.url THEN moved_to END,
              failures = CASE WHEN url = excluded.url THEN failures ELSE 0 END,
              failing_since = CASE WHEN url = excluded.url THEN failing_since END,
              url = excluded.url
            """,
            [
                (feed.name, feed.url, feed.country, feed.language, feed.owner, feed.timezone, int(feed.enabled))
                for feed in feeds
            ],
        )


def feed_states(store: Store) -> dict[str, FeedState]:
    """Read what is remembered of every feed, by name."""
    rows = store.rows(
        """
        SELECT name, id, etag, last_modified, next_due_at, failures, failing_since, gone_at,
          (SELECT max(newest_at) FROM fetches WHERE feed_id = feeds.id) AS newest_at,
          (SELECT max(fetched_at) FROM fetches
             WHERE feed_id = feeds.id AND outcome IN ('ok', 'not_modified')) AS last_ok_at
        FROM feeds
        """,
    )
    return {
        row["name"]: FeedState(
            id=row["id"],
            validators=Validators(etag=row["etag"], last_modified=row["last_modified"]),
            failures=row["failures"],
            **{
                key: read_moment(row[key]) if row[key] else None
                for key in ("next_due_at", "failing_since", "gone_at", "newest_at", "last_ok_at")
            },
        )
        for row in rows
    }


def save_reading(store: Store, run: int | None, reading: Reading) -> Saved:
    """Store one attempt to read a feed in one transaction: articles first, validators last.

    A crash before the commit repeats the fetch; what was committed is never asked for again.
    """
    at = write_moment(reading.fetched_at)
    with store.transaction():
        feed_id = store.value("SELECT id FROM feeds WHERE name = ?", [reading.feed.name])
        saved = save_articles(store, reading.articles, now=reading.fetched_at, feed_id=feed_id)
        digest = None
        if reading.content:
            digest = keep_raw(store, reading.content, reading.feed.url, reading.content_type, reading.fetched_at)
        times = sorted(article.published_at for article in reading.articles if not article.published_guessed)
        store.db.table("fetches").insert(
            {
                "feed_id": feed_id,
                "run_id": run,
                "fetched_at": at,
                "outcome": str(reading.outcome),
                "http_status": reading.http_status,
                "bytes": len(reading.content),
                "entries": reading.entries,
                "skipped": len(reading.skipped),
                "new_articles": len(saved.new),
                "changed_articles": len(saved.changed),
                "oldest_at": write_moment(times[0]) if times else None,
                "newest_at": write_moment(times[-1]) if times else None,
                "gap": int(reading.gap),
                "error_kind": reading.failure.kind if reading.failure else None,
                "error": reading.failure.detail if reading.failure else None,
                "sha256": digest,
            },
        )
        _remember(store, feed_id, reading, at)
    return saved


def _remember(store: Store, feed_id: int, reading: Reading, at: str) -> None:
    due = write_moment(reading.next_due_at) if reading.next_due_at else None
    if reading.outcome in (Outcome.FAILED, Outcome.GONE):
        store.conn.execute(
            "UPDATE feeds SET failures = failures + 1, failing_since = coalesce(failing_since, ?), next_due_at = ?, "
            "gone_at = CASE WHEN ? THEN ? ELSE gone_at END WHERE id = ?",
            [at, due, reading.outcome is Outcome.GONE, at, feed_id],
        )
        return
    store.conn.execute(
        "UPDATE feeds SET etag = ?, last_modified = ?, next_due_at = ?, failures = 0, failing_since = NULL, "
        "moved_to = ? WHERE id = ?",
        [reading.validators.etag, reading.validators.last_modified, due, reading.moved_to, feed_id],
    )


def keep_raw(store: Store, content: bytes, url: str, content_type: str, now: datetime) -> str:
    """Keep the bytes of a document, compressed, once however often they come; returns their sha256."""
    digest = hashlib.sha256(content).hexdigest()
    store.conn.execute(
        "INSERT OR IGNORE INTO raw_documents (sha256, content, bytes, url, content_type, fetched_at) "
        "VALUES (?, ?, ?, ?, ?, ?)",
        [digest, zlib.compress(content), len(content), url, content_type, write_moment(now)],
    )
    return digest


def content_hash(title: str, text: str) -> str:
    """Name a text by its content."""
    return hashlib.sha256(f"{title}\n\n{text}".encode("utf-8", "replace")).hexdigest()


def save_articles(store: Store, articles: Sequence[Article], *, now: datetime, feed_id: int | None = None) -> Saved:
    """Store articles, each once for its canonical address; a rewritten one keeps its earlier text."""
    new: list[int] = []
    changed: list[int] = []
    with store.transaction():
        for article in articles:
            known = _find(store, article, feed_id)
            if known is None:
                row_id = _insert(store, article, now, feed_id)
                new.append(row_id)
            else:
                row_id = known
                if _update(store, row_id, article, now):
                    changed.append(row_id)
            if feed_id is not None:
                store.conn.execute(
                    "INSERT OR IGNORE INTO article_sightings (article_id, feed_id, guid, first_seen_at) "
                    "VALUES (?, ?, ?, ?)",
                    [row_id, feed_id, article.guid or "", write_moment(now)],
                )
    return Saved(new=tuple(new), changed=tuple(dict.fromkeys(changed)))


def _find(store: Store, article: Article, feed_id: int | None) -> int | None:
    row = store.value("SELECT id FROM articles WHERE url = ?", [article.url])
    if row is None and article.guid and feed_id is not None:
        row = store.value(
            "SELECT article_id FROM article_sightings WHERE feed_id = ? AND guid = ?",
            [feed_id, article.guid],
        )
    return row if row is None else int(row)


def _insert(store: Store, article: Article, now: datetime, feed_id: int | None) -> int:
    row = {
        "url": article.url,
        "link": article.link,
        "feed_id": feed_id,
        "guid": article.guid,
        "outlet": article.outlet,
        "title": article.title,
        "text": article.text,
        "language": article.language,
        "author": article.author,
        "published_at": write_moment(article.published_at),
        "published_on": article.published_at.date().isoformat(),
        "published_guessed": int(article.published_guessed),
        "fetched_at": write_moment(now),
        "text_from": article.text_from,
        "origin": article.origin,
        "content_hash": content_hash(article.title, article.text),
    }
    names = ", ".join(row)
    marks = ", ".join("?" * len(row))
    cursor = store.conn.execute(f"INSERT INTO articles ({names}) VALUES ({marks})", list(row.values()))  # noqa: S608 - our own column names
    assert cursor.lastrowid is not None
    return cursor.lastrowid


def _update(store: Store, row_id: int, article: Article, now: datetime) -> bool:
    """Replace the text of a known article if it was rewritten; a teaser or nothing never replaces a text."""
    fresh = content_hash(article.title, article.text)
    old = store.rows("SELECT title, text, content_hash, text_from FROM articles WHERE id = ?", [row_id])[0]
    if fresh == old["content_hash"] or (
        len(article.text) < len(old["text"]) and article.text_from in {"lead", "title"}
    ):
        return False
    if not article.text.strip() and old["text"]:
        return False
    versions = store.value("SELECT count(*) FROM article_versions WHERE article_id = ?", [row_id])
    known = store.value(
        "SELECT count(*) FROM article_versions WHERE article_id = ? AND content_hash = ?",
        [row_id, fresh],
    )
    if versions >= MAX_VERSIONS or known:  # a page that flips between two texts is no news
        return False
    at = write_moment(now)
    store.conn.execute(
        "INSERT OR IGNORE INTO article_versions (article_id, seen_at, title, text, content_hash) "
        "VALUES (?, ?, ?, ?, ?)",
        [row_id, at, old["title"], old["text"], old["content_hash"]],
    )
    store.conn.execute(
        "UPDATE articles SET title = ?, text = ?, text_from = ?, content_hash = ?, updated_at = ?, fingerprint = NULL, "
        "understood_by = NULL WHERE id = ?",
        [article.title, article.text, article.text_from, fresh, at, row_id],
    )
    return True
