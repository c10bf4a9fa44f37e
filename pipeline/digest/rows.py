"""What the store knows of a week, before anything is made of it: `pipeline.store.week` reads it, `compose` uses it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleRow:
    """An article that speaks of a meeting or agreement."""

    id: int
    title: str
    text: str  # its beginning
    url: str
    outlet: str
    published_at: str  # moment, UTC
    story: int  # reprints share it
    in_issue: bool  # it belongs to this week's digest
    late: bool  # it belongs to it only because we learned of it late


@dataclass(frozen=True, slots=True, kw_only=True)
class MentionRow:
    """A meeting or agreement as one article tells it."""

    article: ArticleRow
    status: str
    start: str | None  # of an agreement: the day of its last status
    end: str | None
    quote: str  # its first evidence sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRow:
    """A dated step of an agreement, and the article that told of it first."""

    status: str
    date: str | None
    article: int
    sources: int
    in_issue: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnRow:
    """A turn in the life of a meeting: announced, dated, moved, held, cancelled."""

    kind: str
    date: str | None
    end: str | None
    was: str | None
    was_end: str | None
    article: int
    sources: int
    in_issue: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SummitRow:
    """A real meeting with all its mentions known by the end of the week, oldest first."""

    id: str
    kind: str
    status: str
    name: str | None
    place: str | None
    country: str | None
    start: str | None
    end: str | None
    confidence: float
    sources: int
    participants: Mapping[str, tuple[str, ...]]  # state, person, organization
    topics: tuple[str, ...]
    mentions: tuple[MentionRow, ...]
    turns: tuple[TurnRow, ...] = ()
    agreements: tuple[str, ...] = ()  # that came out of it


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementRow:
    """A real agreement with all its steps and mentions known by the end of the week, oldest first."""

    id: str
    kind: str
    status: str
    date: str | None
    title: str | None  # of a well-known treaty
    subject: str | None
    place: str | None
    country: str | None
    amount: float | None
    currency: str | None
    confidence: float
    sources: int
    parties: Mapping[str, tuple[str, ...]]
    topics: tuple[str, ...]
    mentions: tuple[MentionRow, ...]
    steps: tuple[StepRow, ...]
    sentences: tuple[str, ...] = ()  # of articles that tell the subject in these words


@dataclass(frozen=True, slots=True, kw_only=True)
class ConflictRow:
    """A field of a record for which sources give different values."""

    record: str  # summit or agreement
    id: str
    field: str
    values: tuple[tuple[str, tuple[ArticleRow, ...]], ...]
    in_issue: bool  # a source of this week brought it up


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedRow:
    """A feed in the week."""

    name: str
    read: int  # answers in the week
    articles: int
    gaps: int
    last_ok_at: str | None
    error: str | None
    usual: float  # articles in an ordinary week before


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekRows:
    """All that a digest is made of."""

    summits: tuple[SummitRow, ...]
    agreements: tuple[AgreementRow, ...]
    conflicts: tuple[ConflictRow, ...]
    topics: tuple[tuple[str, str, int, int], ...]  # name, title, stories now, stories before
    weeks: tuple[tuple[str, int], ...]  # Monday, stories; oldest first, this week last
    persons: tuple[tuple[str, int, int], ...]
    states: tuple[tuple[str, int, int], ...]
    feeds: tuple[FeedRow, ...]
    articles: int
    stories: int
    unread: int
    cut: int
    late: int
    guessed: int
    runs: int
    days_with_run: int
