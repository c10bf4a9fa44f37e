"""How good predicted records are against annotated ones: detection, slots, whole records, topics.

An event predicted and one annotated may be the same when a trigger of one stands in a sentence with a trigger of
the other; pairs are taken greedily, those with overlapping triggers and most values in common first, each event
once. A record is scored as its (slot, value) pairs, so a missed or spurious event counts with all its values.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pipeline.records import TOPICS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pipeline.records import Span

SINGLE_SLOTS = {
    "summits": ("status", "kind", "country", "place", "start"),
    "agreements": ("status", "kind", "country", "place", "date"),
}
SET_SLOTS = ("states", "persons")
TOPIC_CUT = 0.5


@dataclass(slots=True)
class Counts:
    """Values found rightly, found at all, and there to be found."""

    right: int = 0
    found: int = 0
    wanted: int = 0

    def add(self, right: int, found: int, wanted: int) -> None:
        """Count some more."""
        self.right += right
        self.found += found
        self.wanted += wanted

    @property
    def precision(self) -> float:
        """Share of what was found that is right."""
        return self.right / self.found if self.found else 0.0

    @property
    def recall(self) -> float:
        """Share of what was there that was found."""
        return self.right / self.wanted if self.wanted else 0.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        return 2 * self.right / (self.found + self.wanted) if self.right else 0.0

    def figures(self) -> dict[str, float | int]:
        """Give the figures for JSON."""
        return {
            "precision": round(self.precision, 4),
            "recall": round(self.recall, 4),
            "f1": round(self.f1, 4),
            "right": self.right,
            "found": self.found,
            "wanted": self.wanted,
        }


@dataclass(slots=True)
class Scores:
    """The figures of one family of events."""

    detection: Counts = field(default_factory=Counts)
    record: Counts = field(default_factory=Counts)
    slots: dict[str, Counts] = field(default_factory=dict)


@dataclass(slots=True)
class Report:
    """All figures of an evaluation."""

    documents: int = 0
    topics: dict[str, Counts] = field(default_factory=lambda: {topic: Counts() for topic in TOPICS})
    families: dict[str, Scores] = field(default_factory=lambda: {family: Scores() for family in SINGLE_SLOTS})

    @property
    def topics_macro_f1(self) -> float:
        """Mean F1 over the topics."""
        return sum(counts.f1 for counts in self.topics.values()) / len(self.topics)

    def figures(self) -> dict[str, Any]:
        """Give the figures for JSON."""
        return {
            "documents": self.documents,
            "topics": {topic: counts.figures() for topic, counts in self.topics.items()}
            | {"macro_f1": round(self.topics_macro_f1, 4)},
        } | {
            family: {
                "detection": scores.detection.figures(),
                "record": scores.record.figures(),
                "slots": {slot: counts.figures() for slot, counts in scores.slots.items()},
            }
            for family, scores in self.families.items()
        }

    def lines(self) -> Iterator[str]:
        """Show the figures to a person, a line each."""
        yield f"{self.documents} documents"
        for topic, counts in self.topics.items():
            yield _line(f"topic {topic}", counts)
        yield f"{'topics, macro F1':24} {self.topics_macro_f1:.3f}"
        for family, scores in self.families.items():
            yield _line(f"{family}, detection", scores.detection)
            yield _line(f"{family}, record", scores.record)
            for slot, counts in scores.slots.items():
                if slot in SET_SLOTS:
                    yield _line(f"  {slot}", counts)
                else:
                    yield f"{'  ' + slot:24} right {counts.recall:.3f} of {counts.wanted}"


def _line(name: str, counts: Counts) -> str:
    figures = f"precision {counts.precision:.3f}  recall {counts.recall:.3f}  F1 {counts.f1:.3f}"
    return f"{name:24} {figures}  of {counts.wanted}"


def add_document(
    report: Report,
    gold: Mapping[str, Any],
    found: Mapping[str, Any],
    sentences: Sequence[Span],
) -> None:
    """Count one annotated document and what was found in it; sentences are spans of the one text."""
    report.documents += 1
    wanted_topics, found_topics = _topics(gold), _topics(found)
    for topic, counts in report.topics.items():
        in_both = topic in wanted_topics and topic in found_topics
        counts.add(int(in_both), int(topic in found_topics), int(topic in wanted_topics))
    for family, scores in report.families.items():
        _add_family(scores, family, gold.get(family) or [], found.get(family) or [], sentences)


def _add_family(
    scores: Scores,
    family: str,
    gold: Sequence[Mapping[str, Any]],
    found: Sequence[Mapping[str, Any]],
    sentences: Sequence[Span],
) -> None:
    wanted = [_values(family, event) for event in gold]
    had = [_values(family, event) for event in found]
    pairs = pair(gold, found, wanted, had, sentences)
    scores.detection.add(len(pairs), len(found), len(gold))
    common = sum(len(wanted[left] & had[right]) for left, right in pairs)
    scores.record.add(common, sum(map(len, had)), sum(map(len, wanted)))
    for left, right in pairs:
        for slot in SINGLE_SLOTS[family]:
            value = {pair for pair in wanted[left] if pair[0] == slot}
            if value:
                scores.slots.setdefault(slot, Counts()).add(len(value & had[right]), 1, 1)
        for slot in SET_SLOTS:
            one = {pair for pair in wanted[left] if pair[0] == slot}
            other = {pair for pair in had[right] if pair[0] == slot}
            scores.slots.setdefault(slot, Counts()).add(len(one & other), len(other), len(one))


def pair(
    gold: Sequence[Mapping[str, Any]],
    found: Sequence[Mapping[str, Any]],
    wanted: Sequence[set[tuple[str, str]]],
    had: Sequence[set[tuple[str, str]]],
    sentences: Sequence[Span],
) -> list[tuple[int, int]]:
    """Pair annotated with predicted events, each at most once; answers pairs of indices."""
    places = [_sentences_of(event, sentences) for event in gold]
    spots = [_sentences_of(event, sentences) for event in found]
    candidates = [
        (_overlap(gold[left], found[right]), len(wanted[left] & had[right]), -left, -right)
        for left in range(len(gold))
        for right in range(len(found))
        if places[left] & spots[right]
    ]
    pairs: dict[int, int] = {}
    for _, _, left, right in sorted(candidates, reverse=True):
        if -left not in pairs and -right not in pairs.values():
            pairs[-left] = -right
    return sorted(pairs.items())


def _overlap(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return any(a < d and c < b for a, b in one["triggers"] for c, d in other["triggers"])


def _sentences_of(event: Mapping[str, Any], sentences: Sequence[Span]) -> set[int]:
    return {
        index
        for start, stop in event["triggers"]
        for index, (left, right) in enumerate(sentences)
        if left < stop and start < right
    }


def _topics(document: Mapping[str, Any]) -> set[str]:
    topics = document.get("topics") or ()
    if isinstance(topics, dict):
        return {topic for topic, probability in topics.items() if probability >= TOPIC_CUT}
    return set(topics)


def _values(family: str, event: Mapping[str, Any]) -> set[tuple[str, str]]:
    singles = {(slot, _fold(event[slot])) for slot in SINGLE_SLOTS[family] if event.get(slot)}
    states = {("states", _fold(state)) for state in event.get("states") or ()}
    surnames = {("persons", name.split()[-1]) for name in map(_fold, event.get("persons") or ()) if name}
    return singles | states | surnames


def _fold(value: object) -> str:
    return " ".join(re.findall(r"\w+", str(value).lower().replace("ё", "е")))


def regressions(figures: Mapping[str, Any], floors: Mapping[str, Any], path: str = "") -> Iterable[str]:
    """Name every figure that lies below its floor."""
    for name, floor in floors.items():
        where = f"{path}.{name}" if path else name
        if isinstance(floor, dict):
            yield from regressions(figures[name], floor, where)
        elif figures[name] < floor:
            yield f"{where} is {figures[name]}, below its floor {floor}"
