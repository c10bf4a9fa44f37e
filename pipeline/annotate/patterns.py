"""Phrases of the gazetteer, found in running text in every case.

A phrase is a row of words in the nominative; a word of the text fits one of them when one of its lemmas is the same
and its first letter is a capital where the phrase's is. `=` before a phrase takes it letter for letter.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from pipeline.annotate.memo import Memo
from pipeline.annotate.morphology import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pipeline.annotate.morphology import Morphology
    from pipeline.records import Token

EXACT = "="
Meaning = TypeVar("Meaning")


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a phrase: its lemma, or its letters; whether it begins with a capital."""

    text: str
    folded: str
    lemma: str
    exact: bool
    capital: bool

    def fits(self, text: str, lemmas: tuple[str, ...]) -> bool:
        """Tell whether a word of the text is this word in some form."""
        if self.exact:
            return text == self.text
        if self.capital and not text[:1].isupper():
            return False
        return self.lemma in lemmas or fold(text) == self.folded


@dataclass(frozen=True, slots=True)
class Phrase(Generic[Meaning]):
    """A row of words and what it means."""

    words: tuple[Word, ...]
    meaning: Meaning


class Phrases(Generic[Meaning]):
    """A set of phrases, looked up by their first word."""

    def __init__(self, morphology: Morphology, split: Callable[[str], Sequence[str]]) -> None:
        self.morphology = morphology
        self.split = split
        self.by_text: dict[str, list[Phrase[Meaning]]] = defaultdict(list)
        self.by_lemma: dict[str, list[Phrase[Meaning]]] = defaultdict(list)
        self._beginning: Memo[str, tuple[Phrase[Meaning], ...]] = Memo(self._find_beginning)

    def forget(self) -> None:
        """Drop what is remembered of words."""
        self._beginning.clear()

    def add(self, phrase: str, meaning: Meaning) -> None:
        """Add a phrase in the nominative."""
        exact = phrase.startswith(EXACT)
        words = tuple(self._word(text, exact=exact) for text in self.split(phrase.removeprefix(EXACT)))
        first = words[0]
        if first.exact:
            rows = [self.by_text[first.text]]
        else:
            rows = [self.by_lemma[key] for key in {first.lemma, first.folded}]
        made = Phrase(words, meaning)
        for row in rows:
            row.append(made)

    def _word(self, text: str, *, exact: bool) -> Word:
        letters = any(letter.isalpha() for letter in text)
        abbreviation = len(text) > 1 and text.isupper()
        return Word(
            text,
            fold(text),
            self.morphology.lemmas(fold(text))[0],
            exact or not letters or abbreviation,
            text[:1].isupper(),
        )

    def may_begin(self, text: str) -> bool:
        """Tell whether any phrase begins with a word of the text; most words are in none, and are not remembered."""
        folded = fold(text)
        return self._has_rows(text, folded, self.morphology.lemmas(folded)) and bool(self._beginning[text])

    def _has_rows(self, text: str, folded: str, lemmas: tuple[str, ...]) -> bool:
        by_lemma = self.by_lemma
        return folded in by_lemma or text in self.by_text or not by_lemma.keys().isdisjoint(lemmas)

    def beginning(self, text: str) -> tuple[Phrase[Meaning], ...]:
        """List the phrases whose first word a word of the text fits, longest first."""
        return self._beginning[text]

    def _find_beginning(self, text: str) -> tuple[Phrase[Meaning], ...]:
        folded = fold(text)
        lemmas = self.morphology.lemmas(folded)
        if not self._has_rows(text, folded, lemmas):
            return ()
        rows = [self.by_text.get(text), *map(self.by_lemma.get, dict.fromkeys((*lemmas, folded)))]
        # One phrase may stand in several rows; it is told by its place in memory: its hash would walk all its words.
        found = {id(phrase): phrase for row in rows for phrase in row or () if phrase.words[0].fits(text, lemmas)}
        return tuple(sorted(found.values(), key=lambda phrase: -len(phrase.words)))

    def at(self, tokens: Sequence[Token], place: int, limit: int) -> Phrase[Meaning] | None:
        """Find the longest phrase that starts at a token and ends before `limit`."""
        for phrase in self.beginning(tokens[place].text):
            if place + len(phrase.words) <= limit and self._goes_on(phrase, tokens, place):
                return phrase
        return None

    def _goes_on(self, phrase: Phrase[Meaning], tokens: Sequence[Token], place: int) -> bool:
        for shift, word in enumerate(phrase.words[1:], start=1):
            text = tokens[place + shift].text
            if not word.fits(text, () if word.exact else self.morphology.lemmas(fold(text))):
                return False
        return True
