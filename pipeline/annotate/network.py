"""The convolutional networks of slovnet (names, morphology, syntax) over many texts at once.

Their weights are used as published; the output is that of slovnet 0.6. What makes it fast:

- texts stand one after another in one matrix with a zero row between them, which is what padding comes to, so each
  layer is one matrix product without padding rows;
- the first layer is linear in the embedding of a token, so its three products are kept for each distinct pair of word
  and shape (3 kB), in a table of fixed size;
- where the last bits do not matter, the other layers make two neighbouring rows of four matrix products of half the
  rows instead of three of all, which is a third less to multiply (`PairedNetwork`);
- the rows are cut into blocks that fit the cache; three layers of width three see three rows to each side, so a block
  carries as many rows of its neighbours, and one more so that they pair up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Integers = NDArray[np.int64]

BLOCK = 512  # rows worked on at once; the widest matrix of a block takes 1.5 MB
REACH = 4  # rows to each side of a block: those that a row depends on, and one more to keep the number even
TABLE_ROWS = 40_000  # distinct (word, shape) pairs kept, 3 kB each: 123 MB a network
SHAPES = 128  # more than there are shapes: a pair is word * SHAPES + shape
_RUSSIAN, _ENGLISH = "абвгдеёжзийклмнопрстуфхцчшщъыьэюя", "abcdefghijklmnopqrstuvwxyz"
GAP = 0  # the row of the table that stands between two texts


class Embedding:
    """Words to vectors: the quantised navec vectors of natasha, shared by the three networks."""

    def __init__(self) -> None:
        from natasha import data
        from navec.tar import Tar

        with Tar(data.NEWS_EMBEDDING) as tar:
            file = tar.load("pq.bin")
            words, size, parts, centroids = np.frombuffer(file.read(16), np.uint32).tolist()
            # Read here and not by navec, which works out norms of all words that only its similarities need.
            self._indexes = np.frombuffer(file.read(words * parts), np.uint8).reshape(words, parts)
            self._codes = np.frombuffer(file.read(), np.float32).reshape(parts * centroids, -1)
        self._firsts = np.arange(parts, dtype=np.int32) * centroids  # where the codes of each part begin
        self.size = size

    def __call__(self, words: Integers) -> Floats:
        """Give the vectors of word numbers, one a row."""
        codes = self._codes.take(self._indexes[words] + self._firsts, axis=0)
        found: Floats = codes.reshape(len(words), self.size)
        return found


class Model:
    """A slovnet model file: the model with its weights, and its vocabularies."""

    def __init__(self, path: str, kind: str) -> None:
        from slovnet.exec import model, pack

        with pack.Pack(path) as file:
            file.load_meta().check_protocol()
            found = file.load_model(getattr(model, kind))
            self.model = found.inject_arrays(dict(file.load_arrays(found.weights)))
            self._file = path

    def vocabulary(self, name: str) -> list[str]:
        """Read one of its vocabularies: word, shape, tag or rel."""
        from slovnet.exec import pack

        with pack.Pack(self._file) as file:
            items: list[str] = file.load_vocab(name).items
        return items


class Pairs:
    """Words to pairs: the number of the word and of its shape in one integer, as the networks know them."""

    def __init__(self, model: Model) -> None:
        from slovnet.shape import EN, RU, XX, X, Xx, format_shape, word_shape, x, xx

        self._words = {word: number for number, word in enumerate(model.vocabulary("word"))}
        self._shapes = {shape: number for number, shape in enumerate(model.vocabulary("shape"))}
        self._unknown = self._words["<unk>"]
        self._shape_of = word_shape
        # By its first letter a word is Russian or English for slovnet, whatever follows.
        self._outlines = {
            letter: tuple(self._shapes[format_shape(kind, outline)] for outline in (x, X, xx, XX, Xx))
            for kind, letters in ((RU, _RUSSIAN), (EN, _ENGLISH))
            for letter in letters + letters.upper()
        }

    def __call__(self, text: str) -> int:
        """Give the pair of a word."""
        return self._words.get(text.lower(), self._unknown) * SHAPES + self._shape(text)

    def _shape(self, text: str) -> int:
        """Give the number of a word's shape: what `word_shape` finds, by the shortest way."""
        outlines = self._outlines.get(text[0])
        if outlines is not None:
            if len(text) == 1:
                return outlines[text.isupper()]
            if text.islower():
                return outlines[2]
            if text.isupper():
                return outlines[3]
            if text[0].isupper() and text[1:].islower():
                return outlines[4]
        return self._shapes[self._shape_of(text)]


class Layer:
    """One convolution of width three with ReLU and normalisation.

    Normalisation is linear, so it is left to the next layer: `after` puts the one before it into the weights.
    """

    def __init__(self, layer: Any, before: Layer | None = None) -> None:  # noqa: ANN401 (slovnet publishes no types)
        weight = layer.conv.weight.array  # filters x in x 3
        self.filters = weight.shape[0]
        self.weight = np.ascontiguousarray(np.concatenate([weight[:, :, place].T for place in range(3)], axis=1))
        self.bias = layer.conv.bias.array
        # (x - mean) / std * weight + bias, as one product and one sum
        self.scale = layer.norm.weight.array / layer.norm.std.array
        self.shift = layer.norm.bias.array - layer.norm.mean.array * self.scale
        self.gap = -self.shift / self.scale  # what is zero once it is normalised
        if before is not None:
            self.bias = self.bias + (before.shift @ self.weight).reshape(3, self.filters).sum(axis=0)
            self.weight = before.scale[:, None] * self.weight

    def quarters(self) -> tuple[Floats, Floats, Floats, Floats]:
        """Give the weights of the four products that two neighbouring rows are made of, each of inputs x filters."""
        left, own, right = np.split(self.weight.astype(np.float64), 3, axis=1)
        found = left, (left + own + right) / 2, (left - own + right) / 2, right
        one, two, three, four = (np.ascontiguousarray(each, np.float32) for each in found)
        return one, two, three, four


class Network:
    """Embedding and three convolutions of one model: words to rows of 64 numbers.

    `pairs` has the pair of each word by its number; it may grow between calls, and be emptied before `renumber`.
    """

    def __init__(self, model: Any, embedding: Embedding, pairs: Sequence[int]) -> None:  # noqa: ANN401
        self.layers: list[Layer] = []
        for layer in model.encoder.layers:
            self.layers.append(Layer(layer, self.layers[-1] if self.layers else None))
        self.first = self.layers.pop(0)
        self.last = self.layers[-1]
        self._embedding = embedding
        self._shapes = model.emb.shape.weight.array
        self._pairs = pairs
        # What a pair adds to the row after it, its own row and the row before it, side by side; place 0 is the gap.
        # Memory is taken as the table fills.
        self._table = np.empty((TABLE_ROWS + 1, 3 * self.first.filters), np.float32)
        self._table[GAP] = 0
        self._rows: dict[int, int] = {}  # of each pair
        self._row_of = np.empty(0, np.int64)  # of each word, -1 where it is not known yet

    def forget(self) -> None:
        """Empty the table of the first layer."""
        self._rows.clear()
        self.renumber()

    def renumber(self) -> None:
        """Take note that the numbers of words mean others from now on."""
        self._row_of[:] = -1

    def _look_up(self, words: Integers) -> Integers:
        """Give the rows of the table for words, making those that are new; valid until the next call."""
        missing = len(self._pairs) - len(self._row_of)
        if missing > 0:
            self._row_of = np.concatenate((self._row_of, np.full(missing + len(self._row_of), -1)))
        rows = self._row_of[words]
        if (rows < 0).any():
            self._learn(np.unique(words[rows < 0]), words)
            rows = self._row_of[words]
        return rows

    def _learn(self, new: Integers, words: Integers) -> None:
        known = self._rows
        pairs = [self._pairs[word] for word in new.tolist()]
        fresh = [pair for pair in dict.fromkeys(pairs) if pair not in known]
        if len(known) + len(fresh) > TABLE_ROWS:
            self.forget()
            new = np.unique(words)
            pairs = [self._pairs[word] for word in new.tolist()]
            fresh = list(dict.fromkeys(pairs))
        if fresh:
            self._fill(fresh)
        self._row_of[new] = [known[pair] for pair in pairs]

    def _fill(self, fresh: Sequence[int]) -> None:
        width = self.first.filters
        first = len(self._rows) + 1
        if first + len(fresh) > len(self._table):  # one group of documents with more distinct words than that
            larger = np.empty((first + len(fresh), 3 * width), np.float32)
            larger[:first] = self._table[:first]
            self._table = larger
        for begin in range(0, len(fresh), BLOCK):
            words, shapes = np.divmod(np.array(fresh[begin : begin + BLOCK]), SHAPES)
            into = self._table[first + begin : first + begin + len(words)]
            np.dot(np.concatenate((self._embedding(words), self._shapes[shapes]), axis=1), self.first.weight, out=into)
            into[:, width : 2 * width] += self.first.bias
        self._rows.update(zip(fresh, range(first, first + len(fresh)), strict=True))

    def __call__(self, texts: Sequence[Integers]) -> tuple[Floats, list[int]]:
        """Encode texts given as word numbers: 64 numbers for each token and each gap, and where each text begins."""
        rows = self._look_up(np.concatenate(texts))
        begins = []
        total = len(rows) + len(texts) + 1
        joined = np.full(total + total % 2, GAP, np.int64)  # an even number of rows, with a second gap behind the last
        taken = 0
        for number, text in enumerate(texts, start=1):
            begin = taken + number
            begins.append(begin)
            joined[begin : begin + len(text)] = rows[taken : taken + len(text)]
            taken += len(text)
        size = len(joined)
        encoded = np.empty((size, self.last.filters), np.float32)
        for begin in range(0, size, BLOCK):
            end = min(size, begin + BLOCK)
            low, high = max(0, begin - REACH), min(size, end + REACH)
            encoded[begin:end] = self._encode(joined[low:high])[begin - low : end - low]
        encoded *= self.last.scale
        encoded += self.last.shift
        return encoded[:total], begins

    def _encode(self, rows: Integers) -> Floats:
        """Encode the rows of a block, an even number, but for the last normalisation; those at its edges are void."""
        gaps = np.flatnonzero(rows == GAP)
        parts = self._table.reshape(-1, self.first.filters)
        found = parts.take(3 * rows + 1, axis=0)
        found[1:] += parts.take(3 * rows[:-1], axis=0)
        found[:-1] += parts.take(3 * rows[1:] + 2, axis=0)
        np.maximum(found, 0, out=found)
        found[gaps] = self.first.gap
        for layer in self.layers:
            width = layer.filters
            products = found @ layer.weight
            found = products[:, width : 2 * width] + layer.bias
            found[1:] += products[:-1, :width]
            found[:-1] += products[1:, 2 * width :]
            np.maximum(found, 0, out=found)
            found[gaps] = layer.gap
        return found


class PairedNetwork(Network):
    """A network whose even and odd rows are made side by side: Winograd's minimal filtering, F(2, 3).

    Its numbers differ from those of slovnet in the last bits, and from an even place to an odd one. That is no harm to
    names, which are chosen by sums over whole texts; of heads, the first of several that are alike has to be found, and
    of 5,000 articles one had a word of which two tags are so near that the lesser one won.
    """

    def __init__(self, model: Any, embedding: Embedding, pairs: Sequence[int]) -> None:  # noqa: ANN401
        super().__init__(model, embedding, pairs)
        self._quarters = [layer.quarters() for layer in self.layers]

    def _encode(self, rows: Integers) -> Floats:
        even, odd = rows[::2], rows[1::2]
        gaps, odd_gaps = np.flatnonzero(even == GAP), np.flatnonzero(odd == GAP)
        parts = self._table.reshape(-1, self.first.filters)
        found, other = parts.take(3 * even + 1, axis=0), parts.take(3 * odd + 1, axis=0)
        found[1:] += parts.take(3 * odd[:-1], axis=0)
        found += parts.take(3 * odd + 2, axis=0)
        other += parts.take(3 * even, axis=0)
        other[:-1] += parts.take(3 * even[1:] + 2, axis=0)
        np.maximum(found, 0, out=found)
        np.maximum(other, 0, out=other)
        found[gaps] = other[odd_gaps] = self.first.gap
        for layer, (one, two, three, four) in zip(self.layers, self._quarters, strict=True):
            inner = found + other
            middle = inner @ two
            np.subtract(other, found, out=inner)
            turned = inner @ three
            np.subtract(other[:-1], other[1:], out=inner[1:])
            inner[0] = 0
            before = inner @ one
            np.subtract(found[:-1], found[1:], out=inner[:-1])
            inner[-1] = 0
            after = inner @ four
            middle += layer.bias
            before += middle
            before += turned
            middle -= turned
            middle -= after
            found, other = np.maximum(before, 0, out=before), np.maximum(middle, 0, out=middle)
            found[gaps] = other[odd_gaps] = layer.gap
        encoded = np.empty((len(rows), self.last.filters), np.float32)
        encoded[::2], encoded[1::2] = found, other
        return encoded
