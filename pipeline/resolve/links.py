"""Which agreement belongs to which meeting, which meeting to the margins of another, which agreement changes another.

Rows are linked that some article tells of together; dates, places and sides then decide. What an agreement changes is
also sought among earlier agreements of the same sides and subject.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from pipeline.resolve.dates import Days, precision, span
from pipeline.resolve.profile import AMENDS
from pipeline.resolve.words import fold, likeness, stems, weigh

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

CHANGES = re.compile(rf"{AMENDS.pattern}|продлени")
CARRIES_OUT = re.compile(
    r"\b(по|о|для|на) (реализаци|выполнени|исполнени)\w+ (\w+ ){0,3}(соглашени|договор|меморандум|деклараци|контракт)"
    r"|во исполнение"
)
# Words of the change itself, which the changed agreement does not share.
OF_CHANGE = frozenset(
    stems(
        "внесение внесении изменения изменений изменении дополнения дополнений дополнительное поправки поправок "
        "продление продлении соглашение соглашения договор протокол реализация реализации выполнение исполнение "
        "исполнении во"
    )
)
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
    text: str = ""  # folded words and subject
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


def relation_of(text: str) -> Literal["amends", "carries_out", ""]:
    """Tell from the folded words of an agreement whether it changes or carries out another."""
    return "amends" if CHANGES.search(text) else "carries_out" if CARRIES_OUT.search(text) else ""


def change(agreement: Bond, others: Iterable[Bond]) -> Link | None:
    """Find the earlier agreement that one changes, extends or carries out."""
    relation = relation_of(agreement.text)
    if not relation:
        return None
    own = {name: weight for name, weight in weigh(stems(agreement.text)).items() if name not in OF_CHANGE}
    fitting = [(points, other) for other in others if (points := _change_points(agreement, own, other)) is not None]
    if not fitting:
        return None
    _, best = max(fitting, key=lambda item: (item[0], item[1].id))
    return Link(one=agreement.id, other=best.id, relation=relation, articles=len(agreement.articles & best.articles))


def _change_points(agreement: Bond, own: Mapping[str, float], other: Bond) -> float | None:
    if other.id == agreement.id or relation_of(other.text) == "amends":
        return None
    told = weigh(stems(other.text))
    like = likeness(own, {name: weight for name, weight in told.items() if name not in OF_CHANGE})
    together = bool(agreement.articles & other.articles)
    shared = len(agreement.states & other.states)
    if agreement.states and other.states and shared < (1 if together else min(BOTH, len(agreement.states))):
        return None
    if like < (ALIKE if together else SURE):
        return None
    if other.told.first > agreement.told.last:
        return None  # what is changed came first
    if agreement.time and other.time and other.time.first > agreement.time.last:
        return None
    return like + together
