"""Mentions as resolution reads them: with their articles, values, words and sentences."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from pipeline.records import AGREEMENT_STATUSES, LONGEST_TEXT
from pipeline.resolve.mentions import Earlier, Mention, Telling

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pipeline.resolve.mentions import Family
    from pipeline.store.database import Store

CHUNK = 400  # ids in one query
# An archive that is imported was not known late: it counts as known when it was published.
KNOWN = "CASE WHEN a.feed_id IS NULL THEN a.published_at ELSE max(a.fetched_at, a.published_at) END"
COLUMNS = {
    "summit": "m.name, NULL AS subject, m.start_date, m.end_date, NULL AS amount, NULL AS currency",
    "agreement": "NULL AS name, m.subject, m.status_date AS start_date, NULL AS end_date, m.amount, m.currency",
}
# The slots of evidence that tell the steps before the status, and who has ratified (`pipeline.events.steps`).
ON_THE_WAY = ("ratified_by", *(f"{status}_{slot}" for status in AGREEMENT_STATUSES for slot in ("date", "place")))


def chunks(ids: Iterable[int]) -> Iterator[list[int]]:
    """Cut ids into lists short enough for one query."""
    listed = sorted(ids)
    for begin in range(0, len(listed), CHUNK):
        yield listed[begin : begin + CHUNK]


def marks(values: Sequence[object]) -> str:
    """Write the placeholders for a list of values."""
    return ", ".join("?" * len(values))


def read_mentions(store: Store, family: Family, ids: Iterable[int]) -> list[Mention]:
    """Read mentions by row id."""
    found: list[Mention] = []
    for chunk in chunks(ids):
        found += _read_chunk(store, family, chunk)
    return found


def _read_chunk(store: Store, family: Family, ids: list[int]) -> list[Mention]:
    rows = store.rows(
        f"""
        SELECT m.id, m.article_id, m.kind, m.status, m.place, m.country, m.confidence, {COLUMNS[family]},
          a.url, a.published_at, {KNOWN} AS known, a.outlet, a.origin, a.story_id, a.title,
          substr(a.text, 1, {LONGEST_TEXT}) AS text,
          s.origin AS story_origin, CASE WHEN f.owner LIKE '%state%' THEN f.country END AS outlet_state
        FROM {family}_mentions AS m
        JOIN articles AS a ON a.id = m.article_id
        LEFT JOIN stories AS s ON s.id = a.story_id
        LEFT JOIN feeds AS f ON f.id = a.feed_id
        WHERE m.id IN ({marks(ids)})
        """,
        ids,
    )
    values: dict[tuple[int, str], list[str]] = defaultdict(list)
    for row in store.rows(
        f"SELECT mention_id, slot, value FROM {family}_mention_values WHERE mention_id IN ({marks(ids)}) "
        "ORDER BY mention_id, slot, position",
        ids,
    ):
        values[row["mention_id"], row["slot"]].append(row["value"])
    spans: dict[tuple[int, str], list[tuple[int, int]]] = defaultdict(list)
    for row in store.rows(
        f"SELECT mention_id, slot, start, stop FROM {family}_mention_evidence WHERE mention_id IN ({marks(ids)}) "
        "AND slot IN ('trigger', 'sentence') AND start IS NOT NULL ORDER BY mention_id, position",
        ids,
    ):
        spans[row["mention_id"], row["slot"]].append((row["start"], row["stop"]))
    if family == "agreement":
        for row in store.rows(
            "SELECT mention_id, slot, value FROM agreement_mention_evidence "
            f"WHERE mention_id IN ({marks(ids)}) AND slot IN ({marks(ON_THE_WAY)}) ORDER BY mention_id, position",
            [*ids, *ON_THE_WAY],
        ):
            values[row["mention_id"], row["slot"]].append(row["value"])
    return [_as_mention(family, row, values, spans) for row in rows]


def _as_mention(
    family: Family,
    row: dict[str, Any],
    values: dict[tuple[int, str], list[str]],
    spans: dict[tuple[int, str], list[tuple[int, int]]],
) -> Mention:
    number = row["id"]
    body = f"{row['title']}\n\n{row['text']}"
    triggers = spans.get((number, "trigger"), [])
    sentences = spans.get((number, "sentence"), [])
    return Mention(
        family=family,
        id=number,
        telling=Telling(
            article=row["article_id"],
            url=row["url"],
            published=row["published_at"],
            known=row["known"],
            outlet=row["outlet"],
            outlet_state=row["outlet_state"],
            origin=row["origin"],
            story=row["story_id"],
            story_origin=row["story_origin"],
        ),
        trigger=min(triggers, default=(0, 0)),
        kind=row["kind"],
        status=row["status"],
        words=" ".join(body[start:stop] for start, stop in triggers),
        sentences=" ".join(body[start:stop] for start, stop in sentences),
        name=row["name"],
        subject=row["subject"],
        place=row["place"],
        country=row["country"],
        start=row["start_date"],
        end=row["end_date"],
        states=tuple(values.get((number, "states"), ())),
        persons=tuple(values.get((number, "persons"), ())),
        organizations=tuple(values.get((number, "organizations"), ())),
        topics=tuple(values.get((number, "topics"), ())),
        amount=row["amount"],
        currency=row["currency"],
        ratified_by=tuple(values.get((number, "ratified_by"), ())),
        earlier=tuple(
            Earlier(status=status, date=next(iter(values.get((number, f"{status}_date"), ())), None))
            for status in AGREEMENT_STATUSES
            if (number, f"{status}_date") in values or (number, f"{status}_place") in values
        ),
        confidence=row["confidence"],
    )


def mentions_of(store: Store, family: Family, articles: Iterable[int]) -> list[int]:
    """List the ids of the mentions in some articles."""
    found: list[int] = []
    for chunk in chunks(articles):
        found += [
            row["id"]
            for row in store.rows(
                f"SELECT id FROM {family}_mentions WHERE article_id IN ({marks(chunk)})",
                chunk,
            )
        ]
    return found
