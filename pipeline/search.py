"""Full-text search by dictionary forms: what goes into the index, what a query means, what a hit looks like.

The index holds lemmas in lower case with ё as е (`search_terms`); `word_forms` keeps which forms stand for them, so
that any form finds all others, also from plain SQL. A query is what people type into a search box:

    газ труба            both words, in any form       "железная дорога"   a phrase, in any form
    энерг*               words that begin so           -нефть              without this word
    газ | нефть          one of them
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice, product
from typing import TYPE_CHECKING

from pipeline.records import SearchTerms

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from pipeline.records import Annotated

MAX_QUERY = 400  # characters of a query that are read; a megabyte of words must cost nothing
MAX_WORDS = 24
MAX_READINGS = 16  # readings of one phrase whose words have several dictionary forms
MAX_FORM = 64  # longer "words" are no words

INVISIBLE = re.compile("[\u00ad\u0301\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff\x00]")
WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*")
PART = re.compile(r"[^\W_]+")
QUERY = re.compile(r'(-?)"([^"]*)"?|(\|)|(-?)([^\s"|]+)')
MIXED = re.compile(r"\b(?=\w*[а-яё])(?=\w*[a-z])\w+")
JOINT = re.compile("[А-Яа-яЁё][A-Za-z]|[A-Za-z][А-Яа-яЁё]")
# Latin letters that stand for Cyrillic ones inside a Cyrillic word: typists' slips and evasion.
LOOK_ALIKES = str.maketrans("aceopxyk", "асеорхук")


def fold(text: str) -> str:
    """Fold what a reader takes for the same: case, ё, invisible signs, stress marks, Latin letters in Russian words."""
    visible = INVISIBLE.sub("", unicodedata.normalize("NFC", INVISIBLE.sub("", text)))
    lower = visible.lower().replace("ё", "е")
    return MIXED.sub(lambda found: found[0].translate(LOOK_ALIKES), lower)


_fold_word = lru_cache(1 << 16)(fold)  # a text has few distinct words, and most of them are those of the last text


@lru_cache(1 << 17)
def _indexed(word: str, lemma: str) -> tuple[str, tuple[str, str] | None]:
    """Give the dictionary form of a word as the index keeps it, nothing for a sign, and the word with its form."""
    folded = _fold_word(lemma)
    form = _fold_word(word)
    pair = (form, folded) if folded and len(form) <= MAX_FORM and WORD.fullmatch(form) else None
    return (folded if lemma[:1].isalnum() else ""), pair


def search_terms(annotated: Annotated) -> SearchTerms:
    """Give the dictionary forms of title and text as the index keeps them, and which word stands for which form."""
    border = len(annotated.document.title or "")
    title: list[str] = []
    text: list[str] = []
    forms: set[tuple[str, str]] = set()
    for sentence in annotated.sentences:
        told = [_indexed(token.text, token.lemma) for token in sentence.tokens]
        forms.update([pair for _, pair in told if pair])
        before = sum(token.start < border for token in sentence.tokens) if sentence.start < border else 0
        title += [lemma for lemma, _ in told[:before] if lemma]
        text += [lemma for lemma, _ in told[before:] if lemma]
    for start, form in _mixed_words(annotated.body):
        (title if start < border else text).append(form)
        forms.add((form, form))
    return SearchTerms(title=" ".join(title), text=" ".join(text), forms=frozenset(forms))


def _mixed_words(body: str) -> Iterator[tuple[int, str]]:
    """Find words of both alphabets, which the tokens cut at each change, and fold them into one."""
    after = 0
    for joint in JOINT.finditer(body):
        if joint.start() < after:
            continue
        start, after = joint.span()
        while start and joint.start() - start < MAX_FORM and body[start - 1].isalpha():
            start -= 1
        while after < len(body) and after - start < MAX_FORM and body[after].isalpha():
            after += 1
        yield start, _fold_word(body[start:after])


@dataclass(frozen=True, slots=True)
class Term:
    """Words that stand side by side; the last may be only a beginning."""

    words: tuple[str, ...]
    prefix: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """One of each group must occur, none of `without` may."""

    groups: tuple[tuple[Term, ...], ...]
    without: tuple[Term, ...]

    @property
    def words(self) -> tuple[str, ...]:
        """All words whose dictionary forms are asked for, sorted."""
        terms = [term for group in (*self.groups, self.without) for term in group]
        return tuple(sorted({word for term in terms for word in (term.words[:-1] if term.prefix else term.words)}))


def read_query(text: str) -> Query:
    """Read what a person typed; never fails, whatever it is."""
    groups: list[list[Term]] = []
    without: list[Term] = []
    joined = False
    left = MAX_WORDS
    for found in QUERY.finditer(fold(text[:MAX_QUERY])):
        minus, phrase, bar, minus_word, word = found.groups()
        if bar:
            joined = bool(groups)
            continue
        term = _term(phrase) if phrase is not None else _term(word)
        if not term.words or left < len(term.words):
            continue
        left -= len(term.words)
        if minus or minus_word:
            without.append(term)
        elif joined:
            groups[-1].append(term)
        else:
            groups.append([term])
        joined = False
    return Query(tuple(map(tuple, groups)), tuple(without))


def _term(text: str) -> Term:
    prefix = text.endswith("*")
    words = tuple(WORD.findall(text))
    if prefix and words and "-" in words[-1]:  # the index knows no hyphen
        words = (*words[:-1], *PART.findall(words[-1]))
    return Term(words, prefix and bool(words))


def as_match(query: Query, lemmas: Mapping[str, Sequence[str]]) -> str | None:
    """Write a query for FTS5's MATCH; None when there is nothing to find. `lemmas` has those of each of its words."""
    groups = [" OR ".join(side for term in group for side in _alternatives(term, lemmas)) for group in query.groups]
    if not groups:
        return None
    match = " AND ".join(f"({group})" for group in groups)
    if query.without:
        match = f"({match}) NOT ({' OR '.join(side for term in query.without for side in _alternatives(term, lemmas))})"
    return match


def _alternatives(term: Term, lemmas: Mapping[str, Sequence[str]]) -> list[str]:
    whole = term.words[:-1] if term.prefix else term.words
    choices = [tuple(lemmas.get(word) or (word,)) for word in whole]
    if term.prefix:
        choices.append((term.words[-1],))
    readings = islice(product(*choices), MAX_READINGS)
    star = " *" if term.prefix else ""
    return [f'"{" ".join(PART.findall(" ".join(reading)))}"{star}' for reading in readings]


@dataclass(frozen=True, slots=True)
class Marker:
    """Finds the words of a query in a text as it was published."""

    forms: frozenset[str]
    prefixes: tuple[str, ...]

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Tell where a text has words that the query asks for."""
        for found in WORD.finditer(text):
            if self._hits(fold(found[0])):
                yield found.span()

    def _hits(self, word: str) -> bool:
        if word in self.forms or (self.prefixes and word.startswith(self.prefixes)):
            return True
        return "-" in word and any(part in self.forms for part in word.split("-"))


def make_marker(query: Query, forms: Callable[[Sequence[str]], frozenset[str]]) -> Marker:
    """Make the marker of a query; `forms` tells all forms of some words' dictionary forms."""
    wanted = [term for group in query.groups for term in group]
    words = sorted({word for term in wanted for word in (term.words[:-1] if term.prefix else term.words)})
    prefixes = tuple(sorted({term.words[-1] for term in wanted if term.prefix}))
    return Marker(forms(words) | frozenset(words), prefixes)


Piece = tuple[str, bool]  # words of a text, and whether they are a match


def mark(text: str, marker: Marker) -> tuple[Piece, ...]:
    """Cut a text into pieces, those that match marked."""
    pieces: list[Piece] = []
    last = 0
    for start, stop in marker.spans(text):
        if start > last:
            pieces.append((text[last:start], False))
        pieces.append((text[start:stop], True))
        last = stop
    if last < len(text):
        pieces.append((text[last:], False))
    return tuple(pieces)


def snippet(text: str, marker: Marker, *, width: int = 240) -> tuple[Piece, ...]:
    """Cut the part of a text where most different words of the query stand, the matches marked."""
    flat = " ".join(text[:100_000].split())
    spans = list(marker.spans(flat))
    if not spans:
        return ((_shorten(flat, 0, width), False),) if flat else ()
    best = max(range(len(spans)), key=lambda index: (_variety(flat, spans, index, width), -index))
    start = max(0, spans[best][0] - width // 4)
    return mark(_shorten(flat, start, width), marker)


def _variety(text: str, spans: Sequence[tuple[int, int]], index: int, width: int) -> int:
    end = spans[index][0] + width * 3 // 4
    return len({fold(text[start:stop])[:5] for start, stop in spans[index : index + 12] if stop <= end})


def _shorten(text: str, start: int, width: int) -> str:
    stop = min(len(text), start + width)
    start = max(0, stop - width)
    if start:
        start = text.find(" ", start, stop) + 1 or start
    if stop < len(text):
        space = text.rfind(" ", start, stop)
        stop = space if space > start else stop
    return ("… " if start else "") + text[start:stop] + (" …" if stop < len(text) else "")
