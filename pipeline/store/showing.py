"""One record in full: what every article says of a meeting or agreement, its history, its links, its contradictions."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline.store.asking import ARTICLE, DAY, as_found, as_listed, by_key, get_event

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipeline.search import Piece
    from pipeline.store.asking import Family, Found, Listed
    from pipeline.store.database import Store

MAX_SOURCES = 200  # articles of one record that are told; the busiest meeting of a year has fewer


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A field of a mention, and the words that it was read from."""

    slot: str
    value: str | None
    rule: str | None
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """A source sentence inside its paragraph."""

    before: str
    sentence: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What one article says of a meeting or an agreement."""

    article: Found
    kind: str
    status: str
    day: str | None
    confidence: float
    made_by: str
    quotes: tuple[Quote, ...]
    said: tuple[Said, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A dated step of an agreement or turn in the life of a meeting, and the article that told of it first."""

    step: str
    day: str  # "" when no source says
    value: str  # of a meeting: the date that was named or moved to
    learned_at: str
    sources: int
    article: Found


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """One of several things that sources say of a field."""

    value: str
    sources: int  # independent ones
    chosen: bool
    concerned: bool  # only state voices of the sides say so
    article: Found


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A field of which sources say different things, and how sure the chosen value is."""

    field: str
    verdict: str  # majority, conflict, unique, confirmed; person: somebody of the desk decided
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Related:
    """Another record that belongs to this one."""

    relation: str  # signed_at, agreed_at, expected_at, amends, carries_out, margins; with "of_" from the other side
    event: Listed


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """All there is to say of one meeting or agreement."""

    event: Listed
    steps: tuple[Step, ...]
    party_steps: dict[str, str]  # state -> the furthest step that it is said to have taken
    differences: tuple[Difference, ...]
    related: tuple[Related, ...]
    sources: tuple[Source, ...]


def tell_event(store: Store, family: Family, key: str) -> Told | None:
    """Tell all of one real meeting or agreement; None when there is none of this id."""
    event = get_event(store, family, key)
    if event is None:
        return None
    return Told(
        event=event,
        steps=_steps(store, family, key),
        party_steps=_party_steps(store, key) if family == "agreement" else {},
        differences=_differences(store, family, key),
        related=tuple(_related(store, family, key)),
        sources=_sources(store, family, key),
    )


def follow_trail(store: Store, family: Family, key: str) -> str | None:
    """Tell under which id a record goes on that was renamed or merged; None when it does not."""
    seen = {key}
    while True:
        next_key = store.value(
            "SELECT new_id FROM trails WHERE family = ? AND old_id = ? ORDER BY at DESC, new_id LIMIT 1", [family, key]
        )
        if not next_key or next_key in seen:
            return None
        if store.value(f"SELECT 1 FROM {family}s WHERE id = ?", [next_key]):
            return str(next_key)
        seen.add(next_key)
        key = next_key


def _sources(store: Store, family: Family, key: str) -> tuple[Source, ...]:
    day = "start_date" if family == "summit" else "status_date"
    rows = store.rows(
        f"SELECT {ARTICLE}, articles.text, mention.id AS mention, mention.kind, mention.status, "
        f"mention.{day} AS day, mention.confidence, mention.made_by "
        f"FROM {family}_mentions AS mention JOIN articles ON articles.id = article_id "
        f"WHERE {family}_id = ? ORDER BY published_at, articles.id, mention.id LIMIT ?",
        [key, MAX_SOURCES],
    )
    evidence: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in by_key(
        store,
        f"SELECT mention_id, slot, value, rule, start, stop FROM {family}_mention_evidence WHERE mention_id IN",
        [row["mention"] for row in rows],
        "ORDER BY mention_id, position",
    ):
        evidence[row["mention_id"]].append(row)
    return tuple(
        Source(
            article=article,
            kind=row["kind"],
            status=row["status"],
            day=row["day"],
            confidence=row["confidence"],
            made_by=row["made_by"],
            quotes=_quotes(article, evidence[row["mention"]]),
            said=_said(article, evidence[row["mention"]]),
        )
        for row, article in zip(rows, as_found(store, rows), strict=True)
    )


def _quotes(article: Found, evidence: Iterable[dict[str, Any]]) -> tuple[Quote, ...]:
    body = f"{article.title}\n\n{article.text}"
    return tuple(_quote(body, row["start"], row["stop"]) for row in evidence if row["slot"] == "sentence")


def _said(article: Found, evidence: Iterable[dict[str, Any]]) -> tuple[Said, ...]:
    body = f"{article.title}\n\n{article.text}"
    return tuple(
        Said(
            slot=row["slot"],
            value=row["value"],
            rule=row["rule"],
            words=body[row["start"] : row["stop"]] if row["start"] is not None else "",
        )
        for row in evidence
        if row["slot"] != "sentence"
    )


def _quote(body: str, start: int, stop: int) -> Quote:
    begin = body.rfind("\n", 0, start) + 1
    end = body.find("\n", stop)
    return Quote(
        before=body[begin:start].lstrip(),
        sentence=body[start:stop].strip(),
        after=body[stop : end if end >= 0 else len(body)].rstrip(),
    )


def _steps(store: Store, family: Family, key: str) -> tuple[Step, ...]:
    columns = (
        "step, step_date, value" if family == "summit" else "agreement_steps.status AS step, step_date, '' AS value"
    )
    rows = store.rows(
        f"SELECT {ARTICLE}, {columns}, learned_at, sources FROM {family}_steps "
        f"JOIN articles ON articles.id = article_id WHERE {family}_id = ? ",
        [key],
    )
    steps = [
        Step(
            step=row["step"],
            day=row["step_date"],
            value=row["value"],
            learned_at=row["learned_at"],
            sources=row["sources"],
            article=article,
        )
        for row, article in zip(rows, as_found(store, rows), strict=True)
    ]
    order = {
        row["word"]: row["position"]
        for row in store.rows("SELECT word, position FROM words WHERE list IN ('agreement_status', 'summit_step')")
    }
    return tuple(sorted(steps, key=lambda step: (step.day or step.learned_at[:10], order.get(step.step, 0))))


def _party_steps(store: Store, key: str) -> dict[str, str]:
    rows = store.rows(
        "SELECT value, status FROM agreement_parties WHERE agreement_id = ? AND kind = 'state' AND status <> ''", [key]
    )
    return {row["value"]: row["status"] for row in rows}


def _differences(store: Store, family: Family, key: str) -> tuple[Difference, ...]:
    rows = store.rows(
        f"SELECT {ARTICLE}, field, value, verdict, chosen, sources, concerned FROM {family}_claims "
        f"JOIN articles ON articles.id = article_id WHERE {family}_id = ? "
        "ORDER BY field, chosen DESC, sources DESC, value",
        [key],
    )
    fields: dict[str, list[tuple[str, Value]]] = defaultdict(list)
    for row, article in zip(rows, as_found(store, rows), strict=True):
        value = Value(
            value=row["value"],
            sources=row["sources"],
            chosen=bool(row["chosen"]),
            concerned=bool(row["concerned"]),
            article=article,
        )
        fields[row["field"]].append((row["verdict"], value))
    return tuple(
        Difference(field=field, verdict=told[0][0], values=tuple(value for _, value in told))
        for field, told in sorted(fields.items())
        if len(told) > 1
    )


def _related(store: Store, family: Family, key: str) -> Iterable[Related]:
    summit, agreement = "summit", "agreement"
    links = {
        "summit": (
            ("SELECT agreement_id AS id, 'of_' || relation AS relation FROM agreement_summits WHERE summit_id = ?",
             agreement),
            ("SELECT main_id AS id, 'margins' AS relation FROM summit_margins WHERE summit_id = ?", summit),
            ("SELECT summit_id AS id, 'of_margins' AS relation FROM summit_margins WHERE main_id = ?", summit),
        ),
        "agreement": (
            ("SELECT summit_id AS id, relation FROM agreement_summits WHERE agreement_id = ?", summit),
            ("SELECT earlier_id AS id, relation FROM agreement_changes WHERE agreement_id = ?", agreement),
            ("SELECT agreement_id AS id, 'of_' || relation AS relation FROM agreement_changes WHERE earlier_id = ?",
             agreement),
        ),
    }  # fmt: skip
    for sql, other in links[family]:
        rows = {row["id"]: row["relation"] for row in store.rows(f"{sql} ORDER BY 1", [key])}
        where = "SELECT *, {} AS day FROM {}s WHERE id IN".format(
            DAY["summit" if other == summit else "agreement"], other
        )
        found = by_key(store, where, list(rows))
        for event in as_listed(store, "summit" if other == summit else "agreement", found):
            yield Related(relation=rows[event.id], event=event)


# -- one article ------------------------------------------------------------------------------------------------------


def get_article(store: Store, article_id: int) -> Found | None:
    """Read one article with its text."""
    rows = store.rows(f"SELECT {ARTICLE}, articles.text FROM articles WHERE articles.id = ?", [article_id])
    return next(iter(as_found(store, rows)), None)


def events_of_article(store: Store, family: Family, article_id: int) -> tuple[Listed, ...]:
    """List the real meetings or agreements that an article speaks of."""
    rows = store.rows(
        f"SELECT *, {DAY[family]} AS day FROM {family}s WHERE id IN "
        f"(SELECT {family}_id FROM {family}_mentions WHERE article_id = ?) ORDER BY {DAY[family]}, id",
        [article_id],
    )
    return as_listed(store, family, rows)


def list_reprints(store: Store, article: Found) -> tuple[Found, ...]:
    """List the other articles that carry the text of this one."""
    if article.story is None:
        return ()
    rows = store.rows(
        f"SELECT {ARTICLE} FROM articles WHERE story_id = ? AND articles.id <> ? ORDER BY published_at, id LIMIT 50",
        [article.story, article.id],
    )
    return as_found(store, rows)


def marked_paragraphs(store: Store, article: Found) -> tuple[tuple[Piece, ...], ...]:
    """Cut the text of an article into paragraphs, the sentences marked on which a meeting or agreement rests."""
    shift = len(article.title) + 2
    spans = sorted(
        {
            (max(0, row["start"] - shift), row["stop"] - shift)
            for family in ("summit", "agreement")
            for row in store.rows(
                f"SELECT start, stop FROM {family}_mentions JOIN {family}_mention_evidence ON mention_id = id "
                "WHERE article_id = ? AND slot = 'sentence' AND start IS NOT NULL",
                [article.id],
            )
            if row["stop"] > shift
        },
    )
    paragraphs: list[tuple[Piece, ...]] = []
    start = 0
    for paragraph in article.text.split("\n"):
        stop = start + len(paragraph)
        pieces: list[Piece] = []
        at = start
        for begin, end in spans:
            low, high = max(begin, at), min(end, stop)
            if low < high:
                pieces += [(article.text[at:low], False), (article.text[low:high], True)]
                at = high
        pieces.append((article.text[at:stop], False))
        if paragraph.strip():
            paragraphs.append(tuple(piece for piece in pieces if piece[0]))
        start = stop + 1
    return tuple(paragraphs)
