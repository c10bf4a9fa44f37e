"""Russian word forms: lemmas and inflection; the only door to pymorphy2.

pymorphy2 0.9 looks for its dictionary through `pkg_resources` and asks `inspect.getargspec` for the parameters of its
units; neither is there in a fresh Python 3.12. Importing natasha (yargy) mends the second, and the explicit path of
`pymorphy2_dicts_ru` makes the first needless.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST_WORD = 100  # characters; pymorphy2 recurses once a prefix and breaks on longer words
MOST_HYPHENS = 5  # a word of more parts is read as it stands, for the same reason
REMEMBERED_WORDS = 50_000


def open_vocabulary() -> Any:  # noqa: ANN401 (natasha publishes no types)
    """Open natasha's view of the dictionary, without `pkg_resources`."""
    import pymorphy2_dicts_ru
    from natasha.morph import vocab

    class Vocabulary(vocab.MorphVocab):  # type: ignore[misc]
        def __init__(self) -> None:
            vocab.PymorphyAnalyzer.__init__(self, path=pymorphy2_dicts_ru.get_path(), result_type=vocab.MorphForm)

    return Vocabulary()


def fold(word: str) -> str:
    """Lower-case, ё as е: the form in which words are compared."""
    return word.lower().replace("ё", "е")


def can_be_read(word: str) -> bool:
    """Tell whether pymorphy2 can be trusted with a word: not too long, and plain Unicode."""
    return (
        len(word) <= LONGEST_WORD
        and word.count("-") <= MOST_HYPHENS
        and not any("\ud800" <= letter <= "\udfff" for letter in word)
    )


class Morphology:
    """Lemmas of words, with and without context."""

    def __init__(self) -> None:
        self.vocabulary = open_vocabulary()
        self.lemmas = lru_cache(REMEMBERED_WORDS)(self._lemmas)
        self.forms = lru_cache(REMEMBERED_WORDS)(self._forms)

    def _forms(self, word: str) -> tuple[Any, ...]:
        return tuple(self.vocabulary.parse(word)) if can_be_read(word) else ()

    def _lemmas(self, word: str) -> tuple[str, ...]:
        found = {fold(form.normal): None for form in self.forms(fold(word))}
        return tuple(found) or (fold(word),)

    def lemma(self, word: str) -> str:
        """Give the likeliest lemma of a word out of context."""
        return self.lemmas(fold(word))[0]

    def lemma_of(self, word: str, pos: str, feats: Mapping[str, str]) -> str:
        """Give the lemma of a word whose part of speech and features are known, as natasha does."""
        if not can_be_read(word):
            return fold(word)
        found: str = self.vocabulary.lemmatize(word, pos, feats)
        return found
