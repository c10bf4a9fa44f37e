"""Learning the weights, and measuring them by cross-validation over stories. The door to scikit-learn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse

from pipeline.topics.scorer import PASSAGE, SIGNS, Weights, judge, signs
from pipeline.topics.words import weigh

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from pipeline.topics.definitions import Definition
    from pipeline.topics.scorer import Matrix
    from pipeline.topics.words import Bags, Words

    Rows = NDArray[np.int64]
    Labels = NDArray[np.int8]  # N × T: 1 has the topic, 0 has it not, -1 nobody judged

FOLDS = 5
INNER_FOLDS = 4  # for the signs from which the judge learns
SAME_STORY = 0.6  # cosine of weighted words; reprints and retold agency reports lie above it
# Chosen on the folds of the labelled articles; between 5 and 20 macro F1 moves by less than 0.005.
STRENGTH = 10.0
JUDGE_STRENGTH = 1.0
GROUPS = (3, 4, 5)  # letters, with signs for the beginning and the end of a word
# Overviews: long texts with a passage of another one, which has the topics of both. They teach the judge that a
# passage of its own is enough. More or heavier ones cost macro F1 on texts as they are.
OVERVIEWS = 0.25  # for each text held back
OVERVIEW_WEIGHT = 0.1
TOLD = 0.5  # so many of the passages are of texts that have any topic
LONG = 6  # sentences
LEAST_LABELLED = 8  # articles that have a topic, and as many that have it not, before it can be learned


@dataclass(frozen=True, slots=True)
class Lesson:
    """Labelled texts, and what is known of words and topics: N texts, T topics."""

    bags: Bags
    labels: Labels
    stories: Rows  # the number of the story of each text
    words: Words
    definitions: tuple[Definition, ...]


@dataclass(frozen=True, slots=True)
class Features:
    """What the sum learns from, in two views of the same words; their weights are averaged.

    `table`, N × (V + T + D), holds the share of each word, the density of listed words and the mean place: it
    carries what is known of a word to words of like meaning. `spelled`, N × G, holds the share of each group of
    letters: it carries it to words of the same root.
    """

    table: Any
    vectors: NDArray[np.float32]
    listed: NDArray[np.float32]  # V × T
    spelled: Any
    letters: Any  # V × G


def prepare(bags: Bags, words: Words, definitions: Sequence[Definition]) -> Features:
    """Make the features of texts for learning."""
    share, density = weigh(bags, words.rarity)
    vectors = words.vectors()
    places = share @ vectors
    # Of the same size as the words themselves, so that one strength of regularisation fits both.
    vectors = vectors / max(float(np.linalg.norm(places, axis=1).mean()), 1e-9)
    places = share @ vectors
    listed = np.array([[float(topic.lists(name)) for topic in definitions] for name in words.names], np.float32)
    letters = _letters(words)
    letters = letters * float(1.0 / np.sqrt((share @ letters).power(2).sum(axis=1)).mean())
    return Features(
        table=sparse.hstack([share, density @ listed, places], format="csr"),
        vectors=vectors,
        listed=listed,
        spelled=sparse.csr_array(share @ letters),
        letters=letters,
    )


def _letters(words: Words) -> Any:  # noqa: ANN401 - scipy publishes no types
    """Give the groups of three to five letters of each word, V × G, rare ones weighing more, each row of length 1."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    grams = TfidfVectorizer(analyzer=_groups, min_df=3, dtype=np.float32)
    return sparse.csr_array(grams.fit_transform(words.names))


def _groups(word: str) -> list[str]:
    framed = f"^{word}$"
    return [framed[start : start + size] for size in GROUPS for start in range(len(framed) - size + 1)]


def group_stories(bags: Bags, words: Words) -> Rows:
    """Give each text the number of its story; texts with nearly the same words are of one story."""
    share, _ = weigh(bags, words.rarity)
    near = (share @ share.T) >= SAME_STORY
    return np.asarray(sparse.csgraph.connected_components(near, directed=False)[1], np.int64)


def fit(bags: Bags, labels: Labels, stories: Rows, words: Words, definitions: Sequence[Definition]) -> Weights:
    """Learn all topics that have enough labels."""
    lesson = Lesson(bags, labels, stories, words, tuple(definitions))
    return _fit(lesson, prepare(bags, words, definitions), np.arange(len(bags)))


def cross_validate(
    bags: Bags,
    labels: Labels,
    stories: Rows,
    words: Words,
    definitions: Sequence[Definition],
    *,
    learn_from: NDArray[np.bool_] | None = None,
    seed: int = 0,
) -> Matrix:
    """Give for each text the probabilities (N × T) of a model that saw no text of its story; NaN where untrainable.

    With `learn_from` only those texts are learned from, and all are judged.
    """
    lesson = Lesson(bags, labels, stories, words, tuple(definitions))
    features = prepare(bags, words, definitions)
    found = np.full(labels.shape, np.nan)
    names = [topic.name for topic in definitions]
    for rows, held in folds(labels, stories, seed):
        usable = rows if learn_from is None else rows[learn_from[rows]]
        weights = _fit(lesson, features, usable)
        part = bags.take(held)
        probabilities = judge(signs(part, words.rarity, weights), weights.judge)
        found[np.ix_(held, np.array([names.index(name) for name in weights.topics], int))] = probabilities
    return found


def folds(labels: Labels, stories: Rows, seed: int) -> Iterator[tuple[Rows, Rows]]:
    """Give rows to learn from and rows held back, five times; no story stands on both sides."""
    from sklearn.model_selection import StratifiedGroupKFold

    kinds = np.unique(labels, axis=0, return_inverse=True)[1].ravel()
    counts = np.bincount(kinds)
    kinds = np.where(counts[kinds] < FOLDS, counts.argmax(), kinds)  # too rare a combination to be spread evenly
    splitter = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed)
    yield from splitter.split(np.zeros((len(labels), 1)), kinds, stories)


def _fit(lesson: Lesson, features: Features, rows: Rows) -> Weights:
    learned = []
    for number, topic in enumerate(lesson.definitions):
        judged = rows[lesson.labels[rows, number] >= 0]
        has = lesson.labels[judged, number] == 1
        if min(has.sum(), (~has).sum()) >= LEAST_LABELLED:
            learned.append((topic.name, _fit_topic(lesson, features, judged, has)))
    return Weights(
        topics=tuple(name for name, _ in learned),
        words=_stack([one.words for _, one in learned], len(lesson.words.names)),
        listed=_stack([one.listed for _, one in learned], len(lesson.words.names)),
        bias=np.array([one.bias[0] for _, one in learned]),
        judge=np.array([one.judge[0] for _, one in learned]).reshape(-1, len(SIGNS) + 1),
    )


def _stack(columns: Sequence[NDArray[np.float32]], size: int) -> NDArray[np.float32]:
    return np.hstack(columns) if columns else np.zeros((size, 0), np.float32)


def _fit_topic(lesson: Lesson, features: Features, rows: Rows, has: NDArray[np.bool_]) -> Weights:
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedGroupKFold

    found = np.zeros((len(rows), len(SIGNS)))
    overviews, overviews_have = [np.zeros((0, len(SIGNS)))], [np.zeros(0, bool)]
    rng = np.random.default_rng(0)
    splitter = StratifiedGroupKFold(INNER_FOLDS, shuffle=True, random_state=0)
    for inner, held in splitter.split(rows, has, lesson.stories[rows]):
        part = lesson.bags.take(rows[held])
        weights = _fit_sum(features, has[inner], rows[inner])
        found[held] = signs(part, lesson.words.rarity, weights)[0]
        told = (lesson.labels[rows[held]] == 1).any(axis=1)
        made, made_have = _overviews(part, has[held], told, rng)
        if len(made):
            overviews.append(signs(made, lesson.words.rarity, weights)[0])
            overviews_have.append(made_have)
    importance = np.concatenate([np.ones(len(rows)), np.full(sum(map(len, overviews)), OVERVIEW_WEIGHT)])
    found, has_all = np.concatenate([found, *overviews]), np.concatenate([has, *overviews_have])
    centre, spread = found.mean(axis=0), found.std(axis=0) + 1e-9
    learned = LogisticRegression(C=JUDGE_STRENGTH, max_iter=1000)
    learned.fit((found - centre) / spread, has_all, importance)
    slope = learned.coef_[0] / spread
    weights = _fit_sum(features, has, rows)
    constant = float(learned.intercept_[0] - slope @ centre)
    return Weights(
        topics=("",),
        words=weights.words,
        listed=weights.listed,
        bias=weights.bias,
        judge=np.array([[*slope, constant]]),
    )


def _overviews(
    bags: Bags, has: NDArray[np.bool_], told: NDArray[np.bool_], rng: np.random.Generator
) -> tuple[Bags, NDArray[np.bool_]]:
    """Join long texts with the first two or three sentences of others, of which every second has a topic (`told`)."""
    sizes = np.diff(bags.ends)
    hosts, donors = np.flatnonzero(sizes >= LONG), np.flatnonzero(sizes >= PASSAGE)
    topical = donors[told[donors]]
    wanted = int(OVERVIEWS * len(bags)) if min(len(hosts), len(topical)) else 0
    host = rng.choice(hosts, wanted) if wanted else np.zeros(0, np.int64)
    donor = host
    if wanted:
        donor = np.where(rng.random(wanted) < TOLD, rng.choice(topical, wanted), rng.choice(donors, wanted))
    taken = np.minimum(rng.integers(PASSAGE, PASSAGE + 2, wanted), sizes[donor])
    made = bags.made_of(
        [
            np.concatenate(
                [np.arange(bags.ends[one], bags.ends[one + 1]), np.arange(bags.ends[other], bags.ends[other] + size)]
            )
            for one, other, size in zip(host, donor, taken, strict=True)
        ]
    )
    return made, has[host] | has[donor]


def _fit_sum(features: Features, has: NDArray[np.bool_], rows: Rows) -> Weights:
    slope, bias = _learn(features.table[rows], has)
    spelled, spelled_bias = _learn(features.spelled[rows], has)
    size, topics = features.listed.shape
    by_meaning = slope[:size] + features.vectors @ slope[size + topics :]
    return Weights(
        topics=("",),
        words=((by_meaning + features.letters @ spelled) / 2).astype(np.float32)[:, None],
        listed=(features.listed @ slope[size : size + topics] / 2).astype(np.float32)[:, None],
        bias=np.array([(bias + spelled_bias) / 2]),
        judge=np.zeros((1, len(SIGNS) + 1)),
    )


def _learn(table: Any, has: NDArray[np.bool_]) -> tuple[NDArray[np.float32], float]:  # noqa: ANN401
    from sklearn.linear_model import LogisticRegression

    learner = LogisticRegression(C=STRENGTH, class_weight="balanced", max_iter=3000)
    learner.fit(table, has)
    return learner.coef_[0].astype(np.float32), float(learner.intercept_[0])
