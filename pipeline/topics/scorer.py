"""From counted words to probabilities: a sum over words, then a small calibrated judgement of the whole text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.topics.words import LEAST, weigh

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from pipeline.topics.words import Bags

    Matrix = NDArray[np.float64]

SIGNS = (
    "sum",
    "strongest word",
    "three strongest words",
    "all that speaks for it",
    "length",
    "strongest two sentences",
    "first sentence",
)
TOP = 3
PASSAGE = 2  # neighbouring sentences that are judged by themselves


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """All that was learned, for T topics over V words.

    A text's sum for a topic is `share · words + density · listed + bias`. Its signs (`SIGNS`) are the sum, how strong
    its strongest words and its strongest passage are whatever the length of the text, so that one headline in a survey
    of ten is not drowned, and the sum of its headline alone; `judge` turns them into the log-odds of a calibrated
    probability.
    """

    topics: tuple[str, ...]
    words: NDArray[np.float32]  # V × T
    listed: NDArray[np.float32]  # V × T, non-zero for the words of topics.yaml
    bias: Matrix  # T
    judge: Matrix  # T × 8: one weight a sign, then a constant

    def write(self, path: Path) -> None:
        """Write weights.npz: plain arrays, which cannot run code."""
        np.savez_compressed(
            path,
            topics=np.array(self.topics),
            words=self.words,
            listed=self.listed,
            bias=self.bias,
            judge=self.judge,
        )

    @classmethod
    def read(cls, path: Path) -> Weights:
        """Read weights.npz; ValueError when it holds anything but arrays."""
        with np.load(path, allow_pickle=False) as found:
            return cls(
                topics=tuple(str(name) for name in found["topics"]),
                words=found["words"],
                listed=found["listed"],
                bias=found["bias"],
                judge=found["judge"],
            )


@dataclass(frozen=True, slots=True)
class Spoken:
    """What each word of each text says for each topic: `values` is T × M for the M words that occur, row by row."""

    values: Matrix
    rows: NDArray[np.int64]
    columns: NDArray[np.int64]


def speak(bags: Bags, rarity: NDArray[np.float32], weights: Weights) -> Spoken:
    """Tell for every word of every text what it adds to the sum of each topic."""
    share, density = weigh(bags, rarity)
    columns = share.indices
    values = share.data * weights.words[columns].T + density.data * weights.listed[columns].T
    return Spoken(values, np.repeat(np.arange(len(bags)), np.diff(share.indptr)), columns)


def signs(bags: Bags, rarity: NDArray[np.float32], weights: Weights, spoken: Spoken | None = None) -> Matrix:
    """Give the signs of each text for each topic, T × N × 7; `spoken` saves counting what was counted before."""
    spoken = spoken or speak(bags, rarity, weights)
    lengths, bias = bags.lengths, weights.bias
    topics, texts = len(bias), len(lengths)
    root = np.sqrt(lengths + LEAST)
    found = np.zeros((topics, texts, len(SIGNS)))
    strength = np.maximum(spoken.values, 0.0) * root[spoken.rows]
    for topic in range(topics):
        found[topic, :, 0] = np.bincount(spoken.rows, spoken.values[topic], texts) + bias[topic]
        found[topic, :, 3] = np.bincount(spoken.rows, strength[topic], texts)
    begins = np.flatnonzero(np.diff(spoken.rows, prepend=-1))
    if len(begins):
        strongest = _strongest(strength, begins)
        with_words = spoken.rows[begins]
        found[:, with_words, 1] = strongest[0]
        found[:, with_words, 2] = sum(strongest)
    found[:, :, 1:4] = np.log1p(found[:, :, 1:4])
    found[:, :, 4] = np.log(lengths + LEAST)
    found[:, :, 5], found[:, :, 6] = _passages(bags, rarity, weights)
    return found


def _strongest(strength: Matrix, begins: NDArray[np.int64]) -> list[Matrix]:
    """Give the TOP greatest of each run of columns, which begin at `begins`; 0 where a run is shorter."""
    left, places = strength.copy(), np.arange(strength.shape[1])
    run = np.repeat(np.arange(len(begins)), np.diff(begins, append=len(places)))
    found = []
    for _ in range(TOP):
        greatest = np.maximum.reduceat(left, begins, axis=1)
        found.append(greatest)
        first = np.minimum.reduceat(np.where(left == greatest[:, run], places, len(places)), begins, axis=1)
        np.put_along_axis(left, first, 0.0, axis=1)
    return found


def _passages(bags: Bags, rarity: NDArray[np.float32], weights: Weights) -> tuple[Matrix, Matrix]:
    """Give the sum of the two neighbouring sentences that speak most for a topic, and of the first one, T × N each.

    Repeated words count in full here, so that sentences are summed instead of counted together.
    """
    said = _running(bags.sentences @ (rarity[:, None] * weights.words))
    listed = _running(bags.sentences @ weights.listed)
    norm = _running((bags.sentences @ rarity.astype(np.float64) ** 2)[:, None])
    words = _running(bags.sentence_lengths[:, None])

    def spoken(start: NDArray[np.int64], stop: NDArray[np.int64]) -> Matrix:
        by_share = (said[stop] - said[start]) / np.sqrt(np.maximum(norm[stop] - norm[start], 1e-9))
        by_density = (listed[stop] - listed[start]) / np.sqrt(words[stop] - words[start] + LEAST)
        return np.asarray(by_share + by_density + weights.bias)

    text = np.repeat(np.arange(len(bags)), np.diff(bags.ends))
    start = np.arange(len(text))
    stop = np.minimum(start + PASSAGE, bags.ends[1:][text])
    whole = (stop - start == PASSAGE) | (
        start == bags.ends[text]
    )  # a lone last sentence was judged with the one before
    start, stop, text = start[whole], stop[whole], text[whole]
    begins = np.flatnonzero(np.diff(text, prepend=-1))
    strongest = np.tile(weights.bias, (len(bags), 1))
    if len(text):
        strongest[text[begins]] = np.maximum.reduceat(spoken(start, stop), begins, axis=0)
    first = spoken(bags.ends[:-1], np.minimum(bags.ends[:-1] + 1, bags.ends[1:]))
    return strongest.T, first.T


def _running(values: Any) -> Matrix:  # noqa: ANN401 - scipy publishes no types
    return np.concatenate([np.zeros((1, values.shape[1])), np.cumsum(values, axis=0, dtype=np.float64)])


def judge(found: Matrix, weights: Matrix) -> Matrix:
    """Turn signs (T × N × 7) into calibrated probabilities, N × T."""
    odds = np.einsum("tns,ts->nt", found, weights[:, :-1]) + weights[:, -1]
    return np.asarray(1.0 / (1.0 + np.exp(-odds)))


def bend(probabilities: Matrix, thresholds: Matrix) -> Matrix:
    """Move each topic's threshold to 0.5, where all readers cut, by two straight lines; 0, 1 and the order stay."""
    below = probabilities / thresholds * 0.5
    above = 0.5 + 0.5 * (probabilities - thresholds) / (1.0 - thresholds)
    return np.where(probabilities < thresholds, below, above)


def score(bags: Bags, rarity: NDArray[np.float32], weights: Weights) -> tuple[Matrix, Any]:
    """Give calibrated probabilities, N × T, and what every word spoke."""
    spoken = speak(bags, rarity, weights)
    return judge(signs(bags, rarity, weights, spoken), weights.judge), spoken
