"""Bytes of a document become text: encodings found by evidence, and mojibake repaired or recognised. Pure.

The order: byte order mark, valid UTF-8 (whatever is declared), UTF-8 with a few damaged bytes, the document's
declaration, the header, letter statistics. Each answer is then held against the readability check.
"""

from __future__ import annotations

import codecs
import re
from collections import Counter
from dataclasses import dataclass

# The share of «оеаинтсрвл» in lower case among all letters beyond ASCII: 1,432 real Russian titles have 0.32 and
# more (median 0.64), six kinds of garbling at most 0.16. Case must stay: koi8-r read as cp1251 swaps it.
COMMON = frozenset("оеаинтсрвл")
READABLE = 0.25
FEW = 20  # letters under which nothing is said
SAMPLE = 60_000  # characters that are judged
DAMAGED = 0.001  # share of characters that a declared encoding may not know
FAR_BETTER = 0.03  # of the score of Russian words; under the encoding that is right it is always the higher one
GOOD_FOR_BAD = 10  # sequences of UTF-8 that outweigh a damaged one; Russian in another encoding has next to none

# Letters of Cyrillic, and what wrong decodings turn them into: Latin letters with accents, box drawing, U+FFFD.
CYRILLIC_LETTER = re.compile(r"[\u0400-\u052f]")
ACCENTED = re.compile(r"[\u00c0-\u024f\u1e00-\u1eff\u00aa\u00b5\u00ba]")
WRECKAGE = re.compile(r"[\u2500-\u259f\ufffd]")

CYRILLIC = ("cp1251", "koi8-r", "cp866", "mac-cyrillic", "iso8859-5")
WRONG = ("cp1252", "cp1251", "koi8-r", "latin-1")
ORDINARY = frozenset("абвгдежзийклмнопрстуфхцчшщъыьэюяёАБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯЁ«»„“”‘’–—…№•°§ \u00a0\u00ad")
NO_TEXT_NAMES = "undefined unicode_escape raw_unicode_escape idna punycode utf_7 mbcs oem uu base64 hex zlib bz2 rot_13"
NO_TEXT = frozenset(NO_TEXT_NAMES.split())
# Labels that lie in one known way (WHATWG Encoding Standard), and spellings seen in feeds.
LABELS = {"iso8859-1": "cp1252", "latin-1": "cp1252", "ascii": "cp1252", "us-ascii": "cp1252"}
SPELLINGS = re.compile(r"^(?:cp|win|windows|ansi)[-_ ]?(125\d)$", re.IGNORECASE)

DECLARED = re.compile(rb"^[^<]{0,200}<\?xml[^>]{0,200}?encoding\s*=\s*[\"']?([A-Za-z0-9._:-]{1,40})")
META = re.compile(rb"<meta[^>]{0,300}?charset\s*=\s*[\"']?\s*([A-Za-z0-9._:-]{1,40})", re.IGNORECASE)
CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([A-Za-z0-9._:-]{1,40})", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """Text, how its encoding was found, and whether a person could read it."""

    text: str
    encoding: str
    by: str  # bom, utf-8, utf-8 damaged, declared, header, statistics, guess
    repaired: bool = False  # it had been decoded wrongly before it was sent, and that could be undone
    readable: bool = True


def decode(content: bytes, content_type: str = "") -> Decoded:
    """Turn the bytes of an XML or HTML document into text."""
    found = _decode(content, content_type)
    if is_readable(found.text):
        return found
    repaired = undo_mojibake(found.text)
    if repaired is not None:
        return Decoded(text=repaired, encoding=found.encoding, by=found.by, repaired=True)
    return Decoded(text=found.text, encoding=found.encoding, by=found.by, readable=False)


def readability(text: str) -> float | None:
    """Score a text by its common Cyrillic letters; None where it says nothing of Cyrillic letters or their wreckage."""
    counts = Counter(text[:SAMPLE])
    cyrillic, latin, other = (
        sum(count for char, count in counts.items() if kind.match(char))
        for kind in (CYRILLIC_LETTER, ACCENTED, WRECKAGE)
    )
    if latin > cyrillic:
        plain = sum(count for char, count in counts.items() if char.isascii() and char.isalpha())
        if latin * 2 < plain:
            return None  # a text in Latin letters, some with accents, some of its items perhaps in Russian
        other += latin
    total = cyrillic + other
    return sum(counts[char] for char in COMMON) / total if total >= FEW else None


def is_readable(text: str) -> bool:
    """Tell whether a text is no mojibake, as far as its letters can tell."""
    sample = "\n".join(line for line in text[:SAMPLE].splitlines() if not _is_shouted(line))
    score = readability(sample)
    return score is None or score >= READABLE


def undo_mojibake(text: str) -> str | None:
    """Undo a wrong decoding that was made before the document was sent; None where no undoing gives readable text."""
    best, best_score = None, READABLE
    for right in ("utf-8", *CYRILLIC):  # UTF-8 first: what decodes as it by chance is rare
        for wrong in WRONG:
            fixed = _recode(text, wrong, right) if wrong != right else None
            if fixed is None or fixed.count("\ufffd") * 500 > len(fixed) or (readability(fixed) or 0) < READABLE:
                continue
            if right == "utf-8":
                return fixed
            score = _russianness(fixed)
            if score > best_score:
                best, best_score = fixed, score
    return best


def _recode(text: str, wrong: str, right: str) -> str | None:
    """Encode runs beyond ASCII as `wrong` had decoded them and decode as `right`; None where that fails at once."""
    failures = 0

    def redo(match: re.Match[str]) -> str:
        nonlocal failures
        try:
            return b"".join(_byte(char, wrong) for char in match[0]).decode(right)
        except UnicodeError:
            failures += 1
            return match[0]

    runs = 0

    def count_and_redo(match: re.Match[str]) -> str:
        nonlocal runs
        runs += 1
        return redo(match)

    pattern = r"[^\x00-\x7f]+" if right != "utf-8" else r"[^\x00-\x7f]+(?:\s?[^\x00-\x7f]+)*"
    fixed = re.sub(pattern, count_and_redo, text)
    return fixed if runs and failures * 10 < runs else None


def _byte(char: str, encoding: str) -> bytes:
    if encoding == "cp1252" and "\x80" <= char <= "\x9f":
        return bytes([ord(char)])  # five bytes that cp1252 does not define pass through most programs as they are
    return char.encode("ascii" if char.isascii() else encoding)


def _decode(content: bytes, content_type: str) -> Decoded:
    for bom, name in BOMS:
        if content.startswith(bom):
            body = content[len(bom) :]
            text = body.decode(name, "replace")
            if name != "utf-8" or _is_nearly_utf8(body):
                return Decoded(text=text, encoding=name, by="bom")
            content = body
    if wide := _wide(content):
        return Decoded(text=content.decode(wide, "replace"), encoding=wide, by="bom")
    try:
        return Decoded(text=content.decode("utf-8"), encoding="utf-8", by="utf-8")
    except UnicodeDecodeError:
        if _is_nearly_utf8(content):
            return Decoded(text=content.decode("utf-8", "replace"), encoding="utf-8", by="utf-8 damaged")
    return _decode_bytes(content, content_type)


def _decode_bytes(content: bytes, content_type: str) -> Decoded:
    candidates: list[Decoded] = []
    for by, label in (("declared", _declared(content)), ("header", _header(content_type))):
        name = _codec(label)
        if name is None or name == "utf-8":
            continue
        text = content.decode(name, "replace")
        if text.count("\ufffd") <= max(1, len(text) * DAMAGED):
            candidates.append(Decoded(text=text, encoding=name, by=by))
    likely = _by_letters(content)
    for candidate in candidates:
        if is_readable(candidate.text) and not _is_outdone(candidate, likely, content):
            return candidate
    if name := likely:
        return Decoded(text=content.decode(name, "replace"), encoding=name, by="statistics")
    if candidates:
        return candidates[0]
    name = _by_library(content)
    return Decoded(text=content.decode(name, "replace"), encoding=name, by="guess")


BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def _wide(content: bytes) -> str | None:
    """Recognise UTF-16 and UTF-32 without a mark by the zeros around the first character."""
    for pattern, name in (
        (rb"[<{\s]\x00\x00\x00", "utf-32-le"),
        (rb"\x00\x00\x00[<{\s]", "utf-32-be"),
        (rb"[<{\s]\x00[^\x00]\x00", "utf-16-le"),
        (rb"\x00[<{\s]\x00[^\x00]", "utf-16-be"),
    ):
        if re.match(pattern, content):
            return name
    return None


def _is_nearly_utf8(content: bytes) -> bool:
    """Tell whether damaged bytes are rare among sequences that only UTF-8 has."""
    text = content.decode("utf-8", "replace")
    bad = text.count("\ufffd")
    good = sum(1 for char in text[: 2 * SAMPLE] if not char.isascii()) - text[: 2 * SAMPLE].count("\ufffd")
    return good >= GOOD_FOR_BAD * bad


def _declared(content: bytes) -> str:
    match = DECLARED.search(content[:1024]) or META.search(content[:4096])
    return match[1].decode("ascii") if match else ""


def _header(content_type: str) -> str:
    match = CHARSET.search(content_type)
    return match[1] if match else ""


def _codec(label: str) -> str | None:
    """Find the text codec that a label means; None for unknown ones and those that are no character encodings."""
    label = SPELLINGS.sub(r"cp\1", label.strip())
    try:
        name = codecs.lookup(label).name
    except (LookupError, ValueError):
        return None
    known = name.replace("-", "_")
    if known in NO_TEXT or known.removesuffix("_codec") in NO_TEXT:
        return None
    name = LABELS.get(name, name)
    try:
        b"a".decode(name)
    except (LookupError, UnicodeError):
        return None
    return name


def _by_letters(content: bytes) -> str | None:
    """Choose the Cyrillic single-byte encoding under which the bytes look most like Russian words."""
    best, best_score = None, READABLE
    sample = content[: SAMPLE // 2]
    for name in CYRILLIC:
        text = sample.decode(name, "replace")
        score = _russianness(text)
        if score > best_score:
            best, best_score = name, score
    return best


def _russianness(text: str) -> float:
    counts = Counter(char for char in text if not char.isascii())
    total = sum(counts.values())
    if total < FEW:
        return 0.0
    common = sum(counts[char] for char in COMMON)
    odd = sum(count for char, count in counts.items() if char not in ORDINARY)
    flips = len(re.findall(r"[а-яё][А-ЯЁ]", text))
    return (common - 2 * odd - flips) / total


def _is_outdone(candidate: Decoded, likely: str | None, content: bytes) -> bool:
    """Tell whether another Cyrillic encoding than the one declared gives far better Russian words."""
    if likely is None or candidate.encoding not in CYRILLIC or likely == candidate.encoding:
        return False
    better = content[: SAMPLE // 2].decode(likely, "replace")
    return _russianness(better) > _russianness(candidate.text[: SAMPLE // 2]) + FAR_BETTER


def _by_library(content: bytes) -> str:
    from charset_normalizer import from_bytes

    match = from_bytes(content[:SAMPLE]).best() if len(content) > FEW else None
    name = (_codec(match.encoding) if match else None) or "cp1252"
    western = "\ufffd" not in content.decode("cp1252", "replace")
    return "cp1252" if western and name.startswith(("cp125", "iso8859", "mac", "hp", "cp4", "cp5", "cp8")) else name


def _is_shouted(line: str) -> bool:
    return line.isupper()
