"""Constrained agglomeration: the strongest pair joins first, unless too much between its two groups forbids it.

The result depends on the set of mentions alone, not on the order in which they came: pairs are taken by points
and then by the mentions' own order (publication, address, place in the text).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipeline.resolve.compare import DOUBT, FORBIDDEN, JOIN, SUSPECT, compare

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline.resolve.profile import Profile

TOLERATED = 0.15  # part of the pairs between two groups that may be forbidden: extraction errs
LIKELY = 2.0  # points that the pairs between two groups must have on average, one taken for WORST at worst
WORST = -6.0
Pair = tuple[int, int]  # mention ids
Order = tuple[str, str, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """What a person decided: pairs of mention ids that are, or are not, one event."""

    together: frozenset[Pair] = frozenset()
    apart: frozenset[Pair] = frozenset()


@dataclass(slots=True, kw_only=True)
class Grouping:
    """Groups of mention ids, each sorted, and the pairs of mentions in two groups that a person might look at."""

    groups: list[list[int]] = field(default_factory=list)
    doubts: list[tuple[int, int, float]] = field(default_factory=list)


def weigh_pairs(known: Mapping[int, Profile]) -> dict[Pair, float]:
    """Weigh all pairs of mentions that share a key, and keep those that may be one event."""
    blocks: dict[str, list[int]] = defaultdict(list)
    for number in sorted(known):
        for key in known[number].keys:
            blocks[key].append(number)
    pairs = {(one, other) for ids in blocks.values() for index, one in enumerate(ids) for other in ids[index + 1 :]}
    weighed = {pair: compare(known[pair[0]], known[pair[1]]) for pair in pairs}
    return {pair: found for pair, found in weighed.items() if found >= DOUBT}


def agglomerate(known: Mapping[int, Profile], points: Mapping[Pair, float], orders: Orders) -> Grouping:
    """Join mentions along pairs with their points."""
    work = _Work(known, dict(points), orders)

    def rank(pair: Pair) -> tuple[float, Order, Order]:
        first, last = sorted((known[pair[0]].mention.order, known[pair[1]].mention.order))
        return (-points[pair], first, last)

    for one, other in sorted((pair for pair, found in points.items() if found >= JOIN), key=rank):
        if work.may_join(one, other):
            work.join(one, other)
    # Last, so that each part of what a person merged draws its own mentions first.
    for one, other in sorted(orders.together):
        if one in known and other in known:
            work.join(one, other)
    groups = [sorted(ids, key=lambda number: known[number].mention.order) for ids in work.members.values()]
    groups.sort(key=lambda ids: known[ids[0]].mention.order)
    return Grouping(groups=groups, doubts=work.doubts(points))


class _Work:
    """Groups while they grow."""

    def __init__(self, known: Mapping[int, Profile], points: dict[Pair, float], orders: Orders) -> None:
        self.known = known
        self.points = points
        self.orders = orders
        self.group_of = {number: number for number in known}
        self.members = {number: [number] for number in known}

    def join(self, one: int, other: int) -> None:
        keep, lose = sorted((self.group_of[one], self.group_of[other]))
        if keep != lose:
            self.members[keep] += self.members.pop(lose)
            for number in self.members[keep]:
                self.group_of[number] = keep

    def may_join(self, one: int, other: int) -> bool:
        left, right = self.group_of[one], self.group_of[other]
        if left == right:
            return False
        between = [(min(a, b), max(a, b)) for a in self.members[left] for b in self.members[right]]
        if not self.orders.apart.isdisjoint(between):
            return False
        forbidden = [pair for pair in between if self._weigh(pair) <= FORBIDDEN]
        moved = [number for number in self.members[left] + self.members[right] if self.known[number].moved]
        if moved:
            bridged = {pair for pair in forbidden if self._bridged(pair, moved)}
            forbidden = [pair for pair in forbidden if pair not in bridged]
            between = [pair for pair in between if pair not in bridged]
        if any(self._article(a) == self._article(b) for a, b in forbidden):
            return False
        if len(forbidden) > TOLERATED * len(between):
            return False
        return sum(max(self._weigh(pair), WORST) for pair in between) >= LIKELY * len(between)

    def _bridged(self, pair: Pair, moved: list[int]) -> bool:
        """Tell whether a report of a new date stands between an old plan and what came of it."""
        plan, later = sorted(pair, key=lambda number: self.known[number].mention.order)
        if self.known[plan].mention.status != "planned" or self._article(plan) == self._article(later):
            return False
        return any(
            self.known[plan].mention.order < self.known[number].mention.order <= self.known[later].mention.order
            and all(number == end or self._weigh((min(number, end), max(number, end))) > FORBIDDEN for end in pair)
            for number in moved
        )

    def _weigh(self, pair: Pair) -> float:
        if pair not in self.points:
            self.points[pair] = compare(self.known[pair[0]], self.known[pair[1]])
        return self.points[pair]

    def _article(self, number: int) -> int:
        return self.known[number].mention.telling.article

    def doubts(self, points: Mapping[Pair, float]) -> list[tuple[int, int, float]]:
        closest: dict[Pair, tuple[int, int, float]] = {}
        for pair, found in points.items():
            one, other = sorted((self.group_of[pair[0]], self.group_of[pair[1]]))
            if one != other and found >= SUSPECT and found > closest.get((one, other), (0, 0, 0.0))[2]:
                closest[one, other] = (*pair, found)
        return sorted(closest.values())
