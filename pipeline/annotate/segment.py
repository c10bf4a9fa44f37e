"""Text to tokens and sentences: the rules of razdel 0.5, in time linear in the text.

razdel joins its pieces by building ever longer strings and looks at every gap through objects; that is quadratic for
text without sentence ends and most of the cost of ordinary text. Here its tables and patterns are used as they are,
the same decisions are taken by offsets, and what a chunk between white space falls into is remembered where it does
not depend on its neighbours. A test and benchmarks/annotate.py hold the output to razdel's own.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from itertools import chain
from operator import add
from typing import TYPE_CHECKING

import numpy as np
from razdel.segmenters import punct, sokr
from razdel.segmenters.sentenize import (
    BULLET_BOUNDS,
    BULLET_SIZE,
    DELIMITERS,
    FIRST_TOKEN,
    LAST_TOKEN,
    PAIR_SOKR,
    SMILE_PREFIX,
    SPACE_SUFFIX,
    TOKEN,
    WORD,
    is_bullet,
    is_lower_alpha,
    is_sokr,
)
from razdel.segmenters.tokenize import ATOM, INT, LAT, OTHER, PUNCT, RU, SMILE

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipeline.annotate.network import Integers

    Bounds = list[tuple[int, int]]

LONGEST_REMEMBERED = 40  # characters of a chunk
REMEMBERED_CHUNKS = 100_000

# Which characters are white space; there is none beyond, and the last entry speaks for all of these.
_SPACES = np.array([chr(code).isspace() for code in range(0x3002)])
_SIMPLE = re.compile(r"([«\"(„“]?)([а-яёА-ЯЁ]+|[a-zA-Z]+)([,.:;!?»\"”)]?)([,.:;]?)")
_RU, _LAT, _INT, _PUNCT, _OTHER = range(5)
_TYPES = {RU: _RU, LAT: _LAT, INT: _INT, PUNCT: _PUNCT, OTHER: _OTHER}
_WORDS = frozenset({_RU, _LAT, _OTHER})
_JOINING = frozenset(punct.DASHES + "_")
_DECIMAL = frozenset(".,/\\")
_LONGEST_SMILE = 5
# Where a sentence ends that razdel lets run on: at a blank line, for a title has no full stop; and at a full stop with
# no space after it, as pages without their tags have it: "и безопасности.В завершение", "передаёт Tengrinews.kz.Ранее".
# Two patterns that begin with a character are found faster than one that may begin with none.
_BLANK_LINE = re.compile(r"\n[^\S\n]*\n")
_NO_SPACE = re.compile(
    r"[.!?](?=[А-ЯЁ][а-яё]?[ а-яё])(?:(?<=[а-яё]{4}[.!?])|(?<=[а-яё]{2}[»\"”][.!?])|(?<=[a-z]{2}[.!?]))"
)

Atom = tuple[int, int, int]  # start, stop, type


class Tokenizer:
    """Gives the tokens of a text, each made known once by `learn`."""

    def __init__(self, learn: Callable[[str], int]) -> None:
        self._learn = learn
        self._chunks: dict[str, tuple[int, ...]] = {}  # start, stop and number of each of its tokens, one after another

    def forget(self) -> None:
        """Drop what is remembered; to be called when the numbers that `learn` gave become void."""
        self._chunks.clear()

    def __call__(self, text: str) -> tuple[list[int], list[int], list[int]]:
        """Give starts, stops and numbers of the tokens, exactly those of `razdel.tokenize`."""
        begins, pieces = _begins(text), text.split()
        get = self._chunks.get
        chunks: list[tuple[int, ...]] = list(map(get, pieces))  # type: ignore[arg-type]
        if not all(chunks):  # some are not known, or were not when they came first
            places = zip(chunks, pieces, begins.tolist(), strict=True)
            chunks = [chunk or get(piece) or self._split(text, piece, begin) for chunk, piece, begin in places]
        flat = list(chain.from_iterable(chunks))
        sizes = np.array(list(map(len, chunks)), np.int64) // 3
        shifts = np.repeat(begins, sizes).tolist()
        return list(map(add, flat[::3], shifts)), list(map(add, flat[1::3], shifts)), flat[2::3]

    def _split(self, text: str, chunk: str, start: int) -> tuple[int, ...]:
        simple = _SIMPLE.fullmatch(chunk)
        if simple and simple.end(2) - simple.start(2) == len(chunk):
            free = True
            tokens: tuple[int, ...] = (0, len(chunk), self._learn(chunk))
        else:
            bounds, free = self._cut(text, chunk, start, simple)
            tokens = tuple([each for first, last in bounds for each in (first, last, self._learn(chunk[first:last]))])
        if free and len(chunk) <= LONGEST_REMEMBERED:
            if len(self._chunks) >= REMEMBERED_CHUNKS:
                self._chunks.clear()
            self._chunks[chunk] = tokens
        return tokens

    def _cut(self, text: str, chunk: str, start: int, simple: re.Match[str] | None) -> tuple[Bounds, bool]:
        opening, word, sign, second = simple.groups() if simple else ("", "", "!", "")
        if sign == second == ".":
            return _bounds(text, chunk, start)[0], False
        if sign in {"!", "?"} or sign + second in {".:", ":)", ";)"}:
            return _bounds(text, chunk, start)
        first = len(opening)
        last = first + len(word)
        bounds = [(first, last)]
        if opening:
            bounds.insert(0, (0, first))
        if sign:
            bounds.append((last, last + 1))
            last += 1
        if second:
            bounds.append((last, last + 1))
        return bounds, True


def _begins(text: str) -> Integers:
    """Give where the words of `text.split()` begin."""
    letters = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    spaces = np.take(_SPACES, letters, mode="clip")
    found: Integers = np.flatnonzero(spaces[:-1] > spaces[1:]) + 1
    return np.concatenate(([0], found)) if len(spaces) and not spaces[0] else found


def _atoms(chunk: str) -> list[Atom]:
    return [(match.start(), match.end(), _TYPES[match.lastgroup or ""]) for match in ATOM.finditer(chunk)]


def _bounds(text: str, chunk: str, start: int) -> tuple[Bounds, bool]:
    """Give the tokens of one chunk, and whether they are the same in any other place."""
    atoms = _atoms(chunk)
    if len(atoms) == 1:
        return [(0, len(chunk))], True
    free = True
    before = after = -1
    if _leans(chunk, atoms[0], atoms[1]):
        free, before = False, _last_type(text, start)
    if _leans(chunk, atoms[-1], atoms[-2]):
        free, after = False, _next_type(text, start + len(chunk))
    bounds: Bounds = []
    first = 0
    for place in range(1, len(atoms)):
        if not _joins(chunk, atoms, place, first, around=(before, after)):
            bounds.append((first, atoms[place][0]))
            first = atoms[place][0]
    bounds.append((first, len(chunk)))
    return bounds, free


def _leans(chunk: str, edge: Atom, inner: Atom) -> bool:
    """Tell whether an atom at the edge of a chunk may join across white space ("слово -то")."""
    letter = chunk[edge[0] : edge[1]]
    return (letter in _JOINING and inner[2] != _PUNCT) or (letter in _DECIMAL and inner[2] == _INT)


def _last_type(text: str, start: int) -> int:
    """Give the type of the last atom before a place; -1 at the beginning of the text."""
    stop = start
    while stop and text[stop - 1].isspace():
        stop -= 1
    if not stop:
        return -1
    # The last character tells: RU, LAT, INT and PUNCT atoms are of one kind of character, OTHER is one character.
    return _atoms(text[stop - 1 : stop])[0][2]


def _next_type(text: str, stop: int) -> int:
    match = ATOM.search(text, stop)
    return _TYPES[match.lastgroup or ""] if match else -1


def _joins(chunk: str, atoms: list[Atom], place: int, first: int, *, around: tuple[int, int]) -> bool:
    """Tell whether two atoms that touch are one token; `first` is where the token so far begins.

    `around` are the types of the atoms before and after the chunk, -1 where there is none or it does not matter.
    """
    before, after = around
    left, right = atoms[place - 1], atoms[place]
    left_text, right_text = chunk[left[0] : left[1]], chunk[right[0] : right[1]]
    left_2 = atoms[place - 2][2] if place > 1 else before
    right_2 = atoms[place + 1][2] if place + 1 < len(atoms) else after
    for letters, wanted in _SIGNS:
        if left_text in letters:
            pair = (left_2, right[2])
        elif right_text in letters:
            pair = (left[2], right_2)
        else:
            continue
        if -1 not in pair and (_INT not in wanted or pair == (_INT, _INT)) and (_INT in wanted or _PUNCT not in pair):
            return True
    if left[2] == _PUNCT and right[2] == _PUNCT:
        whole = right[1] - first
        if whole <= _LONGEST_SMILE and SMILE.match(chunk[first : right[1]]):
            return True
        if left_text in punct.ENDINGS and right_text in punct.ENDINGS:
            return True
        if left_text + right_text in {"--", "**"}:
            return True
    if (left[2] == _OTHER and right[2] in _WORDS) or (left[2] in _WORDS and right[2] == _OTHER):
        return True
    return right_text == "!" and left_text.lower() == "yahoo"


# razdel's rules of two atoms and a sign: any two that are no punctuation, or two numbers.
_SIGNS: tuple[tuple[frozenset[str], frozenset[int]], ...] = (
    (frozenset(punct.DASHES), frozenset()),
    (frozenset("_"), frozenset()),
    (frozenset(".,"), frozenset({_INT})),
    (frozenset("/\\"), frozenset({_INT})),
)

# razdel's delimiters that white space follows: a smile, or one sign. A pattern that begins with one of some characters
# is found three times as fast as a choice of two, so it finds a colon and an equals sign alone as well.
_DELIMITER = re.compile(rf"[=:{re.escape(DELIMITERS)}](?:(?<=[=:;])-?[)(]{{1,3}})?(?=\s)")
_NO_DELIMITERS = frozenset("=:")
_WINDOW = 10


def split_sentences(text: str) -> Bounds:
    """Give the sentences of a text, exactly those of `razdel.sentenize` that are not empty."""
    found: Bounds = []
    start = 0
    for match in _DELIMITER.finditer(text):
        stop, delimiter = match.end(), match[0]
        if delimiter not in _NO_DELIMITERS and not _stays(text, match.start(), stop, delimiter, start):
            _add(found, text, start, stop)
            start = stop
    _add(found, text, start, len(text))
    return found


def _add(found: Bounds, text: str, start: int, stop: int) -> None:
    while start < stop and text[start].isspace():
        start += 1
    while start < stop and text[stop - 1].isspace():
        stop -= 1
    if start < stop:
        found.append((start, stop))


def _stays(text: str, begin: int, end: int, delimiter: str, start: int) -> bool:
    """Tell whether a sentence that began at `start` goes on after a delimiter that white space follows."""
    left, right = text[max(0, begin - _WINDOW) : begin], text[end : end + _WINDOW]
    left_token, right_token = _last_token(left), _first_token(right)
    if not left_token or not right_token:
        return True
    if right_token.isalpha():
        if right_token.islower():
            return True
    elif right_token not in punct.GENERIC_QUOTES and (right_token in DELIMITERS or SMILE_PREFIX.match(right)):
        return True
    return (
        (delimiter == "." and _is_abbreviation(left, left_token, right_token))
        or _is_bullet(text, start, begin, delimiter)
        or (delimiter != "." and _is_closing(left, left_token, delimiter))
        or _is_dash(right, right_token)
    )


def _last_token(left: str) -> str:
    """Give the last token of some characters, "" where there is none."""
    words = left.split()
    if words and words[-1].isalpha():
        return words[-1]
    match = LAST_TOKEN.search(left)
    return match[1] if match else ""


def _first_token(right: str) -> str:
    words = right.split(None, 1)
    if words and words[0].isalpha():
        return words[0]
    match = FIRST_TOKEN.match(right)
    return match[1] if match else ""


def _is_abbreviation(left: str, left_token: str, right_token: str) -> bool:
    folded = left_token.lower()
    pair = PAIR_SOKR.search(left) if "." in left else None
    pairs = (pair[1].lower(), pair[2].lower()) if pair else None
    if pairs in sokr.HEAD_PAIR_SOKRS:
        return True
    if pairs in sokr.PAIR_SOKRS:
        if is_sokr(right_token):
            return True
    elif folded in sokr.HEAD_SOKRS or (folded in sokr.SOKRS and is_sokr(right_token)):
        return True
    if (folded, right_token.lower()) in sokr.PAIR_SOKRS:
        return True
    return (left_token.isupper() and len(left_token) == 1) or folded in sokr.INITIALS


def _is_bullet(text: str, start: int, begin: int, delimiter: str) -> bool:
    if delimiter not in BULLET_BOUNDS or begin - start > BULLET_SIZE:
        return False
    return all(is_bullet(token) for token in TOKEN.findall(text[start:begin]))


def _is_closing(left: str, left_token: str, delimiter: str) -> bool:
    ended = left_token in punct.ENDINGS
    if delimiter in punct.CLOSE_QUOTES or delimiter in punct.CLOSE_BRACKETS:
        return not ended
    if delimiter in punct.GENERIC_QUOTES:
        return bool(SPACE_SUFFIX.search(left)) or not ended
    return False


def _is_dash(right: str, right_token: str) -> bool:
    if right_token not in punct.DASHES:
        return False
    word = WORD.search(right)
    return word is not None and is_lower_alpha(word[1])


def cut_run_on(text: str, sentences: Bounds) -> Bounds:
    """Cut the sentences that run on over a blank line, or over a full stop with no space after it."""
    cuts = [match.start() for match in _BLANK_LINE.finditer(text)]
    no_space = [match.end() for match in _NO_SPACE.finditer(text)]
    if no_space:
        cuts = sorted(cuts + no_space)
    if not cuts:
        return sentences
    found: Bounds = []
    for start, stop in sentences:
        begin = start
        for cut in cuts[bisect_right(cuts, start) : bisect_left(cuts, stop)]:
            _add(found, text, begin, cut)
            begin = cut
        _add(found, text, begin, stop)
    return found


def envelop(starts: list[int], stops: list[int], sentences: Bounds) -> list[tuple[int, int]]:
    """Give for each sentence the range of the tokens that lie in it."""
    return [(bisect_left(starts, start), bisect_right(stops, stop)) for start, stop in sentences]


def words_of(text: str) -> list[str]:
    """Give the words of a short text."""
    starts, stops, _ = Tokenizer(lambda _: 0)(text)
    return [text[start:stop] for start, stop in zip(starts, stops, strict=True)]
