"""Records for a reader's eyes: what `telling` tells, with titles, sentences in their paragraphs, links to follow."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline.records import AGREEMENT_STATUSES
from pipeline.store.asking import ARTICLE, DAY, as_found, as_listed, by_key, get_event, get_events
from pipeline.store.telling import tell

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipeline.search import Piece
    from pipeline.store.asking import Family, Found, Listed
    from pipeline.store.database import Store

# Steps of one day in the order in which they happen.
ORDER = ("announced", "date_named", "moved", "opened", "held", "cancelled", *AGREEMENT_STATUSES)
AROUND = 220  # characters of a paragraph shown before and after a sentence
IN_FULL = 52  # articles of one record whose words are shown; further ones are named


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A field of a mention, and the words that it was read from."""

    slot: str
    value: str | None
    rule: str | None
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What one article says of a meeting or an agreement."""

    mention: dict[str, Any]  # as `telling` has it: article, kind, status, date, sentences
    quotes: tuple[tuple[Piece, ...], ...]  # its paragraphs, the sentences marked on which the record rests
    said: tuple[Said, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One meeting or agreement as a page shows it."""

    event: Listed
    told: dict[str, Any]  # all that `telling` tells
    related: tuple[tuple[str, Listed], ...]  # relation and the other record
    doubles: tuple[Listed, ...]  # that may be the same
    sources: tuple[Source, ...]


def show_event(store: Store, family: Family, key: str) -> Shown | None:
    """Show one real meeting or agreement, also by an identifier that it had before; None where there is none."""
    told = tell(store, family, key)
    event = get_event(store, family, told["id"]) if told else None
    if told is None or event is None:
        return None
    told["steps"].sort(key=lambda step: (step["step_date"] or step["learned_at"][:10], ORDER.index(step["step"])))
    links = told["links"]
    known = {(each.family, each.id): each for each in _events(store, [(link["family"], link["id"]) for link in links])}
    return Shown(
        event=event,
        told=told,
        related=tuple(
            (link["relation"], known[link["family"], link["id"]])
            for link in links
            if (link["family"], link["id"]) in known
        ),
        doubles=tuple(_events(store, [(family, double["id"]) for double in told["doubles"]])),
        sources=_sources(store, family, told),
    )


def _events(store: Store, keys: Iterable[tuple[Family, str]]) -> list[Listed]:
    wanted: dict[Family, list[str]] = defaultdict(list)
    for family, key in keys:
        wanted[family].append(key)
    return [event for family, ids in wanted.items() for event in get_events(store, family, ids)]


def _sources(store: Store, family: Family, told: dict[str, Any]) -> tuple[Source, ...]:
    mentions = told["mentions"]
    ids = [mention["article"]["id"] for mention in mentions[:IN_FULL]]
    bodies = {
        row["id"]: f"{row['title']}\n\n{row['text']}"
        for row in by_key(store, "SELECT id, title, text FROM articles WHERE id IN", ids)
    }
    fields: dict[int, list[Said]] = defaultdict(list)
    for row in store.rows(
        f"SELECT article_id, slot, value, rule, start, stop FROM {family}_mentions AS mention "
        f"JOIN {family}_mention_evidence ON mention_id = mention.id "
        f"WHERE {family}_id = ? AND slot <> 'sentence' ORDER BY article_id, mention_id, position",
        [told["id"]],
    ):
        if row["article_id"] not in bodies:
            continue
        words = bodies[row["article_id"]][row["start"] : row["stop"]] if row["start"] is not None else ""
        fields[row["article_id"]].append(
            Said(slot=row["slot"], value=row["value"], rule=row["rule"], words=words),
        )
    return tuple(
        Source(
            mention=mention,
            quotes=_quotes(bodies.get(mention["article"]["id"], ""), mention["sentences"]),
            said=tuple(fields.get(mention["article"]["id"], ())),
        )
        for mention in mentions
    )


def _quotes(body: str, sentences: Iterable[dict[str, Any]]) -> tuple[tuple[Piece, ...], ...]:
    """Cut out the paragraphs in which sentences stand, each once, with a little of what is around."""
    paragraphs: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
    for sentence in sentences if body else ():
        start, stop = sentence["start"], sentence["stop"]
        end = body.find("\n", max(start, stop - 1))
        paragraphs[body.rfind("\n", 0, start) + 1, end if end >= 0 else len(body)].append((start, stop))
    return tuple(tuple(_marked(body, begin, end, spans)) for (begin, end), spans in sorted(paragraphs.items()))


def _marked(body: str, begin: int, end: int, spans: Iterable[tuple[int, int]]) -> Iterable[Piece]:
    at, first = begin, True
    for start, stop in sorted(spans):
        if start > at:
            yield (_last_words(body[at:start], AROUND) if first else _middle(body[at:start])), False
        yield body[max(start, at) : stop], True
        at, first = max(at, stop), False
    if end > at:
        yield _first_part(body[at:end], AROUND), False


def _last_words(text: str, most: int) -> str:
    return text if len(text) <= most else "… " + text[text.find(" ", len(text) - most) + 1 :]


def _first_part(text: str, most: int) -> str:
    return text if len(text) <= most else text[: text.rfind(" ", 0, most)] + " …"


def _middle(text: str) -> str:
    return text if len(text) <= 2 * AROUND else _first_part(text, AROUND) + " " + _last_words(text, AROUND)


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
