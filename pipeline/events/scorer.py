"""A learned scorer as plain numbers: a linear part over all features and boosted trees over the frequent ones.

A feature vector is a mapping from name to value; a name that the model does not know is ignored, one that is missing
counts as 0. The score of a class is the mean of the two parts' log-odds, so both can be read and neither runs code.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Scorer:
    """Scores for `classes`; a scorer of two classes has one output, the log-odds of the second."""

    classes: tuple[str, ...]
    names: Mapping[str, int]  # all features: column of the linear part
    weights: ndarray  # (outputs, features)
    bias: ndarray  # (outputs,)
    columns: Mapping[str, int]  # frequent features: column of the dense matrix
    trees: Trees | None

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

        out = np.tile(self.bias, (len(rows), 1))
        if not self.names:
            return out
        column_of = self.names.get
        for index, row in enumerate(rows):
            columns = [column_of(name, -1) for name in row]
            values = [value if column >= 0 else 0.0 for column, value in zip(columns, row.values(), strict=True)]
            out[index] += self.weights[:, columns] @ np.array(values)
        return out

    def _boosted(self, rows: Sequence[Features], trees: Trees) -> ndarray:
        import numpy as np

        dense = np.zeros((len(rows), len(self.columns)), dtype=np.float32)
        for index, row in enumerate(rows):
            for name, value in row.items():
                column = self.columns.get(name)
                if column is not None:
                    dense[index, column] = value
        count = trees.feature.shape[0]
        every = np.arange(count)
        node = np.zeros((len(rows), count), dtype=np.int64)
        line = np.arange(len(rows))[:, None]
        for _ in range(trees.depth):
            feature = trees.feature[every, node]
            right = dense[line, np.maximum(feature, 0)] > trees.threshold[every, node]
            step = np.where(right, trees.right[every, node], trees.left[every, node])
            node = np.where(feature < 0, node, step)
        outputs = len(trees.base)
        leaves: ndarray = trees.value[every, node].reshape(len(rows), count // outputs, outputs)
        total: ndarray = leaves.sum(axis=1) + trees.base
        return total
