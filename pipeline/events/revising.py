"""The second look at the slots of an event: every doubtful filler beside the others, and what they say of each other.

The first look (`slots`) scores each filler alone. Here is seen that two states are surer already, that a president of
the third is surely at the table, that all five states of a group go in or stay out together, that the place lies in
the state in doubt.
"""

from __future__ import annotations

from math import log
from typing import TYPE_CHECKING

from pipeline.events.slots import NAMED_SLOTS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipeline.events.candidates import Candidate
    from pipeline.events.lexicon import Family
    from pipeline.events.reading import Reading
    from pipeline.events.scorer import Features
    from pipeline.events.slots import Filler

# Where two drawings of the folds gained. States of agreements and persons of meetings did not, or by too little.
REVISED: dict[Family, tuple[str, ...]] = {
    "summit": ("states", "place", "country"),
    "agreement": ("persons", "place"),
}
_NUMBERS = {
    "двусторонний": "two",
    "двухсторонний": "two",
    "оба": "two",
    "трехсторонний": "three",
    "трёхсторонний": "three",
    "тройственный": "three",
    "многосторонний": "many",
}
_LIKELY = 0.5
_DOUBT = 0.05  # a filler less likely stays out, one that much likelier stays in
_MOST = 4  # ranks, and fillers counted


def doubtful(chances: Sequence[float]) -> list[int]:
    """List the places of the fillers that may go in or stay out."""
    return [place for place, chance in enumerate(chances) if _DOUBT <= chance <= 1 - _DOUBT]


def describe_again(
    reading: Reading,
    own: Sequence[Candidate],
    slot: str,
    fillers: Mapping[str, Sequence[Filler]],
    chances: Mapping[str, Sequence[float]],
    hints: Features,
) -> list[Features]:
    """Describe the doubtful fillers of a slot beside the others, given the `chances` of all fillers of all slots.

    `own` are the mentions of the event, `hints` the features that it lends to its fillers.
    """
    shared = {"one": 1.0, "mentions#": min(len(own), _MOST) / 2, **hints}
    for mention in own:
        shared[f"group={mention.sense.group}"] = 1.0
        for lemma in reading.trees[mention.sentence].lemmas:
            if lemma in _NUMBERS:
                shared[f"sides={_NUMBERS[lemma]}"] = 1.0
    sentences = {mention.sentence for mention in own}
    beside = [(other, fillers.get(other, ()), chances.get(other, ())) for other in NAMED_SLOTS if other != slot]
    rows = []
    for place in doubtful(chances[slot]):
        filler, chance = fillers[slot][place], chances[slot][place]
        others = sorted((p for i, p in enumerate(chances[slot]) if i != place), reverse=True)
        rank = sum(p > chance for p in others)
        row: Features = {
            **shared,
            "own#": _odds(chance),
            f"rank={min(rank, _MOST)}": 1.0,
            "likely#": min(sum(p >= _LIKELY for p in others), _MOST) / 2,
            "sum#": min(sum(others), 2.0 * _MOST) / 2,
        }
        row.update(zip(("first#", "second#", "third#"), others, strict=False))
        if filler.state is not None and filler.state == reading.home:
            row["home"] = 1.0
        if any(at.start < reading.title_stop for at in filler.at):
            row["title"] = 1.0
        if any(m.start <= at.start < m.stop for m in own for at in filler.at):
            row["within"] = 1.0
        near = {at.kind for at in filler.at if at.sentence in sentences}
        for kind in near:
            row[f"kind={kind}"] = 1.0
        row["near-kinds#"] = min(len(near), _MOST) / 2
        _say_mates(row, fillers[slot], chances[slot], place)
        for other, options, likely in beside:
            _say_slot(row, other, filler.state, options, likely)
        rows.append(row)
    return rows


def _odds(chance: float) -> float:
    held = min(max(chance, 1e-4), 1 - 1e-4)
    return log(held / (1 - held)) / 3


def _say_mates(row: Features, fillers: Sequence[Filler], chances: Sequence[float], place: int) -> None:
    """Say how likely the fillers are that stand in the same words: the states of a group."""
    spans = {(at.start, at.stop) for at in fillers[place].at}
    mates = [
        chances[i]
        for i, other in enumerate(fillers)
        if i != place and any((at.start, at.stop) in spans for at in other.at)
    ]
    if mates:
        row["mates#"] = min(len(mates), _MOST) / 2
        row["mates-most#"], row["mates-least#"] = max(mates), min(mates)


def _say_slot(row: Features, slot: str, state: str | None, fillers: Sequence[Filler], chances: Sequence[float]) -> None:
    """Say how likely the fillers of another slot are that are of the same state, and those that are not."""
    same, most, total = -1.0, 0.0, 0.0
    for filler, p in zip(fillers, chances, strict=True):
        if state is not None and filler.state == state:
            same = max(same, p)
        else:
            most, total = max(most, p), total + p
    if same >= 0:
        row[f"{slot}-same#"] = same
    else:
        row[f"{slot}-same=none"] = 1.0
    if total:
        row[f"{slot}-rest#"], row[f"{slot}-sum#"] = most, min(total, 2.0 * _MOST) / 2
