"""The papers of a model: what it was made of, how good it is, and the check without which it is not loaded."""

from __future__ import annotations

import hashlib
import json
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.errors import ModelError
from pipeline.topics.scorer import SIGNS, Weights, score
from pipeline.topics.words import Bag, Bags, Counted, Words

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FORMAT = 3
FILES = ("words.npz", "weights.npz")
REMEDY = "Restore models/topics from the distribution, or run `svodka topics train` to make it anew."
CLOSE = 1e-4  # how far a stored answer may be off on another machine


def digest(path: Path) -> str:
    """Give the SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def read_checked(folder: Path) -> tuple[Words, Weights, dict[str, Any]]:
    """Read words, weights and card; ModelError when anything is missing, damaged or does not fit together."""
    card = _read_card(folder / "card.json")
    for name in FILES:
        try:
            found = digest(folder / name)
        except OSError:
            raise ModelError(f"The topic model lacks {folder / name}. {REMEDY}") from None
        if found != card["files"].get(name):
            raise ModelError(f"{folder / name} is not the file that card.json describes. {REMEDY}")
    try:
        words, weights = Words.read(folder / "words.npz"), Weights.read(folder / "weights.npz")
        _check(words, weights, card)
    except (OSError, ValueError, KeyError, TypeError, IndexError, zipfile.BadZipFile) as error:
        raise ModelError(f"The topic model in {folder} is damaged ({error}). {REMEDY}") from None
    return words, weights, card


def read_words(folder: Path) -> Words:
    """Read the words of a model without its weights; ModelError when they are missing or damaged."""
    try:
        return Words.read(folder / "words.npz")
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise ModelError(f"{folder / 'words.npz'} cannot be read ({error}). {REMEDY}") from None


def _read_card(path: Path) -> dict[str, Any]:
    try:
        card = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ModelError(f"There is no {path}: a model is not loaded without its card. {REMEDY}") from None
    except (OSError, ValueError, RecursionError) as error:
        raise ModelError(f"{path} cannot be read ({error}). {REMEDY}") from None
    if not isinstance(card, dict) or card.get("format") != FORMAT or not isinstance(card.get("files"), dict):
        raise ModelError(f"{path} is of another format than {FORMAT}, which this program reads. {REMEDY}")
    return card


def _check(words: Words, weights: Weights, card: Mapping[str, Any]) -> None:
    size, topics = len(words.names), len(weights.topics)
    shapes = {
        "rarity": (words.rarity.shape, (size,)),
        "words": (weights.words.shape, (size, topics)),
        "listed": (weights.listed.shape, (size, topics)),
        "bias": (weights.bias.shape, (topics,)),
        "judge": (weights.judge.shape, (topics, len(SIGNS) + 1)),
    }
    for name, (found, wanted) in shapes.items():
        if found != wanted:
            raise ValueError(f"{name} has the shape {found}, not {wanted}")
    if list(weights.topics) != card["topics"]:
        raise ValueError("the topics of the weights are not those of the card")
    for name in ("words", "listed", "bias", "judge"):
        if not np.isfinite(getattr(weights, name)).all():
            raise ValueError(f"{name} holds what is no number")
    for case in card["self_test"]:
        found = score(bags_of(case["words"], words), words.rarity, weights)[0][0]
        if np.abs(found - np.array(case["probabilities"])).max() > CLOSE:
            raise ValueError("it no longer gives the answers of its own self-test")


def bags_of(text: str, words: Words) -> Bags:
    """Make the bag of a text given as dictionary forms, as the self-test stores it."""
    counts: dict[int, int] = {}
    lemmas = text.split()
    for lemma in lemmas:
        if lemma in words.numbers:
            number = words.numbers[lemma]
            counts[number] = counts.get(number, 0) + 1
    return Bags.of([Bag((Counted(counts, len(lemmas)),))], len(words.names))
