"""Measure the choice of an event's day alone: gold events with their mentions, kind and status, five folds.

    python benchmarks/dates_choice.py GOLD.jsonl CORPORA [DRAWINGS]

Learned from the gold articles, those of models/events/annotations and the examples beside the lexicon; no article is
judged by numbers that have seen it. Prints for GOLD and for the other articles: the share right of the dates given,
F1, and the dates that are wrong, missing, and given where there is none, each a mean over the drawings of the folds.
"""

import hashlib
import json
import sys
from collections import Counter
from pathlib import Path

from pipeline.events import agreements, summits
from pipeline.events.annotations import annotated_articles
from pipeline.events.dating import chances
from pipeline.events.learn import fit_choice
from pipeline.events.training import TAUGHT, gold_meetings, is_date, prepare, prepare_examples
from pipeline.settings import shipped

FOLDS = 5
CUTS = (0.2, 0.25, 0.3, 0.35, 0.4)


def choices(examples, family):
    for number, example in enumerate(examples):
        meetings = gold_meetings(example) if family == "agreement" else ()
        for event, own in zip(example.events(family), example.mentions(family), strict=True):
            if own:
                days, rows = example.prepared.date_rows(own, event["kind"], event["status"], meetings)
                told = event.get("start" if family == "summit" else "date")
                held = [is_date(family, day, event) for day in days]
                yield number, days, rows, held, told, TAUGHT if example.written else 1.0


def judged(found, fold_of):
    likely = [[] for _ in found]
    for fold in range(FOLDS):
        known = [c for c in found if fold_of.get(c[0]) != fold and c[2] and (any(c[3]) or c[4] is None)]
        scorer = fit_choice(
            [row for c in known for row in c[2]],
            ["yes" if yes else "no" for c in known for yes in (not any(c[3]), *c[3])],
            [c[5] for c in known for _ in c[2]],
        )
        for place, choice in enumerate(found):
            if fold_of.get(choice[0]) == fold and choice[2]:
                likely[place] = chances(scorer, choice[2])[1:]
    return likely


def counted(found, likely, numbers, cut):
    counts = Counter()
    for (number, days, _, _, told, _), shares in zip(found, likely, strict=True):
        if number in numbers:
            best = max(range(len(shares)), key=shares.__getitem__, default=None)
            given = days[best].value if best is not None and shares[best] >= cut else None
            counts.update(told=told is not None, given=given is not None, right=told is not None and told == given)
            counts["wrong"] += told is not None and given not in (None, told)
            counts["missing"] += told is not None and given is None
            counts["spurious"] += told is None and given is not None
    return counts


def main():
    gold, corpora = Path(sys.argv[1]), Path(sys.argv[2])
    drawings = int(sys.argv[3]) if len(sys.argv) > 3 else 3
    articles = [json.loads(line) for line in gold.read_text(encoding="utf-8").splitlines()]
    known = {article["id"] for article in articles}
    gazetteer = shipped("models/gazetteer")
    more = [a for a in annotated_articles(shipped("models/events/annotations"), corpora) if a["id"] not in known]
    examples = prepare([*articles, *more], gazetteer)
    taught = prepare_examples((summits.EXAMPLES, agreements.EXAMPLES), gazetteer)
    parts = {"gold": range(len(articles)), "others": range(len(articles), len(examples))}
    for family in ("summit", "agreement"):
        found = list(choices([*examples, *taught], family))
        runs = []
        for drawing in range(drawings):
            order = sorted(range(len(examples)), key=lambda n: hashlib.sha256(f"{drawing}-{n}".encode()).digest())
            runs.append(judged(found, {n: fold for fold in range(FOLDS) for n in order[fold::FOLDS]}))
        for part, numbers in parts.items():
            for cut in CUTS:
                c = sum((counted(found, likely, numbers, cut) for likely in runs), Counter())
                rates = f"right {c['right'] / c['told']:.3f}  F1 {2 * c['right'] / (c['told'] + c['given']):.3f}"
                kinds = "  ".join(f"{name} {c[name] / drawings:.1f}" for name in ("wrong", "missing", "spurious"))
                print(f"{family:9}  {part:6}  n {c['told'] // drawings:4}  from {cut:.2f}: {rates}  {kinds}")


if __name__ == "__main__":
    main()
