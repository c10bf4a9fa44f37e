"""Documents in, Annotated out.

A group of documents goes through the stages together: tokens and sentences, names, who and what each name is, then
morphology and syntax of the sentences that `depth` asks for and that are `worth` it.
"""

from __future__ import annotations

import gc
import re
from dataclasses import dataclass, replace
from functools import partial
from itertools import repeat
from operator import attrgetter
from typing import TYPE_CHECKING

import numpy as np

from pipeline.annotate import segment
from pipeline.annotate.identity import Identity
from pipeline.annotate.language import language_of
from pipeline.annotate.memo import Memo, Words
from pipeline.annotate.morphology import Morphology, fold
from pipeline.annotate.network import Embedding, Model, Pairs
from pipeline.annotate.taggers import MorphTagger, NameTagger, SyntaxParser
from pipeline.batches import batches
from pipeline.gazetteer import Gazetteer
from pipeline.gazetteer.cities import Cities
from pipeline.records import LONGEST_TEXT, NO_FEATS, Annotated, Depth, Sentence, Token
from pipeline.settings import shipped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from pipeline.annotate.network import Integers
    from pipeline.records import Document, EntityType

    Worth = Callable[[Annotated, Sequence[int]], Sequence[int]]  # which sentences are read deeper after all

LONGEST_SENTENCE = 300  # tokens; the table of heads grows with the square
GROUP_CHARACTERS = 48_000  # documents are read together up to so many characters …
GROUP_DOCUMENTS = 64  # … and so many documents
GARBAGE = (50_000, 20, 100)  # thresholds of the collector of cycles
REMEMBERED_WORDS = 80_000  # distinct words of which number, pair and lemma are kept


class Lexicon(dict[str, int]):
    """Every distinct word once: its number, its pair for the networks, its lemma out of context.

    Asked for a word as a dictionary, it gives the number, and learns the word if it is new.
    """

    def __init__(self, pairs: Pairs, morphology: Morphology) -> None:
        super().__init__()
        self._pair_of, self._morphology = pairs, morphology
        self.texts: list[str] = []
        self.pairs: list[int] = []
        self._lemmas: list[str] = []

    def __missing__(self, text: str) -> int:
        number = self[text] = len(self.texts)
        self.texts.append(text)
        self.pairs.append(self._pair_of(text))
        return number

    def lemmas(self) -> list[str]:
        """Give the lemmas of all words by number; finding names alone needs none."""
        lemma = self._morphology.lemma
        self._lemmas += [
            lemma(text) if _CYRILLIC.search(text) else fold(text) for text in self.texts[len(self._lemmas) :]
        ]
        return self._lemmas

    def forget(self) -> None:
        """Drop all words; numbers given before mean nothing afterwards."""
        for part in (self, self.texts, self.pairs, self._lemmas):
            part.clear()


_tokens_of = attrgetter("tokens")
_make_token = partial(tuple.__new__, Token)  # what Token._make does, with no step in Python
_CYRILLIC = re.compile("[а-яёА-ЯЁ]")  # a word without is its own lemma


@dataclass(slots=True)
class _Draft:
    """A document on its way: the analysed text, its tokens, their stops and numbers, its sentences."""

    document: Document
    body: str
    language: str
    cut: list[str]
    words: Words
    stops: list[int]
    numbers: Integers
    bounds: list[tuple[int, int]]
    ranges: list[tuple[int, int]]  # tokens of each sentence
    sentences: list[Sentence]
    deeper: bool = False  # some of its sentences are read deeper than to their tokens


class Annotator:
    """Reads documents. Loaded once a process; `annotate` may be called any number of times."""

    def __init__(
        self, gazetteer: Gazetteer, cities: Cities, words: Path | None = None, nominatives: Path | None = None
    ) -> None:
        from natasha import data
        from threadpoolctl import threadpool_limits

        # The matrices are small: a second BLAS thread costs more in waiting than it saves, and fights other processes.
        threadpool_limits(limits=1, user_api="blas")
        self.gazetteer = gazetteer
        self.morphology = Morphology(words)
        embedding = Embedding()
        names = Model(data.NEWS_NER, "NER")
        self.lexicon = Lexicon(Pairs(names), self.morphology)
        pairs = self.lexicon.pairs
        self.names = NameTagger(names, embedding, pairs)
        self.morph = MorphTagger(Model(data.NEWS_MORPH, "Morph"), embedding, pairs)
        self.syntax = SyntaxParser(Model(data.NEWS_SYNTAX, "Syntax"), embedding, pairs)
        self._lemmas: Memo[tuple[str, int], str] = Memo(self._lemma_of)  # of a word with a tag
        self.tokenize = segment.Tokenizer(self.lexicon.__getitem__)
        self.identity = Identity(gazetteer, cities, self.morphology, segment.words_of, nominatives)

    @classmethod
    def load(cls, gazetteer_dir: Path) -> Annotator:
        """Load models and gazetteer; ConfigError names what is wrong in the gazetteer."""
        files = [shipped(f"models/{name}.tsv") for name in ("words", "nominatives")]
        tables = [path if path.exists() else None for path in files]
        found = cls(Gazetteer.load(gazetteer_dir), Cities.load(gazetteer_dir), *tables)
        # The models live as long as the process, and what is made of documents holds no cycles: looking through all
        # of it again and again took a sixth of the time.
        gc.collect()
        gc.freeze()
        gc.set_threshold(*GARBAGE)
        return found

    def annotate(
        self,
        documents: Iterable[Document],
        *,
        depth: Callable[[Sentence], Depth],
        worth: Worth | None = None,
    ) -> Iterator[Annotated]:
        """Annotate documents in order; `depth` tells for each tokenised sentence how deeply it is to be read.

        `worth` is asked once for a document with such sentences, given its names and the numbers of these sentences; it
        gives the numbers of those that are read deeper than to their tokens after all.
        """
        for group in batches(
            documents, lambda document: len(document.text), count=GROUP_DOCUMENTS, characters=GROUP_CHARACTERS
        ):
            yield from self._read(group, depth, worth)

    def spans(self, texts: Iterable[str]) -> Iterator[list[tuple[int, int, EntityType]]]:
        """Find the names of texts and nothing else: starts, stops and types, exactly those of natasha."""
        for group in batches(texts, len, count=GROUP_DOCUMENTS, characters=GROUP_CHARACTERS):
            self._make_room()
            tokens = [self.tokenize(text) for text in group]
            found = self.names([np.array(numbers, np.int64) for _, _, numbers in tokens])
            for (starts, stops, _), names in zip(tokens, found, strict=True):
                yield [(starts[first], stops[last - 1], kind) for first, last, kind in names]

    def forget(self) -> None:
        """Drop all that was remembered of words and names, as after a start."""
        self._forget_words()
        self._lemmas.clear()
        self.morphology.forget()
        self.identity.forget()
        for tagger in (self.names, self.morph, self.syntax):
            tagger.network.forget()

    def _make_room(self) -> None:
        if len(self.lexicon) > REMEMBERED_WORDS:
            self._forget_words()

    def _forget_words(self) -> None:
        self.lexicon.forget()
        self.tokenize.forget()
        for tagger in (self.names, self.morph, self.syntax):
            tagger.network.renumber()

    def _read(
        self,
        group: Sequence[Document],
        depth: Callable[[Sentence], Depth],
        worth: Worth | None,
    ) -> Iterator[Annotated]:
        self._make_room()
        drafts = [self._split(document) for document in group]
        found = self.names([draft.numbers for draft in drafts])
        flat = [self._name(draft, names) for draft, names in zip(drafts, found, strict=True)]
        self._deepen(drafts, flat, depth, worth)
        for draft, annotated in zip(drafts, flat, strict=True):
            if draft.deeper:
                yield replace(annotated, sentences=tuple(draft.sentences), cut=tuple(draft.cut))
            else:
                yield annotated

    def _name(self, draft: _Draft, names: Sequence[tuple[int, int, EntityType]]) -> Annotated:
        """Say who and what each name is; no sentence has been read deeper than to its tokens yet."""
        words, sentences = draft.words, tuple(draft.sentences)
        spans = [(words.starts[first], draft.stops[last - 1], kind) for first, last, kind in names]
        if sum(map(len, map(_tokens_of, sentences))) < len(words.tokens):  # one that two sentences share is in none
            words = Words.of([token for sentence in sentences for token in sentence.tokens])
        entities, references = self.identity.find(draft.body, sentences, words, spans, draft.document.published[:10])
        return Annotated(
            document=draft.document,
            body=draft.body,
            sentences=sentences,
            entities=entities,
            references=references,
            language=draft.language,
            cut=tuple(draft.cut),
        )

    def _split(self, document: Document) -> _Draft:
        body = document.body
        text, cut = body, []
        if len(body) > LONGEST_TEXT:
            text = body[: _last_space(body, LONGEST_TEXT)]
            cut.append(f"text beyond {len(text)} characters was not analysed")
        starts, stops, numbers = self.tokenize(text)
        bounds = segment.cut_run_on(text, segment.split_sentences(text))
        ranges = segment.envelop(starts, stops, bounds)
        texts, lemmas = self.lexicon.texts, self.lexicon.lemmas()
        unread = repeat(""), repeat(NO_FEATS), repeat(-1), repeat("")
        own, plain = list(map(texts.__getitem__, numbers)), map(lemmas.__getitem__, numbers)
        tokens = list(map(_make_token, zip(starts, stops, own, plain, *unread)))  # noqa: B905 (repeat has no end)
        sentences = [
            Sentence(
                start=start,
                stop=stop,
                tokens=tuple(tokens[first:last]),
                depth=Depth.TOKENS,
            )
            for (start, stop), (first, last) in zip(bounds, ranges, strict=True)
        ]
        array = np.array(numbers, np.int64)
        words = Words(tokens, starts, own)
        return _Draft(document, body, language_of(text), cut, words, stops, array, bounds, ranges, sentences)

    def _deepen(
        self,
        drafts: Sequence[_Draft],
        flat: Sequence[Annotated],
        depth: Callable[[Sentence], Depth],
        worth: Worth | None,
    ) -> None:
        """Read the sentences that need it with morphology and syntax; texts in other languages stay as they are."""
        deep: list[tuple[_Draft, int, Depth, Integers]] = []
        for draft, annotated in zip(drafts, flat, strict=True):
            if draft.language != "ru":
                continue
            asked = [
                (place, wanted)
                for place, sentence in enumerate(draft.sentences)
                if sentence.tokens and (wanted := depth(sentence)) is not Depth.TOKENS
            ]
            if asked and worth is not None:
                chosen = frozenset(worth(annotated, [place for place, _ in asked]))
                asked = [(place, wanted) for place, wanted in asked if place in chosen]
            if not asked:
                continue
            too_long = 0
            for place, wanted in asked:
                first, last = draft.ranges[place]
                unparsed = wanted is Depth.SYNTAX and last - first > LONGEST_SENTENCE
                too_long += unparsed
                deep.append((draft, place, Depth.MORPH if unparsed else wanted, draft.numbers[first:last]))
            draft.deeper = True
            if too_long:
                draft.cut.append(f"sentences of more than {LONGEST_SENTENCE} words were not parsed: {too_long}")
        if not deep:
            return
        tagged = self.morph([row for *_, row in deep])
        to_parse = [row for _, _, wanted, row in deep if wanted is Depth.SYNTAX]
        parsed = iter(self.syntax(to_parse) if to_parse else ())
        for (draft, place, wanted, _), tags in zip(deep, tagged, strict=True):
            heads = next(parsed) if wanted is Depth.SYNTAX else [(-1, "")] * len(tags)
            draft.sentences[place] = self._deeper(draft.sentences[place], wanted, tags, heads)

    def _deeper(
        self, sentence: Sentence, wanted: Depth, tags: Sequence[int], heads: Sequence[tuple[int, str]]
    ) -> Sentence:
        starts, stops, texts, *_ = zip(*sentence.tokens, strict=True)
        read = [self.morph.tags[number] for number in tags]
        lemmas = [self._lemmas[key] for key in zip(texts, tags, strict=True)]
        columns = (starts, stops, texts, lemmas, *zip(*read, strict=True), *zip(*heads, strict=True))
        tokens = tuple(map(_make_token, zip(*columns, strict=True)))
        return Sentence(start=sentence.start, stop=sentence.stop, tokens=tokens, depth=wanted)

    def _lemma_of(self, key: tuple[str, int]) -> str:
        text, tag = key
        return self.morphology.lemma_of(text, *self.morph.tags[tag])


def _last_space(text: str, limit: int) -> int:
    """Give where the last word before a limit ends, or the limit itself where there is no space near it."""
    for place in range(limit, limit - 1_000, -1):
        if text[place].isspace():
            return place
    return limit
