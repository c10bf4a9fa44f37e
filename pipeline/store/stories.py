"""Stories in the store: articles that carry one text are joined as they arrive."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pipeline.store.moments import read_moment, write_moment
from pipeline.stories import WINDOW_HOURS, Sketch, find_reprints, join, sketch

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pipeline.store.database import Store

SPAN = timedelta(hours=24)  # of fresh articles that are compared at once, so that an archive of years fits in memory
BATCH = 500  # SQLite takes no more than 999 parameters in old builds


def group_reprints(store: Store, fresh: Sequence[int]) -> int:
    """Join fresh or rewritten articles with those of the days around them that carry the same text.

    One transaction for each day of articles; answers how many of `fresh` are now known as part of a story.
    """
    joined = 0
    for ids, first, last in _days(store, fresh):
        with store.transaction():
            joined += _group(store, ids, first, last)
    return joined


def _days(store: Store, fresh: Sequence[int]) -> Iterator[tuple[list[int], str, str]]:
    """Split articles into spans of a day by their time of publication."""
    rows: list[dict[str, Any]] = []
    for start in range(0, len(fresh), BATCH):
        part = fresh[start : start + BATCH]
        marks = ", ".join("?" * len(part))
        rows += store.rows(f"SELECT id, published_at FROM articles WHERE id IN ({marks})", part)  # noqa: S608 - marks
    rows.sort(key=lambda row: (row["published_at"], row["id"]))
    span: list[dict[str, Any]] = []
    for row in rows:
        if span and read_moment(row["published_at"]) - read_moment(span[0]["published_at"]) > SPAN:
            yield [found["id"] for found in span], span[0]["published_at"], span[-1]["published_at"]
            span = []
        span.append(row)
    if span:
        yield [found["id"] for found in span], span[0]["published_at"], span[-1]["published_at"]


def _group(store: Store, ids: list[int], first: str, last: str) -> int:
    window = timedelta(hours=WINDOW_HOURS)
    around = [write_moment(read_moment(first) - window), write_moment(read_moment(last) + window)]
    _sketch_all(store, around)
    rows = store.rows(
        "SELECT id, outlet, fingerprint, published_at, story_id FROM articles "
        "WHERE published_at BETWEEN ? AND ? ORDER BY id",
        around,
    )
    wanted = set(ids)
    at = {row["id"]: read_moment(row["published_at"]) for row in rows}
    known, fresh = (
        [
            Sketch(id=row["id"], outlet=row["outlet"], hashes=row["fingerprint"])
            for row in rows
            if (row["id"] in wanted) is is_fresh
        ]
        for is_fresh in (False, True)
    )
    pairs = [
        (pair.one, pair.other) for pair in find_reprints(known, fresh) if abs(at[pair.one] - at[pair.other]) <= window
    ]
    stories = {row["id"]: row["story_id"] for row in rows}
    for members in join(pairs):
        _join(store, members, {stories[member] for member in members} - {None})
    return len(wanted & {member for pair in pairs for member in pair})


def _sketch_all(store: Store, around: list[str]) -> None:
    bare = store.rows(
        "SELECT id, text FROM articles WHERE published_at BETWEEN ? AND ? AND fingerprint IS NULL", around
    )
    store.conn.executemany(
        "UPDATE articles SET fingerprint = ? WHERE id = ?", [(sketch(row["text"]), row["id"]) for row in bare]
    )


def _join(store: Store, members: list[int], stories: Iterable[int]) -> None:
    """Put articles, and the stories that some of them belong to already, into one story."""
    known = sorted(stories)
    story = known[0] if known else None
    if story is None:
        seen = store.value("SELECT min(fetched_at) FROM articles WHERE id IN (?, ?)", [members[0], members[-1]])
        story = store.conn.execute("INSERT INTO stories (first_seen_at) VALUES (?)", [seen]).lastrowid
    for other in known[1:]:
        store.conn.execute("UPDATE articles SET story_id = ? WHERE story_id = ?", [story, other])
        store.conn.execute("DELETE FROM stories WHERE id = ?", [other])
    store.conn.executemany("UPDATE articles SET story_id = ? WHERE id = ?", [(story, member) for member in members])
    origins = Counter(
        row["origin"]
        for row in store.rows(
            "SELECT origin FROM articles WHERE story_id = ? AND origin IS NOT NULL ORDER BY id", [story]
        )
    )
    origin = origins.most_common(1)[0][0] if origins else None
    store.conn.execute("UPDATE stories SET origin = ? WHERE id = ?", [origin, story])
