"""Documents in, Annotated out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pipeline.annotate.morphology import Morphology
from pipeline.annotate.references import References
from pipeline.gazetteer import Gazetteer
from pipeline.records import Annotated, Depth, Entity, Sentence, Token

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from pipeline.records import Document, EntityType, Reference


class Annotator:
    """Reads documents. Loaded once a process; `annotate` may be called any number of times."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        import natasha
        import razdel

        self.gazetteer = gazetteer
        self.morphology = Morphology()
        embedding = natasha.NewsEmbedding()
        self._ner = natasha.NewsNERTagger(embedding)
        self._morph = natasha.NewsMorphTagger(embedding)
        self._syntax = natasha.NewsSyntaxParser(embedding)
        self._tokenize, self._sentenize = razdel.tokenize, razdel.sentenize
        self.references = References(
            gazetteer, self.morphology, lambda text: [token.text for token in razdel.tokenize(text)]
        )

    @classmethod
    def load(cls, gazetteer_dir: Path) -> Annotator:
        """Load models and gazetteer; ConfigError names what is wrong in the gazetteer."""
        return cls(Gazetteer.load(gazetteer_dir))

    def annotate(self, documents: Iterable[Document], *, depth: Callable[[Sentence], Depth]) -> Iterator[Annotated]:
        """Annotate documents in order; `depth` tells for each tokenised sentence how deeply it is to be read."""
        for document in documents:
            yield self._annotate(document, depth)

    def _annotate(self, document: Document, depth: Callable[[Sentence], Depth]) -> Annotated:
        body = document.body
        sentences = [self._read(sentence, depth(sentence)) for sentence in self._split(body)]
        references = [found for sentence in sentences for found in self.references.find(sentence, body)]
        spans = self._ner(body).spans if body.strip() else []
        return Annotated(
            document=document,
            body=body,
            sentences=tuple(sentences),
            entities=tuple(self._entity(body, span, references) for span in spans),
            references=tuple(references),
        )

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

    def _entity(self, body: str, span: Any, references: Sequence[Reference]) -> Entity:  # noqa: ANN401
        text = body[span.start : span.stop]
        kind: EntityType = span.type
        inside = [one for one in references if span.start <= one.start and one.stop <= span.stop]
        whole = [one for one in inside if one.stop - one.start == len(text)]
        ref = whole[0].ref if whole and whole[0].kind in {"state", "organization"} else None
        states = {code for one in inside for code in one.states}
        normal = whole[0].normal if ref and whole[0].kind == "state" else text
        return Entity(
            type=kind,
            start=span.start,
            stop=span.stop,
            text=text,
            normal=normal,
            ref=ref,
            state=states.pop() if len(states) == 1 else None,
        )


def _paragraphs(body: str) -> Iterator[tuple[int, str]]:
    """Give the blocks of a text with their offsets; a blank line ends a sentence even without a full stop."""
    start = 0
    for block in body.split("\n\n"):
        if block.strip():
            yield start, block
        start += len(block) + 2
