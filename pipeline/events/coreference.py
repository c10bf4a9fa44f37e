"""Which candidates speak of the same event: features of a pair, and the merging of pairs into events."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING

from pipeline.annotate.memo import Memo
from pipeline.events.reading import FAR, is_future

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipeline.events.candidates import Candidate
    from pipeline.events.dates import TimeExpression
    from pipeline.events.reading import Reading, Tree
    from pipeline.events.scorer import Features

_POINTING = frozenset({"этот", "данный", "такой", "указанный", "тот", "последний"})
_BACKGROUND = frozenset(
    "ранее накануне раньше прошлый тогда последний напомнить вскоре предыдущий впоследствии позже позднее "
    "впервые".split()
)
_OTHER = frozenset(
    {
        "другой",
        "предыдущий",
        "прошлый",
        "прошлогодний",
        "следующий",
        "очередной",
        "новый",
        "первый",
        "второй",
        "третий",
        "отдельный",
    }
)


_MOST_WORDS = 20  # of a subject that are compared
_SEPARATORS = (";", "\n", "•", " - ", ".-", ":-", "– ")


class Arguments:
    """What hangs on a candidate: states, persons, organisations, dates, attributes."""

    __slots__ = (
        "attributes",
        "background",
        "names",
        "number",
        "organizations",
        "own",
        "persons",
        "place",
        "pronoun",
        "states",
        "subject",
        "tense",
        "time",
        "times",
        "under",
        "words",
    )

    def __init__(self, reading: Reading, candidate: Candidate, times: Sequence[TimeExpression]) -> None:
        tree = reading.trees[candidate.sentence]
        linked: dict[str, set[str]] = {"states": set(), "persons": set(), "organizations": set()}
        everything: dict[str, set[str]] = {"states": set(), "persons": set(), "organizations": set()}
        self.own: set[str] = set()
        self.place: set[str] = set()
        for name in reading.names_of[candidate.sentence]:
            path = tree.path(candidate.token, name.token)
            if (path.startswith("vnmod") and ":" not in path) or candidate.start <= name.start < candidate.stop:
                self.own.add(name.ref or name.value)
            if name.type in ("capital", "city", "place", "state") and path.endswith((":в", ":во", ":на")):
                self.place.update(name.states or (name.value,))
            close = tree.path(candidate.token, name.token) != FAR or abs(tree.at(name.start) - candidate.token) <= 5
            for target in (everything, linked) if close else (everything,):
                target["states"].update(name.states)
                if name.type == "person":
                    target["persons"].add(name.value)
                elif name.type == "organization":
                    target["organizations"].add(name.ref or name.value)
        self.states, self.persons, self.organizations = linked["states"], linked["persons"], linked["organizations"]
        self.names = everything
        low, high = reading.sentence_span(candidate.sentence)
        near = sorted(
            (abs(t.start - candidate.start), t.nearest.start or t.nearest.end or "")
            for t in times
            if low <= t.start < high
        )
        self.times = {value for _, value in near}
        self.time = {near[0][1]} if near else set()
        self.background = {t.lemma for t in tree.tokens} & _BACKGROUND
        predicate = tree.tokens[candidate.predicate] if candidate.predicate >= 0 else None
        self.tense = predicate.feats.get("Tense", predicate.feats.get("VerbForm", "")) if predicate else ""
        if candidate.predicate >= 0 and any(is_future(tree.tokens[i]) for i in tree.children[candidate.predicate]):
            self.tense = "Fut"
        self.words = {
            tree.tokens[i].lemma
            for i in tree.children[candidate.token]
            if tree.tokens[i].pos in ("NOUN", "ADJ", "PROPN")
        }
        self.subject = _subject(tree, candidate.token)
        token = tree.tokens[candidate.token]
        top = tree.first_conjunct(candidate.token)
        head = tree.tokens[top].head
        held = tree.tokens[top].rel in ("nmod", "obl") and 0 <= head < len(tree.tokens)
        self.under = tree.tokens[head].lemma if held and tree.tokens[head].pos == "NOUN" else ""
        self.pronoun = any(tree.tokens[i].pos in ("DET", "PRON") for i in tree.children[candidate.token])
        self.number = token.feats.get("Number", "")
        self.attributes = {
            tree.tokens[i].lemma
            for i in tree.children[candidate.token]
            if tree.tokens[i].rel in ("amod", "det", "nummod")
        }


_ABOUT = frozenset({"о", "об", "по", "на"})
_CONTENT = frozenset({"NOUN", "ADJ", "PROPN", "VERB"})


def _subject(tree: Tree, token: int) -> set[str]:
    """List the words of what a document is about: "о транзите грузов"."""
    todo = [child for child in tree.children[token] if tree.preposition(child) in _ABOUT]
    seen: set[int] = set()  # heads can go in a circle
    while todo and len(seen) < _MOST_WORDS:
        index = todo.pop()
        if index not in seen:
            seen.add(index)
            todo += tree.children[index]
    return {tree.tokens[index].lemma for index in seen if tree.tokens[index].pos in _CONTENT}


def _overlap(row: Features, name: str, a: set[str], b: set[str]) -> None:
    if not a and not b:
        row[f"{name}=none"] = 1.0
    elif not a or not b:
        row[f"{name}=one"] = 1.0
    elif a == b:
        row[f"{name}=equal"] = 1.0
    elif a & b:
        row[f"{name}=some"] = 1.0
    else:
        row[f"{name}=apart"] = 1.0


# Days from the publication back to the end of a day, month or year that lies before it: what they are called.
_PAST = ((0, "today"), (1, "yesterday"), (7, "week"), (31, "month"), (100, "quarter"), (270, "half"), (600, "year"))
_GAPS = ((0, "fits"), (2, "day"), (31, "days"), (300, "months"))  # between two, in days
_BROAD = {
    **dict.fromkeys(("month", "quarter", "half", "year", "old"), "past"),
    **dict.fromkeys(("today", "yesterday"), "now"),
    **dict.fromkeys(("tomorrow", "soon", "later"), "future"),
}


@lru_cache(maxsize=4096)
def _span(day: str) -> tuple[date, date] | None:
    """Give the first and the last day of a day, month or year; None for what is none."""
    try:
        year, month, number = (*map(int, day.split("-")), 0, 0)[:3]
        first = date(year, month or 1, number or 1)
        return first, date(year, month or 12, number or monthrange(year, month or 12)[1])
    except ValueError:
        return None


def _age(day: str, published: date) -> str:
    """Say how far a day, month or year lies from the publication."""
    span = _span(day)
    if span is None:
        return "none"
    first, last = span
    if first > published:
        ahead = (first - published).days
        return "tomorrow" if ahead == 1 else "soon" if ahead <= 30 else "later"
    if last >= published:
        return "today" if first == last else "running"
    return next((name for most, name in _PAST if (published - last).days <= most), "old")


def _say_ages(row: Features, what: str, days: tuple[str, str], published: date) -> None:
    """Say how far the days of two mentions lie from the publication and from each other."""
    ages = [_age(day, published) for day in days]
    row[f"{what}-ages={_BROAD.get(ages[0], ages[0])}+{_BROAD.get(ages[1], ages[1])}"] = 1.0
    row[f"first-{what}-age={ages[0]}"] = row[f"second-{what}-age={ages[1]}"] = 1.0
    one, other = map(_span, days)
    if one and other:
        gap = max((one[0] - other[1]).days, (other[0] - one[1]).days)
        row[f"{what}-apart={next((name for most, name in _GAPS if gap <= most), 'years')}"] = 1.0


def describe_pair(
    reading: Reading, a: Candidate, b: Candidate, left: Arguments, right: Arguments, between: int
) -> Features:
    """Describe two candidates, `a` before `b`, as features for the merging; `between` candidates lie between."""
    row: Features = {"one": 1.0}
    gap = b.sentence - a.sentence
    row[f"gap={min(gap, 5)}"] = 1.0
    row["gap#"] = min(gap, 12) / 6
    row["between#"] = min(between, 6) / 3
    row["adjacent"] = float(between == 0)
    row["same-lemma"] = float(a.lemma == b.lemma)
    row["same-group"] = float(a.sense.group == b.sense.group)
    row[f"groups={a.sense.group}+{b.sense.group}"] = 1.0
    row[f"lemmas={a.lemma}+{b.lemma}"] = 1.0
    row[f"second={b.lemma}"] = 1.0
    row[f"kinds={a.sense.kind}+{b.sense.kind}"] = 1.0
    _overlap(row, "subject", left.subject, right.subject)
    if left.subject and right.subject:
        row["subject-shared#"] = len(left.subject & right.subject) / len(left.subject | right.subject)
    row[f"numbers={left.number}+{right.number}"] = 1.0
    row["same-inner"] = float(bool(set(a.inner) & set(b.inner)))
    _overlap(row, "states", left.states, right.states)
    _overlap(row, "persons", left.persons, right.persons)
    _overlap(row, "organizations", left.organizations, right.organizations)
    _overlap(row, "all-states", left.names["states"], right.names["states"])
    _overlap(row, "all-persons", left.names["persons"], right.names["persons"])
    _overlap(row, "all-organizations", left.names["organizations"], right.names["organizations"])
    _overlap(row, "times", left.times, right.times)
    _overlap(row, "time", left.time, right.time)
    published = date.fromisoformat(reading.annotated.document.published[:10])
    _say_ages(row, "time", (min(left.time, default=""), min(right.time, default="")), published)
    _overlap(row, "own", left.own, right.own)
    _overlap(row, "place", left.place, right.place)
    _overlap(row, "words", left.words, right.words)
    row[f"tenses={left.tense}+{right.tense}"] = 1.0
    for word in right.background:
        row[f"background={word}"] = 1.0
    row["background"] = float(bool(right.background))
    row["background-first"] = float(bool(left.background))
    _overlap(row, "attributes", left.attributes, right.attributes)
    if gap == 0:
        tree = reading.trees[a.sentence]
        path = tree.path(a.token, b.token)
        row[f"path={path}"] = 1.0
        row["path-far"] = float(path == FAR)
        row["same-verb"] = float(a.predicate == b.predicate and a.predicate >= 0)
        row["apart#"] = min(abs(b.token - a.token), 20) / 10
        row[f"prep={tree.preposition(b.token)}"] = 1.0
        between_text = reading.body[a.stop : b.start]
        row["listed"] = float(any(mark in between_text for mark in _SEPARATORS))
        row["listed-comma"] = float("," in between_text)
        row["coordinated"] = float(tree.first_conjunct(a.token) == tree.first_conjunct(b.token))
    for name, arguments in (("first", left), ("second", right)):
        row[f"{name}-number={arguments.number}"] = 1.0
        row[f"{name}-under={arguments.under}"] = 1.0
        row[f"{name}-pronoun"] = float(arguments.pronoun)
        row[f"{name}-pointing"] = float(bool(arguments.attributes & _POINTING))
        row[f"{name}-other"] = float(bool(arguments.attributes & _OTHER))
        row[f"{name}-bare"] = float(not arguments.states and not arguments.persons and not arguments.organizations)
    row["title"] = float(a.start < reading.title_stop)
    row["candidates-title-lead"] = float(a.start < reading.title_stop and b.sentence <= 2)
    for name, candidate in (("first", a), ("second", b)):
        tree = reading.trees[candidate.sentence]
        if candidate.predicate >= 0:
            row[f"{name}-tense={tree.tokens[candidate.predicate].feats.get('Tense', '')}"] = 1.0
    return row


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a mention read alone says of its event: the chance of each value, and the likeliest place and day."""

    kind: Mapping[str, float]
    status: Mapping[str, float]
    states: Mapping[str, float]
    persons: Mapping[str, float]
    organizations: Mapping[str, float]
    place: str | None
    country: str | None
    date: str | None


def compare(a: Said, b: Said, published: date) -> Features:
    """Describe how well two mentions, read alone, agree on their event; days are set beside the publication."""
    row: Features = {}
    for task, left, right in (("kind", a.kind, b.kind), ("status", a.status, b.status)):
        row[f"{task}-alike#"] = sum(p * right.get(value, 0.0) for value, p in left.items())
        first, second = max(left, key=left.__getitem__), max(right, key=right.__getitem__)
        row[f"{task}-said={first}+{second}"] = 1.0
        row[f"{task}-said-same"] = float(first == second)
    for slot, left, right in (
        ("states", a.states, b.states),
        ("persons", a.persons, b.persons),
        ("organizations", a.organizations, b.organizations),
    ):
        alike = more = less = unlike = 0.0
        pairs = [(p, right.get(value, 0.0)) for value, p in left.items()]
        pairs += [(0.0, q) for value, q in right.items() if value not in left]
        for p, q in pairs:
            gap = p - q
            if gap > 0:
                alike, more = alike + q, more + gap
            else:
                gap = -gap
                alike, less = alike + p, less + gap
            unlike = max(unlike, gap)
        row[f"{slot}-shared#"], row[f"{slot}-unlike#"] = min(alike, 4.0), unlike
        row[f"{slot}-first-only#"], row[f"{slot}-second-only#"] = min(more, 4.0), min(less, 4.0)
    for name, one, other in (("said-place", a.place, b.place), ("said-country", a.country, b.country)):
        row[f"{name}={_likeness(one, other)}"] = 1.0
    row[f"said-date={_likeness(a.date, b.date)}"] = 1.0
    _say_ages(row, "said", (a.date or "", b.date or ""), published)
    if a.date and b.date and (a.date.startswith(b.date) or b.date.startswith(a.date)):
        row["said-date-fits"] = 1.0
    return row


# What the judge sees of a mention that tells one event from another: words before and around it and its verb, …
_WORDS = ("near=", "at-", "verb=", "up1=")
# … mood, tense, what kinds of words stand above and below it, on which side of the publication its times lie.
_TOLD = ("mode=", "above:", "head:", "below:", "near-time", "prep=", "own-", "rel=", "sentence-")


def tell(row: Features, name: str) -> Features:
    """Keep of what the judge sees of a mention what helps to tell its event from others, as features of a pair.

    `name` says which mention of the pair it is, "first" or "second".
    """
    return {f"{name}:{key}": value for key, value in row.items() if _tells[key]}


_tells: Memo[str, bool] = Memo(lambda key: key.startswith(_WORDS) or (key.startswith(_TOLD) and "," not in key))


def _likeness(one: str | None, other: str | None) -> str:
    if one is None or other is None:
        return "none" if one is other else "one"
    return "equal" if one == other else "apart"


def merge(odds: Sequence[Sequence[float]], least: float) -> list[list[int]]:
    """Merge mentions by average linkage: join the closest two groups while their mean log-odds exceed `least`.

    `odds` is the symmetric matrix of the log-odds of every pair.
    """
    groups = [[i] for i in range(len(odds))]
    while len(groups) > 1:
        best, pair = least, None
        for i, first in enumerate(groups):
            for j in range(i + 1, len(groups)):
                mean = sum([odds[a][b] for a in first for b in groups[j]]) / (len(first) * len(groups[j]))
                if mean > best:
                    best, pair = mean, (i, j)
        if pair is None:
            break
        groups[pair[0]] += groups.pop(pair[1])
    return [sorted(group) for group in groups]
