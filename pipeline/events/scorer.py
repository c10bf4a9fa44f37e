"""A learned scorer as plain numbers: a linear part over all features and boosted trees over the frequent ones.

A feature vector is a mapping from name to value; a name that the model does not know is ignored, one that is missing
counts as 0. The score of a class is the mean of the two parts' log-odds, so both can be read and neither runs code.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from operator import mul
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy import ndarray

Features = dict[str, float]
# A tree as it is walked: (feature, threshold, where not above it, where above), a number at a leaf.
Node = tuple[str, float, "Node", "Node"] | float


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

    def as_nodes(self, names: Sequence[str]) -> tuple[Node, ...]:
        """Write each tree as its root node, `names` being the features by column."""
        parts = (self.feature, _above(self.threshold), self.left, self.right, self.value)
        return tuple(_root(names, *tree) for tree in zip(*(part.tolist() for part in parts), strict=True))


def _root(
    names: Sequence[str],
    features: Sequence[int],
    thresholds: Sequence[float],
    left: Sequence[int],
    right: Sequence[int],
    values: Sequence[float],
) -> Node:
    nodes: list[Node] = list(values)
    for at in reversed(range(len(nodes))):  # a node stands before its children
        if features[at] >= 0:
            nodes[at] = names[features[at]], thresholds[at], nodes[left[at]], nodes[right[at]]
    return nodes[0]


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
    # An article asks for a few rows at a time, most of whose features are absent: plain look-ups by name beat matrices.
    _weight_of: Mapping[str, float] = field(init=False, repr=False, compare=False)  # of a scorer with one output
    _walked: tuple[Node, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        weight_of: dict[str, float] = {}
        if self.weights.shape[0] == 1:
            weight_of = dict(zip(self.names, self.weights[0, list(self.names.values())].tolist(), strict=True))
        object.__setattr__(self, "_weight_of", weight_of)
        walked = self.trees.as_nodes(sorted(self.columns, key=self.columns.__getitem__)) if self.trees else ()
        object.__setattr__(self, "_walked", walked)

    def log_odds(self, rows: Sequence[Features]) -> ndarray:
        """Score rows of features: (rows, outputs)."""
        linear = self._linear(rows)
        if self.trees is None or not rows:
            return linear
        both: ndarray = (linear + self._boosted(rows, self.trees)) / 2
        return both

    def probabilities(self, rows: Sequence[Features]) -> ndarray:
        """Give the probability of every class: (rows, classes)."""
        import numpy as np

        scores = self.log_odds(rows)
        if len(self.classes) == 2:
            positive = 1 / (1 + np.exp(-np.clip(scores[:, 0], -30, 30)))
            both: ndarray = np.stack([1 - positive, positive], axis=1)
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
            of = self._weight_of.get
            sums = [sum(map(mul, [of(name, 0.0) for name in row], row.values())) for row in rows]
            scores: ndarray = np.array(sums, dtype=np.float64).reshape(-1, 1) + self.bias
            return scores
        out = np.tile(self.bias, (len(rows), 1))
        for index, row in enumerate(rows):
            known = [(self.names[name], value) for name, value in row.items() if name in self.names]
            columns = [column for column, _ in known]
            out[index] += self.weights[:, columns] @ np.array([value for _, value in known], dtype=np.float64)
        return out

    def _boosted(self, rows: Sequence[Features], trees: Trees) -> ndarray:
        import numpy as np

        reached: list[float] = []
        for row in rows:
            of = row.get
            for root in self._walked:
                node = root
                while isinstance(node, tuple):
                    node = node[3] if of(node[0], 0.0) > node[1] else node[2]
                reached.append(node)
        outputs = len(trees.base)
        leaves = np.array(reached, dtype=trees.value.dtype).reshape(len(rows), -1, outputs)
        total: ndarray = leaves.sum(axis=1) + trees.base
        return total
