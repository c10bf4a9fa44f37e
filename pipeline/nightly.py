"""The nightly run, as one page of calls.

feeds.yaml ─ collect ─▶ articles ─ understand ─▶ mentions ─ resolve ─▶ meetings and agreements

Every arrow is a step of its own over what the store holds: killed anywhere, the next run goes on where this one
stopped. A step commits in small units (a feed, a batch of articles), each whole or not at all.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipeline.batches import batches
from pipeline.errors import EXIT_DONE, EXIT_LOOK
from pipeline.records import Failure
from pipeline.store.understanding import mark_unreadable, save_understood, unread

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from pipeline.records import Document, Understood
    from pipeline.store import Store

    Understand = Callable[[Iterable[Document]], Iterable[Understood | Failure]]

UNIT = 64  # articles understood and stored in one transaction …
UNIT_CHARACTERS = 1_000_000  # … and so many characters


@dataclass(slots=True)
class Night:
    """What a run came to, counted while it goes on."""

    counts: dict[str, int] = field(default_factory=dict)
    model_version: str = ""

    def add(self, **counts: int) -> None:
        """Count some more."""
        for name, count in counts.items():
            self.counts[name] = self.counts.get(name, 0) + count

    @property
    def exit_code(self) -> int:
        """Tell whether a person must look: no feed could be read, or something was reported."""
        no_feed_read = self.counts.get("feeds_failed", 0) > 0 and not self.counts.get("feeds_read")
        return EXIT_LOOK if no_feed_read or self.counts.get("failures") else EXIT_DONE


def understand_new(
    store: Store,
    understand: Understand,
    night: Night,
    *,
    now: datetime,
    made_by: str,
    progress: Callable[[int], None],
) -> None:
    """Understand every stored article that still waits for it, oldest first, a unit a transaction.

    An article that cannot be understood is marked with its trouble and not tried again before a `redo`.
    """
    waiting: deque[int] = deque()

    def documents() -> Iterator[Document]:
        for article_id, document in unread(store):
            waiting.append(article_id)
            yield document

    # One stream for the whole night: an engine starts its processes once.
    for unit in batches(understand(documents()), _length, count=UNIT, characters=UNIT_CHARACTERS):
        good, bad = [], []
        for answer in unit:
            article_id = waiting.popleft()
            if isinstance(answer, Failure):
                bad.append((article_id, answer))
            else:
                good.append((article_id, answer))
        with store.transaction():
            save_understood(store, good, now=now)
            for article_id, failure in bad:
                mark_unreadable(store, article_id, failure.detail, made_by=made_by, now=now)
        night.add(
            understood=len(good),
            failures=len(bad),
            summit_mentions=sum(len(found.summits) for _, found in good),
            agreement_mentions=sum(len(found.agreements) for _, found in good),
        )
        progress(len(unit))


def _length(answer: Understood | Failure) -> int:
    return 0 if isinstance(answer, Failure) else len(answer.document.text)
