"""Making a model: learn, measure by cross-validation, write it with its card, install it whole or not at all."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.topics.card import FORMAT, bags_of, digest
from pipeline.topics.learn import Judged, cross_validate, fit, group_stories
from pipeline.topics.measure import Figures, measure, plain
from pipeline.topics.model import CUT
from pipeline.topics.scorer import bend, score

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from pipeline.topics.definitions import Definition
    from pipeline.topics.learn import Rows
    from pipeline.topics.scorer import Matrix, Weights
    from pipeline.topics.training import Training
    from pipeline.topics.words import Words

OWN_FILES = ("words.npz", "weights.npz", "training.npz", "card.json", "topics.yaml")
# Words of a text: of a teaser, of what lies between, of a full text; about 260 and 600 characters.
LENGTHS = {"up to 35 words": (0, 35), "36 to 80 words": (36, 80), "over 80 words": (81, np.inf)}
# Sentences of the self-test, as dictionary forms: a copy that answers otherwise is refused.
SELF_TEST = (
    "министр энергетика договориться о поставка газ через новый газопровод",
    "железный дорога через перевал открыть для грузовой поезд",
    "выставка миниатюра открыться в музей искусство",
    "депутат обсудить поправка к закон о пенсия",
)
KNOWN_FAILURES = (
    "A topic that one clause of a long report mentions is often missed.",
    "Crime and politics aboard trains, in airports or among artists is sometimes taken for transport or culture.",
    "Sales and production of cars lie on the border of transport; labellers differ, and so does the model.",
    "Water supply and floods are sometimes taken for energy, because dams, pumps and outages share its words.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A model's figures by cross-validation over stories: of all articles, of each source and of each labelling.

    For each labelling there are those of teasers and full texts as published, and of longer texts cut off after their
    first sentences, with the labels of the whole.
    """

    every: Mapping[str, Figures]
    by_source: Mapping[str, Mapping[str, Figures]]
    by_group: Mapping[str, Mapping[str, Figures]]
    by_length: Mapping[str, Mapping[str, Mapping[str, Figures]]]
    cut_off: Mapping[str, Mapping[str, Figures]]


def validate(
    training: Training,
    words: Words,
    definitions: Sequence[Definition],
    stories: Rows,
    *,
    learn_from: NDArray[np.bool_] | None = None,
    seed: int = 0,
) -> Judged:
    """Judge each labelled article and its opening by a model that saw no article of its story.

    With `learn_from` only those articles are learned from, and all are judged.
    """
    found = cross_validate(
        training.bags, training.labels, stories, words, definitions, learn_from=learn_from, seed=seed
    )
    thresholds = np.array([topic.threshold for topic in definitions])
    return Judged(bend(found.whole, thresholds), bend(found.openings, thresholds))


def tell(judged: Judged, training: Training) -> Measured:
    """Measure probabilities over all labelled articles, each source, each labelling and each length."""

    def some(probabilities: Matrix, names: Sequence[str], among: NDArray[np.bool_]) -> dict[str, dict[str, Figures]]:
        told = {}
        for name in sorted(set(names)):
            rows = (np.array(names) == name) & among
            if figures := measure(probabilities[rows], training.labels[rows], training.topics, CUT):
                told[name] = figures
        return told

    every = np.ones(len(training), bool)
    lengths = training.bags.lengths
    return Measured(
        every=measure(judged.whole, training.labels, training.topics, CUT),
        by_source=some(judged.whole, training.sources, every),
        by_group=some(judged.whole, training.groups, every),
        by_length={
            name: some(judged.whole, training.groups, (lengths >= least) & (lengths <= most))
            for name, (least, most) in LENGTHS.items()
        },
        cut_off=some(judged.openings, training.groups, every),
    )


def write_model(
    folder: Path,
    training: Training,
    words: Words,
    definitions: Sequence[Definition],
    measured: Measured,
    *,
    code_version: str,
    stories: Rows | None = None,
) -> Weights:
    """Learn from all labelled articles and write words, weights, training set and card into an empty folder."""
    if stories is None:
        stories = group_stories(training.bags, words)
    weights = fit(training.bags, training.labels, stories, words, definitions)
    folder.mkdir(parents=True, exist_ok=True)
    words.write(folder / "words.npz")
    weights.write(folder / "weights.npz")
    training.write(folder / "training.npz")
    card = _card(folder, training, words, weights, measured=measured, code_version=code_version)
    (folder / "card.json").write_text(json.dumps(card, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return weights


def _card(
    folder: Path, training: Training, words: Words, weights: Weights, *, measured: Measured, code_version: str
) -> dict[str, Any]:
    import sklearn

    return {
        "format": FORMAT,
        "what": "Topics of Russian news articles, several or none each; a sum over dictionary forms, calibrated.",
        "topics": list(weights.topics),
        "files": {name: digest(folder / name) for name in ("words.npz", "weights.npz")},
        "code_version": code_version,
        "scikit_learn": sklearn.__version__,
        "data": {
            "digest": training.digest,
            "articles": len(training),
            "by_group": _count(training.groups),
            "by_source": _count(training.sources),
        },
        "figures": {
            "how": "five-fold cross-validation over stories, cut at 0.5 after the thresholds of topics.yaml",
            "all": plain(measured.every),
            "by_group": {name: plain(one) for name, one in measured.by_group.items()},
            "by_source": {name: plain(one) for name, one in measured.by_source.items()},
            "by_length_and_group": {
                length: {name: plain(one) for name, one in groups.items()}
                for length, groups in measured.by_length.items()
            },
            "cut_off_by_group": {name: plain(one) for name, one in measured.cut_off.items()},
        },
        "known_failures": list(KNOWN_FAILURES),
        "self_test": [
            {
                "words": text,
                "probabilities": [round(float(p), 6) for p in score(bags_of(text, words), words.rarity, weights)[0][0]],
            }
            for text in SELF_TEST
        ],
    }


def _count(names: Sequence[str]) -> dict[str, int]:
    return {name: names.count(name) for name in sorted(set(names))}


def install(made: Path, home: Path) -> None:
    """Put a made model in the place of the one at `home`, which stays beside it as `.previous`."""
    home.parent.mkdir(parents=True, exist_ok=True)
    previous = home.with_name(home.name + ".previous")
    shutil.rmtree(previous, ignore_errors=True)
    if home.exists():
        for other in home.iterdir():  # what else a person keeps there goes along
            if other.name not in OWN_FILES:
                (shutil.copytree if other.is_dir() else shutil.copy2)(other, made / other.name)
        home.rename(previous)
    made.rename(home)
