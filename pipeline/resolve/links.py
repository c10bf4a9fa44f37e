"""Which agreement belongs to which meeting, which meeting to the margins of another, which agreement changes another.

Rows are linked that some article tells of together; dates, places and sides then decide. What an agreement changes is
also sought among earlier agreements of the same sides and subject.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipeline.resolve.changes import matter
from pipeline.resolve.dates import Days, precision, span
from pipeline.resolve.words import fold, likeness

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipeline.resolve.events import Change

NEAR = 7  # days between the news of an undated signing and the news of the meeting
ALIKE, SURE = 0.5, 0.7  # likeness of an agreement and what it changes: told together, told apart
BOTH = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Bond:
    """What of a real meeting or agreement decides its links; days are ordinals."""

    id: str
    kind: str
    status: str
    date: str | None
    end: str | None
    place: str | None
    country: str | None
    told: Days  # from the first to the last article that tells of it
    states: frozenset[str]
    text: str = ""  # folded name, or title and subject
    treaty: str | None = None
    changes: Change | None = None
    changes_treaty: str | None = None
    articles: frozenset[int] = field(default_factory=frozenset)

    @property
    def time(self) -> Days | None:
        """The days on which it took place, as far as known."""
        return span(self.date, self.end)


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One row belongs to another."""

    one: str
    other: str
    relation: str
    articles: int


def occasion(agreement: Bond, meetings: Iterable[Bond]) -> Link | None:
    """Find the meeting at which an agreement was signed, agreed or is to be signed."""
    fitting = [
        (points, meeting) for meeting in meetings if (points := _occasion_points(agreement, meeting)) is not None
    ]
    if not fitting:
        return None
    points, best = max(fitting, key=lambda item: (item[0], item[1].id))
    if points < BOTH:
        return None
    relation = {"planned": "expected_at", "agreed": "agreed_at"}.get(agreement.status, "signed_at")
    return Link(one=agreement.id, other=best.id, relation=relation, articles=len(agreement.articles & best.articles))


def _occasion_points(agreement: Bond, meeting: Bond) -> float | None:
    together = len(agreement.articles & meeting.articles)
    if not together or meeting.status == "cancelled" or agreement.status in {"in_force", "terminated", "ratified"}:
        return None
    points = min(together, 3) * 0.5
    shared = len(agreement.states & meeting.states)
    if meeting.kind == "talks" and agreement.states and meeting.states:
        if shared < min(BOTH, len(agreement.states)) and not agreement.states <= meeting.states:
            return None
        points += 1.0 if agreement.states == meeting.states else 0.5
    when = agreement.time
    if when and meeting.time and precision(agreement.date) == "day" and precision(meeting.date) == "day":
        if when.gap(meeting.time) > 1:
            return None
        points += 2.0
    elif (when and meeting.time and when.gap(meeting.time) > 1) or agreement.told.gap(meeting.told) > NEAR:
        return None
    elif agreement.told.first >= meeting.told.first - NEAR:
        points += 0.5
    if agreement.place and meeting.place:
        if fold(agreement.place) != fold(meeting.place):
            return None
        points += 1.0
    return points


def margins(meeting: Bond, others: Iterable[Bond]) -> Link | None:
    """Find the summit, council or forum in whose margins a meeting takes place."""
    fitting = [(points, main) for main in others if (points := _margin_points(meeting, main)) is not None]
    if meeting.kind != "talks" or not fitting:
        return None
    points, best = max(fitting, key=lambda item: (item[0], item[1].id))
    if points < BOTH:
        return None
    return Link(one=meeting.id, other=best.id, relation="margins", articles=len(meeting.articles & best.articles))


def _margin_points(meeting: Bond, main: Bond) -> float | None:
    together = len(meeting.articles & main.articles)
    if not together or main.kind == "talks":
        return None
    points = min(together, 3) * 0.5
    if meeting.time and main.time:
        if meeting.time.gap(main.time) > 1:
            return None
        points += 1.5 if precision(meeting.date) == precision(main.date) == "day" else 0.5
    elif meeting.told.gap(main.told) > BOTH:
        return None
    if meeting.place and main.place:
        if fold(meeting.place) != fold(main.place):
            return None
        points += 1.5
    elif meeting.country and main.country:
        if meeting.country != main.country:
            return None
        points += 0.5
    if re.search(r"на полях|в кулуарах|в рамках", meeting.text):
        points += 1.0
    return points


def change(agreement: Bond, others: Iterable[Bond]) -> Link | None:
    """Find the earlier agreement that one changes, extends or carries out."""
    if not agreement.changes:
        return None
    fitting = [(points, other) for other in others if (points := _change_points(agreement, other)) is not None]
    if not fitting:
        return None
    _, best = max(fitting, key=lambda item: (item[0], item[1].id))
    together = len(agreement.articles & best.articles)
    return Link(one=agreement.id, other=best.id, relation=agreement.changes, articles=together)


def _change_points(agreement: Bond, other: Bond) -> float | None:
    if other.id == agreement.id or other.changes:
        return None
    if agreement.changes_treaty:
        return 2.0 if other.treaty == agreement.changes_treaty else None
    together = bool(agreement.articles & other.articles)
    if not _may_be_changed(agreement, other, together=together):
        return None
    own = matter(agreement.text)
    if not own and together and agreement.states == other.states:
        return ALIKE  # "продление" alone, told together with the agreement of these sides
    like = likeness(own, matter(other.text))
    return like + together if like >= (ALIKE if together else SURE) else None


def _may_be_changed(agreement: Bond, other: Bond, *, together: bool) -> bool:
    """Tell whether the sides are those of an earlier agreement, and it came first."""
    needed = 1 if together else min(BOTH, len(agreement.states))
    if agreement.states and other.states and len(agreement.states & other.states) < needed:
        return False
    later = agreement.time and other.time and other.time.first > agreement.time.last
    return not later and other.told.first <= agreement.told.last
