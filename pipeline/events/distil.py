"""Learn the gate from the judge: what it finds where every sentence with a word of the lexicon is parsed.

The verdicts of the judge are the labels, so that no article has to be read by a person, and a judge that has learned
something new gets a gate that lets it show. What it finds likely, but not likely enough, counts in part. The
thresholds are chosen on articles that the score has not seen.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from sys import intern
from typing import TYPE_CHECKING, Any

from pipeline.events.asking import answer_one
from pipeline.events.find import Prepared, find, judged
from pipeline.events.gate import ARTICLE, TASK, describe
from pipeline.events.learn import fit, shuffled
from pipeline.events.lexicon import FAMILIES, may_hold_event

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pipeline.annotate import Annotator
    from pipeline.events.judge import Judge
    from pipeline.events.scorer import Features, Scorer
    from pipeline.records import Annotated, Document

KEPT = 0.9982  # share of the events that the judge finds of which a sentence passes, and the article
FOLDS = 8
_STRENGTH = 0.1  # inverse regularisation
_WEIGHT = 3.0  # of a sentence with an event: what is passed over is lost, what passes costs time
_DOUBTFUL = 0.6  # so much of the chance of a candidate counts where no event came of it
_LEAST = 0.02  # less is no doubt


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """An article with words of the lexicon: its sentences that have them, and what the judge found in these."""

    rows: tuple[Features, ...]
    chances: tuple[float, ...]  # of the likeliest candidate of each
    events: tuple[frozenset[int], ...]  # for each event the places in `rows` of the sentences that mention it


def watch(documents: Iterable[Document], judge: Judge, annotator: Annotator) -> Iterator[Watched | None]:
    """Watch the judge at work on documents, in their order; None for one that has no word of the lexicon."""
    asked: dict[str, tuple[Sequence[int], tuple[Features, ...]]] = {}

    def describe_all(annotated: Annotated, places: Sequence[int]) -> Sequence[int]:
        rows = describe(annotated, places)
        asked[annotated.document.id] = places, tuple({intern(name): 1.0 for name in row} for row in rows)
        return places

    for annotated in annotator.annotate(documents, depth=may_hold_event, worth=describe_all):
        told = asked.pop(annotated.document.id, None)
        if told is None:
            yield None
            continue
        places, rows = told
        prepared = Prepared(annotated)
        chances = dict.fromkeys(places, 0.0)
        for family in FAMILIES:
            if numbers := prepared.of(family):
                for i, chance in zip(numbers, answer_one(judge, judged(prepared, judge, family, numbers)), strict=True):
                    place = prepared.candidates[i].sentence
                    chances[place] = max(chances[place], chance)
        sentences = [{prepared.candidates[i].sentence for i in draft.mentions} for draft in find(prepared, judge)]
        events = tuple(frozenset(n for n, place in enumerate(places) if place in own) for own in sentences)
        yield Watched(rows=rows, chances=tuple(chances.values()), events=events)


def add_gate(
    judge: Judge, documents: Iterable[Document], gold: Sequence[Document], annotator: Annotator
) -> tuple[Judge, dict[str, Any]]:
    """Give a judge a gate learned from its verdicts on documents; with it the figures for its card.

    The figures also tell how many of its verdicts on `gold`, none of which may be among `documents`, are kept.
    Raises ValueError if the judge finds no event at all.
    """
    read = list(watch(documents, judge, annotator))
    watched = [one for one in read if one is not None]
    if not any(one.events for one in watched):
        raise ValueError("the judge finds no event in these articles; a gate cannot be learned from them")
    odds = _held_out(watched)
    own, article = _best(watched, odds), _best_of_article(watched, odds)
    least, best = _thresholds(own, article, odds)
    scorer = _fit(watched)
    seen = [one for one in watch(gold, judge, annotator) if one is not None]
    gold_odds = [scorer.log_odds(one.rows)[:, 0].tolist() for one in seen]
    told = {
        "articles": len(read),
        "with_words": round(len(watched) / len(read), 4),
        "passed": round(sum(max(of_one) >= best for of_one in odds) / len(read), 4),
        "sentences": sum(map(len, odds)),
        "sentences_passed": round(
            sum(one >= least for of_one in odds if max(of_one) >= best for one in of_one) / sum(map(len, odds)), 4
        ),
        "with_events": round(sum(bool(one.events) for one in watched) / len(read), 4),
        "events": len(own),
        "kept": _kept(own, article, least, best),
        "gold_events": sum(len(one.events) for one in seen),
        "gold_kept": _kept(_best(seen, gold_odds), _best_of_article(seen, gold_odds), least, best),
    }
    scorers, thresholds = {**judge.scorers, TASK: scorer}, {**judge.thresholds, TASK: least, ARTICLE: best}
    return replace(judge, version=_version(judge, scorer, least, best), scorers=scorers, thresholds=thresholds), told


def _version(judge: Judge, scorer: Scorer, *thresholds: float) -> str:
    """Name the judge and, after it, the gate: "events-bbacaed46a-3f2a"."""
    digest = hashlib.sha256(scorer.weights.tobytes() + repr((scorer.bias.tolist(), thresholds)).encode()).hexdigest()
    return "-".join([*judge.version.split("-")[:2], digest[:4]])


def _fit(watched: Sequence[Watched]) -> Scorer:
    """Learn from each sentence; one in which the judge is in doubt is told as both, by its chance."""
    rows: list[Features] = []
    labels: list[str] = []
    weights: list[float] = []
    for one in watched:
        found = frozenset().union(*one.events)
        for place, (row, chance) in enumerate(zip(one.rows, one.chances, strict=True)):
            likely = 1.0 if place in found else _DOUBTFUL * chance
            for label, weight in (("yes", likely), ("no", 1 - likely)):
                if weight > _LEAST:
                    rows.append(row)
                    labels.append(label)
                    weights.append(weight * _WEIGHT if label == "yes" else weight)
    return fit(rows, labels, classes=("no", "yes"), strength=_STRENGTH, rounds=0, weights=weights)


def _held_out(watched: Sequence[Watched]) -> list[list[float]]:
    """Score the sentences of each article by what was learned from others."""
    odds: list[list[float]] = [[] for _ in watched]
    order = shuffled(range(len(watched)))
    for fold in range(FOLDS):
        held = frozenset(order[fold::FOLDS])
        scorer = _fit([one for number, one in enumerate(watched) if number not in held])
        for number in held:
            odds[number] = scorer.log_odds(watched[number].rows)[:, 0].tolist()
    return odds


def _best(watched: Sequence[Watched], odds: Sequence[Sequence[float]]) -> list[float]:
    """Give for each event the odds of the likeliest sentence that mentions it."""
    return [max(own[place] for place in event) for one, own in zip(watched, odds, strict=True) for event in one.events]


def _best_of_article(watched: Sequence[Watched], odds: Sequence[Sequence[float]]) -> list[float]:
    """Give for each event the odds of the likeliest sentence of its article."""
    return [max(own) for one, own in zip(watched, odds, strict=True) for _ in one.events]


def _thresholds(own: Sequence[float], article: Sequence[float], odds: Sequence[Sequence[float]]) -> tuple[float, float]:
    """Choose what a sentence, and the likeliest of its article, must reach: KEPT of the events with the least to parse.

    `own` and `article` are those of each event, `odds` those of the sentences of each article.
    """
    events = sorted(zip(own, article, strict=True))
    spare = int((1 - KEPT) * len(events))
    choices = []
    for lost in range(spare + 1):  # so many events by the sentence, the others by the article
        least = events[lost][0]
        best = max(least, sorted(other for _, other in events[lost:])[spare - lost])
        passed = sum(one >= least for of_one in odds if max(of_one) >= best for one in of_one)
        choices.append((passed, least, best))
    return min(choices)[1:]


def _kept(own: Sequence[float], article: Sequence[float], least: float, best: float) -> float:
    passed = sum(one >= least and other >= best for one, other in zip(own, article, strict=True))
    return round(passed / max(1, len(own)), 4)
