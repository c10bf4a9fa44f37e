"""Tell the topics of the whole archive anew, after the model or topics.yaml changed."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from pipeline.store.topics import Relabelled, declare_topics, relabel, understood_articles

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pipeline.records import Annotated, Document
    from pipeline.store import Store
    from pipeline.topics.model import Topics

    Read = Callable[[Iterable[Document]], Iterable[Annotated]]

UNIT = 64  # articles told in one transaction


def redo_topics(store: Store, topics: Topics, read: Read, *, progress: Callable[[int], None]) -> Relabelled:
    """Tell the topics of every understood article and of its mentions anew; returns what changed.

    `read` makes words of documents, in their order; nothing deeper is needed. Articles whose mentions changed are
    marked to be resolved again. Killed in the middle, it has told some articles and not yet the others.
    """
    declare_topics(store, topics.titles)
    counts = Relabelled()
    walk = understood_articles(store)
    while unit := list(islice(walk, UNIT)):
        read_unit = list(read([article.document for article in unit]))
        with store.transaction():
            for article, annotated, found in zip(unit, read_unit, topics.predict(read_unit), strict=True):
                marks = topics.tell(annotated, [mention.sentences for mention in article.mentions])
                relabel(store, article, found, list(zip(article.mentions, marks, strict=True)), counts)
        progress(len(unit))
    return counts
