"""Measure the judge by cross-validation over documents, choose its thresholds, calibrate its confidence.

No document is judged by a judge that has seen it. The threshold of a fold is chosen on the other folds, so that the
figures hold for the choice as well.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any

from pipeline.events.assemble import as_agreement, as_summit
from pipeline.events.find import find
from pipeline.events.learn import SEED, fit_line
from pipeline.events.lexicon import FAMILIES
from pipeline.events.measure import Figures, match, reliability
from pipeline.events.training import PLURAL, collect, learn

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pipeline.events.lexicon import Family
    from pipeline.events.training import Example

FOLDS = 5
CURVE = (0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8)
Found = dict[str, list[dict[str, Any]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Validation:
    """What cross-validation measured, and what it chose."""

    figures: dict[str, dict[str, float]]  # at the threshold of each fold
    curve: dict[str, list[dict[str, float]]]  # detection and record at every threshold of CURVE
    thresholds: dict[str, float]
    reliability: dict[str, list[dict[str, float]]]
    found: dict[str, Found] = field(default_factory=dict)  # the mentions of every document, for an analysis of errors


def validate(examples: Sequence[Example], extra: Sequence[Example], progress: Callable[[str], None]) -> Validation:
    """Cross-validate on `examples`; `extra` are learned from in every fold and never measured."""
    everything = [*examples, *extra]
    rows = collect(everything)
    order = list(range(len(examples)))
    Random(SEED).shuffle(order)
    fold_of = {number: fold for fold in range(FOLDS) for number in order[fold::FOLDS]}
    found: dict[float, list[Found]] = {cut: [{} for _ in examples] for cut in CURVE}
    for fold in range(FOLDS):
        held = frozenset(number for number, own in fold_of.items() if own == fold)
        judge = learn(rows, without=held, examples=everything)
        for cut in CURVE:
            events = {f"event.{family}": cut for family in FAMILIES}
            for number in held:
                prepared = examples[number].prepared
                found[cut][number] = as_found(examples[number], find(prepared, judge, events))
        progress(f"fold {fold + 1} of {FOLDS} judged")
    chosen, figures, table = {}, {}, {}
    curve: dict[str, list[dict[str, float]]] = {}
    final: list[Found] = [{} for _ in examples]
    for family in FAMILIES:
        best = {fold: _best(examples, found, family, _others(fold_of, fold)) for fold in range(FOLDS)}
        for number in range(len(examples)):
            final[number][PLURAL[family]] = found[best[fold_of[number]]][number][PLURAL[family]]
        figures[PLURAL[family]] = _figures(examples, final, family, lambda _: True).table()
        curve[PLURAL[family]] = [
            {
                "threshold": cut,
                **{k: v for k, v in _figures(examples, found[cut], family, lambda _: True).table().items() if "_" in k},
            }
            for cut in CURVE
        ]
        chosen[f"event.{family}"] = _best(examples, found, family, lambda _: True)
        slope, offset, table[PLURAL[family]] = _calibrate(examples, found[CURVE[0]], family, fold_of)
        chosen[f"slope.{family}"], chosen[f"offset.{family}"] = slope, offset
    return Validation(
        figures=figures,
        curve=curve,
        thresholds=chosen,
        reliability=table,
        found={example.gold["id"]: final[number] for number, example in enumerate(examples)},
    )


def _others(fold_of: dict[int, int], fold: int) -> Callable[[int], bool]:
    return lambda number: fold_of[number] != fold


def as_found(example: Example, drafts: Sequence[Any]) -> Found:
    """Give drafts as the plain records that gold files hold."""
    found: Found = {name: [] for name in PLURAL.values()}
    for draft in drafts:
        make: Any = as_summit if draft.family == "summit" else as_agreement
        event = make(example.prepared, draft)
        found[PLURAL[draft.family]].append({name: getattr(event, name) for name in event.__slots__ if name != "why"})
    return found


def _figures(
    examples: Sequence[Example], found: Sequence[Found], family: Family, wanted: Callable[[int], bool]
) -> Figures:
    figures = Figures(PLURAL[family])
    for number, example in enumerate(examples):
        if wanted(number):
            figures.add(example.events(family), found[number][PLURAL[family]], _bounds(example))
    return figures


def _bounds(example: Example) -> list[tuple[int, int]]:
    return [(tree.sentence.start, tree.sentence.stop) for tree in example.prepared.reading.trees]


def _best(
    examples: Sequence[Example], found: dict[float, list[Found]], family: Family, wanted: Callable[[int], bool]
) -> float:
    """Choose the threshold with the best sum of detection F1 and record F1."""

    def worth(cut: float) -> float:
        figures = _figures(examples, found[cut], family, wanted)
        return figures.rates(figures.detection)[2] + figures.rates(figures.record)[2]

    return max(CURVE, key=worth)


def _calibrate(
    examples: Sequence[Example], found: Sequence[Found], family: Family, fold_of: dict[int, int]
) -> tuple[float, float, list[dict[str, float]]]:
    """Fit log-odds of being right to log-odds of confidence; the table is of folds the line was not fitted to."""
    scores: list[tuple[int, float, bool]] = []
    for number, example in enumerate(examples):
        events = found[number][PLURAL[family]]
        right = Counter(p for _, p in match(example.events(family), events, _bounds(example), PLURAL[family]))
        scores += [(fold_of[number], event["confidence"], place in right) for place, event in enumerate(events)]
    table: list[tuple[float, bool]] = []
    for fold in range(FOLDS):
        slope, offset = fit_line([(s, r) for f, s, r in scores if f != fold])
        table += [(line(s, slope, offset), r) for f, s, r in scores if f == fold]
    slope, offset = fit_line([(s, r) for _, s, r in scores])
    return slope, offset, list(reliability(table))


def line(confidence: float, slope: float, offset: float) -> float:
    """Apply a calibration."""
    from math import exp, log

    held = min(max(confidence, 1e-6), 1 - 1e-6)
    return 1 / (1 + exp(-(slope * log(held / (1 - held)) + offset)))
