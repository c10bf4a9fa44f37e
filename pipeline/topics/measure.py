"""Figures of topics: precision, recall and F1 at the cut, and how far probabilities can be trusted."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from pipeline.topics.learn import Labels
    from pipeline.topics.scorer import Matrix

BINS = 10  # equal widths, as in Naeini et al. 2015


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """How good the judgement of one topic is over the articles that were judged for it."""

    articles: int
    has: int
    found: int
    right: int
    precision: float
    recall: float
    f1: float
    calibration_error: float


def measure(probabilities: Matrix, labels: Labels, topics: Sequence[str], cut: float) -> dict[str, Figures]:
    """Measure N × T probabilities against labels; what nobody judged or no model could tell (NaN) is left out."""
    told = {
        name: _measure_topic(probabilities[:, column], labels[:, column], cut) for column, name in enumerate(topics)
    }
    return {name: figures for name, figures in told.items() if figures.articles}


def macro_f1(figures: Mapping[str, Figures]) -> float:
    """Give the mean F1 over topics."""
    return float(np.mean([one.f1 for one in figures.values()])) if figures else 0.0


def plain(figures: Mapping[str, Figures]) -> dict[str, Any]:
    """Give figures for JSON, rounded to what they are worth."""
    told = {name: {key: round(value, 4) for key, value in asdict(one).items()} for name, one in sorted(figures.items())}
    return {"topics": told, "macro_f1": round(macro_f1(figures), 4)}


def _measure_topic(probabilities: NDArray[np.float64], labels: NDArray[np.int8], cut: float) -> Figures:
    judged = (labels >= 0) & ~np.isnan(probabilities)
    probabilities, has = probabilities[judged], labels[judged] == 1
    found = probabilities >= cut
    right = int((found & has).sum())
    wanted, told = int(has.sum()), int(found.sum())
    return Figures(
        articles=int(judged.sum()),
        has=wanted,
        found=told,
        right=right,
        precision=right / told if told else 0.0,
        recall=right / wanted if wanted else 0.0,
        f1=2 * right / (wanted + told) if right else 0.0,
        calibration_error=calibration_error(probabilities, has),
    )


def calibration_error(probabilities: NDArray[np.float64], has: NDArray[np.bool_]) -> float:
    """Give the expected calibration error over ten bins of equal width."""
    if not len(probabilities):
        return 0.0
    bins = np.minimum((probabilities * BINS).astype(int), BINS - 1)
    total = 0.0
    for number in range(BINS):
        inside = bins == number
        if inside.any():
            total += abs(probabilities[inside].mean() - has[inside].mean()) * inside.mean()
    return float(total)
