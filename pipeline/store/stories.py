"""Stories in the store: articles that carry one text are joined as they arrive."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pipeline.store.moments import read_moment, write_moment
from pipeline.stories import WINDOW_HOURS, Sketch, find_reprints, join, sketch

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pipeline.store.database import Store

SPAN = timedelta(hours=24)  # of fresh articles that are compared at once, so that an archive of years fits in memory


def group_reprints(store: Store) -> int:
    """Join articles that are new or rewritten with those of the days around them that carry the same text.

    What still has to be compared is known by its missing fingerprint, so whatever was stopped goes on with the next
    call. One transaction for each day of articles; answers how many are now part of a story.
    """
    joined = 0
    for fresh in _days(store):
        with store.transaction():
            joined += _group(store, fresh)
    return joined


def _days(store: Store) -> Iterator[list[dict[str, Any]]]:
    """Split the articles without a fingerprint into spans of a day by their time of publication."""
    rows = store.rows("SELECT id, published_at FROM articles WHERE fingerprint IS NULL ORDER BY published_at, id")
    span: list[dict[str, Any]] = []
    for row in rows:
        if span and read_moment(row["published_at"]) - read_moment(span[0]["published_at"]) > SPAN:
            yield span
            span = []
        span.append(row)
    if span:
        yield span


def _group(store: Store, span: list[dict[str, Any]]) -> int:
    ids = [row["id"] for row in span]
    left = _sketch(store, ids)
    window = timedelta(hours=WINDOW_HOURS)
    rows = store.rows(
        "SELECT id, outlet, fingerprint, published_at, story_id FROM articles "
        "WHERE published_at BETWEEN ? AND ? AND fingerprint IS NOT NULL ORDER BY id",
        [
            write_moment(read_moment(span[0]["published_at"]) - window),
            write_moment(read_moment(span[-1]["published_at"]) + window),
        ],
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
    _dissolve(store, left)
    return len(wanted & {member for pair in pairs for member in pair})


def _sketch(store: Store, ids: list[int]) -> set[int]:
    """Give articles the fingerprint of their present text; answers the stories that rewritten ones leave by that."""
    left = set()
    for article_id in ids:
        text, story = store.conn.execute("SELECT text, story_id FROM articles WHERE id = ?", [article_id]).fetchone()
        left.add(story)
        store.conn.execute(
            "UPDATE articles SET fingerprint = ?, story_id = NULL, resolved_at = NULL WHERE id = ?",
            [sketch(text), article_id],
        )
    return left - {None}


def _dissolve(store: Store, stories: Iterable[int]) -> None:
    """Let go of stories that were left by all but one."""
    for story in sorted(stories):
        if store.value("SELECT count(*) FROM articles WHERE story_id = ?", [story]) < 2:  # noqa: PLR2004 - a story has two
            store.conn.execute("UPDATE articles SET story_id = NULL, resolved_at = NULL WHERE story_id = ?", [story])
            store.conn.execute("DELETE FROM stories WHERE id = ?", [story])


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
    # Reprints speak of one event: what their mentions were joined to has to be weighed again.
    store.conn.execute("UPDATE articles SET resolved_at = NULL WHERE story_id = ?", [story])
    origins = Counter(
        row["origin"]
        for row in store.rows(
            "SELECT origin FROM articles WHERE story_id = ? AND origin IS NOT NULL ORDER BY id", [story]
        )
    )
    origin = origins.most_common(1)[0][0] if origins else None
    store.conn.execute("UPDATE stories SET origin = ? WHERE id = ?", [origin, story])
