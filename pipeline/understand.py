"""The pure part of the pipeline as one function: documents in, what was understood of them out.

Document ─ annotate ─▶ Annotated ─ topics ─▶ probabilities
                                 └ events ─▶ summit and agreement mentions
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline import __version__
from pipeline.batches import BATCH, batches
from pipeline.bounded import TooCostly, bounded
from pipeline.records import Agreement, Failure, SearchTerms, Summit, Understood
from pipeline.search import search_terms
from pipeline.settings import find

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path
    from typing import Self

    from pipeline.annotate import Annotator
    from pipeline.events import Events
    from pipeline.records import Annotated, Document
    from pipeline.topics import Topics

BATCH_CHARACTERS = 200_000  # read together, however many documents: a document of single signs has a token for each
NO_TERMS = SearchTerms(title="", text="", forms=frozenset())  # of what is not stored
# A batch, or one document of it alone, is held to both; the costliest 100,000 characters known take five seconds.
SECONDS = 60.0  # of processor time
MEMORY = 2 << 30  # bytes beyond what the process has
SYSTEMATIC = 4  # so many documents in a row that fail are a fault of the program or its models


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """The loaded models, and what they make of a document."""

    annotator: Annotator
    topics: Topics
    events: Events

    @classmethod
    def load(cls, home: Path) -> Self:
        """Load the models of a home folder; raise ModelError when one is missing or does not fit its card."""
        from pipeline.annotate import Annotator
        from pipeline.events import Events
        from pipeline.topics import Topics

        return cls(
            annotator=Annotator.load(find(home, "models/gazetteer")),
            topics=Topics.load(find(home, "models/topics")),
            events=Events.load(find(home, "models/events")),
        )

    @property
    def model_version(self) -> str:
        """Name the models, for the rows that are made with them."""
        return f"{self.topics.version}.{self.events.version}"

    @property
    def made_by(self) -> str:
        """Name code and models, for the rows that are made with them."""
        return f"{__version__}+{self.model_version}"

    def read(self, documents: Iterable[Document], *, gated: bool = True) -> Iterator[Annotated]:
        """Annotate documents, in their order, as deeply as the search for events needs.

        Not `gated`, sentences that the gate would pass over are parsed as well.
        """
        from pipeline.events.lexicon import may_hold_event

        worth = self.events.worth_parsing if gated else None
        return self.annotator.annotate(documents, depth=may_hold_event, worth=worth)

    def understand(self, documents: Iterable[Document], *, searchable: bool = True) -> Iterator[Understood]:
        """Read documents and find topics and events in them, in their order; `searchable` makes their search terms."""
        version = self.model_version
        for batch in batches(
            self.read(documents), lambda annotated: len(annotated.body), count=BATCH, characters=BATCH_CHARACTERS
        ):
            found: list[tuple[Summit | Agreement, ...]] = [
                (*summits, *agreements) for summits, agreements in self.events.find_each(batch)
            ]
            marked = self.topics.mark_each(batch, found)
            for annotated, topics, events in zip(batch, self.topics.predict(batch), marked, strict=True):
                yield sum_up(
                    annotated,
                    topics=topics,
                    summits=tuple(event for event in events if isinstance(event, Summit)),
                    agreements=tuple(event for event in events if isinstance(event, Agreement)),
                    model_version=version,
                    searchable=searchable,
                )

    def try_to_understand(
        self, documents: Iterable[Document], *, searchable: bool = True
    ) -> Iterator[Understood | Failure]:
        """Understand documents, in their order; one that the program cannot digest costs itself, not the others."""
        for batch in batches(documents, lambda document: len(document.text), count=BATCH, characters=BATCH_CHARACTERS):
            try:
                yield from self._within_bounds(batch, searchable=searchable)
            except Exception:  # which of the batch it was is found below, and told
                answers = [self._try_one(document, searchable=searchable) for document in batch]
                faults = [answer for answer in answers if isinstance(answer, Failure) and answer.kind == "fault"]
                if len(faults) >= SYSTEMATIC and len(faults) == len(answers):
                    raise  # no article is to blame: nothing may be marked as unreadable
                yield from answers

    def _within_bounds(self, documents: list[Document], *, searchable: bool) -> list[Understood]:
        try:
            return bounded(
                lambda: list(self.understand(documents, searchable=searchable)), seconds=SECONDS, memory=MEMORY
            )
        except (TooCostly, MemoryError):
            self.annotator.forget()  # it may have been broken off in the midst of learning a word
            raise

    def _try_one(self, document: Document, *, searchable: bool) -> Understood | Failure:
        try:
            return self._within_bounds([document], searchable=searchable)[0]
        except (TooCostly, MemoryError) as error:
            spent = "memory" if isinstance(error, MemoryError) else "processor time"
            detail = f"took too much {spent} to read; it is kept and can be read again with `svodka redo`"
            return Failure(stage="understand", subject=document.id, kind="too_costly", detail=detail)
        except Exception as error:  # noqa: BLE001 - a fault of ours in one article must not stop the night
            detail = f"could not be understood: {type(error).__name__}: {error}"
            return Failure(stage="understand", subject=document.id, kind="fault", detail=detail)


def sum_up(
    annotated: Annotated,
    *,
    topics: Mapping[str, float],
    summits: tuple[Summit, ...],
    agreements: tuple[Agreement, ...],
    model_version: str,
    searchable: bool = True,
) -> Understood:
    """Keep what the store and the reader of a record need; tokens and syntax stay behind."""
    return Understood(
        document=annotated.document,
        language=annotated.language,
        cut=annotated.cut,
        sentences=tuple((sentence.start, sentence.stop) for sentence in annotated.sentences),
        entities=annotated.entities,
        topics=topics,
        summits=summits,
        agreements=agreements,
        search=search_terms(annotated) if searchable else NO_TERMS,
        code_version=__version__,
        model_version=model_version,
    )
