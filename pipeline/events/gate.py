"""Which sentences are worth morphology and syntax: those in which the judge may find an event.

Three articles of five have a word of the lexicon, one of eight an event. Before any sentence is parsed, each with such
a word is described by what is known of it by then: its words, out of context, and the names in it and around it. A
linear score says how likely the judge finds an event there; a sentence that stays below a threshold is passed over,
and so is an article of which none comes to a higher one.
The score is learned from what the judge itself finds in articles of the corpora (`pipeline.events.distil`).
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from pipeline.annotate.memo import Memo
from pipeline.events.lexicon import REACH, keeps_company, senses, told
from pipeline.events.reading import STATES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.events.judge import Judge
    from pipeline.events.scorer import Features
    from pipeline.records import Annotated

TASK = "gate"  # of its scorer, and of the threshold of a sentence
ARTICLE = "gate.article"  # of the threshold of the likeliest sentence of an article
_NEAR = 8  # words around a word of the lexicon that are looked at


class Gate:
    """Tells which sentences are worth parsing; a judge without a gate lets all of them pass."""

    def __init__(self, judge: Judge) -> None:
        self._scorer = judge.scorers.get(TASK)
        self._least, self._best = judge.thresholds.get(TASK, 0.0), judge.thresholds.get(ARTICLE, 0.0)

    def __call__(self, annotated: Annotated, places: Sequence[int]) -> Sequence[int]:
        """Give those of the sentences at `places`, which have a word of the lexicon, that may report an event."""
        if self._scorer is None:
            return places
        odds = self.odds(annotated, places)
        if max(odds) < self._best:
            return []
        return [place for place, own in zip(places, odds, strict=True) if own >= self._least]

    def odds(self, annotated: Annotated, places: Sequence[int]) -> list[float]:
        """Give for each sentence the log-odds that the judge finds an event in it."""
        assert self._scorer is not None
        return [float(odds) for odds in self._scorer.log_odds(describe(annotated, places))[:, 0]]


def describe(annotated: Annotated, places: Sequence[int]) -> list[Features]:
    """Describe sentences with words of the lexicon, given by number, by what is known before they are parsed."""
    starts = [sentence.start for sentence in annotated.sentences]
    states: dict[int, set[str]] = {}  # by sentence
    kinds: dict[int, set[str]] = {}
    for entity in annotated.entities:
        place = bisect_right(starts, entity.start) - 1
        own = kinds.setdefault(place, set())
        own.add(f"has={entity.type}")
        if entity.office:
            own.add(f"office={entity.office}")
        if entity.state:
            states.setdefault(place, set()).add(entity.state)
    for reference in annotated.references:
        place = bisect_right(starts, reference.start) - 1
        own = kinds.setdefault(place, set())
        own.add(f"has={reference.kind}")
        if reference.kind in STATES:
            states.setdefault(place, set()).update(reference.states)
        else:
            own.add(f"org={reference.ref}")
    everywhere = len(set().union(*states.values()))
    none: set[str] = set()
    rows = []
    for place in places:
        here = states.get(place, none)
        around = here | states.get(place - 1, none) | states.get(place + 1, none)
        count = min(len(here), 3)
        row: Features = {
            "one": 1.0,
            f"states={count}": 1.0,
            f"around={min(len(around), 4)}": 1.0,
            f"everywhere={min(everywhere, 6)}": 1.0,
            f"sentence={min(place, 6)}": 1.0,
            f"sentences={min(len(starts).bit_length(), 6)}": 1.0,
        }
        for kind in kinds.get(place, none):
            row[kind] = 1.0
        for code in here:
            row[f"state={code}"] = 1.0
        _say_words(row, [token.lemma for token in annotated.sentences[place].tokens], count, len(around))
        rows.append(row)
    return rows


_near: Memo[str, str] = Memo(lambda word: f"near={word}" if word.isalpha() else "")


def _say_words(row: Features, lemmas: Sequence[str], states: int, around: int) -> None:
    size = len(lemmas)
    for index in told(lemmas):
        lemma = lemmas[index]
        if not keeps_company(lemma, lemmas[max(0, index - REACH) : index + REACH + 1]):
            continue
        row[f"lemma={lemma}"] = 1.0
        row[f"lemma={lemma},{min(around, 2)}"] = 1.0
        for sense in senses(lemma):
            row[f"group={sense.group},{states}"] = 1.0
            row[f"group={sense.group},around={min(around, 3)}"] = 1.0
        for step in (-2, -1, 1, 2):
            if 0 <= index + step < size:
                row[f"at{step}={lemmas[index + step]}"] = 1.0
        for name in map(_near.__getitem__, lemmas[max(0, index - _NEAR) : index + _NEAR + 1]):
            if name:
                row[name] = 1.0
