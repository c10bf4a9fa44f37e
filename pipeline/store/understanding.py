"""What was understood of an article: topics, names and mentions, written as one unit per article."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.records import LONGEST_TEXT, Document
from pipeline.store.asking import free_row
from pipeline.store.moments import write_moment

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from pipeline.records import Agreement, Entity, Summit, Understood
    from pipeline.store.database import Store

READ_AHEAD = 256  # articles held in memory while they wait to be read


def unread(store: Store, *, limit: int | None = None) -> Iterator[tuple[int, Document]]:
    """Walk the articles that still have to be understood, in the order of arrival.

    Of a text no more is read than will be analysed, and a character, so that what is cut can be told.
    """
    last, left = 0, limit
    while left is None or left > 0:
        batch = READ_AHEAD if left is None else min(left, READ_AHEAD)
        rows = store.rows(
            "SELECT id, url, title, substr(text, 1, ?) AS text, published_on FROM articles "
            "WHERE understood_by IS NULL AND id > ? ORDER BY id LIMIT ?",
            [LONGEST_TEXT + 1, last, batch],
        )
        if not rows:
            return
        for row in rows:
            yield row["id"], as_document(row)
        last = rows[-1]["id"]
        left = None if left is None else left - len(rows)


def find_document(store: Store, name: str) -> Document | None:
    """Find a stored article by its number or its address."""
    column = "id" if name.isascii() and name.isdigit() else "url"
    rows = store.rows(
        f"SELECT id, url, title, text, published_on FROM articles WHERE {column} = ?",  # noqa: S608 - one of two names
        [name],
    )
    return as_document(rows[0]) if rows else None


def as_document(row: dict[str, object]) -> Document:
    """Make a document of a row of `articles`."""
    return Document(
        id=str(row["id"]),
        url=str(row["url"]),
        published=str(row["published_on"]),
        title=str(row["title"]) or None,
        text=str(row["text"]),
    )


def save_understood(store: Store, found: Iterable[tuple[int, Understood]], *, now: datetime) -> int:
    """Store what was understood of some articles, given with their row ids, in one transaction; returns how many."""
    count = 0
    with store.transaction():
        for article_id, understood in found:
            forget(store, article_id)
            _save_one(store, article_id, understood, write_moment(now))
            count += 1
    return count


def mark_unreadable(store: Store, article_id: int, trouble: str, *, made_by: str, now: datetime) -> None:
    """Note that an article could not be understood, so that the next run does not try it for ever."""
    with store.transaction():
        forget(store, article_id)
        store.conn.execute(
            "UPDATE articles SET understood_by = ?, understood_at = ?, trouble = ? WHERE id = ?",
            [made_by, write_moment(now), trouble, article_id],
        )


def forget_all(store: Store) -> None:
    """Let all articles be understood anew, with a search index and a list of forms that begin anew as well.

    From an index without the texts no row can be taken out by itself. Until an article is read again no search finds
    it; its meetings and agreements stay.
    """
    with store.transaction():
        store.conn.execute("INSERT INTO article_search (article_search) VALUES ('delete-all')")
        store.conn.execute("DELETE FROM word_forms")
        store.conn.execute("UPDATE articles SET understood_by = NULL, search_id = NULL")


def forget(store: Store, article_id: int) -> None:
    """Delete what was understood of an article; the meetings and agreements it spoke of will be resolved again."""
    for family in ("summit", "agreement"):
        store.conn.execute(
            f"UPDATE articles SET resolved_at = NULL WHERE id IN ("  # noqa: S608 - one of two names
            f"SELECT other.article_id FROM {family}_mentions AS own "
            f"JOIN {family}_mentions AS other USING (component) WHERE own.article_id = ?)",
            [article_id],
        )
        store.conn.execute(f"DELETE FROM {family}_mentions WHERE article_id = ?", [article_id])  # noqa: S608 - one of two names
    for table in ("article_topics", "entity_mentions"):
        store.conn.execute(f"DELETE FROM {table} WHERE article_id = ?", [article_id])  # noqa: S608 - one of two names
    store.conn.execute(
        "UPDATE articles SET understood_by = NULL, resolved_at = NULL, search_id = NULL, trouble = NULL WHERE id = ?",
        [article_id],
    )


def _save_one(store: Store, article_id: int, understood: Understood, at: str) -> None:
    made_by = understood.made_by
    store.conn.executemany(
        "INSERT INTO article_topics (article_id, topic, probability) VALUES (?, ?, ?)",
        [(article_id, topic, round(probability, 4)) for topic, probability in sorted(understood.topics.items())],
    )
    _save_entities(store, article_id, understood.entities)
    for summit in understood.summits:
        _save_summit(store, article_id, summit, made_by)
    for agreement in understood.agreements:
        _save_agreement(store, article_id, agreement, made_by)
    # A rewritten article gets a new row in the index; the old one is nobody's until `forget_all`.
    row = free_row(store, store.value("SELECT published_at FROM articles WHERE id = ?", [article_id]))
    store.conn.execute(
        "INSERT INTO article_search (rowid, title, text) VALUES (?, ?, ?)",
        [row, understood.search.title, understood.search.text],
    )
    store.conn.executemany(
        "INSERT OR IGNORE INTO word_forms (form, lemma) VALUES (?, ?)",
        sorted(understood.search.forms),
    )
    store.conn.execute(
        "UPDATE articles SET understood_by = ?, understood_at = ?, search_id = ?, trouble = ? WHERE id = ?",
        [made_by, at, row, "; ".join(understood.cut) or None, article_id],
    )


def _save_entities(store: Store, article_id: int, entities: Iterable[Entity]) -> None:
    for entity in entities:
        key = (entity.type, entity.normal, entity.ref or "")
        entity_id = store.value("SELECT id FROM entities WHERE type = ? AND name = ? AND ref = ?", key)
        if entity_id is None:
            entity_id = store.conn.execute("INSERT INTO entities (type, name, ref) VALUES (?, ?, ?)", key).lastrowid
        store.conn.execute(
            "INSERT OR IGNORE INTO entity_mentions (article_id, entity_id, start, stop) VALUES (?, ?, ?, ?)",
            [article_id, entity_id, entity.start, entity.stop],
        )


def _save_summit(store: Store, article_id: int, summit: Summit, made_by: str) -> None:
    mention = store.conn.execute(
        "INSERT INTO summit_mentions (article_id, kind, status, name, place, country, start_date, end_date, "
        "confidence, made_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            article_id,
            summit.kind,
            summit.status,
            summit.name,
            summit.place,
            summit.country,
            summit.start,
            summit.end,
            summit.confidence,
            made_by,
        ],
    ).lastrowid
    _save_slots(store, "summit", mention, summit)


def _save_agreement(store: Store, article_id: int, agreement: Agreement, made_by: str) -> None:
    mention = store.conn.execute(
        "INSERT INTO agreement_mentions (article_id, kind, status, status_date, subject, place, country, amount, "
        "currency, confidence, made_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            article_id,
            agreement.kind,
            agreement.status,
            agreement.date,
            agreement.subject,
            agreement.place,
            agreement.country,
            agreement.amount.value if agreement.amount else None,
            agreement.amount.currency if agreement.amount else None,
            agreement.confidence,
            made_by,
        ],
    ).lastrowid
    _save_slots(store, "agreement", mention, agreement)


def _save_slots(store: Store, family: str, mention: int | None, event: Summit | Agreement) -> None:
    store.conn.executemany(
        f"INSERT INTO {family}_mention_values (mention_id, slot, position, value) VALUES (?, ?, ?, ?)",  # noqa: S608 - one of two names
        [
            (mention, slot, position, value)
            for slot, values in (
                ("states", event.states),
                ("persons", event.persons),
                ("organizations", event.organizations),
                ("topics", event.topics),
            )
            for position, value in enumerate(dict.fromkeys(values))
        ],
    )
    evidence: list[tuple[str, str | None, str | None, int | None, int | None]] = [
        *(("trigger", None, None, start, stop) for start, stop in event.triggers),
        *(("sentence", None, None, start, stop) for start, stop in event.evidence),
        *((why.slot, why.value, why.rule, *(why.span or (None, None))) for why in event.why),
    ]
    store.conn.executemany(
        f"INSERT INTO {family}_mention_evidence (mention_id, position, slot, value, rule, start, stop) "  # noqa: S608 - one of two names
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        [(mention, position, *row) for position, row in enumerate(evidence)],
    )
