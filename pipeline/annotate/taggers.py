"""Names, morphology and syntax of tokenised texts, as slovnet's taggers give them."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from pipeline.annotate.network import Network

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from pipeline.annotate.network import Embedding, Floats, Integers, Model
    from pipeline.records import EntityType

Tag = tuple[str, dict[str, str]]  # part of speech and features of Universal Dependencies

_PAD, _OUTSIDE = "<pad>", "O"


class NameTagger:
    """Finds names: a network, then the best path through a conditional random field."""

    def __init__(self, model: Model, embedding: Embedding) -> None:
        self.network = Network(model.model, embedding)
        self._project = model.model.head.proj.weight.array, model.model.head.proj.bias.array
        self._transitions: Floats = model.model.head.crf.transitions.array
        tags = model.vocabulary("tag")
        self._outside = tags.index(_OUTSIDE)
        self._parts: list[tuple[str, EntityType]] = [_parse(tag) for tag in tags]
        self._certain = _margins(self._transitions, self._outside)

    def __call__(self, texts: Sequence[Sequence[int]]) -> list[list[tuple[int, int, EntityType]]]:
        """Find the names of texts given as pairs: for each its first token, the token after its last, its type."""
        encoded, begins = self.network(texts)
        weight, bias = self._project
        emissions = encoded @ weight + bias
        ends = [begin + len(text) for begin, text in zip(begins, texts, strict=True)]
        tags = self._decode(emissions, begins, ends)
        return [self._spans(tags[begin:end]) for begin, end in zip(begins, ends, strict=True)]

    def _decode(self, emissions: Floats, begins: Sequence[int], ends: Sequence[int]) -> Integers:
        """Find the best tags of each text.

        A token whose "outside" beats every other tag by more than any neighbours could make up for is outside on the
        best path; what lies between such tokens is decided apart, all pieces side by side.
        """
        certain = np.all(emissions[:, [self._outside]] - emissions > self._certain, axis=1)
        tags = np.full(len(emissions), self._outside, np.int64)
        pieces: list[tuple[int, int]] = []
        for begin, end in zip(begins, ends, strict=True):
            cuts = [begin - 1, *(begin + np.flatnonzero(certain[begin:end])).tolist(), end]
            # A piece takes the certain token on either side with it, so that its transitions count.
            pieces += [(max(begin, low), min(end, high + 1)) for low, high in pairwise(cuts) if high - low > 1]
        if pieces:
            self._viterbi(emissions, pieces, tags)
        return tags

    def _viterbi(self, emissions: Floats, pieces: Sequence[tuple[int, int]], tags: Integers) -> None:
        pieces = sorted(pieces, key=lambda piece: piece[0] - piece[1])
        starts = np.array([start for start, _ in pieces])
        sizes = np.array([stop - start for start, stop in pieces])
        longest = int(sizes[0])
        alive = [int(np.searchsorted(-sizes, -step)) for step in range(longest)]  # pieces longer than step
        score = emissions[starts]
        final = np.empty(len(pieces), np.int64)
        history: list[Integers] = []
        live = len(pieces)
        for step in range(1, longest):
            now = alive[step]
            if now < live:
                final[now:live] = score[now:live].argmax(1)
                live = now
            options = score[:live, :, None] + self._transitions + emissions[starts[:live] + step][:, None, :]
            best = options.argmax(1)
            score = np.take_along_axis(options, best[:, None, :], 1)[:, 0, :]
            history.append(best)
        final[:live] = score[:live].argmax(1)
        current = final
        for step in range(longest - 1, -1, -1):
            live = alive[step]
            tags[starts[:live] + step] = current[:live]
            if step:
                current = current.copy()
                current[:live] = history[step - 1][np.arange(live), current[:live]]

    def _spans(self, tags: Integers) -> list[tuple[int, int, EntityType]]:
        spans: list[tuple[int, int, EntityType]] = []
        kind: EntityType | None = None
        first = last = 0
        for place in np.flatnonzero(tags != self._outside).tolist():
            part, own = self._parts[tags[place]]
            if kind is not None and (part == "B" or place > last):
                spans.append((first, last, kind))
                kind = None
            if part == "B":
                kind, first = own, place
            if part:
                last = place + 1
        if kind is not None:
            spans.append((first, last, kind))
        return spans


def _parse(tag: str) -> tuple[str, EntityType]:
    part, _, kind = tag.partition("-")
    return ("" if tag in {_PAD, _OUTSIDE} else part), kind  # type: ignore[return-value]


def _margins(transitions: Floats, outside: int) -> Floats:
    """Say for each tag by how much "outside" must beat it at a token to be right whatever the neighbours are."""
    before = (transitions - transitions[:, [outside]]).max(axis=0)
    after = (transitions - transitions[[outside], :]).max(axis=1)
    margins: Floats = np.maximum(before, 0) + np.maximum(after, 0)
    margins[outside] = -1
    return margins


class MorphTagger:
    """Tells part of speech and features of words in context."""

    def __init__(self, model: Model, embedding: Embedding) -> None:
        self.network = Network(model.model, embedding)
        self._project = model.model.head.proj.weight.array, model.model.head.proj.bias.array
        self.tags: list[Tag] = [_parse_tag(tag) for tag in model.vocabulary("tag")]

    def __call__(self, sentences: Sequence[Sequence[int]]) -> list[list[int]]:
        """Tag sentences given as pairs: for each token a place in `tags`."""
        encoded, begins = self.network(sentences)
        weight, bias = self._project
        best = (encoded @ weight + bias).argmax(1).tolist()
        return [best[begin : begin + len(one)] for begin, one in zip(begins, sentences, strict=True)]


def _parse_tag(tag: str) -> Tag:
    from slovnet.conll import parse_conll_tag

    pos, feats = parse_conll_tag(tag) if tag != _PAD else ("X", {})
    return pos, dict(feats or {})


class SyntaxParser:
    """Finds the head of each word and its relation."""

    def __init__(self, model: Model, embedding: Embedding) -> None:
        self.network = Network(model.model, embedding)
        self._head, self._rel = model.model.head, model.model.rel
        self._relations = model.vocabulary("rel")

    def __call__(self, sentences: Sequence[Sequence[int]]) -> list[list[tuple[int, str]]]:
        """Parse sentences given as pairs: for each token the place of its head (-1 for the root) and the relation."""
        encoded, begins = self.network(sentences)
        root = self._head.root.array[None, :]
        heads = _forward(self._head.head, encoded) @ self._head.kernel.array
        tails = _forward(self._head.tail, encoded)
        root_tail = _forward(self._head.tail, root)
        chosen = np.zeros(len(encoded), np.int64)  # rows of the head, -1 for the root
        for begin, one in zip(begins, sentences, strict=True):
            end = begin + len(one)
            scores = heads[begin:end] @ np.concatenate((root_tail, tails[begin:end])).T
            best = scores.argmax(1)
            chosen[begin:end] = np.where(best == 0, -1, begin + best - 1)
        relations = self._name(encoded, chosen)
        found = []
        for begin, one in zip(begins, sentences, strict=True):
            end = begin + len(one)
            places = [-1 if row < 0 else row - begin for row in chosen[begin:end].tolist()]
            found.append(list(zip(places, relations[begin:end], strict=True)))
        return found

    def _name(self, encoded: Floats, chosen: Integers) -> list[str]:
        with_root = np.concatenate((encoded, self._rel.root.array[None, :]))  # -1 is the last row
        heads = _forward(self._rel.head, with_root)[chosen]
        tails = _forward(self._rel.tail, encoded)
        size, hidden = tails.shape
        kernel = self._rel.kernel.array
        products = (heads @ kernel).reshape(size, kernel.shape[1] // hidden, hidden)
        best = np.matmul(products, tails[:, :, None])[:, :, 0].argmax(1)
        return [self._relations[number] for number in best.tolist()]


def _forward(layer: object, rows: Floats) -> Floats:
    weight: NDArray[np.float32] = layer.proj.weight.array  # type: ignore[attr-defined]
    bias: NDArray[np.float32] = layer.proj.bias.array  # type: ignore[attr-defined]
    found: Floats = np.maximum(rows @ weight + bias, 0)
    return found
