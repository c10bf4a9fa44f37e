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
        self._all = (1 << len(leaves)) - 1
        self._starts = sum(1 << start for start in starts)
        self._size = len(leaves) // 8 + 1
        self._leaves = np.array(leaves, dtype=trees.value.dtype)
        self._base = trees.base
        self._left: dict[str, tuple[list[float], list[int]]] = {}  # thresholds, what is left above so many of them
        for name, told in struck.items():
            ascending = sorted(told)
            masks = [self._all]
            for threshold in ascending:
                masks.append(masks[-1] & ~told[threshold])
            self._left[name] = (ascending, masks)
        # Most features are 1 or 0. One that is 0 or absent strikes out nothing unless it has a threshold below.
        self._left_of_one = {
            name: masks[place]
            for name, (thresholds, masks) in self._left.items()
            if (place := bisect_left(thresholds, 1.0))
        }
        self._below_zero = tuple(name for name, (thresholds, _) in self._left.items() if thresholds[0] < 0)

    def score(self, rows: Sequence[Features]) -> ndarray:
        """Sum the leaves that rows reach: (rows, outputs)."""
        import numpy as np

        of, of_one = self._left.get, self._left_of_one.get
        reached = bytearray()
        for row in rows:
            remaining = self._all
            for name, value in row.items():
                if value == 1.0:
                    mask = of_one(name)
                    if mask is not None:
                        remaining &= mask
                elif value:
                    found = of(name)
                    if found is not None:
                        remaining &= found[1][bisect_left(found[0], value)]
            for name in self._below_zero:
                if not row.get(name):
                    found = self._left[name]
                    remaining &= found[1][bisect_left(found[0], 0.0)]
            # The lowest bit of each tree: no tree has none, so the subtraction borrows from no neighbour.
            reached += (remaining & ~(remaining - self._starts)).to_bytes(self._size, "little")
        bits = np.unpackbits(np.frombuffer(reached, np.uint8), bitorder="little").reshape(len(rows), -1)
        leaves = self._leaves[bits.nonzero()[1]].reshape(len(rows), -1, len(self._base))
        total: ndarray = leaves.sum(axis=1) + self._base
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
    _forest: Forest | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        weight_of: dict[str, float] = {}
        if self.weights.shape[0] == 1:
            weight_of = dict(zip(self.names, self.weights[0, list(self.names.values())].tolist(), strict=True))
        object.__setattr__(self, "_weight_of", weight_of)
        ordered = sorted(self.columns, key=self.columns.__getitem__)
        object.__setattr__(self, "_forest", Forest(self.trees, ordered) if self.trees else None)

    def log_odds(self, rows: Sequence[Features]) -> ndarray:
        """Score rows of features: (rows, outputs)."""
        linear = self._linear(rows)
        if self._forest is None or not rows:
            return linear
        both: ndarray = (linear + self._forest.score(rows)) / 2
        return both

    def probabilities(self, rows: Sequence[Features]) -> ndarray:
        """Give the probability of every class: (rows, classes)."""
        import numpy as np

        scores = self.log_odds(rows)
        if len(self.classes) == 2:
            positive = [1 / (1 + exp(-min(max(score, -30.0), 30.0))) for score in scores[:, 0].tolist()]
            both: ndarray = np.array([(1 - p, p) for p in positive]).reshape(-1, 2)
            return both
        raised: ndarray = np.exp(scores - scores.max(axis=1, keepdims=True)) if len(rows) else scores
        if len(rows):
            raised /= raised.sum(axis=1, keepdims=True)
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

        if self.weights.shape[0] == 1:
            weight_of = self._weight_of.get
            sums = [sum(map(mul, map(weight_of, row, repeat(0.0)), row.values())) for row in rows]
            scores: ndarray = np.array(sums, dtype=np.float64).reshape(-1, 1) + self.bias
            return scores
        out = np.tile(self.bias, (len(rows), 1))
        column_of, weights = self.names.get, self.weights.T
        for index, row in enumerate(rows):
            columns = np.array(list(map(column_of, row, repeat(-1))), dtype=np.int64)
            values = np.fromiter(row.values(), np.float64, len(row))
            known = columns >= 0
            out[index] += values[known] @ weights[columns[known]]
        return out
