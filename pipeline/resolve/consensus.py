"""What independent sources say of a field: confirmed, majority, unique or conflict, and every value with its count."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from pipeline.resolve.dates import agree
from pipeline.resolve.events import Claim, Verdict
from pipeline.resolve.sources import concerned
from pipeline.resolve.words import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from pipeline.resolve.mentions import Mention

Vote = tuple[str, "Mention"]


def tally(
    field: str,
    votes: Sequence[Vote],
    source: Mapping[int, str],
    states: Iterable[str],
    *,
    dates: bool = False,
) -> tuple[Claim, ...]:
    """Weigh the values given for one field; the chosen one first, then by sources.

    With `dates`, a date and its prefix agree, and the preciser one is written.
    """
    if not votes:
        return ()
    groups = one_voice(_alike(votes, dates=dates), source)
    counted = sorted(
        groups.items(),
        key=lambda item: (-len({source[each.id] for each in item[1]}), -len(item[1]), item[1][0].order, item[0]),
    )
    verdict = _verdict([len({source[each.id] for each in told}) for _, told in counted])
    listed = frozenset(states)
    return tuple(
        Claim(
            field=field,
            value=value,
            verdict=verdict,
            chosen=position == 0,
            sources=len({source[each.id] for each in told}),
            concerned=all(concerned(each, listed) for each in told),
            article=told[0].telling.article,
            learned=min(each.telling.known for each in told),
        )
        for position, (value, told) in enumerate(counted)
    )


def one_voice(groups: Mapping[str, list[Mention]], source: Mapping[int, str]) -> dict[str, list[Mention]]:
    """Let each source speak once: with the value that it told most often, of equals the one told last.

    Slips of an outlet that mostly says otherwise are no contradiction between sources.
    """
    told: dict[str, dict[str, list[Mention]]] = defaultdict(lambda: defaultdict(list))
    for value, mentions in groups.items():
        for each in mentions:
            told[source[each.id]][value].append(each)
    kept: dict[str, list[Mention]] = defaultdict(list)
    for values in told.values():
        value = max(values, key=lambda one: (len(values[one]), max(each.order for each in values[one])))
        kept[value] += values[value]
    return {value: sorted(mentions, key=lambda each: each.order) for value, mentions in kept.items()}


def _verdict(counts: Sequence[int]) -> Verdict:
    if len(counts) == 1:
        return "confirmed" if counts[0] > 1 else "unique"
    return "majority" if counts[0] > sum(counts[1:]) else "conflict"


def _alike(votes: Sequence[Vote], *, dates: bool) -> dict[str, list[Mention]]:
    groups: dict[str, list[Mention]] = defaultdict(list)
    shown: dict[str, str] = {}
    ordered = sorted(votes, key=lambda vote: vote[1].order)
    if dates:
        precise = sorted({value for value, _ in ordered}, key=lambda value: (-len(value), value))
        for value, mention in ordered:
            fitting = [each for each in precise if agree(each, value)]
            # A bare month fits several days of it: it speaks against none of them and for the most told one.
            best = max(fitting, key=lambda each: (len(each), sum(other == each for other, _ in ordered), each))
            groups[best].append(mention)
        return dict(groups)
    for value, mention in ordered:
        key = fold(value)
        groups[key].append(mention)
        shown.setdefault(key, value)
    return {shown[key]: told for key, told in groups.items()}


def commonest(values: Iterable[str], *, key: Callable[[str], str] = fold) -> str | None:
    """Choose the value told most often, in its longest form; ties go to the first in the alphabet."""
    groups: dict[str, list[str]] = defaultdict(list)
    for value in values:
        groups[key(value)].append(value)
    if not groups:
        return None
    best = min(groups, key=lambda each: (-len(groups[each]), -len(each), each))
    return max(groups[best], key=lambda value: (len(value), value))
