"""The topics as `models/topics/topics.yaml` declares them: meaning, words, threshold and its reason."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import yaml

from pipeline.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

NAME = re.compile(r"[a-z][a-z_]{1,30}")
KEYS = ("title", "about", "threshold", "reason", "words", "hints")


@dataclass(frozen=True)
class Listed:
    """Words as topics.yaml writes them: a beginning of dictionary forms, "слово=" a whole one, "два_слова" a pair."""

    words: tuple[str, ...]

    @cached_property
    def _whole(self) -> frozenset[str]:
        return frozenset(word.removesuffix("=") for word in self.words if word.endswith("=") or "_" in word)

    @cached_property
    def _beginnings(self) -> tuple[str, ...]:
        return tuple(word for word in self.words if not word.endswith("=") and "_" not in word)

    def __contains__(self, lemma: str) -> bool:
        return lemma in self._whole or ("_" not in lemma and lemma.startswith(self._beginnings))


@dataclass(frozen=True, kw_only=True)
class Definition:
    """One topic: what an analyst calls it, what belongs to it, and from which probability on an article has it."""

    name: str
    title: str  # in Russian, for readers
    about: str
    threshold: float  # of the calibrated probability
    reason: str  # why this threshold
    words: Listed  # that speak for it by themselves
    hints: Listed  # that speak for it in company

    def lists(self, lemma: str) -> bool:
        """Tell whether a dictionary form is among the words of this topic."""
        return lemma in self.words

    def hints_at(self, lemma: str) -> bool:
        """Tell whether a dictionary form only hints at this topic."""
        return lemma in self.hints and lemma not in self.words


def read_definitions(path: Path) -> tuple[Definition, ...]:
    """Read topics.yaml; ConfigError names the topic and what is wrong with it."""
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"There is no {path}. It declares the topics; restore it from the distribution.") from None
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from None
    if not isinstance(found, dict) or not found:
        raise ConfigError(f"{path}: expected topics by name, such as `energy:`, each with {', '.join(KEYS)}.")
    return tuple(_define(str(name), entry, path) for name, entry in found.items())


def _define(name: str, entry: Any, path: Path) -> Definition:  # noqa: ANN401 - whatever YAML held
    where = f"{path}, topic {name}"
    if not NAME.fullmatch(name):
        raise ConfigError(f"{where}: a name is lower-case Latin letters, such as water.")
    if not isinstance(entry, dict):
        raise ConfigError(f"{where}: expected {', '.join(KEYS)}.")
    if unknown := sorted(set(entry) - set(KEYS)):
        raise ConfigError(f"{where}: unknown key {unknown[0]}; allowed are {', '.join(KEYS)}.")
    threshold = entry.get("threshold", 0.5)
    if isinstance(threshold, bool) or not isinstance(threshold, int | float) or not 0 < threshold < 1:
        raise ConfigError(f"{where}: threshold is a probability between 0 and 1, not {threshold!r}.")
    return Definition(
        name=name,
        title=_text(entry, "title", where),
        about=_text(entry, "about", where),
        threshold=float(threshold),
        reason=_text(entry, "reason", where),
        words=_listed(entry, "words", where),
        hints=_listed(entry, "hints", where),
    )


def _listed(entry: Mapping[str, Any], key: str, where: str) -> Listed:
    return Listed(tuple(sorted(set(_text(entry, key, where).lower().replace("ё", "е").split()))))


def _text(entry: Mapping[str, Any], key: str, where: str) -> str:
    value = entry.get(key, "")
    if not isinstance(value, str):
        raise ConfigError(f"{where}: {key} is a text, not {value!r}.")
    if not value.strip() and key in {"title", "reason"}:
        raise ConfigError(f"{where}: {key} is missing.")
    return value.strip()
