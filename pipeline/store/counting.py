"""Counts that people look at: facets of a list, who meets whom, weeks, topics, places, names, the health of feeds."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from pipeline.settings import shipped
from pipeline.store import asking
from pipeline.store.asking import DAY, PARTIES, Family, Filters, event_conditions
from pipeline.store.attention import ask, read_query
from pipeline.store.health import HABIT_DAYS, verdict_of

if TYPE_CHECKING:
    from datetime import datetime

    from pipeline.store.asking import Listed
    from pipeline.store.database import Store

Counts = list[tuple[str, int]]
MOST_COUNTRIES = 24
VERDICTS = ("gone", "failing", "gap", "silent", "flood", "new", "ok", "off")  # the troubled ones first
EVERYTHING = "1"  # the WHERE of a list without filters


@dataclass(frozen=True, slots=True, kw_only=True)
class Facets:
    """How many records each further filter would leave, most first."""

    statuses: Counts
    kinds: Counts
    topics: Counts
    countries: Counts


def count_facets(store: Store, family: Family, filters: Filters) -> Facets:
    """Count records by each filter, the other filters kept; countries add up, since all chosen must take part."""

    def by(column: str, without: Filters) -> Counts:
        where, parameters = event_conditions(store, family, without)
        return _pairs(
            store,
            f"SELECT {column}, found FROM (SELECT {column}, count(*) AS found FROM {family}s WHERE {where} GROUP BY 1) "
            f"JOIN words ON word = {column} AND list = '{family}_{column}' ORDER BY position",
            parameters,
        )

    def by_child(value: str, table: str, more: str, without: Filters) -> Counts:
        where, parameters = event_conditions(store, family, without)
        # Without a filter the child table is counted alone: a fifth of the time.
        within = f"AND {family}_id IN (SELECT id FROM {family}s WHERE {where})" if where != EVERYTHING else ""
        return _pairs(
            store,
            f"SELECT {value}, count(*) FROM {table} WHERE {more} {within} GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT ?",
            [*parameters, MOST_COUNTRIES],
        )

    return Facets(
        statuses=by("status", replace(filters, statuses=())),
        kinds=by("kind", replace(filters, kinds=())),
        topics=by_child("topic", f"{family}_topics", "1", replace(filters, topics=())),
        countries=by_child("value", PARTIES[family], "kind = 'state'", filters),
    )


def count_weeks(store: Store, family: Family, since: date, until: date) -> dict[date, int]:
    """Count records by the Monday of their week."""
    rows = _pairs(
        store,
        f"SELECT {DAY[family]}, count(*) FROM {family}s WHERE {DAY[family]} BETWEEN ? AND ? "
        f"AND length({DAY[family]}) = 10 GROUP BY 1",
        [since.isoformat(), until.isoformat()],
    )
    weeks: dict[date, int] = {}
    for text, count in rows:
        day = date.fromisoformat(text)
        monday = day - timedelta(days=day.weekday())
        weeks[monday] = weeks.get(monday, 0) + count
    return weeks


def count_pairs(store: Store, family: Family, filters: Filters) -> list[tuple[str, str, int]]:
    """Count how often two states take part in one meeting or agreement; the first code is the smaller."""
    where, parameters = event_conditions(store, family, filters)
    parties = PARTIES[family]
    rows = store.conn.execute(
        f"SELECT one.value, two.value, count(*) FROM (SELECT id FROM {family}s WHERE {where}) AS event "
        f"CROSS JOIN {parties} AS one ON one.{family}_id = event.id AND one.kind = 'state' "
        f"CROSS JOIN {parties} AS two ON two.{family}_id = event.id AND two.kind = 'state' AND one.value < two.value "
        "GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2",
        parameters,
    )
    return [(one, two, count) for one, two, count in rows]


def count_parties(store: Store, kind: str, *, words: str = "", limit: int = 100) -> list[tuple[str, int, int]]:
    """Count the meetings and agreements of each state, person or organisation, most first."""
    like = f"%{words.replace('%', '').replace('_', '')}%"
    rows = store.conn.execute(
        "SELECT value, sum(meetings), sum(agreements) FROM ("
        "SELECT value, count(*) AS meetings, 0 AS agreements FROM summit_participants "
        "WHERE kind = :kind AND value LIKE :like GROUP BY 1 UNION ALL "
        "SELECT value, 0, count(*) FROM agreement_parties WHERE kind = :kind AND value LIKE :like GROUP BY 1) "
        "GROUP BY 1 ORDER BY sum(meetings) + sum(agreements) DESC, 1 LIMIT :limit",
        {"kind": kind, "like": like, "limit": limit},
    )
    return [(value, meetings, agreements) for value, meetings, agreements in rows]


def count_partners(store: Store, kind: str, value: str, other: str, *, limit: int = 12) -> Counts:
    """Count with whom a state, person or organisation meets, most often first."""
    return _pairs(
        store,
        "SELECT other.value, count(*) FROM summit_participants AS own JOIN summit_participants AS other "
        "ON other.summit_id = own.summit_id AND other.kind = ? "
        "AND NOT (other.kind = own.kind AND other.value = own.value) "
        "WHERE own.kind = ? AND own.value = ? GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT ?",
        [other, kind, value, limit],
    )


def count_places(store: Store, filters: Filters) -> list[tuple[str, str | None, int]]:
    """Count meetings by city and the state it lies in, most first."""
    where, parameters = event_conditions(store, "summit", filters)
    rows = store.conn.execute(
        f"SELECT place, country, count(*) FROM summits WHERE place IS NOT NULL AND {where} "
        "GROUP BY 1, 2 ORDER BY 3 DESC, 1 LIMIT 200",
        parameters,
    )
    return [(place, country, count) for place, country, count in rows]


def count_topic_weeks(store: Store, since: date, until: date) -> dict[str, dict[date, int]]:
    """Count the articles of each topic by the Monday of the week in which they were published."""
    rows = store.conn.execute(
        "SELECT topic, date(day, 'weekday 0', '-6 days') AS monday, sum(articles) FROM topic_days "
        "WHERE day BETWEEN ? AND ? GROUP BY 1, 2",
        [since.isoformat(), until.isoformat()],
    )
    weeks: dict[str, dict[date, int]] = {}
    for topic, monday, count in rows:
        weeks.setdefault(topic, {})[date.fromisoformat(monday)] = count
    return weeks


def count_hits(store: Store, filters: Filters) -> dict[str, Counts]:
    """Count the newest hits of a search, up to MAX_COUNT of them, by topic and outlet."""
    ids = json.dumps(asking.hit_ids(store, filters))
    topics = (
        "SELECT topic, count(*) FROM article_topics JOIN topics ON topics.name = topic AND probability >= threshold "
        "WHERE article_id IN (SELECT value FROM json_each(?)) GROUP BY 1 ORDER BY 2 DESC, 1"
    )
    outlets = (
        "SELECT coalesce(nullif(outlet, ''), (SELECT name FROM feeds WHERE id = feed_id), '') AS name, count(*) "
        "FROM articles WHERE id IN (SELECT value FROM json_each(?)) GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 12"
    )
    return {"topic": _pairs(store, topics, [ids]), "outlet": _pairs(store, outlets, [ids])}


def feed_health(store: Store, now: datetime) -> list[dict[str, Any]]:
    """Tell the health of every feed by its fetches of four weeks, the troubled ones first.

    As `health.feed_health`, out of the counts of the fetches alone: a page must not walk a million articles.
    """
    since = (now - timedelta(days=HABIT_DAYS - 1)).date()
    days = [(since + timedelta(days=number)).isoformat() for number in range(HABIT_DAYS)]
    recent: dict[int, dict[str, int]] = {}
    for feed, day, new in store.conn.execute(
        "SELECT feed_id, substr(fetched_at, 1, 10), sum(new_articles) FROM fetches WHERE fetched_at >= ? GROUP BY 1, 2",
        [since.isoformat()],
    ):
        recent.setdefault(feed, {})[day] = new
    rows = store.rows(
        "SELECT feeds.*, last.fetched_at AS last_try_at, last.gap, last.error, lately.* FROM feeds "
        "LEFT JOIN (SELECT feed_id, max(id) AS last_id, min(fetched_at) AS known_since, max(newest_at) AS newest_at, "
        "max(CASE WHEN outcome IN ('ok', 'not_modified') THEN fetched_at END) AS last_ok_at "
        "FROM fetches GROUP BY feed_id) AS lately ON lately.feed_id = feeds.id "
        "LEFT JOIN fetches AS last ON last.id = last_id",
    )
    for row in rows:
        new = recent.get(row["id"], {})
        row["days"] = [new.get(day, 0) for day in days]
        row["today"] = row["days"][-1] or row["days"][-2]  # before the first fetch of a day, the day before
        row["new"] = sum(row["days"])
        row["usual"] = round(row["new"] / max(1, sum(1 for day in days if day >= (row["known_since"] or "9"))), 1)
        row["verdict"] = verdict_of(row) if row["enabled"] else "off"
    return sorted(rows, key=lambda row: (VERDICTS.index(row["verdict"]), row["name"]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Overdue:
    """A promise whose day has passed."""

    event: Listed
    what: str  # the name of the saved query that lists it
    due: str  # ISO date
    days: int


def overdue(store: Store, today: date, *, limit: int = 200) -> list[Overdue]:
    """Ask the saved queries for what is overdue, the latest first; as many as `limit`."""
    families: dict[str, Family] = {
        "overdue_meetings": "summit", "overdue_signings": "agreement", "unratified": "agreement",
    }  # fmt: skip
    found = []
    for name, family in families.items():
        rows = {
            row["id"]: row.get("due") or row["signed"]
            for row in ask(store, read_query(shipped(f"db/queries/{name}.sql")), today=today)
            if row.get("due") or row["signed"]
        }
        for event in asking.get_events(store, family, list(rows)[:limit]):
            due = asking.last_day(rows[event.id])
            found.append(Overdue(event=event, what=name, due=due.isoformat(), days=(today - due).days))
    return sorted(found, key=lambda row: (row.days, row.event.id))[:limit]


def totals(store: Store) -> dict[str, int]:
    """Count what the database holds."""
    tables = ("summits", "agreements", "articles", "feeds")
    return {table: int(store.value(f"SELECT count(*) FROM {table}")) for table in tables}


def last_run(store: Store) -> dict[str, object] | None:
    """Read when the database was last filled."""
    return next(
        iter(store.rows("SELECT * FROM runs WHERE finished_at IS NOT NULL ORDER BY id DESC LIMIT 1")),
        None,
    )


def _pairs(store: Store, sql: str, parameters: list[object]) -> Counts:
    return [(name, count) for name, count in store.conn.execute(sql, parameters)]
