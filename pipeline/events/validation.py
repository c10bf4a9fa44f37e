"""Measure the judge by cross-validation over documents, choose its thresholds, calibrate its confidence.

No document is judged by a judge that has seen it. The threshold of a fold is chosen on the other folds, so that the
figures hold for the choice as well.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from pipeline.events.appraising import appraisal_rows
from pipeline.events.asking import answer_one
from pipeline.events.assemble import as_agreement, as_summit
from pipeline.events.find import again_rows, as_meeting, gather, part_drafts, revise
from pipeline.events.judge import Judge
from pipeline.events.learn import fit_line, shuffled
from pipeline.events.lexicon import FAMILIES
from pipeline.events.measure import Figures, match, reliability
from pipeline.events.revising import REVISED, doubtful
from pipeline.events.training import PLURAL, THRESHOLDS, collect, collect_second, fills, fit_appraisal, learn, look

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pipeline.events.find import Draft
    from pipeline.events.lexicon import Family
    from pipeline.events.scorer import Features
    from pipeline.events.training import Example, Rows, Seen

FOLDS = 5
EVEN = 0.5  # a meeting from which an agreement may take slots is likelier than not
CURVE = (0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8)
Found = dict[str, list[dict[str, Any]]]
Proposed = dict[int, "dict[Family, list[Draft]]"]  # events by number of the document


@dataclass(frozen=True, slots=True, kw_only=True)
class Validation:
    """What cross-validation measured, and what it chose."""

    figures: dict[str, dict[str, float]]  # at the threshold of each fold
    curve: dict[str, list[dict[str, float]]]  # detection and record at every threshold of CURVE
    thresholds: dict[str, float]
    reliability: dict[str, list[dict[str, float]]]
    appraisals: dict[str, tuple[list[Features], list[str]]]  # rows and labels for the scorer of whole events
    second: Rows  # what builds on the first look
    found: dict[str, Found] = field(default_factory=dict)  # the mentions of every document, for an analysis of errors


def validate(
    examples: Sequence[Example], extra: Sequence[Example], written: Sequence[Example], progress: Callable[[str], None]
) -> Validation:
    """Cross-validate on `examples`; `extra` and `written` are learned from and never measured.

    The appraisal of whole events is learned from the events proposed in documents that the judge had not seen, so
    `extra` is judged in folds as well.
    """
    everything = [*examples, *extra, *written]
    rows = collect(everything)
    articles = len(examples) + len(extra)
    fold_of = {
        number: fold
        for numbers in (range(articles), range(articles, len(everything)))
        for fold in range(FOLDS)
        for number in shuffled(numbers)[fold::FOLDS]
    }
    first: list[Judge] = []
    seen: dict[int, Seen] = {}
    for fold in range(FOLDS):
        held = _fold(fold_of, fold)
        first.append(
            Judge(version="fold", scorers=learn(rows, without=held, examples=everything), thresholds=THRESHOLDS)
        )
        seen |= {number: look(everything[number], first[fold]) for number in held}
        progress(f"fold {fold + 1} of {FOLDS} looked at")
    second = collect_second(everything, seen)
    gathered: Proposed = {}
    for fold in range(FOLDS):
        held = _fold(fold_of, fold)
        judge = replace(
            first[fold], scorers={**first[fold].scorers, **learn(second, without=held, examples=everything)}
        )
        for number in sorted(held):
            if everything[number].written:
                continue
            prepared = everything[number].prepared
            summits = answer_one(judge, gather(prepared, judge, "summit"))
            likely = [as_meeting(d) for d in part_drafts(prepared, summits) if d.confidence >= EVEN]
            agreements = answer_one(judge, gather(prepared, judge, "agreement", likely))
            gathered[number] = {"summit": summits, "agreement": agreements}
        progress(f"fold {fold + 1} of {FOLDS} judged")
    second |= _again(everything, gathered)
    proposed = _revised(everything, gathered, second, fold_of)
    figures, table, curve, chosen = {}, {}, {}, {}
    final: list[Found] = [{} for _ in examples]
    appraisals: dict[str, tuple[list[Features], list[str]]] = {}
    for family in FAMILIES:
        features, right, events = _appraised(everything, proposed, family)
        odds = _confidence(features, right, fold_of)
        scores = [
            (fold_of[n], p, r)
            for n in sorted(proposed)
            for p, r in zip(odds[n], right[n], strict=True)
            if n < len(examples)
        ]
        name = PLURAL[family]
        found = {cut: [_kept(events[n], odds[n], cut) for n in range(len(examples))] for cut in CURVE}
        counted = {cut: [_count(e, own, family) for e, own in zip(examples, found[cut], strict=True)] for cut in CURVE}
        best = {fold: _best(counted, _others(fold_of, fold)) for fold in range(FOLDS)}
        for number in range(len(examples)):
            final[number][name] = found[best[fold_of[number]]][number]
        everyone = range(len(examples))
        figures[name] = _total([counted[best[fold_of[n]]][n] for n in everyone]).table()
        curve[name] = [
            {"threshold": cut} | {k: v for k, v in _total(counted[cut]).table().items() if "_" in k} for cut in CURVE
        ]
        slope, offset, table[name] = _calibrate(scores)
        chosen[f"event.{family}"] = line(_best(counted, lambda _: True), slope, offset)
        chosen[f"slope.{family}"], chosen[f"offset.{family}"] = slope, offset
        appraisals[f"event.{family}"] = (
            [row for n in sorted(proposed) for row in features[n]],
            ["yes" if r else "no" for n in sorted(proposed) for r in right[n]],
        )
    return Validation(
        figures=figures,
        curve=curve,
        thresholds=chosen,
        reliability=table,
        appraisals=appraisals,
        second=second,
        found={example.gold["id"]: final[number] for number, example in enumerate(examples)},
    )


def _fold(fold_of: Mapping[int, int], fold: int) -> frozenset[int]:
    return frozenset(number for number, own in fold_of.items() if own == fold)


def _again(everything: Sequence[Example], gathered: Proposed) -> Rows:
    """Make rows for the second look at the slots, of the gathered events that are gold events."""
    rows: Rows = {f"{slot}-again.{family}": ([], [], []) for family in FAMILIES for slot in REVISED[family]}
    for number, of_family in sorted(gathered.items()):
        example = everything[number]
        for family, drafts in of_family.items():
            name, gold = PLURAL[family], example.events(family)
            for g, d in sorted(match(gold, as_found(example, drafts)[name], _bounds(example), name)):
                for slot in REVISED[family]:
                    features, labels, numbers = rows[f"{slot}-again.{family}"]
                    options = example.prepared.fillers[slot]
                    places = doubtful([p for _, p in drafts[d].chances.get(slot, ())])
                    features.extend(again_rows(example.prepared, drafts[d], slot) if places else ())
                    labels.extend("yes" if fills(slot, options[place], gold[g]) else "no" for place in places)
                    numbers.extend(number for _ in places)
    return rows


def _revised(everything: Sequence[Example], gathered: Proposed, rows: Rows, fold_of: Mapping[int, int]) -> Proposed:
    """Look again at the slots of events by scorers that have not seen their documents, and part them."""
    again = {task: own for task, own in rows.items() if "-again." in task}
    proposed: Proposed = {}
    for fold in range(FOLDS):
        held = _fold(fold_of, fold)
        judge = Judge(version="fold", scorers=learn(again, without=held, examples=everything), thresholds=THRESHOLDS)
        for number in sorted(held & gathered.keys()):
            prepared = everything[number].prepared
            proposed[number] = {
                family: part_drafts(prepared, answer_one(judge, revise(prepared, judge, drafts)))
                for family, drafts in gathered[number].items()
            }
    return proposed


def _appraised(
    everything: Sequence[Example], proposed: Proposed, family: Family
) -> tuple[dict[int, list[Features]], dict[int, list[bool]], dict[int, list[dict[str, Any]]]]:
    """Describe the proposed events of every document, tell which are right, and give them as plain records."""
    features: dict[int, list[Features]] = {}
    right: dict[int, list[bool]] = {}
    events: dict[int, list[dict[str, Any]]] = {}
    for number, drafts in proposed.items():
        example, own = everything[number], drafts[family]
        features[number] = appraisal_rows(example.prepared, own)
        events[number] = as_found(example, own)[PLURAL[family]]
        matched = {p for _, p in match(example.events(family), events[number], _bounds(example), PLURAL[family])}
        right[number] = [place in matched for place in range(len(own))]
    return features, right, events


def _confidence(
    features: dict[int, list[Features]], right: dict[int, list[bool]], fold_of: dict[int, int]
) -> dict[int, list[float]]:
    """Appraise every proposed event by an appraisal learned from the other folds."""
    found: dict[int, list[float]] = {}
    for fold in range(FOLDS):
        known = [n for n in sorted(features) if fold_of[n] != fold]
        scorer = fit_appraisal(
            [row for n in known for row in features[n]], ["yes" if r else "no" for n in known for r in right[n]]
        )
        for number, own in features.items():
            if fold_of[number] == fold:
                found[number] = scorer.chances(own)
    return found


def _kept(events: Sequence[dict[str, Any]], chances: Sequence[float], cut: float) -> list[dict[str, Any]]:
    return [event | {"confidence": round(p, 4)} for event, p in zip(events, chances, strict=True) if p >= cut]


def as_found(example: Example, drafts: Sequence[Draft]) -> Found:
    """Give drafts as the plain records that gold files hold."""
    found: Found = {name: [] for name in PLURAL.values()}
    for draft in drafts:
        make: Any = as_summit if draft.family == "summit" else as_agreement
        event = make(example.prepared, draft)
        found[PLURAL[draft.family]].append({name: getattr(event, name) for name in event.__slots__ if name != "why"})
    return found


def _others(fold_of: dict[int, int], fold: int) -> Callable[[int], bool]:
    return lambda number: fold_of[number] != fold


def _count(example: Example, found: Sequence[dict[str, Any]], family: Family) -> Figures:
    figures = Figures(PLURAL[family])
    figures.add(example.events(family), found, _bounds(example))
    return figures


def _total(counted: Sequence[Figures]) -> Figures:
    total = Figures(counted[0].family)
    for figures in counted:
        total.detection.update(figures.detection)
        total.record.update(figures.record)
        for slot, counts in figures.slots.items():
            total.slots.setdefault(slot, Counter()).update(counts)
    return total


def _bounds(example: Example) -> list[tuple[int, int]]:
    return [(tree.sentence.start, tree.sentence.stop) for tree in example.prepared.reading.trees]


def _best(counted: dict[float, list[Figures]], wanted: Callable[[int], bool]) -> float:
    """Choose the threshold with the best sum of detection F1 and record F1 over the wanted documents.

    Each is judged by the mean of itself and its neighbours on the curve: one point alone moves by chance.
    """

    def worth(cut: float) -> float:
        figures = _total([own for number, own in enumerate(counted[cut]) if wanted(number)])
        return figures.rates(figures.detection)[2] + figures.rates(figures.record)[2]

    worths = [worth(cut) for cut in CURVE]
    near = [worths[max(0, place - 1) : place + 2] for place in range(len(CURVE))]
    return max(zip(CURVE, near, strict=True), key=lambda pair: sum(pair[1]) / len(pair[1]))[0]


def _calibrate(scores: Sequence[tuple[int, float, bool]]) -> tuple[float, float, list[dict[str, float]]]:
    """Fit log-odds of being right to log-odds of confidence; the table is of folds the line was not fitted to."""
    table: list[tuple[float, bool]] = []
    for fold in range(FOLDS):
        slope, offset = fit_line([(p, r) for f, p, r in scores if f != fold])
        table += [(line(p, slope, offset), r) for f, p, r in scores if f == fold]
    slope, offset = fit_line([(p, r) for _, p, r in scores])
    return slope, offset, list(reliability(table))


def line(confidence: float, slope: float, offset: float) -> float:
    """Apply a calibration."""
    from math import exp, log

    held = min(max(confidence, 1e-6), 1 - 1e-6)
    return 1 / (1 + exp(-(slope * log(held / (1 - held)) + offset)))
