"""Words as the topic model counts them: dictionary forms with their rarity and their place among other words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse

from pipeline.annotate.memo import Memo, lemma_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from collections.abc import Set as AbstractSet
    from pathlib import Path

    from numpy.typing import NDArray

    from pipeline.records import Sentence

    # A word without ё, its number, that of its kind («ГЭС-1»), what makes a figure of speech and what a pair after it.
    _Fact = tuple[str, int | None, int | None, AbstractSet[str] | None, Mapping[str, int] | None]

HEADLINE = 4  # so often counts what the first sentence says, a title or a lead; measured at 1, 2 and 4
_NO_WORD, _UNLISTED, _TOLD_BY_OTHERS = -1, -2, -3  # in place of the number of a word: it depends on its neighbours
LEAST = 3.0  # keeps the density of listed words finite in a text of one word
# Figures of speech and set phrases, whose words say nothing of roads, fuel or the arts: first word to second words.
FIGURES = {
    "дорожный": frozenset({"карта"}),
    "дорога": frozenset({"к", "домой"}),
    "мост": frozenset({"между"}),
    "локомотив": frozenset({"экономика", "рост", "развитие", "интеграция"}),
    "машина": frozenset({"время"}),
    "боевой": frozenset({"машина", "искусство"}),
    "стиральный": frozenset({"машина"}),
    "энергия": frozenset({"молодой", "молодежь", "молодость", "народ", "человек"}),
    "жизненный": frozenset({"энергия"}),
    "гуманитарный": frozenset(
        {"помощь", "груз", "катастрофа", "ситуация", "пауза", "кризис", "коридор", "конвой", "право", "операция"}
    ),
    "физический": frozenset({"культура"}),
    "политический": frozenset({"культура", "сцена"}),
    "правовой": frozenset({"культура"}),
    "сельскохозяйственный": frozenset({"культура"}),
    "зерновой": frozenset({"культура"}),
    "международный": frozenset({"сцена"}),
    "мировой": frozenset({"сцена"}),
    "общий": frozenset({"язык"}),
}
# One dictionary form for the fuel, the strip of land and the make of cars: told apart by how they are written.
FUEL = "газ"
WRITTEN = dict.fromkeys(("Газа", "Газе", "Газу", "Газой"), "газа") | dict.fromkeys(("ГАЗ", "ГАЗа", "ГАЗе"), "автозавод")
NUMBERED = re.compile(r"(?<![a-zа-я])([a-zа-я]++)-\d.*")  # «ГЭС-1», «Су-30»: words of their own, and their kind as well


@dataclass(frozen=True)
class Words:
    """The vocabulary: V dictionary forms and pairs of them ("железный_дорога"), each with its rarity and a vector.

    `place` (V × D, int8 with one scale a column) holds where a word stands among others: what natasha's news
    embedding and the words of one corpus that occur together say of it. Words never labelled learn from it.
    """

    names: tuple[str, ...]
    numbers: Mapping[str, int]
    rarity: NDArray[np.float32]  # smoothed inverse document frequency
    place: NDArray[np.int8]
    scale: NDArray[np.float32]

    @classmethod
    def read(cls, path: Path) -> Words:
        """Read words.npz, which holds plain arrays only."""
        with np.load(path, allow_pickle=False) as found:
            names = tuple(bytes(found["names"]).decode("utf-8").split("\n"))
            return cls(
                names, {name: n for n, name in enumerate(names)}, found["rarity"], found["place"], found["scale"]
            )

    def write(self, path: Path) -> None:
        """Write words.npz."""
        names = np.frombuffer("\n".join(self.names).encode("utf-8"), np.uint8)
        np.savez_compressed(path, names=names, rarity=self.rarity, place=self.place, scale=self.scale)

    def vectors(self) -> NDArray[np.float32]:
        """Give the places of all words as numbers, V × D."""
        return self.place.astype(np.float32) * self.scale

    def bag(self, sentences: Iterable[Sentence]) -> Bag:
        """Count the words of some sentences; figures of speech count for the length alone."""
        counted = (self._count(sentence) for sentence in sentences)
        return Bag(tuple(one for one in counted if one.length))

    @cached_property
    def _pairs(self) -> Mapping[str, Mapping[str, int]]:
        """Give the second words of pairs, with the number of the pair, by the first."""
        found: dict[str, dict[str, int]] = {}
        for number, name in enumerate(self.names):
            first, mark, second = name.partition("_")
            if mark:
                found.setdefault(first, {})[second] = number
        return found

    @cached_property
    def _facts(self) -> Memo[str, _Fact | None]:
        return Memo(self._fact_of)

    def _fact_of(self, lemma: str) -> _Fact | None:
        if not lemma[:1].isalnum():
            return None
        lemma = lemma.replace("ё", "е")
        kind = NUMBERED.fullmatch(lemma) if "-" in lemma else None
        also = self.numbers.get(kind[1]) if kind else None
        return lemma, self.numbers.get(lemma), also, FIGURES.get(lemma), self._pairs.get(lemma)

    @cached_property
    def _alone(self) -> Memo[str, int]:
        return Memo(self._alone_of)

    def _alone_of(self, lemma: str) -> int:
        """Give the number of a word beside none that makes something else of it, or what stands in its place."""
        fact = self._facts[lemma]
        if fact is None:
            return _NO_WORD
        _, number, also, _, _ = fact
        if lemma == FUEL or also is not None or "ё" in lemma:
            return _TOLD_BY_OTHERS
        return _UNLISTED if number is None else number

    @cached_property
    def _plain(self) -> Memo[str, int]:
        """Tell what `_alone` does of words that begin no figure of speech and no pair."""
        firsts = {first for first, _ in self._figures}
        return Memo(lambda lemma: _TOLD_BY_OTHERS if lemma in firsts else self._alone[lemma])

    @cached_property
    def _figures(self) -> AbstractSet[tuple[str, str]]:
        both = (*FIGURES.items(), *self._pairs.items())
        return {(first, second) for first, seconds in both for second in seconds}

    def bags(self, texts: Iterable[Iterable[Sentence]]) -> Bags:
        """Count the words of texts, as `bag` does of each; most sentences without a step in Python for each word."""
        by_text = [list(sentences) for sentences in texts]
        sentences = list(chain.from_iterable(by_text))
        tokens = [sentence.tokens for sentence in sentences]
        lemmas = list(map(lemma_of, chain.from_iterable(tokens)))
        numbers = np.fromiter(map(self._plain.__getitem__, lemmas), np.int64, len(lemmas))
        sizes = np.fromiter(map(len, tokens), np.int64, len(tokens))
        owner = np.repeat(np.arange(len(sizes)), sizes)
        lengths = sizes - np.bincount(owner[numbers == _NO_WORD], minlength=len(sizes))
        stops = np.cumsum(sizes).tolist()
        counted: list[tuple[int, int, int]] = []  # sentence, word and count of those that are counted one by one
        for place in np.unique(owner[numbers == _TOLD_BY_OTHERS]).tolist():
            here = slice(stops[place] - len(tokens[place]), stops[place])
            own = list(map(self._alone.__getitem__, lemmas[here]))
            if _TOLD_BY_OTHERS in own or not self._figures.isdisjoint(pairwise(lemmas[here])):
                numbers[here] = _UNLISTED
                counted += [(place, number, count) for number, count in self._count(sentences[place]).counts.items()]
            else:
                numbers[here] = own
        listed = numbers >= 0
        more = np.array(counted, np.int64).reshape(-1, 3).T
        rows, columns = np.append(owner[listed], more[0]), np.append(numbers[listed], more[1])
        values = np.append(np.ones(len(columns) - len(counted), np.int64), more[2])
        with_words = lengths > 0
        before = np.append(0, np.cumsum(with_words))  # sentences with words before each
        shape = (int(before[-1]), len(self.names))
        found = sparse.coo_array((values, (before[rows], columns)), shape=shape)
        ends = before[np.cumsum([0, *map(len, by_text)])]
        return Bags.join(found.tocsr(), lengths[with_words], ends)

    def _count(self, sentence: Sentence) -> Counted:
        counts: dict[int, int] = {}
        length = 0
        lemmas = list(map(lemma_of, sentence.tokens))
        if FUEL in lemmas:
            lemmas = [WRITTEN.get(one.text, FUEL) if one.lemma == FUEL else one.lemma for one in sentence.tokens]
        before, ends, seconds = None, None, None  # the word before; what makes a figure of speech or a pair with it
        for fact in map(self._facts.__getitem__, lemmas):
            if fact is None:
                ends = seconds = None
                continue
            length += 1
            lemma, number, also, own_ends, own_seconds = fact
            if ends and lemma in ends:
                if before is not None:
                    counts[before] -= 1
                number = None
            elif number is not None:
                counts[number] = counts.get(number, 0) + 1
            if also is not None:
                counts[also] = counts.get(also, 0) + 1
            if seconds and lemma in seconds:
                counts[seconds[lemma]] = counts.get(seconds[lemma], 0) + 1
            before, ends, seconds = number, own_ends, own_seconds
        return Counted({number: count for number, count in counts.items() if count}, length)


@dataclass(frozen=True, slots=True)
class Counted:
    """How often each known word occurs in a sentence, by its number, and how many words it has at all."""

    counts: Mapping[int, int]
    length: int


@dataclass(frozen=True, slots=True)
class Bag:
    """The counted sentences of a text, those without words left out."""

    sentences: tuple[Counted, ...]


@dataclass(frozen=True, slots=True)
class Bags:
    """Many texts: N of S sentences in all, sentence by sentence and each text as a whole."""

    sentences: Any  # scipy's csr_array of counts, S × V
    sentence_lengths: NDArray[np.int64]  # S
    ends: NDArray[np.int64]  # N + 1: the sentences of text n are those from ends[n] to ends[n + 1]
    counts: Any  # csr_array, N × V; a word of the first sentence counts HEADLINE times
    lengths: NDArray[np.int64]  # N

    @classmethod
    def of(cls, bags: Sequence[Bag], size: int) -> Bags:
        """Stack bags over a vocabulary of `size` words."""
        sentences = [sentence for bag in bags for sentence in bag.sentences]
        stops = np.cumsum([0, *(len(one.counts) for one in sentences)])
        numbers = np.fromiter((number for one in sentences for number in one.counts), np.int64, int(stops[-1]))
        values = np.fromiter((count for one in sentences for count in one.counts.values()), np.int64, int(stops[-1]))
        counts = sparse.csr_array((values, numbers, stops), shape=(len(sentences), size))
        lengths = np.fromiter((one.length for one in sentences), np.int64, len(sentences))
        return cls.join(counts, lengths, np.cumsum([0, *(len(bag.sentences) for bag in bags)]))

    @classmethod
    def join(cls, sentences: Any, sentence_lengths: NDArray[np.int64], ends: NDArray[np.int64]) -> Bags:  # noqa: ANN401
        """Make texts of sentences that stand one after another."""
        total = int(ends[-1])
        parts = np.ones(total, np.int64)
        whole = sparse.csr_array((parts, np.arange(total), ends), shape=(len(ends) - 1, total))
        lengths = whole @ sentence_lengths
        parts[ends[:-1][np.diff(ends) > 0]] = HEADLINE
        counts = sparse.csr_array(whole @ sentences)
        counts.sort_indices()  # sums of floats depend on their order
        return cls(sentences, sentence_lengths, ends, counts, lengths)

    def __len__(self) -> int:
        return int(self.lengths.shape[0])

    def take(self, rows: NDArray[np.int64] | Sequence[int]) -> Bags:
        """Give some of the texts."""
        return self.made_of([np.arange(self.ends[row], self.ends[row + 1]) for row in rows])

    def made_of(self, places: Sequence[NDArray[np.int64]]) -> Bags:
        """Make texts of the sentences at these places among all, one array for each text."""
        chosen = np.concatenate([*places, np.zeros(0, np.int64)]).astype(np.int64)
        ends = np.cumsum([0, *(len(one) for one in places)])
        return Bags.join(self.sentences[chosen], self.sentence_lengths[chosen], ends)

    def joined(self, others: Bags) -> Bags:
        """Give these texts and others after them."""
        return Bags.join(
            sparse.vstack([self.sentences, others.sentences], format="csr"),
            np.concatenate([self.sentence_lengths, others.sentence_lengths]),
            np.concatenate([self.ends, self.ends[-1] + others.ends[1:]]),
        )


def weigh(bags: Bags, rarity: NDArray[np.float32]) -> tuple[Any, Any]:
    """Give two N × V matrices: how much of a text each word is, and how densely each word stands in it.

    The first is 1 + log(count) times rarity, each text of length 1; the second is 1 / sqrt(words + 3) for each
    word that occurs, so that one listed word weighs more in a headline than in a long report.
    """
    counts = bags.counts
    rows = np.repeat(np.arange(len(bags)), np.diff(counts.indptr))
    weights = (1.0 + np.log(counts.data)) * rarity[counts.indices]
    lengths = np.sqrt(np.bincount(rows, weights**2, len(bags)))
    share = sparse.csr_array((weights / lengths[rows], counts.indices, counts.indptr), shape=counts.shape)
    density = (1.0 / np.sqrt(bags.lengths + LEAST))[rows]
    return share, sparse.csr_array((density, counts.indices, counts.indptr), shape=counts.shape)
