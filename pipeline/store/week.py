"""The rows of a week, for the digest: what belongs to it, and what was known by its end.

An article belongs to the week in which it was published. One of an earlier week that came in after that week's
digest was made belongs, as late news, to the first digest made afterwards; so every article is in exactly one.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pipeline.digest.rows import (
    AgreementRow,
    ArticleRow,
    ConflictRow,
    FeedRow,
    MentionRow,
    StepRow,
    SummitRow,
    TurnRow,
    WeekRows,
)
from pipeline.store.asking import subject_sentences
from pipeline.store.mentions import CHUNK, marks
from pipeline.store.moments import write_moment

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from pipeline.digest.week import Week
    from pipeline.store.database import Store

WEEKS_SHOWN = 8  # in the chart of stories by week
TEXT_SHOWN = 300  # characters of an article read for a headline, where it has none
MOST_NAMED = 12
# Planned meetings further ahead are listed only in the week that brings them up.
HORIZON_DAYS = 45
OVERDUE_DAYS = 14  # what was planned for an earlier day is looked after for so long
# Steps in the history of a meeting, as the digest calls them.
TURNS = {"announced": "announced", "date_named": "dated", "moved": "moved", "opened": "held", "held": "held",
         "cancelled": "cancelled"}  # fmt: skip

_ISSUE = """
  SELECT id, published_at < :start AS late, coalesce(story_id, -id) AS story, published_guessed, understood_by, trouble
  FROM articles WHERE published_at >= :start AND published_at < :end AND id <= :last
  UNION ALL
  SELECT id, 1, coalesce(story_id, -id), published_guessed, understood_by, trouble
  FROM articles WHERE id > :previous AND id <= :last AND published_at < :start
"""


def newest_article(store: Store) -> int:
    """Tell the id of the newest article that is stored."""
    return int(store.value("SELECT coalesce(max(id), 0) FROM articles"))


def read_week(
    store: Store,
    week: Week,
    *,
    last: int,
    previous: int | None,
    until: datetime,
) -> WeekRows:
    """Read what belongs to a week, of what was known at `until`: articles up to id `last`.

    `previous` is the last article of the digest before; without one there is no late news.
    """
    bounds: dict[str, object] = {
        "start": write_moment(week.start),
        "end": write_moment(min(week.end, until)),
        "before": write_moment(week.earlier().start),
        "last": last,
        "previous": last if previous is None else previous,
    }
    store.conn.execute("DROP TABLE IF EXISTS temp.issue")
    store.conn.execute("CREATE TEMP TABLE issue (id INTEGER PRIMARY KEY, late, story, guessed, understood_by, trouble)")
    store.conn.execute(f"INSERT INTO temp.issue {_ISSUE}", bounds)
    totals = store.rows(
        "SELECT count(*) AS articles, count(DISTINCT story) AS stories, "
        "coalesce(sum(understood_by IS NULL), 0) AS unread, "
        "coalesce(sum(trouble IS NOT NULL), 0) AS cut, coalesce(sum(late), 0) AS late, "
        "coalesce(sum(guessed), 0) AS guessed FROM temp.issue",
    )[0]
    runs = store.rows(
        "SELECT count(*) AS runs, count(DISTINCT date(finished_at)) AS days_with_run FROM runs "
        "WHERE command = 'run' AND finished_at >= :start AND finished_at < :end",
        bounds,
    )[0]
    return WeekRows(
        summits=_summits(store, week, bounds),
        agreements=_agreements(store, week, bounds),
        conflicts=_conflicts(store, bounds),
        topics=_topics(store, bounds),
        weeks=_weeks(store, week, last),
        persons=_named(store, bounds, "PER"),
        states=_named(store, bounds, "LOC"),
        feeds=_feeds(store, bounds),
        **totals,
        **runs,
    )


def _summits(store: Store, week: Week, bounds: dict[str, object]) -> tuple[SummitRow, ...]:
    rows = store.rows(
        """
        SELECT * FROM summits WHERE id IN (
          SELECT summit_id FROM summit_mentions JOIN temp.issue ON issue.id = article_id WHERE summit_id IS NOT NULL
          UNION
          SELECT id FROM summits WHERE start_date >= :since AND start_date <= :horizon
        ) ORDER BY id
        """,
        bounds
        | {
            "since": (week.monday - timedelta(days=OVERDUE_DAYS)).isoformat(),
            "horizon": (week.sunday + timedelta(days=HORIZON_DAYS)).isoformat(),
        },
    )
    keys = [row["id"] for row in rows]
    mentions = _mentions(store, "summit", keys, bounds)
    people = _values(store, "summit_participants", "summit_id", keys)
    topics = _topics_of(store, "summit", keys)
    turns = _turns(store, keys, mentions, bounds)
    results = _results(store, keys)
    return tuple(
        SummitRow(
            id=row["id"],
            kind=row["kind"],
            status=row["status"],
            name=row["name"],
            place=row["place"],
            country=row["country"],
            start=row["start_date"],
            end=row["end_date"],
            confidence=row["confidence"],
            sources=row["sources"],
            participants=people[row["id"]],
            topics=topics[row["id"]],
            mentions=mentions[row["id"]],
            turns=turns[row["id"]],
            agreements=results[row["id"]],
        )
        for row in rows
        if mentions[row["id"]]
    )


def _turns(
    store: Store,
    keys: Sequence[str],
    mentions: Mapping[str, tuple[MentionRow, ...]],
    bounds: dict[str, object],
) -> dict[str, tuple[TurnRow, ...]]:
    """Read the history of each meeting, with the date that was named before each new one."""
    found: dict[str, list[TurnRow]] = defaultdict(list)
    dates: dict[str, str] = {}
    for chunk in _chunks(keys):
        for row in store.rows(
            "SELECT step.*, issue.id IS NOT NULL AS in_issue FROM summit_steps AS step "  # noqa: S608 - question marks only
            "JOIN articles ON articles.id = step.article_id LEFT JOIN temp.issue ON issue.id = step.article_id "
            f"WHERE summit_id IN ({marks(chunk)}) AND articles.id <= ? AND articles.published_at < ? "
            "ORDER BY articles.published_at, articles.id, step, value",
            [*chunk, bounds["last"], bounds["end"]],
        ):
            key, kind = row["summit_id"], TURNS[row["step"]]
            dated = kind in {"dated", "moved"}
            day = row["value"] if dated else row["step_date"] if kind == "held" else dates.get(key, "")
            was = dates.get(key) if dated else None
            ends = {mention.start: mention.end for mention in mentions[key]}
            found[key].append(
                TurnRow(
                    kind=kind,
                    date=day or None,
                    end=ends.get(day),
                    was=was,
                    was_end=ends.get(was),
                    article=row["article_id"],
                    sources=row["sources"],
                    in_issue=bool(row["in_issue"]),
                ),
            )
            if dated:
                dates[key] = row["value"]
    return defaultdict(tuple, {key: tuple(turns) for key, turns in found.items()})


def _results(store: Store, keys: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """List the agreements that were signed or reached at each meeting."""
    found: dict[str, list[str]] = defaultdict(list)
    for chunk in _chunks(keys):
        for row in store.rows(
            "SELECT summit_id, agreement_id FROM agreement_summits WHERE relation IN ('signed_at', 'agreed_at') "  # noqa: S608 - question marks only
            f"AND summit_id IN ({marks(chunk)}) ORDER BY summit_id, articles DESC, agreement_id",
            chunk,
        ):
            found[row["summit_id"]].append(row["agreement_id"])
    return defaultdict(tuple, {key: tuple(agreements) for key, agreements in found.items()})


def _conflicts(store: Store, bounds: dict[str, object]) -> tuple[ConflictRow, ...]:
    """Read the fields on which sources disagree since this week: each value with the article that told it first."""
    found: dict[tuple[str, str, str], list[tuple[str, ArticleRow]]] = defaultdict(list)
    for family in ("summit", "agreement"):
        for row in store.rows(
            f"""
            SELECT claim.{family}_id AS record, claim.field, claim.value,
              article.id, article.title, substr(article.text, 1, {TEXT_SHOWN}) AS text, article.url, article.outlet,
              article.published_at, coalesce(article.story_id, -article.id) AS story,
              issue.id IS NOT NULL AS in_issue, coalesce(issue.late, 0) AS late
            FROM {family}_claims AS claim JOIN articles AS article ON article.id = claim.article_id
            LEFT JOIN temp.issue ON issue.id = article.id
            WHERE claim.verdict = 'conflict' AND claim.field <> 'kind'
              AND article.id <= :last AND article.published_at < :end
              AND claim.{family}_id IN (
                SELECT {family}_id FROM {family}_mentions JOIN temp.issue ON issue.id = article_id)
            ORDER BY record, field, claim.chosen DESC, claim.sources DESC, claim.value
            """,  # noqa: S608 - names of this module only
            bounds,
        ):
            found[family, row["record"], row["field"]].append((row["value"], _article(row)))
    return tuple(
        ConflictRow(
            record=family,
            id=key,
            field=field,
            values=tuple((value, (article,)) for value, article in claims),
            in_issue=any(article.in_issue for _, article in claims),
        )
        for (family, key, field), claims in sorted(found.items())
        if len(claims) > 1
    )


def _agreements(store: Store, week: Week, bounds: dict[str, object]) -> tuple[AgreementRow, ...]:
    rows = store.rows(
        """
        SELECT * FROM agreements WHERE id IN (
          SELECT agreement_id FROM agreement_mentions JOIN temp.issue ON issue.id = article_id
            WHERE agreement_id IS NOT NULL
          UNION
          SELECT id FROM agreements WHERE status = 'planned' AND status_date >= :since AND status_date <= :sunday
        ) ORDER BY id
        """,
        {"since": (week.monday - timedelta(days=OVERDUE_DAYS)).isoformat(), "sunday": week.sunday.isoformat()},
    )
    keys = [row["id"] for row in rows]
    mentions = _mentions(store, "agreement", keys, bounds)
    parties = _values(store, "agreement_parties", "agreement_id", keys)
    topics = _topics_of(store, "agreement", keys)
    steps = _steps(store, keys, bounds)
    sentences = subject_sentences(store, keys)
    return tuple(
        AgreementRow(
            id=row["id"],
            kind=row["kind"],
            status=row["status"],
            date=row["status_date"],
            title=row["title"],
            subject=row["subject"],
            place=row["place"],
            country=row["country"],
            amount=row["amount"],
            currency=row["currency"],
            confidence=row["confidence"],
            sources=row["sources"],
            parties=parties[row["id"]],
            topics=topics[row["id"]],
            mentions=mentions[row["id"]],
            steps=steps[row["id"]],
            sentences=tuple(sentences.get(row["id"], ())),
        )
        for row in rows
    )


def _steps(store: Store, keys: Sequence[str], bounds: dict[str, object]) -> dict[str, tuple[StepRow, ...]]:
    found: dict[str, list[StepRow]] = defaultdict(list)
    for chunk in _chunks(keys):
        for row in store.rows(
            "SELECT step.*, issue.id IS NOT NULL AS in_issue FROM agreement_steps AS step "  # noqa: S608 - question marks only
            "JOIN articles ON articles.id = step.article_id LEFT JOIN temp.issue ON issue.id = step.article_id "
            f"WHERE agreement_id IN ({marks(chunk)}) AND articles.id <= ? AND articles.published_at < ? "
            "ORDER BY articles.published_at, articles.id",
            [*chunk, bounds["last"], bounds["end"]],
        ):
            found[row["agreement_id"]].append(
                StepRow(
                    status=row["status"],
                    date=row["step_date"] or None,
                    article=row["article_id"],
                    sources=row["sources"],
                    in_issue=bool(row["in_issue"]),
                ),
            )
    return defaultdict(tuple, {key: tuple(steps) for key, steps in found.items()})


def _mentions(
    store: Store,
    family: str,
    keys: Sequence[str],
    bounds: dict[str, object],
) -> dict[str, tuple[MentionRow, ...]]:
    start, end = ("start_date", "end_date") if family == "summit" else ("status_date", "NULL")
    found: dict[str, list[MentionRow]] = defaultdict(list)
    for chunk in _chunks(keys):
        for row in store.rows(
            f"""
            SELECT mention.{family}_id AS record, mention.status,
              mention.{start} AS start_day, mention.{end} AS end_day,
              article.id, article.title, substr(article.text, 1, {TEXT_SHOWN}) AS text, article.url, article.outlet,
              article.published_at, coalesce(article.story_id, -article.id) AS story,
              issue.id IS NOT NULL AS in_issue, coalesce(issue.late, 0) AS late,
              (SELECT substr(article.title || char(10, 10) || article.text, said.start + 1, said.stop - said.start)
                 FROM {family}_mention_evidence AS said
                 LEFT JOIN {family}_mention_evidence AS head ON head.mention_id = said.mention_id
                   AND head.slot = 'trigger' AND head.start >= said.start AND head.start < said.stop
                 WHERE said.mention_id = mention.id AND said.slot = 'sentence'
                 ORDER BY head.position IS NULL, head.position, said.position LIMIT 1) AS quote
            FROM {family}_mentions AS mention JOIN articles AS article ON article.id = mention.article_id
            LEFT JOIN temp.issue ON issue.id = article.id
            WHERE mention.{family}_id IN ({marks(chunk)}) AND article.id <= ? AND article.published_at < ?
            ORDER BY article.published_at, article.id, mention.id
            """.replace("mention.NULL", "NULL"),  # noqa: S608 - names of this module only
            [*chunk, bounds["last"], bounds["end"]],
        ):
            found[row["record"]].append(
                MentionRow(
                    article=_article(row),
                    status=row["status"],
                    start=row["start_day"],
                    end=row["end_day"],
                    quote=row["quote"] or "",
                ),
            )
    return defaultdict(tuple, {key: tuple(mentions) for key, mentions in found.items()})


def _article(row: Mapping[str, Any]) -> ArticleRow:
    names = ("id", "title", "text", "url", "outlet", "published_at", "story")
    return ArticleRow(**{name: row[name] for name in names}, in_issue=bool(row["in_issue"]), late=bool(row["late"]))


def _values(store: Store, table: str, key: str, keys: Sequence[str]) -> dict[str, dict[str, tuple[str, ...]]]:
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for chunk in _chunks(keys):
        for row in store.rows(
            f"SELECT {key} AS record, kind, value FROM {table} WHERE {key} IN ({marks(chunk)}) "  # noqa: S608 - names of this module only
            "ORDER BY record, kind, sources DESC, value",
            chunk,
        ):
            found[row["record"]][row["kind"]].append(row["value"])
    return defaultdict(
        dict, {key: {kind: tuple(values) for kind, values in kinds.items()} for key, kinds in found.items()}
    )


def _topics_of(store: Store, family: str, keys: Sequence[str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = defaultdict(list)
    for chunk in _chunks(keys):
        for row in store.rows(
            f"SELECT {family}_id AS record, topic FROM {family}_topics WHERE {family}_id IN ({marks(chunk)}) "  # noqa: S608 - names of this module only
            "ORDER BY record, topic",
            chunk,
        ):
            found[row["record"]].append(row["topic"])
    return defaultdict(tuple, {key: tuple(topics) for key, topics in found.items()})


def _topics(store: Store, bounds: dict[str, object]) -> tuple[tuple[str, str, int, int], ...]:
    found = []
    for row in store.rows("SELECT name, title, threshold FROM topics ORDER BY name"):
        limits = bounds | {"topic": row["name"], "least": row["threshold"]}
        now = store.value(
            "SELECT count(DISTINCT story) FROM temp.issue JOIN article_topics ON article_id = issue.id "
            "WHERE topic = :topic AND probability >= :least",
            limits,
        )
        before = store.value(
            "SELECT count(DISTINCT coalesce(story_id, -id)) FROM articles JOIN article_topics ON article_id = id "
            "WHERE published_at >= :before AND published_at < :start AND id <= :last "
            "AND topic = :topic AND probability >= :least",
            limits,
        )
        found.append((row["name"], row["title"], now, before))
    return tuple(found)


def _weeks(store: Store, week: Week, last: int) -> tuple[tuple[str, int], ...]:
    found = []
    for back in range(WEEKS_SHOWN - 1, -1, -1):
        each = week.earlier(back)
        stories = store.value(
            "SELECT count(DISTINCT coalesce(story_id, -id)) FROM articles "
            "WHERE published_at >= ? AND published_at < ? AND id <= ?",
            [write_moment(each.start), write_moment(each.end), last],
        )
        found.append((each.monday.isoformat(), stories))
    return tuple(found)


def _named(store: Store, bounds: dict[str, object], kind: str) -> tuple[tuple[str, int, int], ...]:
    """Count who is named in stories that tell of meetings or agreements; a state by its code, however it is called."""
    only = "" if kind == "PER" else "AND entity.ref IN (SELECT code FROM states)"
    # Of the ways to write one person's name the longest is the fullest, and of two the later in the alphabet has its ё.
    fullest = "substr(max(printf('%04d', length(entity.name)) || entity.name), 5)"
    name = fullest if kind == "PER" else "entity.ref"
    counted = f"""
      SELECT coalesce(nullif(entity.ref, ''), entity.name) AS key, {name} AS name, count(DISTINCT story) AS stories
      FROM chosen
      JOIN entity_mentions ON entity_mentions.article_id = chosen.id
      JOIN entities AS entity ON entity.id = entity_mentions.entity_id AND entity.type = :kind {only}
      GROUP BY 1
    """  # noqa: S608 - names of this function only
    telling = "id IN (SELECT article_id FROM summit_mentions UNION ALL SELECT article_id FROM agreement_mentions)"
    now = f"WITH chosen AS (SELECT id, story FROM temp.issue WHERE {telling}) {counted}"  # noqa: S608 - as above
    before = (
        "WITH chosen AS (SELECT id, coalesce(story_id, -id) AS story FROM articles "  # noqa: S608 - as above
        "WHERE published_at >= :before "
        f"AND published_at < :start AND id <= :last AND {telling}) {counted}"
    )
    limits = bounds | {"kind": kind}
    earlier = {row["key"]: row["stories"] for row in store.rows(before, limits)}
    top = store.rows(f"{now} ORDER BY stories DESC, name LIMIT {MOST_NAMED}", limits)
    return tuple((row["name"], row["stories"], earlier.get(row["key"], 0)) for row in top)


def _feeds(store: Store, bounds: dict[str, object]) -> tuple[FeedRow, ...]:
    rows = store.rows(
        """
        SELECT feed.name,
          (SELECT count(*) FROM fetches WHERE feed_id = feed.id AND fetched_at >= :start AND fetched_at < :end
             AND outcome IN ('ok', 'not_modified')) AS read,
          (SELECT count(*) FROM articles WHERE feed_id = feed.id AND published_at >= :start AND published_at < :end
             AND id <= :last) AS articles,
          (SELECT count(*) FROM fetches WHERE feed_id = feed.id AND fetched_at >= :start AND fetched_at < :end AND gap)
             AS gaps,
          (SELECT max(fetched_at) FROM fetches WHERE feed_id = feed.id AND outcome IN ('ok', 'not_modified')
             AND fetched_at < :end) AS last_ok_at,
          (SELECT error FROM fetches WHERE feed_id = feed.id AND fetched_at < :end
             ORDER BY fetched_at DESC, id DESC LIMIT 1) AS error,
          (SELECT count(*) / 4.0 FROM articles WHERE feed_id = feed.id AND published_at < :start
             AND published_at >= strftime('%Y-%m-%dT%H:%M:%SZ', :start, '-28 days')) AS usual
        FROM feeds AS feed WHERE enabled ORDER BY feed.name
        """,
        bounds,
    )
    return tuple(FeedRow(**row) for row in rows)


def _chunks(keys: Sequence[str]) -> Iterator[Sequence[str]]:
    return (keys[at : at + CHUNK] for at in range(0, len(keys), CHUNK))
