"""Documents in, Annotated out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pipeline.annotate.identity import Identity
from pipeline.annotate.morphology import Morphology
from pipeline.gazetteer import Gazetteer
from pipeline.gazetteer.cities import Cities
from pipeline.records import Annotated, Depth, Sentence, Token

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from pipeline.records import Document


class Annotator:
    """Reads documents. Loaded once a process; `annotate` may be called any number of times."""

    def __init__(self, gazetteer: Gazetteer, cities: Cities) -> None:
        import natasha
        import razdel

        self.gazetteer = gazetteer
        self.morphology = Morphology()
        embedding = natasha.NewsEmbedding()
        self._ner = natasha.NewsNERTagger(embedding)
        self._morph = natasha.NewsMorphTagger(embedding)
        self._syntax = natasha.NewsSyntaxParser(embedding)
        self._tokenize, self._sentenize = razdel.tokenize, razdel.sentenize
        self.identity = Identity(
            gazetteer, cities, self.morphology, lambda text: [token.text for token in razdel.tokenize(text)]
        )

    @classmethod
    def load(cls, gazetteer_dir: Path) -> Annotator:
        """Load models and gazetteer; ConfigError names what is wrong in the gazetteer."""
        return cls(Gazetteer.load(gazetteer_dir), Cities.load(gazetteer_dir))

    def annotate(self, documents: Iterable[Document], *, depth: Callable[[Sentence], Depth]) -> Iterator[Annotated]:
        """Annotate documents in order; `depth` tells for each tokenised sentence how deeply it is to be read."""
        for document in documents:
            yield self._annotate(document, depth)

    def _annotate(self, document: Document, depth: Callable[[Sentence], Depth]) -> Annotated:
        body = document.body
        sentences = tuple(self._read(sentence, depth(sentence)) for sentence in self._split(body))
        spans = self._ner(body).spans if body.strip() else []
        found = [(span.start, span.stop, span.type) for span in spans]
        entities, references = self.identity.find(body, sentences, found, document.published[:10])
        return Annotated(document=document, body=body, sentences=sentences, entities=entities, references=references)

    def _split(self, body: str) -> Iterator[Sentence]:
        for block_start, block in _paragraphs(body):
            for found in self._sentenize(block):
                start = block_start + found.start
                tokens = tuple(
                    Token(
                        start=start + token.start,
                        stop=start + token.stop,
                        text=token.text,
                        lemma=self.morphology.lemma(token.text),
                    )
                    for token in self._tokenize(found.text)
                )
                if tokens:
                    yield Sentence(start=start, stop=start + len(found.text), tokens=tokens, depth=Depth.TOKENS)

    def _read(self, sentence: Sentence, depth: Depth) -> Sentence:
        if depth is Depth.TOKENS:
            return sentence
        words = [token.text for token in sentence.tokens]
        tagged = next(self._morph.map([words])).tokens
        tokens = [
            replace(token, pos=tag.pos, feats=tag.feats, lemma=self.morphology.lemma_of(token.text, tag.pos, tag.feats))
            for token, tag in zip(sentence.tokens, tagged, strict=True)
        ]
        if depth is Depth.SYNTAX:
            parsed = next(self._syntax.map([words])).tokens
            tokens = [
                replace(token, head=int(found.head_id) - 1, rel=found.rel)
                for token, found in zip(tokens, parsed, strict=True)
            ]
        return replace(sentence, tokens=tuple(tokens), depth=depth)


def _paragraphs(body: str) -> Iterator[tuple[int, str]]:
    """Give the blocks of a text with their offsets; a blank line ends a sentence even without a full stop."""
    start = 0
    for block in body.split("\n\n"):
        if block.strip():
            yield start, block
        start += len(block) + 2
