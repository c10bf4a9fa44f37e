"""How the runs, the feeds and the file itself are doing."""

from __future__ import annotations

import sqlite3
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pipeline.store.moments import write_moment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from pipeline.store.database import Store

HABIT_DAYS = 28  # the nights that tell what is usual for a feed
QUIET_SHARE = 0.25  # below this share of its usual day a feed counts as silent
FLOOD_TIMES = 4.0  # above this many usual days it counts as flooding
LEAST_HABIT = 3.0  # articles a day below which a quiet day means nothing


def last_runs(store: Store, limit: int = 10) -> list[dict[str, Any]]:
    """List the latest runs, newest first."""
    return store.rows("SELECT * FROM runs ORDER BY id DESC LIMIT ?", [limit])


def feed_health(store: Store, *, now: datetime) -> list[dict[str, Any]]:
    """Tell of each feed in use: its last attempt, since when it fails, a gap, and today against its own habit.

    `today` counts the articles of the last 24 hours, `usual` the mean of a day over the 28 days before; `verdict` is
    ok, failing, gone, gap, silent, flood or new.
    """
    day_ago = write_moment(now - timedelta(days=1))
    habit_from = write_moment(now - timedelta(days=HABIT_DAYS + 1))
    rows = store.rows(
        """
        SELECT feeds.id, feeds.name, feeds.country, feeds.url, feeds.enabled, feeds.failures, feeds.failing_since,
          feeds.gone_at, feeds.moved_to, feeds.next_due_at,
          last.fetched_at AS last_try_at, last.outcome, last.entries, last.skipped, last.gap, last.error,
          (SELECT max(fetched_at) FROM fetches WHERE feed_id = feeds.id AND outcome IN ('ok', 'not_modified'))
            AS last_ok_at,
          (SELECT max(published_at) FROM articles WHERE feed_id = feeds.id AND NOT published_guessed) AS newest_at,
          (SELECT count(*) FROM articles WHERE feed_id = feeds.id) AS articles,
          (SELECT count(*) FROM articles WHERE feed_id = feeds.id AND fetched_at > :day_ago) AS today,
          (SELECT count(*) FROM articles
             WHERE feed_id = feeds.id AND fetched_at > :habit_from AND fetched_at <= :day_ago) AS before,
          (SELECT min(fetched_at) FROM fetches WHERE feed_id = feeds.id) AS known_since
        FROM feeds LEFT JOIN fetches AS last ON last.id = (SELECT max(id) FROM fetches WHERE feed_id = feeds.id)
        WHERE feeds.enabled
        ORDER BY feeds.country, feeds.name
        """,
        {"day_ago": day_ago, "habit_from": habit_from},
    )
    for row in rows:
        row["usual"] = round(row.pop("before") / _days_known(row.pop("known_since"), now), 1)
        row["verdict"] = verdict_of(row)
    return rows


def _days_known(since: str | None, now: datetime) -> float:
    from pipeline.store.moments import read_moment

    if since is None:
        return 1.0
    return min(float(HABIT_DAYS), max(1.0, (now - read_moment(since)) / timedelta(days=1) - 1))


def verdict_of(feed: dict[str, Any]) -> str:
    """Judge a feed by its state and by what is usual for it."""
    habit = feed["usual"] >= LEAST_HABIT
    for verdict, holds in (
        ("gone", feed["gone_at"]),
        ("failing", feed["failures"]),
        ("new", feed["last_try_at"] is None),
        ("gap", feed["gap"]),
        ("silent", habit and feed["today"] < QUIET_SHARE * feed["usual"]),
        ("flood", habit and feed["today"] > FLOOD_TIMES * feed["usual"]),
    ):
        if holds:
            return verdict
    return "ok"


def counts(store: Store) -> dict[str, int]:
    """Count what the database holds and what still waits."""
    return {
        name: int(store.value(f"SELECT count(*) FROM {source}"))  # noqa: S608 - from the table below
        for name, source in (
            ("articles", "articles"),
            ("waiting", "articles WHERE understood_by IS NULL"),
            ("troubled", "articles WHERE trouble IS NOT NULL"),
            ("meetings", "summits"),
            ("agreements", "agreements"),
        )
    }


def problems(store: Store, *, full: bool) -> Iterator[str]:
    """Check the file and name each thing that is wrong: a quick look, or everything.

    The full check reads every page, every foreign key, the search index against its own structure, and every
    article against the hash under which it was stored; only that finds a flipped bit inside a text.
    """
    pragma = "integrity_check" if full else "quick_check"
    try:
        yield from (f"file: {line[0]}" for line in store.conn.execute(f"PRAGMA {pragma}(20)") if line[0] != "ok")
        for row in store.conn.execute("PRAGMA foreign_key_check"):
            yield f"reference: row {row[1]} of {row[0]} points to a missing row of {row[2]}"
        if full:
            yield from _damaged_articles(store)
    except sqlite3.DatabaseError as error:
        yield f"file: {error}"


def _damaged_articles(store: Store) -> Iterator[str]:
    from pipeline.store.archive import content_hash

    for row_id, title, text, stored in store.conn.execute("SELECT id, title, text, content_hash FROM articles"):
        if content_hash(title, text) != stored:
            yield f"article {row_id}: its text is not the one that was stored"


def check_search_index(store: Store) -> Iterator[str]:
    """Check the structure of the search index; needs a store open for writing."""
    try:
        store.conn.execute("INSERT INTO article_search (article_search) VALUES ('integrity-check')")
    except sqlite3.DatabaseError as error:
        yield f"search index: {error}; `svodka redo events` makes it anew"
