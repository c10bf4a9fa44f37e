"""Documents in, Annotated out.

A group of documents goes through the stages together: tokens and sentences, names, then morphology and syntax of the
sentences that `depth` asks for, then who and what each name is.
"""

from __future__ import annotations

import gc
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from pipeline.annotate import segment
from pipeline.annotate.identity import Identity
from pipeline.annotate.language import language_of
from pipeline.annotate.morphology import Morphology, fold
from pipeline.annotate.network import Embedding, Model, Pairs
from pipeline.annotate.taggers import MorphTagger, NameTagger, SyntaxParser
from pipeline.gazetteer import Gazetteer
from pipeline.gazetteer.cities import Cities
from pipeline.records import Annotated, Depth, Sentence, Token

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from pipeline.records import Document, EntityType

LONGEST_TEXT = 100_000  # characters of a document that are analysed
LONGEST_SENTENCE = 300  # tokens; the table of heads grows with the square
GROUP_CHARACTERS = 48_000  # documents are read together up to so many characters …
GROUP_DOCUMENTS = 64  # … and so many documents
GARBAGE = (50_000, 20, 100)  # thresholds of the collector of cycles
REMEMBERED_WORDS = 80_000  # distinct words of which number, pair and lemma are kept


class Lexicon:
    """Every distinct word once: its number, its pair for the networks, its lemma out of context."""

    def __init__(self, pairs: Pairs, morphology: Morphology) -> None:
        self._pair_of, self._morphology = pairs, morphology
        self._numbers: dict[str, int] = {}
        self.texts: list[str] = []
        self.pairs: list[int] = []
        self._lemmas: list[str] = []

    def __len__(self) -> int:
        return len(self.texts)

    def learn(self, text: str) -> int:
        """Give the number of a word."""
        number = self._numbers.get(text)
        if number is None:
            number = self._numbers[text] = len(self.texts)
            self.texts.append(text)
            self.pairs.append(self._pair_of(text))
        return number

    def lemmas(self) -> list[str]:
        """Give the lemmas of all words by number; finding names alone needs none."""
        for text in self.texts[len(self._lemmas) :]:
            self._lemmas.append(self._morphology.lemma(text) if _CYRILLIC.search(text) else fold(text))
        return self._lemmas

    def forget(self) -> None:
        """Drop all words; numbers given before mean nothing afterwards."""
        for part in (self._numbers, self.texts, self.pairs, self._lemmas):
            part.clear()


_CYRILLIC = re.compile("[а-яёА-ЯЁ]")  # a word without is its own lemma

Item = TypeVar("Item")


@dataclass(slots=True)
class _Draft:
    """A document on its way: the analysed text, its tokens as starts, stops and numbers, its sentences."""

    document: Document
    body: str
    language: str
    cut: list[str]
    starts: list[int]
    stops: list[int]
    numbers: list[int]
    bounds: list[tuple[int, int]]
    ranges: list[tuple[int, int]]  # tokens of each sentence
    sentences: list[Sentence]


class Annotator:
    """Reads documents. Loaded once a process; `annotate` may be called any number of times."""

    def __init__(self, gazetteer: Gazetteer, cities: Cities) -> None:
        from natasha import data
        from threadpoolctl import threadpool_limits

        # The matrices are small: a second BLAS thread costs more in waiting than it saves, and fights other processes.
        threadpool_limits(limits=1, user_api="blas")
        self.gazetteer = gazetteer
        self.morphology = Morphology()
        embedding = Embedding()
        names = Model(data.NEWS_NER, "NER")
        self.names = NameTagger(names, embedding)
        self.morph = MorphTagger(Model(data.NEWS_MORPH, "Morph"), embedding)
        self.syntax = SyntaxParser(Model(data.NEWS_SYNTAX, "Syntax"), embedding)
        self.lexicon = Lexicon(Pairs(names), self.morphology)
        self.tokenize = segment.Tokenizer(self.lexicon.learn)
        self.identity = Identity(gazetteer, cities, self.morphology, segment.words_of)

    @classmethod
    def load(cls, gazetteer_dir: Path) -> Annotator:
        """Load models and gazetteer; ConfigError names what is wrong in the gazetteer."""
        found = cls(Gazetteer.load(gazetteer_dir), Cities.load(gazetteer_dir))
        # The models live as long as the process, and what is made of documents holds no cycles: looking through all
        # of it again and again took a sixth of the time.
        gc.collect()
        gc.freeze()
        gc.set_threshold(*GARBAGE)
        return found

    def annotate(self, documents: Iterable[Document], *, depth: Callable[[Sentence], Depth]) -> Iterator[Annotated]:
        """Annotate documents in order; `depth` tells for each tokenised sentence how deeply it is to be read."""
        for group in _groups(documents, lambda document: len(document.text)):
            yield from self._read(group, depth)

    def spans(self, texts: Iterable[str]) -> Iterator[list[tuple[int, int, EntityType]]]:
        """Find the names of texts and nothing else: starts, stops and types, exactly those of natasha."""
        for group in _groups(texts, len):
            self._make_room()
            pairs = self.lexicon.pairs
            tokens = [self.tokenize(text) for text in group]
            found = self.names([[pairs[number] for number in numbers] for _, _, numbers in tokens])
            for (starts, stops, _), names in zip(tokens, found, strict=True):
                yield [(starts[first], stops[last - 1], kind) for first, last, kind in names]

    def forget(self) -> None:
        """Drop all that was remembered of words, as after a start."""
        self.lexicon.forget()
        self.tokenize.forget()
        self.morphology.forget()
        for tagger in (self.names, self.morph, self.syntax):
            tagger.network.forget()

    def _make_room(self) -> None:
        if len(self.lexicon) > REMEMBERED_WORDS:
            self.lexicon.forget()
            self.tokenize.forget()

    def _read(self, group: Sequence[Document], depth: Callable[[Sentence], Depth]) -> Iterator[Annotated]:
        self._make_room()
        drafts = [self._split(document) for document in group]
        pairs = self.lexicon.pairs
        names = self.names([[pairs[number] for number in draft.numbers] for draft in drafts])
        self._deepen(drafts, depth)
        for draft, found in zip(drafts, names, strict=True):
            spans: list[tuple[int, int, EntityType]] = [
                (draft.starts[first], draft.stops[last - 1], kind) for first, last, kind in found
            ]
            sentences = tuple(draft.sentences)
            day = draft.document.published[:10]
            entities, references = self.identity.find(draft.body, sentences, spans, day)
            yield Annotated(
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
        tokens = [
            Token(start, stop, texts[number], lemmas[number])
            for start, stop, number in zip(starts, stops, numbers, strict=True)
        ]
        sentences = [
            Sentence(
                start=start,
                stop=stop,
                tokens=tuple(tokens[first:last]),
                depth=Depth.TOKENS,
            )
            for (start, stop), (first, last) in zip(bounds, ranges, strict=True)
        ]
        return _Draft(document, body, language_of(text), cut, starts, stops, numbers, bounds, ranges, sentences)

    def _deepen(self, drafts: Sequence[_Draft], depth: Callable[[Sentence], Depth]) -> None:
        """Read the sentences that need it with morphology and syntax; texts in other languages stay as they are."""
        deep: list[tuple[_Draft, int, Depth, list[int]]] = []
        pairs = self.lexicon.pairs
        for draft in drafts:
            if draft.language != "ru":
                continue
            too_long = 0
            for place, sentence in enumerate(draft.sentences):
                wanted = depth(sentence)
                if wanted is Depth.TOKENS or not sentence.tokens:
                    continue
                if wanted is Depth.SYNTAX and len(sentence.tokens) > LONGEST_SENTENCE:
                    wanted, too_long = Depth.MORPH, too_long + 1
                first, last = draft.ranges[place]
                deep.append((draft, place, wanted, [pairs[number] for number in draft.numbers[first:last]]))
            if too_long:
                draft.cut.append(f"sentences of more than {LONGEST_SENTENCE} words were not parsed: {too_long}")
        if not deep:
            return
        tagged = self.morph([row for *_, row in deep])
        parsed = iter(self.syntax([row for _, _, wanted, row in deep if wanted is Depth.SYNTAX]))
        for (draft, place, wanted, _), tags in zip(deep, tagged, strict=True):
            heads = next(parsed) if wanted is Depth.SYNTAX else [(-1, "")] * len(tags)
            draft.sentences[place] = self._deeper(draft.sentences[place], wanted, tags, heads)

    def _deeper(
        self, sentence: Sentence, wanted: Depth, tags: Sequence[int], heads: Sequence[tuple[int, str]]
    ) -> Sentence:
        tokens = []
        for token, number, (head, rel) in zip(sentence.tokens, tags, heads, strict=True):
            pos, feats = self.morph.tags[number]
            lemma = self.morphology.lemma_of(token.text, pos, feats)
            tokens.append(Token(token.start, token.stop, token.text, lemma, pos, feats, head, rel))
        return Sentence(start=sentence.start, stop=sentence.stop, tokens=tuple(tokens), depth=wanted)


def _groups(items: Iterable[Item], size_of: Callable[[Item], int]) -> Iterator[list[Item]]:
    """Take documents together up to GROUP_DOCUMENTS and GROUP_CHARACTERS."""
    group: list[Item] = []
    size = 0
    for item in items:
        group.append(item)
        size += min(size_of(item), LONGEST_TEXT)
        if len(group) >= GROUP_DOCUMENTS or size >= GROUP_CHARACTERS:
            yield group
            group, size = [], 0
    if group:
        yield group


def _last_space(text: str, limit: int) -> int:
    """Give where the last word before a limit ends, or the limit itself where there is no space near it."""
    for place in range(limit, limit - 1_000, -1):
        if text[place].isspace():
            return place
    return limit
