"""The topic model as the pipeline uses it: probabilities of articles, topics of events, and why."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.topics.card import read_checked
from pipeline.topics.definitions import read_definitions
from pipeline.topics.scorer import bend, score

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from typing import TypeVar

    from numpy.typing import NDArray

    from pipeline.records import Agreement, Annotated, Sentence, Span, Summit
    from pipeline.topics.definitions import Definition
    from pipeline.topics.scorer import Matrix, Spoken, Weights
    from pipeline.topics.words import Words

    Event = TypeVar("Event", bound=Summit | Agreement)

CUT = 0.5  # from which probability on a text has a topic; thresholds of topics.yaml are folded into the probability
SHOWN = 12  # words that an explanation names for each topic
LEAST_SAID = 0.02  # in log-odds of the sum; less moves nothing


@dataclass(frozen=True, slots=True)
class Moved:
    """A word of a text and how far it moved the sum of a topic, in log-odds; negative speaks against it."""

    word: str  # its dictionary form
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicExplained:
    """How a topic was judged and the words that moved it, strongest first."""

    topic: str
    probability: float  # at least 0.5: the text has the topic
    words: tuple[Moved, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Why a text has its topics."""

    version: str
    topics: tuple[TopicExplained, ...]

    def lines(self) -> list[str]:
        """Tell it to a person."""
        told = [f"topics ({self.version}); what a word adds to the log-odds:"]
        for one in self.topics:
            mark = "*" if one.probability >= CUT else " "
            words = ", ".join(f"{moved.word} {moved.weight:+.2f}" for moved in one.words)
            told.append(f" {mark} {one.topic:10} {one.probability:4.2f}  {words or 'no word speaks for or against it'}")
        return told


class Topics:
    """Tells what texts are about. Loaded once a process; needs no scikit-learn."""

    def __init__(self, words: Words, weights: Weights, definitions: Sequence[Definition], card: dict[str, Any]) -> None:
        self.definitions = tuple(topic for topic in definitions if topic.name in weights.topics)
        self.untrained = tuple(topic.name for topic in definitions if topic.name not in weights.topics)
        self.card = card
        self._words, self._weights = words, weights
        self._order = [weights.topics.index(topic.name) for topic in self.definitions]
        self._thresholds = np.array([topic.threshold for topic in self.definitions])

    @classmethod
    def load(cls, folder: Path) -> Topics:
        """Load `models/topics`; ModelError says what is wrong and what to run, ConfigError what topics.yaml lacks."""
        words, weights, card = read_checked(folder)
        return cls(words, weights, read_definitions(folder / "topics.yaml"), card)

    @property
    def names(self) -> tuple[str, ...]:
        """Name the topics that it tells."""
        return tuple(topic.name for topic in self.definitions)

    @property
    def titles(self) -> dict[str, str]:
        """Give the Russian title of each topic."""
        return {topic.name: topic.title for topic in self.definitions}

    @property
    def version(self) -> str:
        """Name the model: another one for other weights, topics or thresholds."""
        told = [self.card["files"]["weights.npz"], self.card["files"]["words.npz"]]
        told += [f"{topic.name} {topic.threshold}" for topic in self.definitions]
        return "topics-" + hashlib.sha256("\n".join(told).encode()).hexdigest()[:8]

    def predict(self, batch: Sequence[Annotated]) -> list[dict[str, float]]:
        """Give each text the probability of each topic, at least 0.5 where it has the topic."""
        found = self._score([annotated.sentences for annotated in batch])[0]
        return [dict(zip(self.names, map(float, row), strict=True)) for row in found]

    def mark(self, annotated: Annotated, events: Sequence[Event]) -> tuple[Event, ...]:
        """Give events the topics of their own sentences."""
        return self.mark_each([annotated], [events])[0]

    def mark_each(self, batch: Sequence[Annotated], events: Sequence[Sequence[Event]]) -> list[tuple[Event, ...]]:
        """Give the events of each of some texts the topics of their own sentences, all at once."""
        spans = [[event.evidence or event.triggers for event in own] for own in events]
        told = iter(self._tell([(text, place) for text, own in zip(batch, spans, strict=True) for place in own]))
        return [tuple(replace(event, topics=next(told)) for event in own) for own in events]

    def tell(self, annotated: Annotated, places: Sequence[Sequence[Span]]) -> list[tuple[str, ...]]:
        """Name the topics of the sentences at each of some places of a text."""
        return self._tell([(annotated, spans) for spans in places])

    def _tell(self, places: Sequence[tuple[Annotated, Sequence[Span]]]) -> list[tuple[str, ...]]:
        if not places:
            return []
        found = self._score([_sentences_at(annotated, spans) for annotated, spans in places])[0] >= CUT
        return [tuple(name for name, has in zip(self.names, row, strict=True) if has) for row in found]

    def explain(self, annotated: Annotated) -> Explanation:
        """Tell for each topic its probability and the words that moved it most."""
        found, spoken = self._score([annotated.sentences])
        return Explanation(
            version=self.version,
            topics=tuple(
                TopicExplained(
                    topic=topic.name,
                    probability=round(float(probability), 4),
                    words=self._strongest(spoken, number),
                )
                for topic, number, probability in zip(self.definitions, self._order, found[0], strict=True)
            ),
        )

    def _strongest(self, spoken: Spoken, topic: int) -> tuple[Moved, ...]:
        values = spoken.values[topic]
        order = sorted(range(len(values)), key=lambda at: (-abs(values[at]), spoken.columns[at]))[:SHOWN]
        return tuple(
            Moved(self._words.names[spoken.columns[at]], round(float(values[at]), 3))
            for at in order
            if abs(values[at]) >= LEAST_SAID
        )

    def _score(self, texts: Sequence[Sequence[Sentence]]) -> tuple[Matrix, Spoken]:
        bags = self._words.bags(texts)
        found, spoken = score(bags, self._words.rarity, self._weights)
        ordered: NDArray[np.float64] = bend(found[:, self._order], self._thresholds)
        return ordered, spoken


def _sentences_at(annotated: Annotated, spans: Sequence[Span]) -> list[Sentence]:
    return [
        sentence
        for sentence in annotated.sentences
        if any(sentence.start < stop and start < sentence.stop for start, stop in spans)
    ]
