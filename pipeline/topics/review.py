"""Choosing the articles most worth labelling: where the model is in doubt or overlooks listed words, all different."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pipeline.topics.words import Bags, weigh

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from pipeline.topics.definitions import Definition
    from pipeline.topics.scorer import Matrix
    from pipeline.topics.words import Words

ALIKE = 0.7  # cosine of mean places above which two articles would teach the same
OVERLOOKED = 4  # one in so many is chosen because listed words speak for a topic that the model denies


def unsure(probabilities: Matrix) -> NDArray[np.float64]:
    """Tell for each article (N × T) how near its least certain topic is to the cut: 1 at 0.5, 0 at 0 and 1."""
    return np.asarray((1.0 - np.abs(probabilities - 0.5) * 2).max(axis=1, initial=0.0))


def listed_density(bags: Bags, words: Words, definitions: Sequence[Definition]) -> Matrix:
    """Tell for each article and topic (N × T) how densely the words of topics.yaml stand in it."""
    _, density = weigh(bags, words.rarity)
    listed = np.array([[float(topic.lists(name)) for topic in definitions] for name in words.names])
    return np.asarray(density @ listed)


def choose(
    bags: Bags, words: Words, definitions: Sequence[Definition], probabilities: Matrix, wanted: int
) -> list[int]:
    """Choose up to `wanted` articles to be labelled, most instructive first; N × T probabilities, NaN when unknown.

    A topic that was never learned is judged by its listed words alone.
    """
    density = listed_density(bags, words, definitions)
    known = ~np.isnan(probabilities)
    by_doubt = unsure(np.where(known, probabilities, 0.0))
    by_words = (density * np.where(known, 1.0 - np.nan_to_num(probabilities), 1.0)).max(axis=1, initial=0.0)
    share, _ = weigh(bags, words.rarity)
    places = share @ words.vectors()
    places = places / np.maximum(np.linalg.norm(places, axis=1, keepdims=True), 1e-9)
    orders = [list(np.argsort(-by_doubt, kind="stable")), list(np.argsort(-by_words, kind="stable"))]
    chosen: list[int] = []
    while len(chosen) < wanted and any(orders):
        turn = 1 if known.any() and len(chosen) % OVERLOOKED == OVERLOOKED - 1 else 0
        order = orders[turn if known.any() else 1] or orders[0] or orders[1]
        row = int(order.pop(0))
        if row in chosen or (chosen and float((places[chosen] @ places[row]).max()) > ALIKE):
            continue
        chosen.append(row)
    return chosen
