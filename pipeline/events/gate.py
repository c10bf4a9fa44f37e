"""Which sentences are worth morphology and syntax: those in which the judge may find an event.

Half of the articles have a word of the lexicon, one of ten an event. Before any sentence is parsed, each with such
a word is described by what is known by then: its words, out of context, the names in it and around it, the title. A
linear score says how likely the judge finds an event there; a sentence that stays below a threshold is passed over,
and so is an article of which none comes to a higher one.
The score is learned from what the judge itself finds in articles of the corpora (`pipeline.events.distil`).
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from pipeline.annotate.memo import Memo, lemma_of
from pipeline.events.lexicon import REACH, keeps_company, senses, told
from pipeline.events.reading import STATES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipeline.events.judge import Judge
    from pipeline.events.scorer import Features
    from pipeline.records import Annotated, Token

TASK = "gate"  # of its scorer, and of the threshold of a sentence
ARTICLE = "gate.article"  # of the threshold of the likeliest sentence of an article
_NEAR = 8  # words around a word of the lexicon that are looked at
_ENDING = 3  # letters of a form that tell its tense or case


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
        whole, rows = _describe(annotated, places)
        # Linear: what all sentences share is summed once, and each sum holds the bias.
        shared, *own = self._scorer.odds([whole, *rows])
        shared -= float(self._scorer.bias[0])
        return [shared + one for one in own]


def describe(annotated: Annotated, places: Sequence[int]) -> list[Features]:
    """Describe sentences with words of the lexicon, given by number, by what is known before they are parsed."""
    whole, rows = _describe(annotated, places)
    return [whole | row for row in rows]


def _describe(annotated: Annotated, places: Sequence[int]) -> tuple[Features, list[Features]]:
    """Say what holds for every sentence of an article, and what for each."""
    starts = [sentence.start for sentence in annotated.sentences]
    states: dict[int, set[str]] = {}  # by sentence
    kinds: dict[int, set[str]] = {place: set() for place in places}
    for entity in annotated.entities:
        place = bisect_right(starts, entity.start) - 1
        if place in kinds:
            kinds[place].add(f"has={entity.type}")
            if entity.office:
                kinds[place].add(f"office={entity.office}")
        if entity.state:
            states.setdefault(place, set()).add(entity.state)
    for reference in annotated.references:
        place = bisect_right(starts, reference.start) - 1
        if reference.kind in STATES:
            states.setdefault(place, set()).update(reference.states)
        elif place in kinds:
            kinds[place].add(f"org={reference.ref}")
        if place in kinds:
            kinds[place].add(f"has={reference.kind}")
    everywhere = len(set().union(*states.values()))
    none: set[str] = set()
    whole: Features = {
        "one": 1.0,
        f"everywhere={min(everywhere, 6)}": 1.0,
        f"sentences={min(len(starts).bit_length(), 6)}": 1.0,
        **_describe_title(annotated, states),
    }
    rows = []
    for place in places:
        here = states.get(place, none)
        around = here | states.get(place - 1, none) | states.get(place + 1, none)
        count = min(len(here), 3)
        row: Features = {
            f"states={count}": 1.0,
            f"around={min(len(around), 4)}": 1.0,
            f"sentence={min(place, 6)}": 1.0,
        }
        for kind in kinds[place]:
            row[kind] = 1.0
        for code in here:
            row[f"state={code}"] = 1.0
        _say_words(row, annotated.sentences[place].tokens, count, len(around))
        rows.append(row)
    return whole, rows


def _describe_title(annotated: Annotated, states: Mapping[int, set[str]]) -> Features:
    stop = len(annotated.document.title or "")
    row: Features = {}
    named: set[str] = set()
    for place, sentence in enumerate(annotated.sentences):
        if sentence.start >= stop:
            break
        named |= states.get(place, set())
        lemmas = list(map(lemma_of, sentence.tokens))
        for lemma in lemmas:
            if lemma.isalpha():
                row[f"title={lemma}"] = 1.0
        for index in told(lemmas):
            for sense in senses(lemmas[index]):
                row[f"title-group={sense.group}"] = 1.0
    row[f"title-states={min(len(named), 3)}" if stop else "no-title"] = 1.0
    return row


_near: Memo[str, str] = Memo(lambda word: f"near={word}" if word.isalpha() else "")


def _say_words(row: Features, tokens: Sequence[Token], states: int, around: int) -> None:
    lemmas = list(map(lemma_of, tokens))
    size = len(lemmas)
    count = 0
    for index in told(lemmas):
        lemma = lemmas[index]
        if not keeps_company(lemma, lemmas[max(0, index - REACH) : index + REACH + 1]):
            continue
        count += 1
        form = tokens[index].text.lower()
        row[f"form={form}"] = 1.0
        for sense in senses(lemma):
            row[f"group={sense.group},{states}"] = 1.0
            row[f"group={sense.group},around={min(around, 3)}"] = 1.0
            row[f"group={sense.group},{form[-_ENDING:]}"] = 1.0
        for step in (-2, -1, 1, 2):
            if 0 <= index + step < size:
                row[f"at{step}={lemmas[index + step]}"] = 1.0
                row[f"form{step}={tokens[index + step].text.lower()}"] = 1.0
        row.update(dict.fromkeys(map(_near.__getitem__, lemmas[max(0, index - _NEAR) : index + _NEAR + 1]), 1.0))
    row.pop("", None)
    row[f"told={min(count, 4)}"] = 1.0
    row[f"words={size.bit_length()}"] = 1.0
