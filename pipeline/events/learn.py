"""Fit scorers with scikit-learn: the only module of the events that imports it."""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import TYPE_CHECKING, Any

from pipeline.events.scorer import Scorer, Trees

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy import ndarray

    from pipeline.events.scorer import Features

SEED = 20261125


def shuffled(numbers: Iterable[int]) -> list[int]:
    """Put numbers in an order that has nothing to do with their own and is the same every time."""
    return sorted(numbers, key=lambda number: hashlib.sha256(f"{SEED}-{number}".encode()).digest())


def fit(
    rows: Sequence[Features],
    labels: Sequence[str],
    *,
    classes: tuple[str, ...] | None = None,
    strength: float = 0.3,
    rounds: int = 120,
    rare: int = 3,
    frequent: int = 12,
    share: float = 0.3,
    weights: Sequence[float] | None = None,
) -> Scorer:
    """Fit a scorer to rows of features and their labels.

    `strength` is the inverse regularisation of the linear part, `rounds` those of the trees, `share` what part of the
    features each split may choose from, `weights` those of the rows. Features met in fewer than `rare` rows are
    dropped; trees see those met in at least `frequent` rows.
    """
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    known = classes or tuple(sorted(set(labels)))
    counts = Counter(name for row in rows for name in row)
    names = {name: column for column, name in enumerate(sorted(n for n, c in counts.items() if c >= rare))}
    matrix = _sparse(rows, names)
    target = np.array([known.index(label) for label in labels])
    present = sorted(set(target.tolist()))
    linear = LogisticRegression(C=strength, max_iter=400).fit(matrix, target, sample_weight=weights)
    outputs = 1 if len(known) == 2 else len(known)
    coefficients, bias = np.zeros((outputs, len(names))), np.full(outputs, -8.0)
    if outputs == 1:
        coefficients[0], bias[0] = linear.coef_[0], linear.intercept_[0]
    elif len(present) == 2:
        coefficients[present[0]], bias[present[0]] = -linear.coef_[0] / 2, -linear.intercept_[0] / 2
        coefficients[present[1]], bias[present[1]] = linear.coef_[0] / 2, linear.intercept_[0] / 2
    else:
        coefficients[present], bias[present] = linear.coef_, linear.intercept_
    dense = {name: i for i, name in enumerate(sorted(n for n, c in counts.items() if c >= frequent))}
    trees = _boost(rows, target, dense, present, outputs, rounds, weights, share) if rounds else None
    if trees is None:
        dense = {}
    return Scorer(classes=known, names=names, weights=coefficients, bias=bias, columns=dense, trees=trees)


def _boost(
    rows: Sequence[Features],
    target: ndarray,
    dense: dict[str, int],
    present: list[int],
    outputs: int,
    rounds: int,
    weights: Sequence[float] | None,
    share: float = 0.3,
) -> Trees | None:
    import numpy as np
    from sklearn.ensemble import HistGradientBoostingClassifier

    if not dense or (outputs > 1 and len(present) < outputs):
        return None
    matrix = np.zeros((len(rows), len(dense)), dtype=np.float32)
    for index, row in enumerate(rows):
        for name, value in row.items():
            if name in dense:
                matrix[index, dense[name]] = value
    learner = HistGradientBoostingClassifier(
        max_iter=rounds, learning_rate=0.06, max_leaf_nodes=10, min_samples_leaf=8, l2_regularization=2.0,
        max_features=share, max_bins=64, early_stopping=False, random_state=SEED,
    )  # fmt: skip
    learner.fit(matrix, target, sample_weight=weights)
    predictors = [tree for round_ in learner._predictors for tree in round_]  # noqa: SLF001 - no public export exists
    width = max(len(tree.nodes) for tree in predictors)
    shape = (len(predictors), width)
    feature = np.full(shape, -1, np.int32)
    left = np.zeros(shape, np.int32)
    right = np.zeros(shape, np.int32)
    threshold = np.zeros(shape, np.float32)
    leaf = np.zeros(shape, np.float64)
    deepest = 0
    for i, tree in enumerate(predictors):
        nodes = tree.nodes
        count = len(nodes)
        inner = nodes["is_leaf"] == 0
        feature[i, :count][inner] = nodes["feature_idx"][inner]
        threshold[i, :count] = np.nan_to_num(nodes["num_threshold"], posinf=3e38, neginf=-3e38)
        left[i, :count], right[i, :count] = nodes["left"], nodes["right"]
        leaf[i, :count] = nodes["value"]
        deepest = max(deepest, int(nodes["depth"].max()))
    base = np.asarray(learner._baseline_prediction, dtype=np.float64).reshape(-1)  # noqa: SLF001
    return Trees(feature=feature, threshold=threshold, left=left, right=right, value=leaf, base=base, depth=deepest)


def fit_choice(
    rows: Sequence[Features], labels: Sequence[str], weights: Sequence[float], strength: float = 0.3, rare: int = 3
) -> Scorer:
    """Fit a scorer whose exponents, shared out among the rows of a choice, are the chances of each to be the one.

    The rows of a choice follow one another; the first of them, and no other, has the feature "none". Every choice has
    a row labelled "yes", or several that mean the same. A conditional logit with `strength` as in `fit`.
    """
    import numpy as np
    from scipy.optimize import minimize

    counts = Counter(name for row in rows for name in row)
    names = {name: column for column, name in enumerate(sorted(n for n, c in counts.items() if c >= rare))}
    matrix = _sparse(rows, names)
    choice = np.cumsum(["none" in row for row in rows]) - 1
    count = int(choice[-1]) + 1
    right = np.array([label == "yes" for label in labels], dtype=np.float64)
    weight = np.zeros(count)
    weight[choice] = weights

    def loss(coefficients: ndarray) -> tuple[float, ndarray]:
        odds = matrix @ coefficients
        highest = np.full(count, -np.inf)
        np.maximum.at(highest, choice, odds)
        share = np.exp(odds - highest[choice])
        share /= np.bincount(choice, share, count)[choice]
        held = np.maximum(np.bincount(choice, share * right, count), 1e-12)
        value = -(weight * np.log(held)).sum() + coefficients @ coefficients / (2 * strength)
        slope = matrix.T @ (weight[choice] * (share - share * right / held[choice])) + coefficients / strength
        return float(value), slope

    found = minimize(loss, np.zeros(len(names)), jac=True, method="L-BFGS-B", options={"maxiter": 300})
    return Scorer(
        classes=("no", "yes"), names=names, weights=found.x[None, :], bias=np.zeros(1), columns={}, trees=None
    )


def _sparse(rows: Sequence[Features], names: dict[str, int]) -> Any:  # noqa: ANN401 - scipy has no types
    from scipy.sparse import csr_matrix

    data, columns, ends = [], [], [0]
    for row in rows:
        for name, value in row.items():
            if name in names:
                columns.append(names[name])
                data.append(value)
        ends.append(len(columns))
    return csr_matrix((data, columns, ends), shape=(len(rows), len(names)), dtype="float64")


def fit_line(scores: Sequence[tuple[float, bool]]) -> tuple[float, float]:
    """Fit the log-odds of being right to the log-odds of a confidence: (slope, offset)."""
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    if len({right for _, right in scores}) < 2:
        return 1.0, 0.0
    held = np.clip([score for score, _ in scores], 1e-6, 1 - 1e-6)
    fitted = LogisticRegression(C=10.0).fit(np.log(held / (1 - held))[:, None], [right for _, right in scores])
    return float(fitted.coef_[0, 0]), float(fitted.intercept_[0])
