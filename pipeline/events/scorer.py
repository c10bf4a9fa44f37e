"""A learned scorer as plain numbers: a linear part over all features and boosted trees over the frequent ones.

A feature vector is a mapping from name to value; a name that the model does not know is ignored, one that is missing
counts as 0. The score of a class is the mean of the two parts' log-odds, so both can be read and neither runs code.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import accumulate, chain, pairwise, repeat
from math import exp
from operator import mul
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy import ndarray

Features = dict[str, float]
HEAD = 0  # the place of a feature that begins every row, so that none is empty: its weight is the bias
_HEAD: Features = {"": 1.0}
_values_of = dict[str, float].values
MOST_LEAVES = 16  # of a tree


def as_chance(odds: float) -> float:
    """Turn log-odds into a probability."""
    return 1 / (1 + exp(-min(max(odds, -30.0), 30.0)))


def as_shares(log_odds: ndarray) -> ndarray:
    """Turn the log-odds of several classes, (rows, classes), into probabilities."""
    import numpy as np

    if not len(log_odds):
        return log_odds
    raised = np.exp(log_odds - np.maximum.reduce(log_odds, axis=1, keepdims=True))
    shares: ndarray = raised / np.add.reduce(raised, axis=1, keepdims=True)
    return shares


class Placed(NamedTuple):
    """Rows of features, one after another, each begun by HEAD."""

    places: ndarray  # of each feature among those of the scorer
    values: ndarray
    starts: ndarray  # of each row


@dataclass(frozen=True, slots=True, kw_only=True)
class Trees:
    """Boosted trees in rows of one width: class c of round r is tree r * classes + c."""

    feature: ndarray  # (trees, nodes) column of the dense matrix, -1 at a leaf
    threshold: ndarray  # (trees, nodes) go left if value <= threshold
    left: ndarray  # (trees, nodes)
    right: ndarray  # (trees, nodes)
    value: ndarray  # (trees, nodes) log-odds at the leaf
    base: ndarray  # (outputs,)
    depth: int


class Forest:
    """Trees made ready for rows whose features are mostly absent, after QuickScorer (Lucchese et al., SIGIR 2015).

    A tree is a number of one bit a leaf, from left to right. A feature above the threshold of a node strikes out the
    leaves to the left of that node; the first leaf of a tree that is left is the one reached.
    """

    def __init__(self, trees: Trees, places: Sequence[int], size: int) -> None:
        """Take trees whose columns are the features at `places` among `size` features; that at HEAD every row has."""
        import numpy as np

        parts = (trees.feature, _above(trees.threshold), trees.left, trees.right, trees.value)
        count = len(trees.feature)
        every = np.zeros(count, np.uint16)
        leaves = np.zeros((count, MOST_LEAVES), trees.value.dtype)
        struck: dict[int, dict[float, list[tuple[int, int]]]] = {}  # by feature and threshold: leaves of trees
        for tree, (features, thresholds, left, right, values) in enumerate(
            zip(*(part.tolist() for part in parts), strict=True)
        ):
            reached = 0
            firsts: dict[int, int] = {}  # the first leaf below each node
            for at in _in_order(features, left, right):
                firsts[at] = reached
                if features[at] < 0:
                    leaves[tree, reached] = values[at]
                    reached += 1
            every[tree] = (1 << reached) - 1
            for at, feature in enumerate(features):
                if feature >= 0:
                    gone = (1 << firsts[right[at]]) - (1 << firsts[left[at]])
                    struck.setdefault(places[feature], {}).setdefault(thresholds[at], []).append((tree, gone))
        masks = [every]  # what is left of the trees: where nothing is struck out, then by feature and threshold
        self._lowest = np.full(size, np.inf)  # threshold of each feature
        self._first = np.zeros(size, np.int64)  # mask of each feature above its lowest threshold
        self._lowest[HEAD] = -np.inf
        self.below_zero = {place for place, told in struck.items() if min(told) < 0}
        slots = np.zeros(size, np.int64)
        several = [np.zeros(0)]
        for place, told in struck.items():
            ascending = sorted(told)
            self._lowest[place], self._first[place] = ascending[0], len(masks)
            left_over = every.copy()
            for threshold in ascending:
                for tree, gone in told[threshold]:
                    left_over[tree] &= ~np.uint16(gone)
                masks.append(left_over.copy())
            if len(ascending) > 1:
                slots[place] = len(several)
                several.append(np.array(ascending))
        padded = np.zeros((len(masks), -(-count // 4) * 4), np.uint16)
        padded[:, :count] = masks
        self._masks, self._count = padded.view(np.uint64), count  # four trees at a time
        self._slots = slots  # of features with several thresholds: the row that holds them
        self._several = np.full((len(several), max(map(len, several))), np.inf)
        for slot, thresholds in enumerate(several):
            self._several[slot, : len(thresholds)] = thresholds
        self._leaves, self._base = leaves.reshape(-1), trees.base
        self._offsets = np.arange(count) * MOST_LEAVES
        self._number = np.zeros((1 << (MOST_LEAVES - 1)) + 1, np.int64)  # of the leaf that a single bit stands for
        self._number[1 << np.arange(MOST_LEAVES)] = np.arange(MOST_LEAVES)

    def score(self, rows: Placed) -> ndarray:
        """Sum the leaves that rows reach: (rows, outputs)."""
        import numpy as np

        above = (rows.values > self._lowest[rows.places]).nonzero()[0]
        places = rows.places[above]
        chosen, slots = self._first[places], self._slots[places]
        many = slots.nonzero()[0]
        if len(many):
            exceeded = rows.values[above[many], None] > self._several[slots[many]]
            chosen[many] += np.add.reduce(exceeded, axis=1) - 1
        left = np.bitwise_and.reduceat(self._masks[chosen], (places == HEAD).nonzero()[0], axis=0)
        left = left.view(np.uint16)[:, : self._count]
        leaves = self._leaves[self._number[left & -left] + self._offsets].reshape(len(left), -1, len(self._base))
        total: ndarray = np.add.reduce(leaves, axis=1) + self._base
        return total


def _in_order(features: Sequence[int], left: Sequence[int], right: Sequence[int]) -> Iterator[int]:
    """Go through the nodes of a tree, each before those below it, from left to right."""
    stack = [0]
    while stack:
        at = stack.pop()
        yield at
        if features[at] >= 0:
            stack += (right[at], left[at])


def _above(threshold: ndarray) -> ndarray:
    """Give the largest numbers that are not above thresholds once rounded to single precision, as the trees learned."""
    import numpy as np

    single = threshold.astype(np.float32)
    between = (single.astype(np.float64) + np.nextafter(single, np.float32(np.inf)).astype(np.float64)) / 2
    is_even = single.view(np.int32) % 2 == 0  # a tie is rounded to the even neighbour
    found: ndarray = np.where(is_even, between, np.nextafter(between, -np.inf))
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Scorer:
    """Scores for `classes`; a scorer of two classes has one output, the log-odds of the second."""

    classes: tuple[str, ...]
    names: Mapping[str, int]  # all features: column of the linear part
    weights: ndarray  # (outputs, features)
    bias: ndarray  # (outputs,)
    columns: Mapping[str, int]  # frequent features: column of the trees
    trees: Trees | None
    _bench: list[Bench] = field(init=False, repr=False, compare=False, default_factory=list)  # it alone, once asked

    def odds(self, rows: Sequence[Features]) -> list[float]:
        """Score rows by a scorer of two classes: the log-odds of the second."""
        return self._alone.odds(rows)[0]

    def chances(self, rows: Sequence[Features]) -> list[float]:
        """Give the probability of the second of two classes for each row."""
        return list(map(as_chance, self.odds(rows)))

    def log_odds(self, rows: Sequence[Features]) -> ndarray:
        """Score rows of features: (rows, outputs)."""
        return self._alone.log_odds(rows)[0]

    def probabilities(self, rows: Sequence[Features]) -> ndarray:
        """Give the probability of every class: (rows, classes)."""
        import numpy as np

        if len(self.classes) == 2:
            both: ndarray = np.array([(1 - p, p) for p in self.chances(rows)]).reshape(-1, 2)
            return both
        return as_shares(self.log_odds(rows))

    def strongest(self, row: Features, output: int = 0, limit: int = 6) -> list[tuple[str, float]]:
        """List the features that move the linear part of one output most, as (name, contribution)."""
        moved = [
            (name, float(self.weights[output, self.names[name]] * value))
            for name, value in row.items()
            if name in self.names
        ]
        return sorted(moved, key=lambda pair: -abs(pair[1]))[:limit]

    @property
    def _alone(self) -> Bench:
        if not self._bench:
            self._bench.append(Bench([self]))
        return self._bench[0]


class Bench:
    """Scorers that are asked of the same rows: each feature of a row is looked up once for all of them."""

    def __init__(self, scorers: Sequence[Scorer]) -> None:
        import numpy as np

        self.classes = [scorer.classes for scorer in scorers]
        self._weight_of: dict[str, float] | None = None
        if len(scorers) == 1 and scorers[0].trees is None and len(scorers[0].weights) == 1:
            alone = scorers[0]
            self._weight_of = dict(zip(alone.names, alone.weights[0, list(alone.names.values())].tolist(), strict=True))
            self._bias = float(alone.bias[0])
            return
        known = dict.fromkeys(chain(_HEAD, *(chain(scorer.names, scorer.columns) for scorer in scorers)))
        self._places = {name: place for place, name in enumerate(known)}
        self._unknown = len(self._places)  # the place of all that no scorer knows
        ends = [0, *accumulate(len(scorer.weights) for scorer in scorers)]
        self._parts = [slice(*both) for both in pairwise(ends)]  # the outputs of each scorer
        self._weights = np.zeros((self._unknown + 1, ends[-1]))
        self._forests: list[Forest | None] = []
        below_zero: set[int] = set()
        for scorer, part in zip(scorers, self._parts, strict=True):
            columns = list(scorer.names.values())
            self._weights[HEAD, part] = scorer.bias
            self._weights[[self._places[name] for name in scorer.names], part] = scorer.weights[:, columns].T
            forest = None
            if scorer.trees:
                ordered = sorted(scorer.columns, key=scorer.columns.__getitem__)
                forest = Forest(scorer.trees, [self._places[name] for name in ordered], self._unknown + 1)
                below_zero |= forest.below_zero
            self._forests.append(forest)
        self._zeros = {name: 0.0 for name, place in self._places.items() if place in below_zero}

    def odds(self, rows: Sequence[Features]) -> list[list[float]]:
        """Score rows by each scorer, all of two classes: the log-odds of the second."""
        if self._weight_of is None:
            return [scores[:, 0].tolist() for scores in self.log_odds(rows)]
        # Few features, most of them absent: look-ups by name beat matrices.
        weight_of, bias = self._weight_of.get, self._bias
        return [[sum(map(mul, map(weight_of, row, repeat(0.0)), row.values())) + bias for row in rows]]

    def log_odds(self, rows: Sequence[Features]) -> list[ndarray]:
        """Score rows by each scorer: (rows, outputs)."""
        import numpy as np

        if self._weight_of is not None:
            return [np.array(self.odds(rows)[0], np.float64).reshape(-1, 1)]
        if not rows:
            return [np.zeros((0, part.stop - part.start)) for part in self._parts]
        placed = self._place(rows)
        told = self._weights[placed.places]
        told *= placed.values[:, None]
        linear = np.add.reduceat(told, placed.starts, axis=0)
        return [
            (linear[:, part] + forest.score(placed)) / 2 if forest else linear[:, part]
            for part, forest in zip(self._parts, self._forests, strict=True)
        ]

    def answers(self, rows: Sequence[Features]) -> list[list[Any]]:
        """Give of each scorer for each row the log-odds of the second of two classes, or the shares of several."""
        if self._weight_of is not None:
            return list(self.odds(rows))
        return [
            scores[:, 0].tolist() if len(classes) == 2 else as_shares(scores).tolist()
            for classes, scores in zip(self.classes, self.log_odds(rows), strict=True)
        ]

    def _place(self, rows: Sequence[Features]) -> Placed:
        import numpy as np

        if self._zeros:  # absent ones are above such a threshold
            rows = [self._zeros | row for row in rows]
        sizes = [len(row) + 1 for row in rows]
        headed = list(chain.from_iterable(zip(repeat(_HEAD), rows, strict=False)))
        names, values = chain.from_iterable(headed), chain.from_iterable(map(_values_of, headed))
        total = sum(sizes)
        return Placed(
            np.fromiter(map(self._places.get, names, repeat(self._unknown)), np.int64, total),
            np.fromiter(values, np.float64, total),
            np.array([0, *accumulate(sizes[:-1])]),
        )
