r"""The records of the pipeline, in the order in which they are made.

    Feed → Fetched | NotModified | Failure → Entry → Article → Document → Annotated → Summit, Agreement (mentions)

All are frozen. A later record holds the earlier one. Offsets are code points in `Document.body`, which is
`(title or "") + "\n\n" + text`; a span is half-open: `body[start:stop]`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

TOPICS = ("energy", "transport", "culture")
SUMMIT_KINDS = ("summit", "talks", "council", "forum")
SUMMIT_STATUSES = ("planned", "ongoing", "held", "cancelled")
AGREEMENT_KINDS = (
    "treaty", "agreement", "memorandum", "protocol", "declaration", "roadmap", "contract", "understanding",
)  # fmt: skip
AGREEMENT_STATUSES = ("planned", "agreed", "signed", "ratified", "in_force", "terminated")

Span = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """One feed as feeds.yaml declares it."""

    name: str
    url: str
    group: str = ""
    country: str | None = None  # ISO 3166 alpha-2 of the outlet
    language: str = "ru"
    owner: str = ""
    timezone: str = "UTC"  # IANA name; the zone of dates that name none
    body: Literal["full", "lead", "title", "unknown"] = "unknown"
    fulltext: Literal["feed", "page", "none"] = "feed"  # where the full text comes from
    terms: str = ""
    sure: str = ""
    enabled: bool = True
    reason: str = ""  # why it is disabled
    quirks: tuple[str, ...] = ()
    user_agent: str | None = None
    private: bool = False  # the feed itself stands on a private or loopback address
    interval: int = 30  # minutes between two questions to its server, at least
    line: int = 0  # where feeds.yaml declares it


class Outcome(StrEnum):
    """What a fetch or a stage came to, in terms an operator acts on."""

    OK = "ok"
    NOT_MODIFIED = "not_modified"
    NOT_DUE = "not_due"
    FAILED = "failed"
    GONE = "gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Expected trouble with one subject: stored, counted, reported; the rest goes on."""

    stage: str  # fetch, parse, clean, annotate, import, deliver
    subject: str  # the feed, page, line or address
    kind: str  # a short closed word: timeout, http, not_a_feed, too_large …
    detail: str  # one sentence for a person
    status: int | None = None  # HTTP or SMTP status, where there is one
    retry_after: str = ""  # what a server said of when to come again, verbatim


@dataclass(frozen=True, slots=True, kw_only=True)
class Validators:
    """What the server said last time, verbatim."""

    etag: str | None = None
    last_modified: str | None = None
    url: str | None = None  # the address that answered with them; they are shown to no other


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A document as the server sent it, decompressed."""

    feed: Feed
    url: str  # after redirects
    status: int
    headers: Mapping[str, str]  # lower-case names
    body: bytes
    validators: Validators
    fetched_at: datetime  # aware, UTC
    elapsed: float = 0.0  # seconds
    moved_to: str | None = None  # the target of a permanent redirect, for the operator


@dataclass(frozen=True, slots=True, kw_only=True)
class NotModified:
    """The server has nothing new."""

    feed: Feed
    validators: Validators
    fetched_at: datetime
    headers: Mapping[str, str] = field(default_factory=dict)  # lower-case names
    elapsed: float = 0.0
    moved_to: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One item of a feed document, as the feed gives it (markup still inside)."""

    feed: Feed
    guid: str | None
    link: str | None  # absolute, http or https
    title: str
    summary: str
    content: str  # the full text where the feed carries it, else ""
    published_raw: str
    published_at: datetime | None  # aware, UTC
    published_guessed: bool  # the zone or the whole date was not in the document
    author: str = ""
    categories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """An article as published: plain text, canonical address, times in UTC."""

    url: str  # canonical; the identity of an article
    link: str | None  # the address as the feed gave it
    guid: str | None
    title: str
    text: str  # paragraphs separated by one empty line
    published_at: datetime  # aware, in the outlet's zone; falls back to the time of the fetch, then `published_guessed`
    published_guessed: bool
    language: str
    feed: str | None  # the name of the feed; None for imports
    text_from: Literal["full", "lead", "title", "page", "import"]
    outlet: str = ""  # the medium that published it
    origin: str | None = None  # the outlet that the text names as its source
    author: str = ""
    categories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What the pure part of the pipeline reads: the record of CONTRACT.md's JSON Lines."""

    id: str
    url: str | None
    published: str  # ISO date or ISO time
    title: str | None
    text: str
    extra: Mapping[str, object] = field(default_factory=dict)  # unknown keys pass through

    @property
    def body(self) -> str:
        """The one text into which all offsets point."""
        return f"{self.title or ''}\n\n{self.text}"


class Depth(StrEnum):
    """How deeply a sentence was read."""

    TOKENS = "tokens"  # tokens and context-free lemmas
    MORPH = "morph"  # part of speech and features chosen in context, lemmas by them
    SYNTAX = "syntax"  # heads and relations as well


NO_FEATS: Mapping[str, str] = {}
LONGEST_TEXT = 100_000  # characters of a document that are analysed


class Token(NamedTuple):
    """A token with its reading; `head` is an index into the sentence's tokens, -1 for the root or unread.

    A named tuple, because a night makes millions of them and a frozen dataclass takes eight times as long to make.
    """

    start: int
    stop: int
    text: str
    lemma: str  # lower case, ё as е (as natasha gives it)
    pos: str = ""  # Universal Dependencies
    feats: Mapping[str, str] = NO_FEATS  # shared between tokens: not to be changed
    head: int = -1
    rel: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """A sentence, its tokens in order, and how deeply it was read."""

    start: int
    stop: int
    tokens: tuple[Token, ...]
    depth: Depth


EntityType = Literal["PER", "LOC", "ORG"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """A name in the text, its nominative, and who or what it is."""

    type: EntityType
    start: int
    stop: int
    text: str
    normal: str  # nominative, as full as the article gives it ("Алиев" → "Ильхам Алиев")
    ref: str | None  # an ISO state code for a state, "Q…" or a gazetteer id otherwise
    state: str | None = None  # the state that the person, place or organisation belongs to, ISO alpha-2
    office: str | None = None  # a gazetteer office: president, prime_minister, foreign_minister, minister …
    by: Literal["ner", "gazetteer"] = "ner"


ReferenceKind = Literal["state", "adjective", "demonym", "capital", "city", "metonym", "group", "organization"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """Words that stand for a state, a group of states or an international organisation.

    "Узбекистан" state, "узбекский" adjective, "Ташкент" capital, "Ак Орда" metonym, "страны Центральной
    Азии" group (several codes), "ШОС" organization (codes empty, `ref` set).
    """

    kind: ReferenceKind
    start: int
    stop: int
    text: str
    normal: str
    ref: str  # ISO code, gazetteer id of the group or organisation
    states: tuple[str, ...]  # the ISO codes it expands to under eval/GUIDELINES.md


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotated:
    """A document, read: sentences, names, references. What was cut is said in `cut`."""

    document: Document
    body: str
    sentences: tuple[Sentence, ...]
    entities: tuple[Entity, ...]  # sorted by start
    references: tuple[Reference, ...]  # sorted by start
    language: str = "ru"
    cut: tuple[str, ...] = ()  # e.g. "text beyond 100000 characters was not analysed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """Why a slot has its value: the rule or feature, and the words it came from."""

    slot: str
    value: str
    rule: str
    span: Span | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Summit:
    """A mention of a particular official meeting in one document (eval/GUIDELINES.md)."""

    triggers: tuple[Span, ...]
    kind: str
    status: str
    name: str | None = None
    place: str | None = None
    country: str | None = None
    start: str | None = None  # ISO date or a prefix of it
    end: str | None = None
    states: tuple[str, ...] = ()
    persons: tuple[str, ...] = ()
    organizations: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    confidence: float
    evidence: tuple[Span, ...] = ()  # whole sentences
    why: tuple[Why, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """A sum of money."""

    value: float
    currency: str  # ISO 4217


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierStep:
    """A step that an agreement took before the one that gives it its status, as the same document tells it."""

    status: str  # below that of the agreement
    date: str | None  # ISO date or a prefix of it; a signing may have its place alone
    place: str | None = None  # of a signing
    evidence: Span  # the sentence that tells it


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """A mention of a particular arrangement in one document (eval/GUIDELINES.md)."""

    triggers: tuple[Span, ...]
    kind: str
    status: str
    date: str | None = None  # ISO date or a prefix of it: the day of the last status
    place: str | None = None
    country: str | None = None
    states: tuple[str, ...] = ()
    persons: tuple[str, ...] = ()
    organizations: tuple[str, ...] = ()
    subject: str | None = None
    amount: Amount | None = None
    topics: tuple[str, ...] = ()
    ratified_by: tuple[str, ...] = ()  # the parties that are said to have ratified, sorted
    steps: tuple[EarlierStep, ...] = ()  # in the order of the ladder
    confidence: float
    evidence: tuple[Span, ...] = ()
    why: tuple[Why, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchTerms:
    """What the search index takes of a document: dictionary forms in the order of the words."""

    title: str
    text: str
    forms: frozenset[tuple[str, str]]  # a form that occurs, and the dictionary form it stands for


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    """All that the pure part finds in one document, small enough to travel between processes."""

    document: Document
    language: str
    cut: tuple[str, ...]
    sentences: tuple[Span, ...]
    entities: tuple[Entity, ...]
    topics: Mapping[str, float]
    summits: tuple[Summit, ...]
    agreements: tuple[Agreement, ...]
    search: SearchTerms
    code_version: str
    model_version: str

    @property
    def made_by(self) -> str:
        """Name code and models, for the rows that are made of it."""
        return f"{self.code_version}+{self.model_version}"
