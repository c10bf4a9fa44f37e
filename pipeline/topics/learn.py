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
# Chosen on the folds of the labelled articles; between 2.5 and 30 average precision moves by less than 0.003.
STRENGTH = 5.0
LISTED_SHARE = 0.6  # how much the share of listed words counts beside their density; from 0.3 to 1 it makes no odds
JUDGE_STRENGTH = 0.3
GROUPS = (3, 4, 5)  # letters, with signs for the beginning and the end of a word
# The judge learns from the openings of longer texts as well, since many feeds carry no more than that.
OPENING = 30  # words
OPENING_WEIGHT = 0.3
# And from overviews: long texts with a passage of another one, which has the topics of both. They teach that a passage
# of its own is enough. More or heavier ones cost macro F1 on texts as they are.
OVERVIEWS = 0.25  # for each text held back
OVERVIEW_WEIGHT = 0.06
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
class Judged:
    """Probabilities that models told who saw no text of the same story, N × T; NaN where none could be told.

    `openings` are those of the first sentences, up to 30 words (`OPENING`), of each text that goes on after them.
    """

    whole: Matrix
    openings: Matrix


@dataclass(frozen=True, slots=True)
class Features:
    """What the sum learns from: `table`, N × (V + 4T + D + G), and what turns its weights into those of words.

    Beside the share of each word stand the density and the share of each topic's words and of its hints, which
    say what is known before anything is learned; the mean place, which carries what is learned to words of like
    meaning; and the shares of groups of letters, which carry it to words of the same root.
    """

    table: Any
    listed: NDArray[np.float32]  # V × 2T: the words of each topic, then its hints
    vectors: NDArray[np.float32]
    letters: Any  # V × G


def prepare(bags: Bags, words: Words, definitions: Sequence[Definition]) -> Features:
    """Make the features of texts for learning."""
    share, density = weigh(bags, words.rarity)
    # Places and letters are of the same size as the words themselves, so that one strength of regularisation fits all.
    vectors = words.vectors()
    vectors = vectors / max(float(np.linalg.norm(share @ vectors, axis=1).mean()), 1e-9)
    letters = _letters(words)
    letters = letters * float(1.0 / np.sqrt((share @ letters).power(2).sum(axis=1)).mean())
    known = [[topic.lists(name) for topic in definitions] for name in words.names]
    hints = [[topic.hints_at(name) for topic in definitions] for name in words.names]
    listed = np.hstack([np.array(known, np.float32), np.array(hints, np.float32)])
    parts = [share, density @ listed, LISTED_SHARE * (share @ listed), share @ vectors, share @ letters]
    return Features(sparse.csr_array(sparse.hstack(parts, format="csr", dtype=np.float32)), listed, vectors, letters)


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
    return fit_rows(lesson, prepare(bags, words, definitions), np.arange(len(bags)))


def cross_validate(
    bags: Bags,
    labels: Labels,
    stories: Rows,
    words: Words,
    definitions: Sequence[Definition],
    *,
    learn_from: NDArray[np.bool_] | None = None,
    seed: int = 0,
) -> Judged:
    """Judge each text and its opening by a model that saw no text of its story.

    With `learn_from` only those texts are learned from, and all are judged.
    """
    lesson = Lesson(bags, labels, stories, words, tuple(definitions))
    features = prepare(bags, words, definitions)
    found = Judged(np.full(labels.shape, np.nan), np.full(labels.shape, np.nan))
    openings, longer = _openings(bags)
    names = [topic.name for topic in definitions]
    for rows, held in folds(labels, stories, seed):
        usable = rows if learn_from is None else rows[learn_from[rows]]
        weights = fit_rows(lesson, features, usable)
        columns = np.array([names.index(name) for name in weights.topics], int)
        places = np.flatnonzero(np.isin(longer, held))
        for told, part, at in (
            (found.whole, bags.take(held), held),
            (found.openings, openings.take(places), longer[places]),
        ):
            told[np.ix_(at, columns)] = judge(signs(part, words.rarity, weights), weights.judge)
    return found


def folds(labels: Labels, stories: Rows, seed: int) -> Iterator[tuple[Rows, Rows]]:
    """Give rows to learn from and rows held back, five times; no story stands on both sides."""
    from sklearn.model_selection import StratifiedGroupKFold

    kinds = np.unique(labels, axis=0, return_inverse=True)[1].ravel()
    counts = np.bincount(kinds)
    kinds = np.where(counts[kinds] < FOLDS, counts.argmax(), kinds)  # too rare a combination to be spread evenly
    splitter = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed)
    yield from splitter.split(np.zeros((len(labels), 1)), kinds, stories)


def fit_rows(lesson: Lesson, features: Features, rows: Rows) -> Weights:
    """Learn all topics that have enough labels among these rows."""
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

    found, importance, truth = [], [], []
    rng = np.random.default_rng(0)
    splitter = StratifiedGroupKFold(INNER_FOLDS, shuffle=True, random_state=0)
    for inner, held in splitter.split(rows, has, lesson.stories[rows]):
        part = lesson.bags.take(rows[held])
        weights = _fit_sum(features, has[inner], rows[inner])
        openings, longer = _openings(part)
        overviews, within = _overviews(part, has[held], (lesson.labels[rows[held]] == 1).any(axis=1), rng)
        for texts, answers, weight in (
            (part, has[held], 1.0),
            (openings, has[held][longer], OPENING_WEIGHT),
            (overviews, within, OVERVIEW_WEIGHT),
        ):
            found.append(signs(texts, lesson.words.rarity, weights)[0])
            truth.append(answers)
            importance.append(np.full(len(texts), weight))
    table = np.concatenate(found)
    centre, spread = table.mean(axis=0), table.std(axis=0) + 1e-9
    learned = LogisticRegression(C=JUDGE_STRENGTH, max_iter=1000)
    learned.fit((table - centre) / spread, np.concatenate(truth), np.concatenate(importance))
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


def _openings(bags: Bags) -> tuple[Bags, Rows]:
    """Give the first sentences, up to 30 words but one at least, of those texts that go on, and which these are."""
    words = np.concatenate([[0], np.cumsum(bags.sentence_lengths)])
    stops = np.searchsorted(words, words[bags.ends[:-1]] + OPENING, side="right") - 1
    stops = np.minimum(np.maximum(stops, bags.ends[:-1] + 1), bags.ends[1:])
    longer = np.flatnonzero(stops < bags.ends[1:])
    return bags.made_of([np.arange(bags.ends[row], stops[row]) for row in longer]), longer


def _fit_sum(features: Features, has: NDArray[np.bool_], rows: Rows) -> Weights:
    from sklearn.linear_model import LogisticRegression

    learner = LogisticRegression(C=STRENGTH, class_weight="balanced", max_iter=1000, tol=1e-3)
    learner.fit(features.table[rows], has)
    size, lists = features.listed.shape
    borders = np.cumsum([size, lists, lists, features.vectors.shape[1]])
    alone, density, share, places, letters = np.split(learner.coef_[0].astype(np.float32), borders)
    words = alone + LISTED_SHARE * (features.listed @ share) + features.vectors @ places + features.letters @ letters
    return Weights(
        topics=("",),
        words=np.asarray(words, np.float32)[:, None],
        listed=(features.listed @ density)[:, None],
        bias=learner.intercept_.astype(np.float64),
        judge=np.zeros((1, len(SIGNS) + 1)),
    )
