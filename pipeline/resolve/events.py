"""The real meeting and the real agreement, as many mentions make them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from pipeline.resolve.mentions import Family, Mention

Change = Literal["amends", "carries_out"]
Verdict = Literal["confirmed", "majority", "unique", "conflict", "person"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A value that somebody gives for a field; the claims of one field share a verdict."""

    field: str
    value: str
    verdict: Verdict
    chosen: bool
    sources: int  # independent ones
    concerned: bool  # only the state voices of the sides say so
    article: int  # that told it first
    learned: str  # when we learned of it


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A step in the life of an event, who told of it first, and when we learned of it."""

    step: str
    date: str  # when it happened; ISO date or a prefix, "" when no source says
    value: str  # what it was about: the date named, the date moved to
    article: int
    learned: str
    sources: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Participant:
    """A state, person or organisation that takes part, with the step that it has reached."""

    kind: Literal["state", "person", "organization"]
    value: str
    sources: int
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A real meeting or agreement; `start` is the date of an agreement's status."""

    family: Family
    id: str
    base: str  # the id without what keeps doubles apart
    members: tuple[Mention, ...]  # by publication
    kind: str
    status: str
    name: str | None
    subject: str | None
    place: str | None
    country: str | None
    start: str | None
    end: str | None
    amount: float | None
    currency: str | None
    series: str | None  # of meetings, or the slug of a named treaty
    changes: Change | None = None  # what, as its words say, an agreement does to an earlier one
    changes_treaty: str | None = None  # the slug of that one, where it is a named treaty
    confidence: float
    articles: int
    sources: int
    first_seen: str
    last_seen: str
    participants: tuple[Participant, ...]
    topics: tuple[str, ...]
    claims: tuple[Claim, ...]
    steps: tuple[Step, ...]

    @property
    def states(self) -> tuple[str, ...]:
        """The states that take part, sorted."""
        return tuple(sorted(each.value for each in self.participants if each.kind == "state"))
