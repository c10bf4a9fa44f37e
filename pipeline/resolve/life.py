"""The life of an event: which steps it took, when, and what its status is now.

A status that goes back in one independent source alone is a contradiction, not a step: two must say so.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from pipeline.resolve.consensus import one_voice
from pipeline.resolve.dates import agree, precision
from pipeline.resolve.events import Claim, Step
from pipeline.resolve.profile import MOVED
from pipeline.resolve.sources import concerned

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pipeline.resolve.mentions import Mention

    Dates = list[tuple[str, list[Mention]]]  # the best supported first; "" for no date

LADDER = ("planned", "agreed", "signed", "ratified", "in_force", "terminated")
MANY = 8  # mentions of a step, from which on a day that one of them alone gives is a slip
REPEATED = frozenset({"planned", "in_force"})  # put off to another day; extended
BACKWARDS = 2  # independent sources that make a step back believed


def _sources(told: Iterable[Mention], source: Mapping[int, str]) -> int:
    return len({source[each.id] for each in told})


def _step(name: str, date: str, told: Sequence[Mention], source: Mapping[int, str], value: str = "") -> Step:
    first = min(told, key=lambda each: each.order)
    return Step(
        step=name,
        date=date,
        value=value,
        article=first.telling.article,
        learned=min(each.telling.known for each in told),
        sources=_sources(told, source),
    )


def _day(mention: Mention) -> str:
    return mention.telling.published[:10]


def as_told(mention: Mention) -> str:
    """Give the status of a meeting as its article can know it: nothing is held before its day."""
    if mention.status == "held" and precision(mention.start) == "day" and (mention.start or "") > _day(mention):
        return "planned"
    return mention.status


def summit_life(
    members: Sequence[Mention],
    source: Mapping[int, str],
    start: str | None,
) -> tuple[str, tuple[Step, ...]]:
    """Tell the status of a meeting and its history from its mentions, by publication."""
    by_status: dict[str, list[Mention]] = defaultdict(list)
    for mention in members:
        by_status[as_told(mention)].append(mention)
    steps: list[Step] = []
    planned, held, cancelled = by_status["planned"], by_status["held"], by_status["cancelled"]
    if planned:
        steps.append(_step("announced", _day(planned[0]), planned, source))
        steps += _named_dates(planned, source)
    if by_status["ongoing"]:
        steps.append(_step("opened", _day(by_status["ongoing"][0]), by_status["ongoing"], source))
    if cancelled:
        steps.append(_step("cancelled", _day(cancelled[0]), cancelled, source))
    if held:
        steps.append(_step("held", start or "", held, source))
    return _summit_status(by_status), tuple(steps)


def _named_dates(planned: Sequence[Mention], source: Mapping[int, str]) -> Iterable[Step]:
    told: dict[str, list[Mention]] = defaultdict(list)
    for mention in planned:
        if mention.start and precision(mention.start) == "day":
            told[mention.start].append(mention)
    current = ""
    for date, mentions in sorted(told.items(), key=lambda item: item[1][0].order):
        if not current:
            yield _step("date_named", _day(mentions[0]), mentions, source, date)
            current = date
        elif moved(told[current], mentions):
            yield _step("moved", _day(mentions[0]), mentions, source, date)
            current = date


def moved(old: Sequence[Mention], new: Sequence[Mention]) -> bool:
    """Tell whether a new date replaces an old one: a text says so, or once two tell the new nobody tells the old."""
    if any(MOVED.search(each.sentences) for each in new):
        return True
    since = min(each.order for each in new)
    return len({each.telling.article for each in new}) > 1 and max(each.order for each in old) < since


def _summit_status(by_status: Mapping[str, Sequence[Mention]]) -> str:
    last = {status: max(each.order for each in told) for status, told in by_status.items() if told}
    if "held" in last:
        put_off = len(by_status["cancelled"]) > len(by_status["held"]) and last["cancelled"] > last["held"]
        return "cancelled" if put_off else "held"
    return max(last, key=lambda status: last[status])


def planned_date(members: Sequence[Mention]) -> str | None:
    """Give the date now in force among those that announcements name, the last one moved to."""
    told: dict[str, list[Mention]] = defaultdict(list)
    for mention in members:
        if mention.start and as_told(mention) == "planned":
            told[mention.start].append(mention)
    current: str | None = None
    for date, mentions in sorted(told.items(), key=lambda item: item[1][0].order):
        if current is None or agree(date, current):
            current = max(date, current or "", key=len)
        elif moved(told.get(current, mentions[:0]) or mentions, mentions) or len(mentions) > len(told.get(current, ())):
            current = date
    return current


def agreement_life(
    members: Sequence[Mention],
    source: Mapping[int, str],
    states: Iterable[str],
    concluded: str | None = None,
) -> tuple[str, str | None, tuple[Step, ...], tuple[Claim, ...]]:
    """Tell the status of an agreement, its date, the steps taken, and the claims that contradict them.

    `concluded` is the day on which a well-known treaty was signed, whatever the articles say of it.
    """
    by_status: dict[str, list[Mention]] = defaultdict(list)
    on_the_way: dict[str, list[Mention]] = defaultdict(list)
    for mention in members:
        by_status[mention.status].append(mention)
        for each in _each_step(mention):
            on_the_way[each.status].append(each)
    steps: list[Step] = []
    chosen: dict[str, str] = {}
    claims: list[Claim] = []
    listed = frozenset(states)
    for status, dates in _step_dates(on_the_way, source, concluded).items():
        told = on_the_way[status]
        if status in REPEATED:
            steps += [_step(status, date, mentions, source) for date, mentions in dates]
            last = max(dates, key=lambda item: (item[0] if status == "in_force" else "", item[1][-1].order))
            chosen[status] = last[0]
            continue
        if status == "ratified" and len(parts := _by_ratifier(told)) > 1:
            days = [_dated(part, source) for part in parts]
            steps += _ratifications(days, source)
            chosen[status] = max(own[0][0] for own in days)
            claims += [
                claim for own in days if len(own) > 1 for claim in _against("ratified_date", own, source, listed)
            ]
            continue
        date = dates[0][0]
        chosen[status] = date
        steps.append(
            _step(status, date, [each for each in told if each.start or _day(each)[: len(date)] >= date], source)
        )
        if len(dates) > 1:
            claims += _against(f"{status}_date", dates, source, listed)
    status, back = _now(by_status, source, chosen)
    if back:
        claims += _against(
            "status", [(status, by_status[status]), *((each, by_status[each]) for each in back)], source, listed
        )
    unique = {(claim.field, claim.value): claim for claim in reversed(claims)}
    return status, chosen.get(status) or None, tuple(steps), tuple(reversed(unique.values()))


def _each_step(mention: Mention) -> Iterator[Mention]:
    """Give a mention as it tells its status, and once for each step before: "ратифицировал … подписан 10 июня".

    A day that it tells of an earlier step is not that of its status as well.
    """
    days = {step.date for step in mention.earlier}
    yield replace(mention, start=None) if mention.start in days else mention
    for step in mention.earlier:
        yield replace(mention, status=step.status, start=step.date)


def _by_ratifier(told: Sequence[Mention]) -> list[list[Mention]]:
    """Part the news of a ratification by who ratified, since each side does it on a day of its own.

    What does not say who goes with the news of its day, undated with any, else stands alone; where less than two are
    named, all is one.
    """
    parts: dict[str, list[Mention]] = defaultdict(list)
    for each in told:
        for state in each.ratified_by:
            parts[state].append(each)
    if len(parts) < 2:  # noqa: PLR2004 - sides
        return [list(told)]
    named = [parts[state] for state in sorted(parts)]
    silent: list[Mention] = []
    for each in told:
        if not each.ratified_by:
            day = each.start
            fitting = [part for part in named if not day or any(agree(one.start, day) for one in part if one.start)]
            (fitting[0] if fitting else silent).append(each)
    return [sorted(part, key=lambda each: each.order) for part in (*named, silent) if part]


def _ratifications(parts: Iterable[Dates], source: Mapping[int, str]) -> Iterator[Step]:
    """Make a step of each day on which somebody ratified."""
    told: dict[str, dict[int, Mention]] = defaultdict(dict)
    for dates in parts:
        date, mentions = dates[0]
        told[date] |= {each.id: each for each in mentions}
    for date in sorted(told):
        yield _step("ratified", date, list(told[date].values()), source)


def _step_dates(
    by_status: Mapping[str, list[Mention]], source: Mapping[int, str], concluded: str | None
) -> dict[str, Dates]:
    """Sort the mentions of each status by the date they give, in the order of the ladder, slips left out."""
    dates = {
        status: _dated(by_status[status], source, every=status in REPEATED)
        for status in LADDER
        if by_status.get(status)
    }
    _give_back_its_date(dates)
    if concluded and "signed" in dates:
        dates["signed"] = [(concluded, by_status["signed"])]
    signed = concluded or (dates["signed"][0][0] if "signed" in dates else "")
    if "in_force" in dates:
        dates["in_force"] = _sure(dates["in_force"], signed, dates["terminated"][0][0] if "terminated" in dates else "")
    if signed and sum(map(len, by_status.values())) >= MANY:
        for status in dates.keys() & {"planned", "agreed"}:  # told after it was signed: of what became of it
            dates[status] = [each for each in dates[status] if each[0][: len(signed)] <= signed]
    return {status: found for status, found in dates.items() if found}


def _dated(told: Sequence[Mention], source: Mapping[int, str], *, every: bool = False) -> Dates:
    """Sort mentions of one status by the date they give, the best supported first; the undated go with it.

    Each source speaks once, unless `every` date may be a step of its own.
    """
    dates: dict[str, list[Mention]] = defaultdict(list)
    precise = sorted({each.start for each in told if each.start}, key=lambda date: (-len(date), date))
    for mention in told:
        if mention.start:
            fitting = [date for date in precise if agree(date, mention.start)]
            best = max(fitting, key=lambda date: (len(date), sum(each.start == date for each in told), date))
            dates[best].append(mention)
    kept = dates if every else one_voice(dates, source)
    ranked = sorted(kept.items(), key=lambda item: (-_sources(item[1], source), -len(item[1]), item[1][0].order))
    undated = [each for each in told if not each.start]
    if not ranked:
        return [("", list(told))]
    best, mentions = ranked[0]
    # What was told before the day that most name did not tell of it.
    if not every:
        undated = [each for each in undated if _day(each)[: len(best)] >= best]
    if undated:
        ranked[0] = (best, sorted([*mentions, *undated], key=lambda each: each.order))
    return ranked


def _give_back_its_date(dates: Mapping[str, Dates]) -> None:
    """Let a month that news of a ratification names be that of the signing, where it was told then without a date."""
    signed, ratified = dates.get("signed"), dates.get("ratified")
    if not signed or not ratified or signed[0][0]:
        return
    date, told = ratified[0]
    since = _day(min(signed[0][1], key=lambda each: each.order))
    later = _day(min(told, key=lambda each: each.order))
    if date and agree(date, since) and not agree(date, later):
        signed[0] = (date, signed[0][1])
        ratified[0] = ("", told)


def _sure(dates: Dates, signed: str, ended: str) -> Dates:
    """Leave out days of coming into force that are slips: before the signing, of the end, of one article among many."""
    many = sum(len(told) for _, told in dates) >= MANY
    kept = [
        (date, told)
        for position, (date, told) in enumerate(dates)
        if position == 0
        or (
            (not signed or date >= signed[: len(date)]) and (len(told) > 1 or not many) and not (date and date == ended)
        )
    ]
    best, told = kept[0]
    if signed and best and best < signed[: len(best)]:
        return [("", told), *kept[1:]]
    return kept


def _now(
    by_status: Mapping[str, Sequence[Mention]],
    source: Mapping[int, str],
    dates: Mapping[str, str],
) -> tuple[str, list[str]]:
    """Choose the status that holds, and list those that speak against it."""
    present = [status for status in LADDER if by_status.get(status)]
    top = present[-1]
    if top == "terminated" and "in_force" in present and _resumed(by_status, source, dates):
        return "in_force", []
    back = [
        status
        for status in present
        if LADDER.index(status) < LADDER.index(top)
        and status != "in_force"
        and _later(by_status[status], by_status[top], dates, top)
    ]
    lone = _sources(by_status[top], source) < BACKWARDS
    denied = [status for status in back if _sources(by_status[status], source) >= BACKWARDS]
    if lone and denied and len(by_status[top]) == 1:
        # Two later sources against one: what the one told did not come to be.
        return denied[-1], [top]
    return top, back


def _later(lower: Sequence[Mention], upper: Sequence[Mention], dates: Mapping[str, str], top: str) -> bool:
    """Tell whether a lower status is told, with no look back, well after the higher one was reached."""
    reached = dates.get(top) or _day(min(upper, key=lambda each: each.order))
    first = max(_day(min(upper, key=lambda each: each.order)), reached) if precision(reached) == "day" else reached
    reached_by = {state for each in upper for state in each.states}
    return any(
        _day(each) > first
        and not (each.start and each.start <= first)
        and each.status == "planned"
        and not (each.states and reached_by.isdisjoint(each.states))  # a side that is yet to sign
        for each in lower
    )


def _resumed(by_status: Mapping[str, Sequence[Mention]], source: Mapping[int, str], dates: Mapping[str, str]) -> bool:
    """Tell whether an agreement that ended came into force again: two sources say so, or one again and again."""
    ended = dates["terminated"] or _day(min(by_status["terminated"], key=lambda each: each.order))
    later = [
        each
        for each in by_status["in_force"]
        if _day(each) > ended and (not each.start or (each.start > ended and not agree(each.start, ended)))
    ]
    if not later:
        return False
    since = min(each.order for each in later)
    against = [each for each in by_status["terminated"] if each.order > since]
    dated = [each for each in later if each.start]  # cited as law, a treaty is "in force" long after its end
    return len(later) > len(against) and (_sources(later, source) >= BACKWARDS or len(dated) > BACKWARDS)


def _against(
    field: str,
    values: Sequence[tuple[str, Sequence[Mention]]],
    source: Mapping[int, str],
    states: frozenset[str],
) -> list[Claim]:
    counts = [_sources(told, source) for _, told in values]
    verdict = "majority" if counts[0] > sum(counts[1:]) else "conflict"
    return [
        Claim(
            field=field,
            value=value,
            verdict="majority" if verdict == "majority" else "conflict",
            chosen=position == 0,
            sources=counts[position],
            concerned=all(concerned(each, states) for each in told),
            article=told[0].telling.article,
            learned=min(each.telling.known for each in told),
        )
        for position, (value, told) in enumerate(values)
    ]


def party_status(value: str, members: Iterable[Mention]) -> str:
    """Tell the furthest step that mentions naming a party speak of; a ratification is of those who are said to ratify.

    All sign together, and what is in force or ended is so for all, but each ratifies alone.
    """
    reached: set[str] = set()
    for each in members:
        if value in each.states:
            reached |= {each.status, *(step.status for step in each.earlier)} - {"ratified"}
            if value in each.ratified_by:
                reached.add("ratified")
    return max(reached & set(LADDER), key=LADDER.index, default="")
