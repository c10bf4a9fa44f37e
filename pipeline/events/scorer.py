"""A learned scorer as plain numbers: a linear part over all features and boosted trees over the frequent ones.

A feature vector is a mapping from name to value; a name that the model does not know is ignored, one that is missing
counts as 0. The score of a class is the mean of the two parts' log-odds, so both can be read and neither runs code.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from itertools import repeat
from math import exp
from operator import mul
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy import ndarray

Features = dict[str, float]
# Of a feature: the leaves that are left where it is 1 (None: all), its thresholds, and what is left above so many.
Left = tuple[int | None, list[float], list[int]]


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

    A number has one bit a leaf, tree after tree, each tree's from left to right. A feature above the threshold of a
    node strikes out the leaves to the left of that node; the first leaf of a tree that is left is the one reached.
    """

    def __init__(self, trees: Trees, names: Sequence[str]) -> None:
        import numpy as np

        parts = (trees.feature, _above(trees.threshold), trees.left, trees.right, trees.value)
        starts: list[int] = []
        leaves: list[float] = []
        struck: dict[str, dict[float, int]] = {}  # by feature and threshold: the leaves it strikes out
        for features, thresholds, left, right, values in zip(*(part.tolist() for part in parts), strict=True):
            starts.append(len(leaves))
            firsts: dict[int, int] = {}  # the first leaf below each node
            for at in _in_order(features, left, right):
                firsts[at] = len(leaves)
                if features[at] < 0:
                    leaves.append(values[at])
            for at, feature in enumerate(features):
                if feature >= 0:
                    gone = (1 << firsts[right[at]]) - (1 << firsts[left[at]])
                    told = struck.setdefault(names[feature], {})
                    told[thresholds[at]] = told.get(thresholds[at], 0) | gone
        self.every = (1 << len(leaves)) - 1
        self._starts = sum(1 << start for start in starts)
        self._size = len(leaves) // 8 + 1
        self._leaves = np.zeros(8 * self._size, dtype=trees.value.dtype)
        self._leaves[: len(leaves)] = leaves
        self._base = trees.base
        self.left: dict[str, Left] = {}
        for name, told in struck.items():
            ascending = sorted(told)
            masks = [self.every]
            for threshold in ascending:
                masks.append(masks[-1] & ~told[threshold])
            # Most features are 1 or 0. One that is 0 or absent strikes out nothing unless it has a threshold below.
            place = bisect_left(ascending, 1.0)
            self.left[name] = (masks[place] if place else None, ascending, masks)
        below = [(name, left) for name, left in self.left.items() if left[1][0] < 0]
        self.of_absent = [(name, masks[bisect_left(thresholds, 0.0)]) for name, (_, thresholds, masks) in below]

    def score(self, rows: Sequence[Features]) -> ndarray:
        """Sum the leaves that rows reach: (rows, outputs)."""
        of = self.left.get
        remaining = []
        for row in rows:
            left = self.every
            for found, value in zip(map(of, row), row.values(), strict=True):
                if found is None:
                    continue
                if value == 1.0:
                    if found[0] is not None:
                        left &= found[0]
                elif value:
                    left &= found[2][bisect_left(found[1], value)]
            for name, mask in self.of_absent:
                if not row.get(name):
                    left &= mask
            remaining.append(left)
        return self.sums(remaining)

    def sums(self, remaining: Sequence[int]) -> ndarray:
        """Sum for each row the first of the leaves of each tree that remain: (rows, outputs)."""
        import numpy as np

        starts, size = self._starts, self._size
        # The lowest bit of each tree: no tree has none, so the subtraction borrows from no neighbour.
        reached = b"".join([(left & ~(left - starts)).to_bytes(size, "little") for left in remaining])
        bits = np.unpackbits(np.frombuffer(reached, np.uint8), bitorder="little").view(np.bool_)
        leaves = np.tile(self._leaves, len(remaining)) if len(remaining) > 1 else self._leaves
        leaves = leaves[bits].reshape(len(remaining), -1, len(self._base))
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
    # An article asks for a few rows at a time, and most features are absent: look-ups by name beat matrices.
    _weight_of: Mapping[str, float] = field(init=False, repr=False, compare=False)  # of a scorer with one output
    _both_of: Mapping[str, tuple[float, Left]] = field(init=False, repr=False, compare=False)  # of one with trees
    _weights_of: ndarray = field(init=False, repr=False, compare=False)  # of others: (features, outputs), 0 at the end
    _forest: Forest | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        import numpy as np

        ordered = sorted(self.columns, key=self.columns.__getitem__)
        forest = Forest(self.trees, ordered) if self.trees else None
        weight_of: dict[str, float] = {}
        both_of: dict[str, tuple[float, Left]] = {}
        weights_of = np.zeros((0, 0))
        if self.weights.shape[0] > 1:
            weights_of = np.vstack([self.weights.T, np.zeros((1, self.weights.shape[0]))])
        else:
            weight_of = dict(zip(self.names, self.weights[0, list(self.names.values())].tolist(), strict=True))
            if forest:
                without: Left = (None, [], [forest.every])
                both_of = {name: (weight, forest.left.get(name, without)) for name, weight in weight_of.items()}
                both_of |= {name: (0.0, left) for name, left in forest.left.items() if name not in both_of}
        object.__setattr__(self, "_weight_of", weight_of)
        object.__setattr__(self, "_both_of", both_of)
        object.__setattr__(self, "_weights_of", weights_of)
        object.__setattr__(self, "_forest", forest)

    def odds(self, rows: Sequence[Features]) -> list[float]:
        """Score rows by a scorer of two classes: the log-odds of the second."""
        bias: float = self.bias[0].item()
        if self._forest is None or not rows:
            weight_of = self._weight_of.get
            return [sum(map(mul, map(weight_of, row, repeat(0.0)), row.values())) + bias for row in rows]
        of, every = self._both_of.get, self._forest.every
        linear, remaining = [], []
        for row in rows:
            total, left = 0.0, every
            for found, value in zip(map(of, row), row.values(), strict=True):
                if found is None:
                    continue
                weight, (of_one, thresholds, masks) = found
                if value == 1.0:
                    total += weight
                    if of_one is not None:
                        left &= of_one
                elif value:
                    total += weight * value
                    if thresholds:
                        left &= masks[bisect_left(thresholds, value)]
            for name, mask in self._forest.of_absent:
                if not row.get(name):
                    left &= mask
            linear.append(total + bias)
            remaining.append(left)
        trees = self._forest.sums(remaining)[:, 0].tolist()
        return [(one + other) / 2 for one, other in zip(linear, trees, strict=True)]

    def chances(self, rows: Sequence[Features]) -> list[float]:
        """Give the probability of the second of two classes for each row."""
        return [1 / (1 + exp(-min(max(odds, -30.0), 30.0))) for odds in self.odds(rows)]

    def log_odds(self, rows: Sequence[Features]) -> ndarray:
        """Score rows of features: (rows, outputs)."""
        import numpy as np

        if self.weights.shape[0] == 1:
            return np.array(self.odds(rows), np.float64).reshape(-1, 1)
        linear = self._linear(rows)
        if self._forest is None or not rows:
            return linear
        both: ndarray = (linear + self._forest.score(rows)) / 2
        return both

    def probabilities(self, rows: Sequence[Features]) -> ndarray:
        """Give the probability of every class: (rows, classes)."""
        import numpy as np

        if len(self.classes) == 2:
            both: ndarray = np.array([(1 - p, p) for p in self.chances(rows)]).reshape(-1, 2)
            return both
        scores = self.log_odds(rows)
        raised: ndarray = np.exp(scores - np.maximum.reduce(scores, axis=1, keepdims=True)) if len(rows) else scores
        if len(rows):
            raised /= np.add.reduce(raised, axis=1, keepdims=True)
        return raised

    def strongest(self, row: Features, output: int = 0, limit: int = 6) -> list[tuple[str, float]]:
        """List the features that move the linear part of one output most, as (name, contribution)."""
        moved = [
            (name, float(self.weights[output, self.names[name]] * value))
            for name, value in row.items()
            if name in self.names
        ]
        return sorted(moved, key=lambda pair: -abs(pair[1]))[:limit]

    def _linear(self, rows: Sequence[Features]) -> ndarray:
        import numpy as np

        out = np.empty((len(rows), len(self.bias)))
        column_of, weights = self.names.get, self._weights_of
        for index, row in enumerate(rows):
            columns = np.fromiter(map(column_of, row, repeat(-1)), np.int64, len(row))
            values = np.fromiter(row.values(), np.float64, len(row))
            out[index] = values @ weights[columns]
        out += self.bias
        return out
