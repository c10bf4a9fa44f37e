"""How sure an event is as a whole: with its slots, its neighbours, and how its mentions hold together."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, product
from math import exp, log
from typing import TYPE_CHECKING

from pipeline.events.asking import ask_chances

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipeline.events.asking import Asking
    from pipeline.events.find import Draft, Prepared
    from pipeline.events.judge import Judge
    from pipeline.events.lexicon import Family
    from pipeline.events.scorer import Features

# Of a candidate: what the second look and the appraisal take over from the first look.
REVIEWED_FEATURES = tuple(
    "linked# every# foreign# around# both# inside# body all-home one-state sides=same sides=apart has=organization "
    "document-states# said-before# own-Number=Plur".split()
)
_APART = -6.0  # log-odds below which two mentions are as far apart as can be


def appraise(prepared: Prepared, judge: Judge, drafts: Sequence[Draft]) -> Asking[list[Draft]]:
    """Give every draft the confidence that its mentions, its slots and its neighbours earn together."""
    if not drafts or f"event.{drafts[0].family}" not in judge.scorers:
        return list(drafts)
    family = drafts[0].family
    (chances,) = yield from ask_chances(appraisal_rows(prepared, drafts), f"event.{family}")
    return [
        replace(draft, confidence=calibrated(p, judge.thresholds, family))
        for draft, p in zip(drafts, chances, strict=True)
    ]


def appraisal_rows(prepared: Prepared, drafts: Sequence[Draft]) -> list[Features]:
    """Describe drafts of one family as wholes, for the appraisal."""
    rows: list[Features] = []
    for draft in drafts:
        own = [prepared.candidates[i] for i in draft.mentions]
        row: Features = {"one": 1.0, "raw#": log(max(draft.confidence, 1e-6) / max(1 - draft.confidence, 1e-6)) / 3}
        best = max(draft.chance_of)
        row["best#"] = log(max(best, 1e-6) / max(1 - best, 1e-6)) / 3
        row["mentions#"] = min(len(own), 5) / 3
        for candidate in own:
            row[f"group={candidate.sense.group}"] = 1.0
        row[f"kind={draft.kind}"] = row[f"status={draft.status}"] = 1.0
        for task in ("kind", "status"):
            row[f"{task}-sure#"] = max(p for _, p in draft.chances[task])
        for slot, chosen in draft.fillers.items():
            likely = sorted((p for _, p in draft.chances.get(slot, ())), reverse=True)
            row[f"{slot}={min(len(chosen), 3)}"] = 1.0
            row[f"{slot}-first#"] = likely[0] if likely else 0.0
            row[f"{slot}-second#"] = likely[1] if len(likely) > 1 else 0.0
        row["title"] = float(any(c.start < prepared.reading.title_stop for c in own))
        row["sentence#"] = min(own[0].sentence, 12) / 6
        for name in REVIEWED_FEATURES:
            row[f"{name}"] = max(prepared.rows[i].get(name, 0.0) for i in draft.mentions)
        _say_neighbours(row, prepared, draft, drafts)
        if draft.links:
            _say_links(row, draft, drafts)
        rows.append(row)
    return rows


def _say_neighbours(row: Features, prepared: Prepared, draft: Draft, drafts: Sequence[Draft]) -> None:
    states = {filler.value for filler in draft.fillers["states"]}
    sentences = {prepared.candidates[i].sentence for i in draft.mentions}
    for other in drafts:
        if other is draft:
            continue
        theirs = {filler.value for filler in other.fillers["states"]}
        name = "stronger" if other.confidence > draft.confidence else "weaker"
        row[name] = 1.0
        row[f"{name}-same-states"] = float(theirs == states) or row.get(f"{name}-same-states", 0.0)
        row[f"{name}-same-kind"] = float(other.kind == draft.kind) or row.get(f"{name}-same-kind", 0.0)
        if theirs == states and other.kind == draft.kind and other.status == draft.status:
            row[f"{name}-twin"] = 1.0
        if sentences & {prepared.candidates[i].sentence for i in other.mentions}:
            row[f"{name}-same-sentence"] = 1.0
    row["drafts#"] = min(len(drafts), 8) / 4


def _say_links(row: Features, draft: Draft, drafts: Sequence[Draft]) -> None:
    """Say how surely the mentions of a draft are one event, and how near it comes to being one with another draft."""
    inside = [draft.links[pair] for pair in combinations(sorted(draft.mentions), 2)]
    row["cohesion#"] = sum(inside) / len(inside) / 3 if inside else 0.0
    row["weakest#"] = min(inside, default=0.0) / 3
    nearest = stronger = _APART
    for other in drafts:
        if other.mentions == draft.mentions:
            continue
        between = [draft.links[min(i, j), max(i, j)] for i, j in product(draft.mentions, other.mentions)]
        mean = sum(between) / len(between)
        nearest = max(nearest, mean)
        if (other.confidence, draft.mentions) > (draft.confidence, other.mentions):
            stronger = max(stronger, mean)
    row["nearest#"], row["nearest-stronger#"] = nearest / 3, stronger / 3
    accepted = {i for other in drafts for i in other.mentions}
    row["accepted#"] = min(len(accepted), 20) / 10
    row["share#"] = len(draft.mentions) / len(accepted)


def calibrated(confidence: float, thresholds: Mapping[str, float], family: Family) -> float:
    """Turn a raw confidence into the share of such mentions that are right, as the card's calibration says."""
    slope = thresholds.get(f"slope.{family}")
    if slope is None:
        return confidence
    held = min(max(confidence, 1e-6), 1 - 1e-6)
    odds = slope * log(held / (1 - held)) + thresholds[f"offset.{family}"]
    return 1 / (1 + exp(-odds))
