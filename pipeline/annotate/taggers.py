"""Names, morphology and syntax of tokenised texts, as slovnet's taggers give them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pipeline.annotate.network import BLOCK, Network, PairedNetwork

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from pipeline.annotate.network import Embedding, Floats, Integers, Model
    from pipeline.records import EntityType

Tag = tuple[str, dict[str, str]]  # part of speech and features of Universal Dependencies

_PAD, _OUTSIDE = "<pad>", "O"
_NEVER = 1e6  # more than all scores of a text come to: a run does not reach over a gap
_MARGIN = 0.01  # of scores, far above their rounding


class NameTagger:
    """Finds names: a network, then the best path through a conditional random field."""

    def __init__(self, model: Model, embedding: Embedding, pairs: Sequence[int]) -> None:
        self.network = PairedNetwork(model.model, embedding, pairs)
        self._project = model.model.head.proj.weight.array, model.model.head.proj.bias.array
        self._transitions: Floats = model.model.head.crf.transitions.array
        tags = model.vocabulary("tag")
        self._outside = tags.index(_OUTSIDE)
        self._parts: list[tuple[str, EntityType]] = [_parse(tag) for tag in tags]
        # What a step into a tag gains over one between two tokens that are outside: from outside, from a name.
        gains = self._transitions - self._transitions[self._outside, self._outside]
        others = np.arange(len(tags)) != self._outside
        self._beginning, self._going_on = gains[self._outside], gains[others].max(axis=0)
        assert gains[others, self._outside].max() <= 0  # the step out of a name gains nothing

    def __call__(self, texts: Sequence[Integers]) -> list[list[tuple[int, int, EntityType]]]:
        """Find the names of texts given as word numbers: of each the first token, the one after the last, the type."""
        encoded, begins = self.network(texts)
        weight, bias = self._project
        emissions = encoded @ weight + bias
        ends = [begin + len(text) for begin, text in zip(begins, texts, strict=True)]
        tags = self._decode(emissions, begins, ends)
        return [self._spans(tags[begin:end]) for begin, end in zip(begins, ends, strict=True)]

    def _decode(self, emissions: Floats, begins: Sequence[int], ends: Sequence[int]) -> Integers:
        """Find the best tags of each text.

        A token that cannot be part of any name on the best path is outside, whatever its neighbours are; what lies
        between such tokens is decided apart, all pieces side by side.
        """
        certain = self._certain(emissions, begins, [0, *ends])
        tags = np.full(len(emissions), self._outside, np.int64)
        # A piece takes the certain token on either side with it, so that its transitions count.
        changes = np.flatnonzero(certain[:-1] != certain[1:]) + 1
        edges = [0, *changes.tolist(), len(certain)]
        inside = edges[1 if certain[0] else 0 :]
        borders = {*begins}, {*ends}
        pieces = [
            (start if start in borders[0] else start - 1, stop if stop in borders[1] else stop + 1)
            for start, stop in zip(inside[::2], inside[1::2], strict=False)
        ]
        if pieces:
            self._viterbi(emissions, pieces, tags)
        return tags

    def _certain(self, emissions: Floats, begins: Sequence[int], gaps: Sequence[int]) -> NDArray[np.bool_]:
        """Tell which tokens are outside on the best path; the gaps around the texts are.

        Were a run of tokens on the best path not outside, then putting all of it outside would lose what each token
        gives its best tag, and the step into it, beyond "outside". A token for which the most favourable run around
        it has nothing to lose is in none. The most favourable runs are differences of a running total and its least
        and greatest values so far.
        """
        over = np.ascontiguousarray(emissions.T)
        over -= over[self._outside].copy()
        over[self._outside] = -_NEVER
        first = (over + self._beginning[:, None]).max(axis=0).astype(np.float64)
        first[begins] = over[:, begins].max(axis=0)
        gains = (over + self._going_on[:, None]).max(axis=0).astype(np.float64)
        gains[gaps] = first[gaps] = -_NEVER
        total = np.cumsum(gains)
        left = np.maximum.accumulate(first - total)
        right = np.maximum.accumulate(total[::-1])[::-1]
        certain: NDArray[np.bool_] = left + right < -_MARGIN
        return certain

    def _viterbi(self, emissions: Floats, pieces: Sequence[tuple[int, int]], tags: Integers) -> None:
        pieces = sorted(pieces, key=lambda piece: piece[0] - piece[1])
        starts = np.array([start for start, _ in pieces])
        sizes = np.array([stop - start for start, stop in pieces])
        longest = int(sizes[0])
        alive = [int(np.searchsorted(-sizes, -step)) for step in range(longest)]  # pieces longer than step
        history = [emissions[starts]]  # for each step the best score of each tag of each piece
        for step in range(1, longest):
            live = alive[step]
            options = history[-1][:live].T[:, :, None] + self._transitions[:, None, :]
            history.append(options.max(axis=0) + emissions[starts[:live] + step])
        current = np.empty(0, np.int64)
        for step in range(longest - 1, -1, -1):
            score, live = history[step], len(current)
            best = score.argmax(axis=1)
            if live:
                own = emissions[starts[:live] + step + 1, current]
                best[:live] = (score[:live] + self._transitions.T[current] + own[:, None]).argmax(axis=1)
            current = best
            tags[starts[: len(current)] + step] = current

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


class MorphTagger:
    """Tells part of speech and features of words in context."""

    def __init__(self, model: Model, embedding: Embedding, pairs: Sequence[int]) -> None:
        self.network = Network(model.model, embedding, pairs)
        project = model.model.head.proj
        # The bias as one more row of weights, for a column of ones.
        self._project: Floats = np.concatenate((project.weight.array, project.bias.array[None, :]))
        self.tags: list[Tag] = [_parse_tag(tag) for tag in model.vocabulary("tag")]

    def __call__(self, sentences: Sequence[Integers]) -> list[list[int]]:
        """Tag sentences given as word numbers: for each token a place in `tags`."""
        encoded, begins = self.network(sentences)
        with_one = np.concatenate((encoded, np.ones((len(encoded), 1), np.float32)), axis=1)
        best: list[int] = []
        for begin in range(0, len(encoded), BLOCK):
            best += (with_one[begin : begin + BLOCK] @ self._project).argmax(1).tolist()
        return [best[begin : begin + len(one)] for begin, one in zip(begins, sentences, strict=True)]


def _parse_tag(tag: str) -> Tag:
    from slovnet.conll import parse_conll_tag

    pos, feats = parse_conll_tag(tag) if tag != _PAD else ("X", {})
    return pos, dict(feats or {})


class SyntaxParser:
    """Finds the head of each word and its relation."""

    def __init__(self, model: Model, embedding: Embedding, pairs: Sequence[int]) -> None:
        self.network = Network(model.model, embedding, pairs)
        self._head, self._rel = model.model.head, model.model.rel
        self._relations = model.vocabulary("rel")

    def __call__(self, sentences: Sequence[Integers]) -> list[list[tuple[int, str]]]:
        """Parse sentences given as word numbers: for each token the place of its head (-1: root) and the relation."""
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
        kernel = self._rel.kernel.array
        hidden = tails.shape[1]
        best: list[int] = []
        for begin in range(0, len(tails), BLOCK):
            own = tails[begin : begin + BLOCK, :, None]
            products = (heads[begin : begin + BLOCK] @ kernel).reshape(len(own), -1, hidden)
            best += np.matmul(products, own)[:, :, 0].argmax(1).tolist()
        return [self._relations[number] for number in best]


def _forward(layer: object, rows: Floats) -> Floats:
    weight: NDArray[np.float32] = layer.proj.weight.array  # type: ignore[attr-defined]
    bias: NDArray[np.float32] = layer.proj.bias.array  # type: ignore[attr-defined]
    found: Floats = np.maximum(rows @ weight + bias, 0)
    return found
