"""From a reading to events: judge the candidates, merge those of one event, decide kind and status, fill the slots."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from itertools import combinations, islice
from math import prod
from typing import TYPE_CHECKING

from pipeline.events import candidates as candidates_
from pipeline.events import dating
from pipeline.events.appraising import REVIEWED_FEATURES, appraise
from pipeline.events.asking import answer, ask_chances, ask_odds, ask_shares
from pipeline.events.coreference import Arguments, Said, compare, merge, tell
from pipeline.events.coreference import describe_pair as describe_merge
from pipeline.events.dates import find_dates, may_hold_date
from pipeline.events.dating import share_out, time_value
from pipeline.events.features import describe, unite
from pipeline.events.lexicon import FAMILIES
from pipeline.events.reading import Reading
from pipeline.events.revising import REVISED, describe_again, doubtful
from pipeline.events.scorer import as_chance
from pipeline.events.settled import impossible_kinds, impossible_statuses
from pipeline.events.slots import NAMED_SLOTS, about, describe_pairs, fillers
from pipeline.events.splitting import part, partners
from pipeline.events.standing import describe_mention, unite_mentions
from pipeline.gazetteer.treaties import treaty_of
from pipeline.records import LONGEST_TEXT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipeline.events.asking import Asking
    from pipeline.events.candidates import Candidate
    from pipeline.events.dates import TimeExpression
    from pipeline.events.dating import Option
    from pipeline.events.judge import Judge
    from pipeline.events.lexicon import Family
    from pipeline.events.scorer import Features
    from pipeline.events.slots import Filler, Known
    from pipeline.gazetteer.treaties import Treaty
    from pipeline.records import Annotated

_TASKS = ("kind", "status")
_SLOTS = tuple((slot,) for slot in NAMED_SLOTS)  # those that are asked about together
_SLOTS_ALIKE = (("states", "country"), ("persons",), ("organizations",), ("place",))  # of the same fillers and rows
MOST_SPLIT = 12  # a list of more partners is a list of participants
_NAME_BEFORE, _NAME = 25, 70  # characters around a mention among which the name of a treaty is sought
MOST_KEPT = 60  # mentions of one family that are merged: merging is cubic


class Prepared:
    """A document with everything that does not depend on the learned numbers."""

    def __init__(self, annotated: Annotated) -> None:
        self.reading = Reading(annotated)
        self.published = date.fromisoformat(annotated.document.published[:10])
        self._dated: dict[int, Sequence[TimeExpression]] = {}  # by sentence
        self.candidates: list[Candidate] = candidates_.find(self.reading)
        self.rows: list[Features] = [
            describe(self.reading, candidate, self._times_of(candidate.sentence)) for candidate in self.candidates
        ]
        self._of: dict[Family, list[int]] = {family: [] for family in FAMILIES}
        for i, candidate in enumerate(self.candidates):
            self._of[candidate.family].append(i)
        self._arguments: dict[int, Arguments] = {}
        self._standing: dict[int, Features] = {}
        self._told: dict[tuple[int, str], Features] = {}
        self._modes: dict[int, list[str]] = {}
        self._treaties: dict[int, Treaty | None] = {}

    @cached_property
    def times(self) -> tuple[TimeExpression, ...]:
        """The time expressions of the document; they cost much, and many articles can do without."""
        return find_dates(self.reading.body[:LONGEST_TEXT], self.published)

    def _times_of(self, sentence: int) -> Sequence[TimeExpression]:
        found = self._dated.get(sentence)
        if found is None:
            low, high = self.reading.sentence_span(sentence)
            none = "times" not in vars(self) and not may_hold_date(self.reading.body[low:high])
            found = self._dated[sentence] = () if none else [t for t in self.times if low <= t.start < high]
        return found

    @cached_property
    def fillers(self) -> dict[str, tuple[Filler, ...]]:
        """The fillers of every slot; most articles with candidates have no event to fill."""
        return fillers(self.reading, self.times)

    def of(self, family: Family) -> list[int]:
        """List the candidates of a family by number."""
        return self._of[family]

    def arguments(self, index: int) -> Arguments:
        """Give what hangs on a candidate."""
        if index not in self._arguments:
            self._arguments[index] = Arguments(self.reading, self.candidates[index], self.times)
        return self._arguments[index]

    def status_row(self, numbers: Sequence[int], whole: Features) -> Features:
        """Add to the features of a `whole` agreement the words of its sentences and the steps told in them."""
        if self.candidates[numbers[0]].family == "summit":
            return whole
        treaty = self.treaty(numbers)
        if treaty is not None:
            phase = treaty.phase(self.published.isoformat())
            whole = whole | {
                f"treaty={treaty.slug}": 1.0,
                f"treaty-phase={phase}": 1.0,
                f"treaty={treaty.slug},{phase}": 1.0,
            }
        for i in numbers:
            if i not in self._standing:
                own = self.candidates[i]
                self._standing[i] = describe_mention(self.reading, own, self._times_of(own.sentence))
        return whole | unite_mentions([self._standing[i] for i in numbers])

    def treaty(self, numbers: Sequence[int]) -> Treaty | None:
        """Give the named treaty that candidates, all of one event, speak of."""
        for i in numbers:
            if i not in self._treaties:
                own = self.candidates[i]
                stop = min(own.stop + _NAME, self.reading.sentence_span(own.sentence)[1])
                words = self.reading.body[max(0, own.start - _NAME_BEFORE) : stop]
                self._treaties[i] = treaty_of(words) if own.family == "agreement" else None
            if (found := self._treaties[i]) is not None:
                return found
        return None

    def merge_row(self, a: int, b: int, said: Mapping[int, Said]) -> Features:
        """Describe a pair of candidates for the merging; `a` comes first; `said` is what each alone says."""
        numbers = self.of(self.candidates[a].family)
        between = bisect_left(numbers, b) - bisect_left(numbers, a) - 1
        row = describe_merge(
            self.reading, self.candidates[a], self.candidates[b], self.arguments(a), self.arguments(b), between
        )
        for more in (compare(said[a], said[b], self.published), self._tell(a, "first"), self._tell(b, "second")):
            row.update(more)
        row[f"modes={self._modes_of(a)[0]}+{self._modes_of(b)[0]}"] = 1.0
        return row

    def _tell(self, index: int, name: str) -> Features:
        if (index, name) not in self._told:
            self._told[index, name] = tell(self.rows[index], name)
        return self._told[index, name]

    def _modes_of(self, index: int) -> list[str]:
        """Give the features that say whether a candidate lies ahead, the first of them without its group."""
        if index not in self._modes:
            self._modes[index] = [name for name in self.rows[index] if name.startswith("mode=")]
        return self._modes[index]

    def review_rows(self, numbers: Sequence[int], odds: Sequence[float]) -> list[Features]:
        """Describe each candidate beside the others of its family, given what the judge found of each alone."""
        rows: list[Features] = []
        count = len(numbers)
        for x, i in enumerate(numbers):
            own = self.candidates[i]
            row: Features = {
                "one": 1.0,
                "own#": odds[x] / 3,
                f"group={own.sense.group}": 1.0,
                f"lemma={own.lemma}": 1.0,
            }
            others = [(self.candidates[numbers[y]], odds[y]) for y in range(count) if y != x]
            for name, chosen in (
                ("same-lemma", [o for c, o in others if c.lemma == own.lemma]),
                ("same-group", [o for c, o in others if c.sense.group == own.sense.group]),
                ("same-sentence", [o for c, o in others if c.sentence == own.sentence]),
                ("next", [o for c, o in others if abs(c.sentence - own.sentence) == 1]),
                ("title", [o for c, o in others if c.start < self.reading.title_stop]),
                ("before", [o for c, o in others if c.start < own.start]),
                ("all", [o for _, o in others]),
            ):
                if chosen:
                    row[f"{name}-max#"] = max(chosen) / 3
                    row[f"{name}-mean#"] = sum(chosen) / len(chosen) / 3
                    row[f"{name}-likely"] = float(max(chosen) > 0)
                else:
                    row[f"{name}-none"] = 1.0
            row["count#"] = min(count, 20) / 10
            row["title"] = float(own.start < self.reading.title_stop)
            row["sentence#"] = min(own.sentence, 12) / 6
            row["sentences#"] = min(len(self.reading.trees), 40) / 20
            for name in REVIEWED_FEATURES:
                if name in self.rows[i]:
                    row[name] = self.rows[i][name]
            rows.append(row)
        return rows

    def date_rows(
        self, mentions: Sequence[int], kind: str, status: str, meetings: Sequence[Meeting] = ()
    ) -> tuple[list[Option], list[Features]]:
        """Give the days that may be an event's, and rows for none and each of them; `meetings` as in `slot_rows`."""
        own = [self.candidates[i] for i in mentions]
        these = dating.options(self.reading, self.fillers["date"], own, direction(own[0].family, status))
        if not these:
            return [], []
        others = [candidate for i, candidate in enumerate(self.candidates) if i not in mentions]
        near = []
        for meeting in meetings:
            sentences = {self.candidates[i].sentence for i in meeting.mentions}
            if sentences:
                values = frozenset(o.value for o in these if any(meeting.has("date", f) for f in o.fillers))
                near.append(dating.Occasion(min(abs(c.sentence - s) for c in own for s in sentences), values))
        modes = sorted({name for i in mentions for name in self._modes_of(i)})
        event = dating.Event(own=own, others=others, kind=kind, status=status, modes=modes, occasions=near)
        rows = dating.describe_options(self.reading, self.fillers["date"], event, these)
        treaty = self.treaty(mentions)
        if treaty is not None:
            for option, row in zip(these, rows[1:], strict=True):
                for name, day in (("concluded", treaty.date), ("ended", treaty.ended)):
                    if day.startswith(option.value):
                        row[f"treaty-{name}"] = row[f"treaty-{name},{status}"] = 1.0
        return these, rows

    def slot_rows(
        self,
        mentions: Sequence[int],
        slot: str,
        hints: Features,
        meetings: Sequence[Meeting] = (),
        known: Known | None = None,
    ) -> list[Features]:
        """Describe every filler of a slot for an event; `meetings` are those that an agreement may belong to.

        `known` holds what was said of the same mentions before, when they were read alone.
        """
        known = {} if known is None else known
        options = self.fillers[slot]
        these = [self.candidates[i] for i in mentions]
        rows = describe_pairs(self.reading, about(these, len(options), hints), options, known)
        treaty = self.treaty(mentions)
        if treaty is not None and treaty.parties:
            for option, row in zip(options, rows, strict=True):
                if option.state is not None:
                    row["party" if option.state in treaty.parties else "party-not"] = 1.0
        for meeting in meetings:
            sentences = {self.candidates[i].sentence for i in meeting.mentions}
            gap = min(abs(c.sentence - s) for c in these for s in sentences) if sentences else 9
            for option, row in zip(options, rows, strict=True):
                if gap <= 3 and meeting.has(slot, option):
                    row[f"meeting={gap}"] = 1.0
                    row["meeting"] = 1.0
                    row[f"meeting={meeting.status}"] = 1.0
                elif gap <= 1:
                    row["meeting-not"] = 1.0
        return rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """What an agreement can take over from a meeting of the same article: its mentions, status and slots."""

    mentions: tuple[int, ...]
    status: str
    values: dict[str, frozenset[str]]

    def has(self, slot: str, filler: Filler) -> bool:
        """Tell whether a filler is the meeting's value of a slot."""
        value = filler.value if filler.time is None else time_value(filler, direction("summit", self.status))[0]
        return value in self.values.get(slot, frozenset())


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An event found: its candidates by number, and what was decided about it."""

    family: Family
    mentions: tuple[int, ...]
    confidence: float
    kind: str
    status: str
    fillers: dict[str, tuple[Filler, ...]]
    days: tuple[str | None, str | None]  # first and last, of `fillers["date"]`
    chances: dict[str, tuple[tuple[str, float], ...]]
    chance_of: tuple[float, ...]  # of each mention
    links: Mapping[tuple[int, int], float] = field(default_factory=dict)  # of all accepted mentions: how near two come


def find(prepared: Prepared, judge: Judge) -> list[Draft]:
    """Find the events of a document: those that stay above their threshold when they are appraised as a whole."""
    return find_each([prepared], judge)[0]


def find_each(prepared: Sequence[Prepared], judge: Judge) -> list[list[Draft]]:
    """Find the events of each of some documents, as `find` does."""
    return answer(judge, [seek(one, judge) for one in prepared])


def seek(prepared: Prepared, judge: Judge) -> Asking[list[Draft]]:
    """Find the events of a document, family by family: agreements may belong to the meetings found before."""
    found: list[Draft] = []
    for family in FAMILIES:
        drafts = yield from propose(prepared, judge, family, [as_meeting(draft) for draft in found])
        appraised = yield from appraise(prepared, judge, drafts)
        found += [draft for draft in appraised if draft.confidence >= judge.thresholds[f"event.{family}"]]
    return found


def propose(prepared: Prepared, judge: Judge, family: Family, meetings: Sequence[Meeting] = ()) -> Asking[list[Draft]]:
    """Propose events of a family, more than will stay: gather events, look at their slots again, split."""
    gathered = yield from gather(prepared, judge, family, meetings)
    return part_drafts(prepared, (yield from revise(prepared, judge, gathered)))


def gather(prepared: Prepared, judge: Judge, family: Family, meetings: Sequence[Meeting] = ()) -> Asking[list[Draft]]:
    """Judge the candidates of a family, merge those of one event, and decide each event's kind, status and slots."""
    numbers = prepared.of(family)
    if not numbers:
        return []
    chances = yield from judged(prepared, judge, family, numbers)
    least = judge.thresholds[f"mention.{family}"]
    kept = [(i, p) for i, p in zip(numbers, chances, strict=True) if p >= least]
    if len(kept) > MOST_KEPT:
        kept = sorted(sorted(kept, key=lambda pair: -pair[1])[:MOST_KEPT])
    if not kept:
        return []
    groups = [[0]]
    alone: list[Draft] = []
    known: Known = {}
    links: dict[tuple[int, int], float] = {}
    if len(kept) > 1:
        alone = yield from decide(prepared, judge, family, [[k] for k in kept], known=known)
        said = {i: as_said(draft) for (i, _), draft in zip(kept, alone, strict=True)}
        odds = yield from merging_odds(prepared, family, [i for i, _ in kept], said)
        groups = merge(odds, judge.thresholds[f"merge.{family}"])
        links = {(kept[i][0], kept[j][0]): odds[i][j] for i, j in combinations(range(len(kept)), 2)}
    if family == "summit":
        groups = [
            [group[place] for place in places]
            for group in groups
            for places in part(prepared.reading, [prepared.candidates[kept[g][0]] for g in group])
            if places
        ]
    # An event of one mention is what the mention said alone, unless a meeting lends it something.
    decided = {draft.mentions: draft for draft in alone} if family == "summit" or not meetings else {}
    events = [[kept[g] for g in group] for group in groups]
    keys = [tuple(i for i, _ in event) for event in events]
    open_ = [event for key, event in zip(keys, events, strict=True) if key not in decided]
    if open_:
        drafts = yield from decide(prepared, judge, family, open_, meetings, known)
        decided |= {draft.mentions: draft for draft in drafts}
    return [replace(decided[key], links=links) if links else decided[key] for key in keys]


def part_drafts(prepared: Prepared, drafts: Sequence[Draft]) -> list[Draft]:
    """Split drafts that stand for several meetings, and keep the items of a digest post apart."""
    return keep_apart(prepared, [one for draft in drafts for one in split(prepared, draft)])


def revise(prepared: Prepared, judge: Judge, drafts: Sequence[Draft]) -> Asking[list[Draft]]:
    """Decide the doubtful fillers of drafts anew, beside the others; without a scorer they stay as they are."""
    revised = []
    for draft in drafts:
        chosen, chances = draft.fillers, draft.chances
        for slot in REVISED[draft.family]:
            task = f"{slot}-again.{draft.family}"
            own = [p for _, p in draft.chances.get(slot, ())]
            places = doubtful(own)
            if task not in judge.scorers or not places:
                continue
            (likely,) = yield from ask_chances(again_rows(prepared, draft, slot), task)
            for place, p in zip(places, likely, strict=True):
                own[place] = p
            options = prepared.fillers[slot]
            again = tuple((option.value, p) for option, p in zip(options, own, strict=True))
            chances = {**chances, slot: again}
            chosen = {**chosen, slot: choose(slot, options, own, judge.thresholds[f"{slot}.{draft.family}"])}
        revised.append(draft if chances is draft.chances else replace(draft, fillers=chosen, chances=chances))
    return revised


def again_rows(prepared: Prepared, draft: Draft, slot: str) -> list[Features]:
    """Describe the doubtful fillers of a slot of a draft beside the others."""
    chances = {name: [p for _, p in draft.chances.get(name, ())] for name in NAMED_SLOTS}
    own = [prepared.candidates[i] for i in draft.mentions]
    return describe_again(prepared.reading, own, slot, prepared.fillers, chances, event_hints(draft.kind, draft.status))


def choose(slot: str, options: Sequence[Filler], chances: Sequence[float], least: float) -> tuple[Filler, ...]:
    """Choose the fillers of a slot that are likely enough, of a place or country the likeliest alone."""
    if slot not in ("place", "country"):
        return tuple(option for option, p in zip(options, chances, strict=True) if p >= least)
    best = max(range(len(options)), key=chances.__getitem__)
    return (options[best],) if chances[best] >= least else ()


_BREAK = re.compile(r"\n\n+")


def keep_apart(prepared: Prepared, drafts: Sequence[Draft]) -> list[Draft]:
    """Keep the items of a digest post apart: what stands in one paragraph has no side from another item's.

    An item is a paragraph with all mentions of an event and at least two states; a state of the title is everybody's.
    """
    body, title = prepared.reading.body, prepared.reading.title_stop
    starts = [0, *(match.end() for match in _BREAK.finditer(body, title))]

    def paragraph(offset: int) -> int:
        return bisect_right(starts, offset)

    homes = [{paragraph(prepared.candidates[i].start) for i in draft.mentions} for draft in drafts]
    items = {min(home) for home in homes if len(home) == 1}
    if len(items) < 2:
        return list(drafts)
    kept = []
    for draft, home in zip(drafts, homes, strict=True):
        near = [
            filler
            for filler in draft.fillers["states"]
            if any(
                at.start < title or paragraph(at.start) in home or paragraph(at.start) not in items for at in filler.at
            )
        ]
        own = [filler for filler in near if any(paragraph(at.start) in home for at in filler.at)]
        if len(home) == 1 and len(own) > 1 and len(near) < len(draft.fillers["states"]):
            draft = replace(draft, fillers={**draft.fillers, "states": tuple(near)})  # noqa: PLW2901 - the same, without
        kept.append(draft)
    return kept


def as_meeting(draft: Draft) -> Meeting:
    """Keep of a meeting what an agreement may take over."""
    values = {
        slot: frozenset(filler.value for filler in chosen) for slot, chosen in draft.fillers.items() if slot != "date"
    }
    values["date"] = frozenset(day for day in draft.days[:1] if day)
    return Meeting(mentions=draft.mentions, status=draft.status, values=values)


def split(prepared: Prepared, draft: Draft) -> list[Draft]:
    """Split a draft that stands for several meetings: one for each partner."""
    if draft.family != "summit" or draft.kind != "talks":
        return [draft]
    each = partners(prepared.reading, [prepared.candidates[i] for i in draft.mentions])
    if len(each) < 2 or len(each) > MOST_SPLIT:
        return [draft]
    drafts = []
    for own in each:
        others = set(each) - {own}
        chosen = dict(draft.fillers)
        for slot in ("states", "persons"):
            chosen[slot] = tuple(filler for filler in draft.fillers[slot] if filler.state not in others)
        chosen["states"] += tuple(
            filler for filler in prepared.fillers["states"] if filler.value == own and filler not in chosen["states"]
        )
        drafts.append(replace(draft, fillers=chosen))
    return drafts


def judged(prepared: Prepared, judge: Judge, family: Family, numbers: Sequence[int]) -> Asking[list[float]]:
    """Give the chance of each candidate to report a particular event, first alone, then beside the others."""
    alone = yield from ask_odds(f"judge.{family}", [prepared.rows[i] for i in numbers])
    if f"review.{family}" not in judge.scorers:
        return list(map(as_chance, alone))
    (chances,) = yield from ask_chances(prepared.review_rows(numbers, alone), f"review.{family}")
    return chances


def merging_odds(
    prepared: Prepared, family: Family, mentions: Sequence[int], said: Mapping[int, Said]
) -> Asking[list[list[float]]]:
    """Score every pair of mentions: a symmetric matrix of log-odds that they are one event."""
    odds = [[0.0] * len(mentions) for _ in mentions]
    pairs = list(combinations(range(len(mentions)), 2))
    rows = [prepared.merge_row(mentions[i], mentions[j], said) for i, j in pairs]
    for (i, j), score in zip(pairs, (yield from ask_odds(f"merge.{family}", rows)), strict=True):
        odds[i][j] = odds[j][i] = score
    return odds


def decide(
    prepared: Prepared,
    judge: Judge,
    family: Family,
    groups: Sequence[Sequence[tuple[int, float]]],
    meetings: Sequence[Meeting] = (),
    known: Known | None = None,
) -> Asking[list[Draft]]:
    """Decide kind, status and slots of events, each given by its mentions with their chances; `known` as in rows."""
    events = [[i for i, _ in group] for group in groups]
    rows = [unite([prepared.rows[i] for i in numbers]) for numbers in events]
    rows = [prepared.status_row(numbers, row) for numbers, row in zip(events, rows, strict=True)]
    # What only the status of an agreement has learned of, its kind does not know.
    tables = dict(zip(_TASKS, (yield from ask_shares(rows, *(f"{task}.{family}" for task in _TASKS))), strict=True))
    shares: dict[str, list[tuple[tuple[str, float], ...]]] = {}
    kinds = [""] * len(events)
    for task, table in tables.items():
        classes = judge.scorers[f"{task}.{family}"].classes
        for place, numbers in enumerate(events):
            mentions = [prepared.candidates[i] for i in numbers]
            if task == "kind":
                ruled_out = impossible_kinds(prepared.reading, mentions)
            else:
                ruled_out = impossible_statuses(prepared.reading, mentions, kinds[place])
            for value in ruled_out.intersection(classes):
                table[place][classes.index(value)] = 0.0
        if task == "kind":
            kinds = [classes[share.index(max(share))] for share in table]
        shares[task] = [tuple(zip(classes, share, strict=True)) for share in table]
    said = [
        {task: max(shares[task][place], key=lambda pair: pair[1])[0] for task in shares} for place in range(len(events))
    ]
    chances: list[dict[str, tuple[tuple[str, float], ...]]] = [
        {task: shares[task][place] for task in shares} for place in range(len(events))
    ]
    chosen: list[dict[str, tuple[Filler, ...]]] = [{} for _ in events]
    lent = meetings if family == "agreement" else ()
    likely_of: dict[str, list[float]] = {}
    for slots in _SLOTS if lent else _SLOTS_ALIKE:
        if prepared.fillers[slots[0]]:
            described = [
                row
                for numbers, one in zip(events, said, strict=True)
                for row in prepared.slot_rows(numbers, slots[0], event_hints(one["kind"], one["status"]), lent, known)
            ]
            answers = yield from ask_chances(described, *(f"{slot}.{family}" for slot in slots))
            likely_of |= zip(slots, answers, strict=True)
    for slot in NAMED_SLOTS:
        options, least = prepared.fillers[slot], judge.thresholds[f"{slot}.{family}"]
        values = [option.value for option in options]
        for place in range(len(events)):
            chosen[place][slot] = ()
            if options:
                own = likely_of[slot][place * len(options) : (place + 1) * len(options)]
                chances[place][slot] = tuple(zip(values, own, strict=True))
                chosen[place][slot] = choose(slot, options, own, least)
    days: list[tuple[str | None, str | None]] = [(None, None)] * len(events)
    dated = [
        prepared.date_rows(numbers, one["kind"], one["status"], lent) for numbers, one in zip(events, said, strict=True)
    ]
    odds = iter((yield from ask_odds(f"date.{family}", [row for _, described in dated for row in described])))
    for place, (these, described) in enumerate(dated):
        chosen[place]["date"] = ()
        if these:
            _, *likely = share_out(list(islice(odds, len(described))))
            chances[place]["date"] = tuple((o.value, p) for o, p in zip(these, likely, strict=True))
            best = likely.index(max(likely))
            if likely[best] >= judge.thresholds[f"date.{family}"]:
                chosen[place]["date"] = these[best].fillers[:1]
                days[place] = these[best].value, these[best].end
    return [
        Draft(
            family=family,
            mentions=tuple(numbers),
            confidence=1 - prod(1 - p for _, p in group),
            kind=one["kind"],
            status=one["status"],
            fillers=fillers_,
            days=days_,
            chances=chance,
            chance_of=tuple(p for _, p in group),
        )
        for numbers, group, one, fillers_, days_, chance in zip(
            events, groups, said, chosen, days, chances, strict=True
        )
    ]


def as_said(draft: Draft) -> Said:
    """Keep of a draft what tells its event from others."""
    return Said(
        kind=dict(draft.chances["kind"]),
        status=dict(draft.chances["status"]),
        states=dict(draft.chances.get("states", ())),
        persons=dict(draft.chances.get("persons", ())),
        organizations=dict(draft.chances.get("organizations", ())),
        place=draft.fillers["place"][0].value if draft.fillers["place"] else None,
        country=draft.fillers["country"][0].value if draft.fillers["country"] else None,
        date=draft.days[0],
    )


def event_hints(kind: str, status: str) -> Features:
    """Make the features that an event lends to its fillers."""
    return {f"event-kind={kind}": 1.0, f"event-status={status}": 1.0}


def direction(family: Family, status: str) -> str | None:
    """Say which way the dates of an event lie from the publication."""
    if status == "planned":
        return "future"
    if status in ("held", "agreed", "signed", "ratified", "terminated", "in_force"):
        return "past"
    return None if family == "agreement" else "nearest"
