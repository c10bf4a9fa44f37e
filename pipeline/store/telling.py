"""One real meeting or agreement told whole: fields and who says so, history, links, every source sentence.

`tell` gives it as JSON, for commands and exports; `show_event` adds what a page shows beside it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline.records import AGREEMENT_STATUSES
from pipeline.store.asking import first_words, get_event, get_events
from pipeline.store.known import as_known
from pipeline.store.mentions import marks

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from pipeline.resolve.mentions import Family
    from pipeline.search import Piece
    from pipeline.store.asking import Listed
    from pipeline.store.database import Store

MAX_TRAIL = 20  # renamings followed from an old identifier
FIELDS = {
    "summit": ("kind", "status", "name", "start_date", "end_date", "place", "country", "series"),
    "agreement": (
        "kind",
        "status",
        "status_date",
        "title",
        "subject",
        "place",
        "country",
        "amount",
        "currency",
        "treaty",
    ),
}
CLAIMED = {  # the fields of which several sources may tell, and their names in the claims
    "summit": {
        "kind": "kind", "status": "status", "start_date": "start", "end_date": "end", "place": "place",
        "country": "country",
    },
    "agreement": {"kind": "kind", "status": "status", "place": "place", "country": "country", "amount": "amount"},
}  # fmt: skip
# Steps of one day in the order in which they happen.
ORDER = ("announced", "date_named", "moved", "opened", "held", "cancelled", *AGREEMENT_STATUSES)
AROUND = 220  # characters of a paragraph shown before and after a sentence
IN_FULL = 52  # articles of one record whose words are shown; further ones are named
SIDES = {"summit": "summit_participants", "agreement": "agreement_parties"}


def follow(store: Store, family: Family, key: str) -> tuple[str, ...]:
    """Follow an identifier to the rows that now hold what it named; itself where it still does, () for nowhere."""
    found: list[str] = []
    front, seen = [key], {key}
    for _ in range(MAX_TRAIL):
        ahead: list[str] = []
        for name in front:
            if store.value(f"SELECT 1 FROM {family}s WHERE id = ?", [name]):
                found.append(name)
                continue
            rows = store.rows(
                "SELECT new_id FROM trails WHERE family = ? AND old_id = ? ORDER BY new_id", [family, name]
            )
            ahead += [row["new_id"] for row in rows if row["new_id"] and row["new_id"] not in seen]
        seen |= set(ahead)
        front = ahead
    return tuple(dict.fromkeys(found))


def tell(store: Store, family: Family, key: str, as_of: datetime | int | None = None) -> dict[str, Any] | None:
    """Tell all of one record, as known now or at a moment (or when an article was the last); None when there is none.

    The answer holds only what JSON can: `id`, the fields, `asked` (the identifier it was asked by), `also` (other rows
    that a split identifier leads to), `participants`, `topics`, `steps`, `fields` (verdict and every value with its
    sources), `contradictions`, `links`, `doubles`, `corrections`, `mentions` with their sentences.
    """
    if as_of is not None:
        rows = follow(store, family, key)
        with as_known(store, as_of, only=(family, rows[0] if rows else key)):
            return tell(store, family, key) or _then(store, family, rows)
    rows = follow(store, family, key)
    if not rows:
        return None
    return _tell(store, family, key, rows, _articles(store, family, rows[0]))


def _then(store: Store, family: Family, rows: tuple[str, ...]) -> dict[str, Any] | None:
    """Tell the record that was, under another identifier, what a row of today is."""
    for name in rows:
        was = store.value(
            f"SELECT t.{family}_id FROM temp.{family}_mentions AS t JOIN main.{family}_mentions AS m USING (id) "
            f"JOIN articles AS a ON a.id = m.article_id "
            f"WHERE m.{family}_id = ? AND t.{family}_id IS NOT NULL ORDER BY a.published_at, a.url LIMIT 1",
            [name],
        )
        if was:
            return _tell(store, family, name, (was,), _articles(store, family, was))
    return None


def _tell(
    store: Store, family: Family, key: str, rows: tuple[str, ...], articles: dict[int, dict[str, Any]]
) -> dict[str, Any]:
    own = rows[0]
    row = store.rows(f"SELECT * FROM {family}s WHERE id = ?", [own])[0]
    fields = _fields(store, family, own, row, articles)
    return {
        "family": family,
        "id": own,
        "asked": key,
        "also": list(rows[1:]),
        **{name: row[name] for name in FIELDS[family]},
        **{
            name: row[name]
            for name in ("confidence", "articles", "sources", "first_seen_at", "last_seen_at", "made_by")
        },
        "participants": store.rows(
            f"SELECT kind, value, sources{', status' if family == 'agreement' else ''} FROM {SIDES[family]} "
            f"WHERE {family}_id = ? ORDER BY kind DESC, sources DESC, value",
            [own],
        ),
        "topics": [
            each["topic"]
            for each in store.rows(f"SELECT topic FROM {family}_topics WHERE {family}_id = ? ORDER BY topic", [own])
        ],
        "steps": _steps(store, family, own, articles),
        "fields": fields,
        "contradictions": [name for name, found in fields.items() if len(found["values"]) > 1],
        "links": _links(store, family, own),
        "doubles": store.rows(
            "SELECT CASE one_id WHEN :id THEN other_id ELSE one_id END AS id, points FROM doubles "
            "WHERE family = :family AND :id IN (one_id, other_id) ORDER BY points DESC, 1",
            {"id": own, "family": family},
        ),
        "corrections": store.rows(
            f"""
            SELECT DISTINCT c.id, c.action, c.record_id, c.field, c.value, c.person, c.reason, c.made_at
            FROM corrections AS c JOIN correction_anchors AS n ON n.correction_id = c.id
            JOIN {family}_mentions AS m ON m.article_id = n.article_id
            WHERE c.family = ? AND c.undone_at IS NULL AND m.{family}_id = ? ORDER BY c.id
            """,
            [family, own],
        ),
        "mentions": _mentions(store, family, own, articles),
    }


def _articles(store: Store, family: Family, key: str) -> dict[int, dict[str, Any]]:
    return {
        row["id"]: row
        for row in store.rows(
            "SELECT a.id, a.title, a.text, coalesce(a.link, a.url) AS url, a.outlet, a.published_at, a.origin, "
            "a.story_id "
            f"FROM articles AS a WHERE a.id IN (SELECT article_id FROM {family}_mentions WHERE {family}_id = ?)",
            [key],
        )
    }


def _body(article: dict[str, Any]) -> str:
    return f"{article['title']}\n\n{article['text']}"


def _cite(articles: dict[int, dict[str, Any]], number: int) -> dict[str, Any]:
    row = articles.get(number, {})
    cited = {name: row.get(name) for name in ("id", "title", "url", "outlet", "published_at", "origin", "story_id")}
    return cited | {"headline": row.get("title") or first_words(row.get("text", "")[:300])}


def _steps(store: Store, family: Family, key: str, articles: dict[int, dict[str, Any]]) -> list[dict[str, Any]]:
    columns = "step, step_date, value" if family == "summit" else "status AS step, step_date, '' AS value"
    rows = store.rows(
        f"SELECT {columns}, learned_at, sources, article_id FROM {family}_steps WHERE {family}_id = ?",
        [key],
    )
    rows.sort(key=lambda row: (row["step_date"] or row["learned_at"][:10], ORDER.index(row["step"]), row["value"]))
    if family == "agreement":
        places = _signed_at(store, key)
        for row in rows:
            row["place"] = places.get(row["article_id"]) if row["step"] == "signed" else None
    return [row | {"article": _cite(articles, row.pop("article_id"))} for row in rows]


def _signed_at(store: Store, key: str) -> dict[int, str]:
    """Give the city of the signing by article: of those that report it, and of those that tell it of an earlier day."""
    rows = store.rows(
        "SELECT article_id, place FROM agreement_mentions "
        "WHERE agreement_id = :id AND status = 'signed' AND place IS NOT NULL "
        "UNION SELECT article_id, value FROM agreement_mentions "
        "JOIN agreement_mention_evidence ON mention_id = id AND slot = 'signed_place' WHERE agreement_id = :id "
        "ORDER BY article_id, place DESC",
        {"id": key},
    )
    return {row["article_id"]: row["place"] for row in rows}


def _fields(
    store: Store, family: Family, key: str, row: dict[str, Any], articles: dict[int, dict[str, Any]]
) -> dict[str, dict[str, Any]]:
    told: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for claim in store.rows(
        f"SELECT field, value, verdict, chosen, sources, concerned, article_id, learned_at FROM {family}_claims "
        f"WHERE {family}_id = ? ORDER BY field, chosen DESC, sources DESC, value",
        [key],
    ):
        told[claim.pop("field")].append(claim | {"article": _cite(articles, claim.pop("article_id"))})
    found: dict[str, dict[str, Any]] = {}
    for column, name in CLAIMED[family].items():
        values = told.pop(name, [])
        verdict = values[0]["verdict"] if values else "missing" if row[column] is None else "unique"
        found[name] = {"verdict": verdict, "values": values}
    return found | {name: {"verdict": values[0]["verdict"], "values": values} for name, values in sorted(told.items())}


def _links(store: Store, family: Family, key: str) -> list[dict[str, Any]]:
    if family == "summit":
        return store.rows(
            """
            SELECT 'in_margins_of' AS relation, 'summit' AS family, main_id AS id, articles FROM summit_margins
              WHERE summit_id = :id
            UNION ALL SELECT 'in_its_margins', 'summit', summit_id, articles FROM summit_margins WHERE main_id = :id
            UNION ALL SELECT relation, 'agreement', agreement_id, articles FROM agreement_summits WHERE summit_id = :id
            ORDER BY 1, 3
            """,
            {"id": key},
        )
    return store.rows(
        """
        SELECT relation, 'summit' AS family, summit_id AS id, articles FROM agreement_summits WHERE agreement_id = :id
        UNION ALL SELECT relation, 'agreement', earlier_id, articles FROM agreement_changes WHERE agreement_id = :id
        UNION ALL SELECT CASE relation WHEN 'amends' THEN 'amended_by' ELSE 'carried_out_by' END, 'agreement',
          agreement_id, articles FROM agreement_changes WHERE earlier_id = :id
        ORDER BY 1, 3
        """,
        {"id": key},
    )


def _mentions(store: Store, family: Family, key: str, articles: dict[int, dict[str, Any]]) -> list[dict[str, Any]]:
    date = "start_date AS date, name AS said" if family == "summit" else "status_date AS date, subject AS said"
    rows = store.rows(
        f"SELECT id, article_id, kind, status, {date}, place, confidence, made_by FROM {family}_mentions "
        f"WHERE {family}_id = ?",
        [key],
    )
    spans: dict[int, list[dict[str, Any]]] = defaultdict(list)
    ids = [row["id"] for row in rows]
    for begin in range(0, len(ids), 400):
        part = ids[begin : begin + 400]
        for span in store.rows(
            f"SELECT mention_id, start, stop FROM {family}_mention_evidence "
            f"WHERE slot = 'sentence' AND start IS NOT NULL AND mention_id IN ({marks(part)}) "
            "ORDER BY mention_id, start",
            part,
        ):
            spans[span.pop("mention_id")].append(span)
    for row in rows:
        article = articles[row.pop("article_id")]
        body = _body(article)
        row["article"] = _cite(articles, article["id"])
        row["sentences"] = [span | {"text": body[span["start"] : span["stop"]]} for span in spans[row.pop("id")]]
    return sorted(rows, key=lambda row: (row["article"]["published_at"], row["article"]["id"]))


# -- for a page -------------------------------------------------------------------------------------------------------


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
    rows = follow(store, family, key)
    event = get_event(store, family, rows[0]) if rows else None
    if event is None:
        return None
    articles = _articles(store, family, event.id)
    told = _tell(store, family, key, rows, articles)
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
        sources=_sources(store, family, told, articles),
    )


def _events(store: Store, keys: Iterable[tuple[Family, str]]) -> list[Listed]:
    wanted: dict[Family, list[str]] = defaultdict(list)
    for family, key in keys:
        wanted[family].append(key)
    return [event for family, ids in wanted.items() for event in get_events(store, family, ids)]


def _sources(
    store: Store, family: Family, told: dict[str, Any], articles: dict[int, dict[str, Any]]
) -> tuple[Source, ...]:
    mentions = told["mentions"]
    numbers = dict.fromkeys(mention["article"]["id"] for mention in mentions[:IN_FULL])
    bodies = {number: _body(articles[number]) for number in numbers}
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
