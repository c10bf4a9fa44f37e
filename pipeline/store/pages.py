"""Pages of articles in the store: which are wanted, and what reading them came to."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pipeline.store.archive import content_hash, keep_raw, rewrite
from pipeline.store.moments import write_moment

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from pipeline.records import Failure
    from pipeline.store.database import Store

ATTEMPTS = 3  # after which an article keeps its teaser
FRESH = timedelta(days=3)  # an article that was learned of earlier is not completed any more
BETWEEN = timedelta(minutes=20)  # two attempts at one page
ENOUGH = 1_200  # characters of a teaser from which its page is not asked for


def wanted_pages(store: Store, feed: str, *, now: datetime, limit: int) -> list[dict[str, Any]]:
    """List articles of a feed whose pages should be read, newest first: id, link, title, text, text_from.

    Wanted are teasers without a good attempt, and texts from pages whose feed has had other words since.
    """
    return store.rows(
        """
        SELECT articles.id, link, title, text, text_from
        FROM articles JOIN feeds ON feeds.id = articles.feed_id
        WHERE feeds.name = :feed AND link IS NOT NULL AND articles.fetched_at >= :since
          AND (
            (text_from IN ('lead', 'title') AND length(text) < :enough
              AND (SELECT count(*) FROM page_fetches WHERE article_id = articles.id) < :attempts)
            OR (text_from = 'page' AND EXISTS (
              SELECT 1 FROM article_sightings AS seen WHERE seen.article_id = articles.id AND seen.changed_at >
                (SELECT max(fetched_at) FROM page_fetches WHERE article_id = articles.id)))
          )
          AND NOT EXISTS (SELECT 1 FROM page_fetches WHERE article_id = articles.id AND fetched_at > :lately)
        ORDER BY articles.id DESC LIMIT :limit
        """,
        {
            "feed": feed,
            "since": write_moment(now - FRESH),
            "lately": write_moment(now - BETWEEN),
            "enough": ENOUGH,
            "attempts": ATTEMPTS,
            "limit": limit,
        },
    )


def save_page(store: Store, article_id: int, text: str, page: tuple[str, bytes, str], *, now: datetime) -> bool:
    """Give an article the text of its page, given with address, bytes and content type; answers whether it was taken.

    A text that other articles of the same feed have word for word is a wall, not an article: it is refused. A page
    that is read again and has lost its text keeps the earlier one.
    """
    url, content, content_type = page
    with store.transaction():
        old = store.rows("SELECT title, text, text_from, feed_id FROM articles WHERE id = ?", [article_id])[0]
        wall = store.value(
            "SELECT 1 FROM articles WHERE feed_id = ? AND id <> ? AND text = ? AND title <> ? "
            "AND published_at > (SELECT date(published_at, '-7 days') FROM articles WHERE id = ?)",
            [old["feed_id"], article_id, text, old["title"], article_id],
        )
        # A page that was rewritten may have become shorter; one that lost half its text is a notice, or half a page.
        rewritten = old["text_from"] == "page" and len(text) * 2 >= len(old["text"])
        good = not wall and (len(text) > len(old["text"]) or rewritten)
        reason = "its page shows the same text as other pages" if wall else "its page has no more text than its feed"
        digest = keep_raw(store, content, url, content_type, now)
        store.conn.execute(
            "INSERT OR REPLACE INTO page_fetches "
            "(article_id, fetched_at, outcome, http_status, characters, error_kind, error, sha256) "
            "VALUES (?, ?, ?, 200, ?, ?, ?, ?)",
            [
                article_id,
                write_moment(now),
                "ok" if good else "failed",
                len(text),
                None if good else "wall" if wall else "no_text",
                None if good else reason,
                digest,
            ],
        )
        if good:
            _complete(store, article_id, old, text, now)
    return good


def _complete(store: Store, article_id: int, old: dict[str, Any], text: str, now: datetime) -> None:
    """Put the text of a page where a teaser stood; only a page that was read before makes an earlier version."""
    if old["text_from"] == "page":
        rewrite(store, article_id, (old["title"], text, "page"), now)
        return
    store.conn.execute(
        "UPDATE articles SET text = ?, text_from = 'page', content_hash = ?, fingerprint = NULL, understood_by = NULL "
        "WHERE id = ?",
        [text, content_hash(old["title"], text), article_id],
    )


def save_failed_pages(store: Store, failures: Iterable[tuple[int, Failure]], *, now: datetime) -> None:
    """Note attempts at pages that came to nothing; the articles keep their teasers."""
    with store.transaction():
        store.conn.executemany(
            "INSERT OR REPLACE INTO page_fetches "
            "(article_id, fetched_at, outcome, http_status, error_kind, error) VALUES (?, ?, 'failed', ?, ?, ?)",
            [
                (article_id, write_moment(now), failure.status, failure.kind, failure.detail)
                for article_id, failure in failures
            ],
        )
