"""The records of a digest, in the order in which a reader meets them; they go to JSON and back unchanged.

Dates are ISO dates or prefixes of one, in the desk's time zone; states are ISO codes, named when rendered.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """An article that says so."""

    article: int
    title: str  # its headline, or its first words where it has none
    url: str | None  # http or https, else None
    outlet: str
    published: str  # ISO date
    quote: str = ""  # the sentence that says it, where one was kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """One of several things that sources say."""

    value: str
    sources: tuple[Source, ...]


ChangeKind = Literal["step", "announced", "dated", "moved", "cancelled", "held", "contradiction"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Something that became known in the week: what it was and what it became."""

    key: str  # the same for the same change for ever
    kind: ChangeKind
    record: Literal["summit", "agreement"]
    id: str
    title: str
    record_kind: str
    status: str
    date: str | None
    end: str | None = None  # of a meeting
    was: str | None = None  # the status or the date before
    was_date: str | None = None
    was_end: str | None = None
    place: str | None = None
    states: tuple[str, ...]
    topics: tuple[str, ...]
    independent: int  # sources, reprints counted once
    sources: tuple[Source, ...]
    late: bool = False  # of an earlier week, learned of only now
    rank: int = 0  # how much it concerns the desk and how well it is known; the lowest is told first


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """A real meeting."""

    id: str
    title: str
    kind: str
    status: str
    start: str | None
    end: str | None
    place: str | None
    country: str | None
    states: tuple[str, ...]
    persons: tuple[str, ...]
    organizations: tuple[str, ...]
    topics: tuple[str, ...]
    independent: int
    sources: tuple[Source, ...]
    new: bool = False  # first heard of in this week
    moved_from: tuple[str | None, ...] = ()  # the days named before: start and end
    outcomes: tuple[Outcome, ...] = ()
    late: bool = False
    unconfirmed: bool = False  # its day is past and no source reports that it was held
    sequence: int = 0  # how often its date or status changed
    rank: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """An agreement that came out of a meeting."""

    id: str
    title: str
    status: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Accord:
    """A real agreement, and how far it has come."""

    id: str
    title: str
    kind: str
    status: str
    date: str | None
    was: str | None  # its status before this week; None when it is new
    was_date: str | None
    states: tuple[str, ...]
    organizations: tuple[str, ...]
    topics: tuple[str, ...]
    amount: float | None
    currency: str | None
    independent: int
    sources: tuple[Source, ...]
    steps: tuple[Step, ...]
    late: bool = False
    rank: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A step of an agreement."""

    status: str
    date: str | None
    new: bool  # learned of in this week


@dataclass(frozen=True, slots=True, kw_only=True)
class Attention:
    """What needs a person's eye: sources that contradict each other, days that passed in silence."""

    kind: Literal["contradiction", "overdue"]
    record: Literal["summit", "agreement"]
    id: str
    title: str
    record_kind: str
    field: str  # the contradicted field, or "date"
    values: tuple[Value, ...]
    states: tuple[str, ...]
    topics: tuple[str, ...]
    due: str | None = None
    new: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How often something was spoken of, in stories: an original and its reprints are one."""

    name: str
    now: int
    before: int
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """A feed of which nothing came."""

    feed: str
    since: str | None  # the day of its last answer
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How complete the week is."""

    feeds: int  # switched on
    heard: int  # of them, read at least once in the week and not silent
    silent: tuple[Silence, ...]
    gaps: tuple[Count, ...]  # feed, how often items were lost between two readings
    articles: int
    stories: int
    stories_before: int
    unread: int  # articles not yet understood
    cut: int  # understood in part, or not at all
    late: int  # of earlier weeks, learned of only now
    guessed: int  # with a date that was not in the source
    nights_missed: int  # days of the week without a finished run
    runs: int
    archive: bool  # the week was imported, no feed was read in it


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """A week of changes."""

    week: str
    starts: str
    ends: str
    made_at: str  # ISO time with offset, in the desk's zone
    zone: str
    made_by: str
    changes: tuple[Change, ...]
    coming: tuple[Meeting, ...]
    held: tuple[Meeting, ...]
    called_off: tuple[Meeting, ...]
    accords: tuple[Accord, ...]
    attention: tuple[Attention, ...]
    topics: tuple[Count, ...]
    weeks: tuple[Count, ...]  # stories in this and earlier weeks, oldest first; name is the Monday
    persons: tuple[Count, ...]
    states: tuple[Count, ...]
    health: Health
    past: int = 0  # agreements of long ago that were first mentioned in this week
    thin: int = 0  # records left out because fewer than two sides of them are known
    unsure: int = 0  # records left out because they were not read surely


def to_json(record: Any) -> Any:  # noqa: ANN401 - any record
    """Turn a record into what the json module writes."""
    return dataclasses.asdict(record)


def from_json(kind: type[T], found: Any) -> T:  # noqa: ANN401 - what the json module read
    """Make a record of what the json module read; the inverse of `to_json`."""
    if dataclasses.is_dataclass(kind):
        hints = _hints(kind)
        return kind(**{name: from_json(hints[name], value) for name, value in found.items()})
    origin = typing.get_origin(kind)
    if origin is tuple:
        return tuple(from_json(typing.get_args(kind)[0], value) for value in found)  # type: ignore[return-value]
    if origin is types.UnionType and found is not None:
        return from_json(next(part for part in typing.get_args(kind) if part is not type(None)), found)  # type: ignore[no-any-return]
    return found  # type: ignore[no-any-return]


def _hints(kind: type) -> dict[str, Any]:
    if kind not in _HINTS:
        _HINTS[kind] = typing.get_type_hints(kind)
    return _HINTS[kind]


_HINTS: dict[type, dict[str, Any]] = {}
