"""Feeds, fetches and articles: what was published, where it was seen, and how far each feed was read."""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pipeline.pace import Wishes
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
    full_at: datetime | None = None  # when its server last sent the document itself
    sha256: str | None = None  # of its last document
    moved_to: str | None = None  # target of a permanent redirect
    error: str | None = None  # of the last attempt
    wishes: Wishes = field(default_factory=Wishes)


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
    url: str = ""  # after redirects
    moved_to: str | None = None
    next_due_at: datetime | None = None
    wishes: Wishes | None = None  # None: the document was not read anew
    seconds: float = 0.0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """What storing articles changed: their row ids."""

    new: tuple[int, ...] = ()
    changed: tuple[int, ...] = ()
    known: tuple[int, ...] = ()
    gap: bool = False  # none of the newest articles known before stands in the document any more: news was missed


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
    """Bring the table of feeds to what feeds.yaml declares; a changed address forgets what the old server said.

    A feed that only changed its name keeps its history.
    """
    declared = tuple(feeds)
    with store.transaction():
        _rename(store, declared)
        store.conn.executemany(
            f"""
            INSERT INTO feeds (name, url, country, language, owner, timezone, enabled) VALUES (?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (name) DO UPDATE SET
              country = excluded.country, language = excluded.language, owner = excluded.owner,
              timezone = excluded.timezone, enabled = excluded.enabled,
              {"".join(f"{column} = CASE WHEN url = excluded.url THEN {column} END, " for column in OF_THE_SERVER)}
              failures = CASE WHEN url = excluded.url THEN failures ELSE 0 END,
              ttl = CASE WHEN url = excluded.url THEN ttl ELSE 0 END,
              url = excluded.url
            """,  # noqa: S608 - our own column names
            [
                (feed.name, feed.url, feed.country, feed.language, feed.owner, feed.timezone, int(feed.enabled))
                for feed in declared
            ],
        )


# What a server said, which is void when the address changes.
OF_THE_SERVER = (
    "etag", "last_modified", "validators_url", "sha256", "full_at",
    "next_due_at", "failing_since", "gone_at", "moved_to",
)  # fmt: skip


def _rename(store: Store, declared: tuple[Feed, ...]) -> None:
    names = {feed.name for feed in declared}
    known = {row["url"]: row["name"] for row in store.rows("SELECT name, url FROM feeds")}
    for feed in declared:
        old = known.get(feed.url)
        taken = store.value("SELECT 1 FROM feeds WHERE name = ?", [feed.name])
        if old is not None and old not in names and not taken:
            store.conn.execute("UPDATE feeds SET name = ? WHERE name = ?", [feed.name, old])


def feed_states(store: Store) -> dict[str, FeedState]:
    """Read what is remembered of every feed, by name."""
    moments = ("next_due_at", "failing_since", "gone_at", "newest_at", "last_ok_at", "full_at")
    return {
        row["name"]: FeedState(
            id=row["id"],
            validators=Validators(etag=row["etag"], last_modified=row["last_modified"], url=row["validators_url"]),
            failures=row["failures"],
            sha256=row["sha256"],
            moved_to=row["moved_to"],
            error=row["error"],
            wishes=Wishes(
                ttl=row["ttl"],
                skip_hours=tuple(map(int, row["skip_hours"].split())),
                skip_days=tuple(row["skip_days"].split()),
            ),
            **{key: read_moment(row[key]) if row[key] else None for key in moments},
        )
        for row in store.rows(
            "SELECT feeds.*, (SELECT error FROM fetches WHERE feed_id = feeds.id ORDER BY fetched_at DESC LIMIT 1) "
            "AS error FROM feeds"
        )
    }


def save_reading(store: Store, run: int | None, reading: Reading) -> Saved:
    """Store one attempt to read a feed in one transaction: articles first, validators last.

    A crash before the commit repeats the fetch; what was committed is never asked for again.
    """
    at = write_moment(reading.fetched_at)
    with store.transaction():
        feed_id = store.value("SELECT id FROM feeds WHERE name = ?", [reading.feed.name])
        newest = _newest(store, feed_id)
        saved = save_articles(store, reading.articles, now=reading.fetched_at, feed_id=feed_id)
        if newest and reading.articles and not newest & {*saved.known, *saved.new}:
            saved = replace(saved, gap=True)
        digest = None
        if reading.content:
            digest = keep_raw(
                store, reading.content, reading.url or reading.feed.url, reading.content_type, reading.fetched_at
            )
        times = sorted(article.published_at for article in reading.articles if not article.published_guessed)
        store.db.table("fetches").insert(
            {
                "feed_id": feed_id,
                "run_id": run,
                "fetched_at": at,
                "outcome": str(reading.outcome),
                "http_status": reading.http_status,
                "seconds": round(reading.seconds, 3),
                "bytes": len(reading.content),
                "entries": reading.entries,
                "skipped": len(reading.skipped),
                "new_articles": len(saved.new),
                "changed_articles": len(saved.changed),
                "oldest_at": write_moment(times[0]) if times else None,
                "newest_at": write_moment(times[-1]) if times else None,
                "gap": int(saved.gap),
                "error_kind": reading.failure.kind if reading.failure else None,
                "error": reading.failure.detail if reading.failure else None,
                "notes": "; ".join(reading.notes) or None,
                "sha256": digest,
            },
        )
        _remember(store, feed_id, reading, at)
        if digest and reading.outcome is Outcome.OK:
            store.conn.execute("UPDATE feeds SET sha256 = ? WHERE id = ?", [digest, feed_id])
        if times:
            newest_at = write_moment(times[-1])
            store.conn.execute(
                "UPDATE feeds SET newest_at = max(coalesce(newest_at, ''), ?) WHERE id = ?", [newest_at, feed_id]
            )
    return saved


LOOK_BACK = 5  # newest articles of which one must still be there; editors delete one now and then


def _newest(store: Store, feed_id: int) -> set[int]:
    rows = store.rows(
        "SELECT article_id FROM article_sightings WHERE feed_id = ? ORDER BY article_id DESC LIMIT ?",
        [feed_id, LOOK_BACK],
    )
    return {row["article_id"] for row in rows}


def _remember(store: Store, feed_id: int, reading: Reading, at: str) -> None:
    due = write_moment(reading.next_due_at) if reading.next_due_at else None
    if reading.outcome in (Outcome.FAILED, Outcome.GONE):
        store.conn.execute(
            "UPDATE feeds SET failures = failures + 1, failing_since = coalesce(failing_since, ?), next_due_at = ?, "
            "gone_at = CASE WHEN ? THEN ? ELSE gone_at END WHERE id = ?",
            [at, due, reading.outcome is Outcome.GONE, at, feed_id],
        )
        return
    known = reading.validators
    store.conn.execute(
        "UPDATE feeds SET etag = ?, last_modified = ?, validators_url = ?, next_due_at = ?, failures = 0, "
        "failing_since = NULL, gone_at = NULL, moved_to = ?, last_ok_at = ?, "
        "full_at = CASE WHEN ? = 200 THEN ? ELSE full_at END WHERE id = ?",
        [
            known.etag, known.last_modified, known.url, due, reading.moved_to, at, reading.http_status, at, feed_id,
        ],
    )  # fmt: skip
    if reading.wishes is not None:
        wishes = reading.wishes
        store.conn.execute(
            "UPDATE feeds SET ttl = ?, skip_hours = ?, skip_days = ? WHERE id = ?",
            [wishes.ttl, " ".join(map(str, wishes.skip_hours)), " ".join(wishes.skip_days), feed_id],
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
    """Store articles, each once for its canonical address, oldest first; a rewritten one keeps its earlier text."""
    new: list[int] = []
    changed: list[int] = []
    known: list[int] = []
    with store.transaction():
        for article in sorted(articles, key=lambda article: article.published_at):
            found = find_article(store, article, feed_id)
            if found is None:
                found = insert_article(store, article, now, feed_id)
                new.append(found)
                see_article(store, found, feed_id, article, now)
            else:
                known.append(found)
                if see_article(store, found, feed_id, article, now) and _update(store, found, article, now):
                    changed.append(found)
    return Saved(new=tuple(new), changed=tuple(dict.fromkeys(changed)), known=tuple(known))


def see_article(store: Store, row_id: int, feed_id: int | None, article: Article, now: datetime) -> bool:
    """Note that a feed holds an article; answers whether it holds other words than last time, or for the first time."""
    if feed_id is None:
        return True
    fresh = content_hash(article.title, article.text)
    seen = store.rows(
        "SELECT guid, content_hash FROM article_sightings WHERE article_id = ? AND feed_id = ?", [row_id, feed_id]
    )
    if not seen:
        store.conn.execute(
            "INSERT INTO article_sightings (article_id, feed_id, guid, content_hash, first_seen_at) "
            "VALUES (?, ?, ?, ?, ?)",
            [row_id, feed_id, article.guid or "", fresh, write_moment(now)],
        )
        return True
    if seen[0]["content_hash"] == fresh:
        return False
    store.conn.execute(
        "UPDATE article_sightings SET guid = ?, content_hash = ?, changed_at = ? WHERE article_id = ? AND feed_id = ?",
        [article.guid or seen[0]["guid"], fresh, write_moment(now), row_id, feed_id],
    )
    return True


LIKELY_ONE = 80  # characters of text from which equal words in one feed mean one article


def find_article(store: Store, article: Article, feed_id: int | None) -> int | None:
    """Find an article that is stored already: by address, by the feed's guid, by its words in the same feed."""
    found = store.value("SELECT id FROM articles WHERE url = ?", [article.url])
    if found is None and feed_id is not None:
        found = _find_by_guid(store, article, feed_id) or _find_by_words(store, article, feed_id)
    return None if found is None else int(found)


def _find_by_guid(store: Store, article: Article, feed_id: int) -> int | None:
    """Find an article whose address changed; a guid that now stands over other words was given out twice."""
    rows = store.rows(
        "SELECT id, title, text FROM article_sightings JOIN articles ON id = article_id "
        "WHERE article_sightings.feed_id = ? AND article_sightings.guid = ?",
        [feed_id, article.guid],
    ) if article.guid else []  # fmt: skip
    return next((row["id"] for row in rows if _is_alike(article, row["title"], row["text"])), None)


def _find_by_words(store: Store, article: Article, feed_id: int) -> int | None:
    rows = store.rows(
        "SELECT id, published_at FROM article_sightings JOIN articles ON id = article_id "
        "WHERE article_sightings.feed_id = ? AND article_sightings.content_hash = ?",
        [feed_id, content_hash(article.title, article.text)],
    )
    at = write_moment(article.published_at)
    long = len(article.text) >= LIKELY_ONE
    same = (row["id"] for row in rows if long or (row["published_at"] == at and not article.published_guessed))
    return next(same, None)


def _is_alike(article: Article, title: str, text: str) -> bool:
    """Tell whether two texts share half the words of the shorter title or text."""
    for one, other in ((article.title, title), (article.text, text)):
        words, others = set(one.lower().split()), set(other.lower().split())
        if words and others and len(words & others) * 2 >= min(len(words), len(others)):
            return True
    return False


def insert_article(store: Store, article: Article, now: datetime, feed_id: int | None) -> int:
    """Store an article that is not stored yet, inside a transaction; returns its row id."""
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
    """Replace the words of a known article if they were rewritten; a teaser or nothing never replaces a text."""
    old = store.rows("SELECT title, text, content_hash, text_from FROM articles WHERE id = ?", [row_id])[0]
    title = article.title or old["title"]
    text, text_from = article.text, str(article.text_from)
    shorter = len(text) < len(old["text"]) and (text_from in TEASERS or old["text_from"] not in TEASERS)
    if not text.strip() or (shorter and (text_from in TEASERS or len(text) * 2 < len(old["text"]))):
        text, text_from = old["text"], old["text_from"]
    return rewrite(store, row_id, (title, text, text_from), now)


TEASERS = frozenset({"lead", "title"})


def rewrite(store: Store, row_id: int, words: tuple[str, str, str], now: datetime) -> bool:
    """Give an article a new title and text, keeping the old ones as a version."""
    title, text, text_from = words
    fresh = content_hash(title, text)
    old = store.rows("SELECT title, text, content_hash, text_from FROM articles WHERE id = ?", [row_id])[0]
    if fresh == old["content_hash"]:
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
        [title, text, text_from, fresh, at, row_id],
    )
    return True
