"""The figures of eval/GUIDELINES.md: found mentions against gold ones, by family, slot and threshold.

detection   one-to-one matching; two events can match when one of their triggers lies in the same sentence
slots       accuracy, or set F1, over matched events where gold fills the slot
record      micro F1 over (event, slot, value) triples; the slots of unmatched events count as missed or spurious
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pipeline.records import Span

SINGLE = {
    "summits": ("status", "kind", "country", "place", "start"),
    "agreements": ("status", "kind", "country", "place", "date"),
}
SETS = ("states", "persons")
Event = dict[str, Any]
Triples = set[tuple[str, str]]


def fold(value: object) -> str:
    """Fold case, ё and punctuation."""
    return re.sub(r"\W+", " ", str(value).lower().replace("ё", "е")).strip()


def surname(person: str) -> str:
    """Take the last word of a name."""
    return (fold(person).split() or [""])[-1]


def triples(family: str, event: Mapping[str, Any]) -> Triples:
    """List the (slot, value) pairs of an event."""
    found = {(slot, fold(event[slot])) for slot in SINGLE[family] if event.get(slot)}
    found |= {("states", fold(state)) for state in event.get("states") or ()}
    return found | {("persons", name) for person in event.get("persons") or () if (name := surname(person))}


def match(gold: Sequence[Event], found: Sequence[Event], bounds: Sequence[Span], family: str) -> list[tuple[int, int]]:
    """Match events one to one, the closest first: pairs of indices."""

    def sentences(event: Event) -> set[int]:
        return {i for s, t in event["triggers"] for i, (a, b) in enumerate(bounds) if a < t and s < b}

    pairs = []
    for g, ours in enumerate(gold):
        for p, theirs in enumerate(found):
            if sentences(ours) & sentences(theirs):
                overlap = any(a < d and c < b for a, b in ours["triggers"] for c, d in theirs["triggers"])
                pairs.append((overlap, len(triples(family, ours) & triples(family, theirs)), -g, -p))
    matched: list[tuple[int, int]] = []
    for _, _, g, p in sorted(pairs, reverse=True):
        if all(-g != a and -p != b for a, b in matched):
            matched.append((-g, -p))
    return matched


class Figures:
    """Counts over documents, and the figures that follow from them."""

    def __init__(self, family: str) -> None:
        self.family = family
        self.detection: Counter[str] = Counter()
        self.record: Counter[str] = Counter()
        self.slots: dict[str, Counter[str]] = {}

    def add(self, gold: Sequence[Event], found: Sequence[Event], bounds: Sequence[Span]) -> None:
        """Count one document."""
        pairs = match(gold, found, bounds, self.family)
        self.detection.update(right=len(pairs), found=len(found), gold=len(gold))
        self.record.update(
            found=sum(len(triples(self.family, event)) for event in found),
            gold=sum(len(triples(self.family, event)) for event in gold),
        )
        for g, p in pairs:
            ours, theirs = triples(self.family, gold[g]), triples(self.family, found[p])
            self.record["right"] += len(ours & theirs)
            for slot in (*SINGLE[self.family], *SETS):
                a = {value for name, value in ours if name == slot}
                b = {value for name, value in theirs if name == slot}
                if a or slot in SETS:
                    self.slots.setdefault(slot, Counter()).update(right=len(a & b), found=len(b), gold=len(a))

    def rates(self, counts: Counter[str]) -> tuple[float, float, float]:
        """Give precision, recall, F1."""
        precision = counts["right"] / counts["found"] if counts["found"] else 0.0
        recall = counts["right"] / counts["gold"] if counts["gold"] else 0.0
        return precision, recall, 2 * precision * recall / (precision + recall) if precision + recall else 0.0

    def table(self) -> dict[str, float]:
        """Give all figures by name: detection_p/r/f1, record_p/r/f1, and one per slot (accuracy, or F1 of a set)."""
        found: dict[str, float] = {}
        for name, counts in (("detection", self.detection), ("record", self.record)):
            found |= {f"{name}_{key}": round(rate, 4) for key, rate in zip("prf", self.rates(counts), strict=True)}
        for slot, counts in self.slots.items():
            rate = self.rates(counts)[2] if slot in SETS else self.rates(counts)[1]
            found[slot] = round(rate, 4)
        return found


def measure(
    documents: Iterable[tuple[Mapping[str, Any], Mapping[str, Any], Sequence[Span]]],
) -> dict[str, dict[str, float]]:
    """Measure (gold, found, sentence bounds) of many documents: figures by family."""
    figures = {family: Figures(family) for family in SINGLE}
    for gold, found, bounds in documents:
        for family, own in figures.items():
            own.add(gold.get(family) or (), found.get(family) or (), bounds)
    return {family: own.table() for family, own in figures.items()}


def reliability(scores: Iterable[tuple[float, bool]], bins: int = 5) -> Iterator[dict[str, float]]:
    """Tell for each band of confidence how many mentions it holds, their mean confidence, the share that is right."""
    rows: list[list[tuple[float, bool]]] = [[] for _ in range(bins)]
    for score, right in scores:
        rows[min(bins - 1, int(score * bins))].append((score, right))
    for index, row in enumerate(rows):
        if row:
            yield {
                "from": round(index / bins, 2),
                "to": round((index + 1) / bins, 2),
                "mentions": len(row),
                "confidence": round(sum(score for score, _ in row) / len(row), 3),
                "right": round(sum(right for _, right in row) / len(row), 3),
            }
