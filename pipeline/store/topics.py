"""Topics of stored articles and of the events that they mention: declared, walked through, told anew."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipeline.records import LONGEST_TEXT
from pipeline.store.understanding import as_document

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pipeline.records import Document, Span
    from pipeline.store.database import Store

READ_AHEAD = 256  # articles held in memory
SHOWN_AS_TOPIC = 0.5  # topics.threshold of the schema; the model's own thresholds are folded into its probabilities


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredMention:
    """A mention as far as its topics go: its family (summit or agreement), row, sentences and topics."""

    family: str
    id: int
    sentences: tuple[Span, ...]
    topics: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredArticle:
    """An article that was understood, with the probabilities of its topics and its mentions."""

    id: int
    document: Document
    topics: Mapping[str, float]
    mentions: tuple[StoredMention, ...]


@dataclass(slots=True)
class Relabelled:
    """How many articles and mentions got another topic, or lost one."""

    articles: int = 0  # looked at
    articles_changed: int = 0
    mentions_changed: int = 0
    gained: Counter[str] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)

    def lines(self) -> Iterator[str]:
        """Tell it to a person."""
        yield f"topics: {self.articles} articles looked at, {self.articles_changed} changed"
        for name in sorted({*self.gained, *self.lost}):
            yield f"  {name}: {self.gained[name]} gained it, {self.lost[name]} lost it"
        yield f"  {self.mentions_changed} mentions of meetings and agreements changed; the next run resolves them again"


def declare_topics(store: Store, titles: Mapping[str, str]) -> None:
    """Make sure that the database knows these topics, by their Russian titles."""
    with store.transaction():
        store.conn.executemany(
            "INSERT INTO topics (name, title) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET title = excluded.title "
            "WHERE title <> excluded.title",
            sorted(titles.items()),
        )


def understood_articles(store: Store) -> Iterator[StoredArticle]:
    """Walk all articles that were understood, in the order of arrival."""
    last = 0
    while True:
        rows = store.rows(
            "SELECT id, url, title, substr(text, 1, ?) AS text, published_on FROM articles "
            "WHERE understood_by IS NOT NULL AND id > ? ORDER BY id LIMIT ?",
            [LONGEST_TEXT + 1, last, READ_AHEAD],
        )
        if not rows:
            return
        for row in rows:
            yield StoredArticle(
                id=row["id"],
                document=as_document(row),
                topics={
                    found["topic"]: found["probability"]
                    for found in store.rows(
                        "SELECT topic, probability FROM article_topics WHERE article_id = ? ORDER BY topic", [row["id"]]
                    )
                },
                mentions=tuple(_mentions(store, row["id"])),
            )
        last = rows[-1]["id"]


def _mentions(store: Store, article_id: int) -> Iterator[StoredMention]:
    for family in ("summit", "agreement"):
        for row in store.rows(f"SELECT id FROM {family}_mentions WHERE article_id = ? ORDER BY id", [article_id]):  # noqa: S608 - one of two names
            spans = store.rows(
                f"SELECT slot, start, stop FROM {family}_mention_evidence WHERE mention_id = ? "  # noqa: S608 - one of two names
                "AND slot IN ('sentence', 'trigger') ORDER BY position",
                [row["id"]],
            )
            sentences = [span for span in spans if span["slot"] == "sentence"] or spans
            topics = store.rows(
                f"SELECT value FROM {family}_mention_values WHERE mention_id = ? AND slot = 'topics' "  # noqa: S608 - one of two names
                "ORDER BY position",
                [row["id"]],
            )
            yield StoredMention(
                family=family,
                id=row["id"],
                sentences=tuple((span["start"], span["stop"]) for span in sentences),
                topics=tuple(found["value"] for found in topics),
            )


def relabel(
    store: Store,
    article: StoredArticle,
    topics: Mapping[str, float],
    mentions: Sequence[tuple[StoredMention, tuple[str, ...]]],
    counts: Relabelled,
) -> None:
    """Store the topics of an article and of its mentions anew, and count what changed.

    An article whose mentions changed is to be resolved again, with all that speak of the same events.
    """
    told = {name: round(probability, 4) for name, probability in topics.items()}
    counts.articles += 1
    before, after = _shown(article.topics), _shown(told)
    counts.gained.update(after - before)
    counts.lost.update(before - after)
    counts.articles_changed += before != after
    if told != dict(article.topics):
        store.conn.execute("DELETE FROM article_topics WHERE article_id = ?", [article.id])
        store.conn.executemany(
            "INSERT INTO article_topics (article_id, topic, probability) VALUES (?, ?, ?)",
            [(article.id, name, probability) for name, probability in sorted(told.items())],
        )
    for mention, found in mentions:
        if set(mention.topics) == set(found):
            continue
        counts.mentions_changed += 1
        store.conn.execute(
            f"DELETE FROM {mention.family}_mention_values WHERE mention_id = ? AND slot = 'topics'",  # noqa: S608 - one of two names
            [mention.id],
        )
        store.conn.executemany(
            f"INSERT INTO {mention.family}_mention_values (mention_id, slot, position, value) "  # noqa: S608 - one of two names
            "VALUES (?, 'topics', ?, ?)",
            [(mention.id, position, name) for position, name in enumerate(found)],
        )
        store.conn.execute(
            f"UPDATE articles SET resolved_at = NULL WHERE id = ? OR id IN ("  # noqa: S608 - one of two names
            f"SELECT other.article_id FROM {mention.family}_mentions AS own "
            f"JOIN {mention.family}_mentions AS other USING (component) WHERE own.id = ?)",
            [article.id, mention.id],
        )


def _shown(topics: Mapping[str, float]) -> set[str]:
    return {name for name, probability in topics.items() if probability >= SHOWN_AS_TOPIC}


def recent_articles(store: Store, *, limit: int) -> list[StoredArticle]:
    """Give the newest articles that were understood, newest first, without their mentions."""
    rows = store.rows(
        "SELECT id, url, title, text, published_on, outlet FROM articles WHERE understood_by IS NOT NULL "
        "ORDER BY published_at DESC, id DESC LIMIT ?",
        [limit],
    )
    topics: dict[int, dict[str, float]] = {row["id"]: {} for row in rows}
    for start in range(0, len(rows), READ_AHEAD):
        keys = [row["id"] for row in rows[start : start + READ_AHEAD]]
        marks = ", ".join("?" * len(keys))
        for found in store.rows(
            f"SELECT article_id, topic, probability FROM article_topics WHERE article_id IN ({marks})",  # noqa: S608 - marks only
            keys,
        ):
            topics[found["article_id"]][found["topic"]] = found["probability"]
    return [
        StoredArticle(id=row["id"], document=as_document(row), topics=topics[row["id"]], mentions=()) for row in rows
    ]
