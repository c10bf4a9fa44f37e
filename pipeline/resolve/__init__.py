"""From mentions in many articles to real meetings and agreements.

    Mention ─ profile ─▶ Profile: sides, time, series or treaty, telling stems, keys
    profiles that share a key ─ compare ─▶ points, or forbidden
    points ─ group ─▶ groups: the strongest pair first, unless too much forbids it
    group ─ build (consensus, life) ─▶ Event: fields with verdicts, steps, participants, a readable identifier
    events ─ links ─▶ signed at, in the margins of, amends

Nothing here depends on the order in which articles arrive, on the clock or on what was resolved before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.resolve.build import build, name_events
from pipeline.resolve.group import Orders, agglomerate, weigh_pairs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipeline.resolve.events import Event
    from pipeline.resolve.group import Pair
    from pipeline.resolve.profile import Profile


def resolve(
    profiles: Mapping[int, Profile],
    points: Mapping[Pair, float] | None = None,
    *,
    orders: Orders = Orders(),  # noqa: B008 - frozen
    values: Mapping[int, Mapping[str, str]] | None = None,
    refused: frozenset[int] = frozenset(),
) -> tuple[dict[str, Event], list[tuple[str, str, float]]]:
    """Make the events of mentions of one family, by identifier, and list the pairs of them that may be doubles.

    `profiles` are by mention id, `points` between pairs of ids (weighed here when not given); `orders`, `values`
    (by mention id) and `refused` are what a person decided.
    """
    grouping = agglomerate(profiles, weigh_pairs(profiles) if points is None else points, orders)
    events = []
    for group in grouping.groups:
        if refused.isdisjoint(group):
            chosen: dict[str, str] = {}
            for number in group:
                chosen |= (values or {}).get(number, {})
            events.append(build([profiles[number] for number in group], chosen))
    named = name_events(events)
    where = {mention.id: name for name, event in named.items() for mention in event.members}
    doubles: dict[tuple[str, str], float] = {}
    for one, other, found in grouping.doubts:
        if one in where and other in where:
            first, second = sorted((where[one], where[other]))
            doubles[first, second] = max(found, doubles.get((first, second), found))
    return named, [(one, other, found) for (one, other), found in sorted(doubles.items())]


__all__: Sequence[str] = ("Orders", "resolve")
