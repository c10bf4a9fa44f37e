"""Learn the judge from annotated documents."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

from pipeline.events.asking import answer_one
from pipeline.events.features import unite
from pipeline.events.find import Meeting, Prepared, as_said, decide, event_hints
from pipeline.events.learn import fit, fit_choice
from pipeline.events.lexicon import FAMILIES
from pipeline.events.slots import NAMED_SLOTS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from pipeline.events.coreference import Said
    from pipeline.events.dating import Option
    from pipeline.events.judge import Judge
    from pipeline.events.lexicon import Family
    from pipeline.events.scorer import Features, Scorer
    from pipeline.events.slots import Filler
    from pipeline.records import Annotated, Document

TREED = frozenset({"judge", "status", "review", "merge", *(f"{slot}-again" for slot in NAMED_SLOTS)})
ROUNDS = 60
# The first look has thirty thousand features to choose from, a pair ten thousand: more trees, each of fewer and more
# frequent ones, met in so many rows.
MANY, SMALL_SHARE = 150, 0.15
_FREQUENT = {"judge": 25, "merge": 200}
TAUGHT = 4.0  # weight of an example beside the lexicon: it was written to teach
PLURAL = {"summit": "summits", "agreement": "agreements"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A prepared document with its gold record."""

    prepared: Prepared
    gold: Mapping[str, Any]
    written: bool = False  # one of the examples beside the lexicon

    def events(self, family: Family) -> list[dict[str, Any]]:
        """List the gold events of a family."""
        return list(self.gold.get(PLURAL[family]) or ())

    def mentions(self, family: Family) -> list[list[int]]:
        """For every gold event, the candidates that overlap one of its triggers."""
        own = self.prepared.of(family)
        found = []
        for event in self.events(family):
            spans = event["triggers"]
            found.append(
                [
                    i
                    for i in own
                    if any(
                        self.prepared.candidates[i].start < b and a < self.prepared.candidates[i].inner_stop
                        for a, b in spans
                    )
                ]
            )
        return found


def _fold(value: object) -> str:
    return re.sub(r"\W+", " ", str(value).lower().replace("ё", "е")).strip()


def _surname(person: str) -> str:
    return (_fold(person).split() or [""])[-1]


def fills(slot: str, filler: Filler, event: Mapping[str, Any]) -> bool:
    """Tell whether a filler is the gold value of a slot, or one of them."""
    if slot == "states":
        return filler.value in (event.get("states") or ())
    if slot == "persons":
        return _surname(filler.value) in {_surname(p) for p in event.get("persons") or ()}
    if slot == "organizations":
        return _fold(filler.value) in {_fold(o) for o in event.get("organizations") or ()}
    return event.get(slot) is not None and _fold(filler.value) == _fold(event[slot])


def is_date(family: Family, option: Option, event: Mapping[str, Any]) -> bool:
    """Tell whether a day is that of a gold event."""
    if "date_spans" in event:
        spots = [at for filler in option.fillers for at in filler.at]
        return any(at.start < b and a < at.stop for at in spots for a, b in event["date_spans"])
    return option.value == event.get("start" if family == "summit" else "date")


def gold_meetings(example: Example) -> list[Meeting]:
    """Make of the gold summits what an agreement may take over."""
    found = []
    for event, own in zip(example.events("summit"), example.mentions("summit"), strict=True):
        values = {slot: frozenset({event[slot]}) for slot in ("place", "country") if event.get(slot)}
        values["states"] = frozenset(event.get("states") or ())
        values["persons"] = frozenset(
            filler.value for filler in example.prepared.fillers.get("persons", ()) if fills("persons", filler, event)
        )
        values["date"] = frozenset({event["start"]} if event.get("start") else ())
        found.append(Meeting(mentions=tuple(own), status=event["status"], values=values))
    return found


Rows = dict[str, tuple[list["Features"], list[str], list[int]]]


def collect(examples: Sequence[Example]) -> Rows:
    """Turn examples into training rows by task: (features, labels, number of the example)."""
    rows: Rows = {}

    def add(task: str, features: Features, label: str, number: int) -> None:
        data = rows.setdefault(task, ([], [], []))
        data[0].append(features)
        data[1].append(label)
        data[2].append(number)

    for number, example in enumerate(examples):
        prepared = example.prepared
        meetings = gold_meetings(example)
        for family in FAMILIES:
            mentions = example.mentions(family)
            owners: dict[int, list[int]] = {}
            for place, own in enumerate(mentions):
                for i in own:
                    owners.setdefault(i, []).append(place)
            for i in prepared.of(family):
                add(f"judge.{family}", prepared.rows[i], "yes" if i in owners else "no", number)
            for event, own in zip(example.events(family), mentions, strict=True):
                if not own:
                    continue
                whole = unite([prepared.rows[i] for i in own])
                add(f"kind.{family}", whole, event["kind"], number)
                add(f"status.{family}", prepared.status_row(own, whole), event["status"], number)
                hints = event_hints(event["kind"], event["status"])
                for slot in NAMED_SLOTS:
                    if "date_spans" in event and slot not in event:
                        continue  # an example says nothing of this slot
                    described = prepared.slot_rows(own, slot, hints, meetings if family == "agreement" else ())
                    for filler, features in zip(prepared.fillers[slot], described, strict=True):
                        add(f"{slot}.{family}", features, "yes" if fills(slot, filler, event) else "no", number)
                days, described = prepared.date_rows(
                    own, event["kind"], event["status"], meetings if family == "agreement" else ()
                )
                held = [is_date(family, day, event) for day in days]
                if days and (any(held) or event.get("start" if family == "summit" else "date") is None):
                    for features, yes in zip(described, [not any(held), *held], strict=True):
                        add(f"date.{family}", features, "yes" if yes else "no", number)
    return rows


# A value pays in record F1 from about half of that F1 on, so slots are filled below even odds.
_FILLED = {"states": 0.42, "persons": 0.4, "organizations": 0.45, "place": 0.35, "country": 0.35, "date": 0.25}
THRESHOLDS = {
    **{f"mention.{family}": 0.35 for family in FAMILIES},
    **{f"event.{family}": 0.5 for family in FAMILIES},
    # Meetings are told apart less surely than documents: apart only above even odds measured better for the latter.
    "merge.summit": 0.0,
    "merge.agreement": 0.4,
    **{f"{slot}.{family}": least for slot, least in _FILLED.items() for family in FAMILIES},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a judge that has not seen a document says of its candidates, each alone."""

    odds: Mapping[Family, Sequence[float]]  # of every candidate of the family
    said: Mapping[int, Said]  # of the gold mentions


def look(example: Example, judge: Judge) -> Seen:
    """Let a judge look at each candidate of a document alone."""
    prepared = example.prepared
    odds: dict[Family, list[float]] = {}
    said: dict[int, Said] = {}
    for family in FAMILIES:
        rows = [prepared.rows[i] for i in prepared.of(family)]
        odds[family] = judge.scorers[f"judge.{family}"].odds(rows)
        mentions = sorted({i for own in example.mentions(family) for i in own})
        if len(mentions) > 1:
            drafts = answer_one(judge, decide(prepared, judge, family, [[(i, 1.0)] for i in mentions]))
            said |= {i: as_said(draft) for i, draft in zip(mentions, drafts, strict=True)}
    return Seen(odds=odds, said=said)


def collect_second(examples: Sequence[Example], seen: Mapping[int, Seen]) -> Rows:
    """Turn examples into training rows of what builds on the first look: the second look, and the merging."""
    rows: Rows = {f"{task}.{family}": ([], [], []) for task in ("review", "merge") for family in FAMILIES}
    for number, example in enumerate(examples):
        prepared = example.prepared
        for family in FAMILIES:
            owners: dict[int, set[int]] = {}
            for place, own in enumerate(example.mentions(family)):
                for i in own:
                    owners.setdefault(i, set()).add(place)
            candidates = prepared.of(family)
            features, labels, numbers = rows[f"review.{family}"]
            features.extend(prepared.review_rows(candidates, seen[number].odds[family]))
            labels.extend("yes" if i in owners else "no" for i in candidates)
            numbers.extend(number for _ in candidates)
            features, labels, numbers = rows[f"merge.{family}"]
            for a, b in combinations(sorted(owners), 2):
                features.append(prepared.merge_row(a, b, seen[number].said))
                labels.append("yes" if owners[a] & owners[b] else "no")
                numbers.append(number)
    return rows


def _options(task: str) -> dict[str, Any]:
    """Choose strength and trees of a task: trees where they measured better than the linear part alone."""
    name = task.split(".", maxsplit=1)[0]
    rounds: dict[str, Any] = {"rounds": ROUNDS if name in TREED else 0}
    if name in _FREQUENT:
        rounds = {"rounds": MANY, "share": SMALL_SHARE, "frequent": _FREQUENT[name]}
    return {"strength": 0.5 if name in ("kind", "status") else 0.3, **rounds}


def _pair_weights(numbers: Sequence[int], chosen: Sequence[int]) -> list[float]:
    """Weigh the pairs of a document so that it counts as its mentions, not as their square."""
    pairs = Counter(numbers)
    return [2 / (1 + (1 + 8 * pairs[numbers[i]]) ** 0.5) for i in chosen]


def fit_appraisal(rows: Sequence[Features], labels: Sequence[str]) -> Scorer:
    """Fit the scorer of whole events."""
    return fit(rows, labels, classes=("no", "yes"), strength=0.3, rounds=ROUNDS)


def learn(rows: Rows, *, without: frozenset[int] = frozenset(), examples: Sequence[Example]) -> dict[str, Scorer]:
    """Fit the scorer of every task of the rows, leaving out the examples of the numbers `without`."""
    scorers: dict[str, Scorer] = {}
    for task, (features, labels, numbers) in sorted(rows.items()):
        chosen = [i for i, number in enumerate(numbers) if number not in without]
        if "-again." in task and len({labels[i] for i in chosen}) < 2:
            continue  # too few articles: the first look stands
        binary = ("no", "yes") if set(labels) <= {"no", "yes"} else None
        weights = _pair_weights(numbers, chosen) if task.startswith("merge") else [1.0] * len(chosen)
        weights = [w * TAUGHT if examples[numbers[i]].written else w for i, w in zip(chosen, weights, strict=True)]
        if task.startswith("date"):
            scorers[task] = fit_choice([features[i] for i in chosen], [labels[i] for i in chosen], weights)
            continue
        scorers[task] = fit(
            [features[i] for i in chosen],
            [labels[i] for i in chosen],
            classes=binary,
            weights=weights,
            **_options(task),
        )
    return scorers


def prepare(articles: Sequence[Mapping[str, Any]], gazetteer: Path) -> list[Example]:
    """Annotate articles with their gold records."""
    documents = [as_document(article) for article in articles]
    return [
        Example(prepared=Prepared(a), gold=g) for a, g in zip(_annotate(documents, gazetteer), articles, strict=True)
    ]


def as_document(article: Mapping[str, Any]) -> Document:
    """Make the document of an annotated article, or of one of a corpus."""
    from pipeline.records import Document

    return Document(
        id=str(article["id"]),
        url=article.get("url"),
        published=article["published"],
        title=article.get("title"),
        text=article["text"],
        extra={"source": article.get("source")},
    )


def prepare_examples(blocks: Sequence[str], gazetteer: Path) -> list[Example]:
    """Annotate the examples that stand beside the lexicon."""
    from pipeline.events.examples import gold_of, read

    written = read(*blocks)
    found = []
    for one, annotated in zip(written, _annotate([one.document for one in written], gazetteer), strict=True):
        prepared = Prepared(annotated)
        found.append(Example(prepared=prepared, gold=gold_of(one, prepared.reading), written=True))
    return found


def _annotate(documents: Sequence[Document], gazetteer: Path) -> Iterator[Annotated]:
    from pipeline.annotate import Annotator
    from pipeline.events.lexicon import may_hold_event

    return Annotator.load(gazetteer).annotate(documents, depth=may_hold_event)
