"""The language of a text, by its letters: enough to tell Russian from what is not."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

SAMPLE = 2_000  # characters looked at
FEWEST_LETTERS = 20  # a shorter text is taken as Russian: a headline of a name and a figure
SHARE = 0.004  # of letters that Russian has not; a quoted name is less, a text of that language several times more
LATIN = 0.6  # of all letters; Russian texts with many Latin names stay below

_CYRILLIC = re.compile(r"[а-яё]+")
_OTHER_CYRILLIC = re.compile(r"[\u0450\u0452-\u052f]+")
_LATIN = re.compile(r"[a-zà-öø-ɏʻ]+")
_FOREIGN = re.compile(r"[^\W\d_а-яё]+")  # letters that Russian has not
# The letters that mark a language, those of the most particular first.
_SIGNS: tuple[tuple[str, str], ...] = (
    ("tg", "ӣӯҷ"),
    ("uk", "їєґ"),
    ("uz", "ҳ"),
    ("kk", "әұқғһ"),
    ("ky", "ңөү"),
    ("be", "ў"),
    ("uk", "і"),
)
_LATIN_SIGNS: tuple[tuple[str, str], ...] = (("az", "ə"), ("tr", "ğış"), ("uz", "ʻ"))


def _kind_of(letter: str) -> int:
    lower = letter.lower()
    if len(lower) > 1:
        return _UNTOLD
    if _CYRILLIC.match(lower):
        return _RUSSIAN
    if not _FOREIGN.match(lower):
        return _NO_LETTER
    return _LIKE_RUSSIAN if _OTHER_CYRILLIC.match(lower) else _EUROPEAN if _LATIN.match(lower) else _STRANGE


_NO_LETTER, _RUSSIAN, _LIKE_RUSSIAN, _EUROPEAN, _STRANGE, _UNTOLD = range(6)
# The kinds of the signs that Russian texts are made of; the last entry speaks for all beyond.
_KINDS = np.full(0x2120, _UNTOLD)
for _codes in (range(0x530), range(0x2000, len(_KINDS) - 1)):
    _KINDS[_codes] = [_kind_of(chr(code)) for code in _codes]


def _is_plainly_russian(sample: str) -> bool:
    """Tell a Russian text by counts of its letters alone, as most are; False says nothing."""
    codes = np.frombuffer(sample.encode("utf-32-le", "surrogatepass"), np.uint32)
    counts = np.bincount(_KINDS.take(codes, mode="clip"), minlength=_UNTOLD + 1).tolist()
    _, russian, alike, european, strange, untold = counts
    letters = russian + alike + european + strange
    return not untold and (
        letters < FEWEST_LETTERS
        or russian > (1 - SHARE) * letters
        or (european <= LATIN * letters and russian + alike >= (1 - LATIN) * letters and alike <= SHARE * letters)
    )


def language_of(text: str) -> str:
    """Give the ISO 639-1 code of a text's language; "und" where its letters tell nothing."""
    if _is_plainly_russian(text[:SAMPLE]):
        return "ru"
    sample = text[:SAMPLE].lower()
    foreign = "".join(_FOREIGN.findall(sample))
    russian = _size(_CYRILLIC, sample)
    letters = russian + len(foreign)
    if not foreign or letters < FEWEST_LETTERS or russian > (1 - SHARE) * letters:
        return "ru"
    other = "".join(_OTHER_CYRILLIC.findall(foreign))
    if _size(_LATIN, sample) > LATIN * letters:
        return _by_signs(_count(sample), letters, _LATIN_SIGNS) or "en"
    if russian + len(other) < (1 - LATIN) * letters:
        return "und"
    if len(other) > SHARE * letters:
        return _by_signs(_count(other), letters, _SIGNS) or "und"
    return "ru"


def _size(letters: re.Pattern[str], text: str) -> int:
    return sum(map(len, letters.findall(text)))


def _count(text: str) -> Mapping[str, int]:
    return {letter: text.count(letter) for letter in set(text)}


def _by_signs(counts: Mapping[str, int], letters: int, signs: tuple[tuple[str, str], ...]) -> str | None:
    for code, marks in signs:
        if sum(counts.get(mark, 0) for mark in marks) > SHARE * letters:
            return code
    return None
