"""What resolution reads: a mention of a meeting or an agreement with the article that tells it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Family = Literal["summit", "agreement"]
FAMILIES: tuple[Family, ...] = ("summit", "agreement")


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """The article that tells of an event, as far as it matters here."""

    article: int  # row id
    url: str
    published: str  # UTC, "2025-11-13T06:20:00Z"
    known: str  # UTC; when we learned of it
    outlet: str = ""
    outlet_state: str | None = None  # ISO code of the state whose agency the outlet is; None for independent media
    origin: str | None = None  # the outlet that the text names as its source
    story: int | None = None  # articles that carry one text
    story_origin: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """A step that an agreement had taken before, as the article of its mention tells it beside the status."""

    status: str
    date: str | None  # a signing may have its place alone


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """A meeting or an agreement as one article tells it; `start` is the date of an agreement's status."""

    family: Family
    id: int  # row id; says nothing about order
    telling: Telling
    trigger: tuple[int, int]  # the first one; with the article it is the mention's lasting name
    kind: str
    status: str
    words: str = ""  # of the triggers
    sentences: str = ""  # that it rests on
    name: str | None = None
    subject: str | None = None
    place: str | None = None
    country: str | None = None
    start: str | None = None
    end: str | None = None
    states: tuple[str, ...] = ()
    persons: tuple[str, ...] = ()
    organizations: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    amount: float | None = None
    currency: str | None = None
    ratified_by: tuple[str, ...] = ()  # the states that are said to have ratified
    earlier: tuple[Earlier, ...] = ()  # steps below the status
    confidence: float = 1.0

    @property
    def order(self) -> tuple[str, str, int, int]:
        """Sort mentions by publication; the same in whatever order articles arrive."""
        return (self.telling.published, self.telling.url, *self.trigger)
