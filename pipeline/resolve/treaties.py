"""Named treaties of the past: however an article calls one, it is one agreement for ever.

Besides these, an agreement named after a place is its own: `proper_name`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache

from pipeline.resolve.tables import read_table
from pipeline.resolve.words import STATE_STEMS, fold, stem, stems


@dataclass(frozen=True, slots=True, kw_only=True)
class Treaty:
    """A named treaty: its title, how folded texts call it, when it was concluded."""

    slug: str
    title: str  # Russian, in full
    pattern: re.Pattern[str]
    date: str  # concluded; ISO date or a prefix
    kind: str


TABLE = "models/resolve/treaties.tsv"
PLACE_NAMED = re.compile(
    r"([А-ЯЁ][а-яё]{2,}(?:ск|цк)(?:ий|ой|ого|ому|им|ом|ая|ую|ое|ие|их|ими))\s+(?:мирн\w+ )?"
    r"(договор|соглашени|конвенци|протокол|деклараци|пакт|харти|меморандум)\w*",
)
# Many are called after a continent or a state: these say no more than whose it is.
NO_PLACES = STATE_STEMS | frozenset(
    stems("европейская евразийская азиатская африканская американская арабская тюркская")
)


@cache
def treaties() -> tuple[Treaty, ...]:
    """Read the table of named treaties."""
    return tuple(
        Treaty(slug=slug, kind=kind, date=date, title=title, pattern=re.compile(pattern))
        for slug, kind, date, title, pattern in read_table(TABLE)
    )


@lru_cache(maxsize=50_000)
def treaty_of(text: str) -> Treaty | None:
    """Find the named treaty that the words of a mention speak of."""
    folded = fold(text)
    return next((treaty for treaty in treaties() if treaty.pattern.search(folded)), None)


def proper_name(words: str, sentences: str) -> str | None:
    """Name an agreement called after a place, "Измирский договор", by stems; a sentence's first word is none."""
    found = PLACE_NAMED.match(words)
    if found is None or stem(fold(found[1])) in NO_PLACES or sentences.lstrip(' «"').startswith(words):
        return None
    return "-".join(stem(fold(part)) for part in found.groups())


def by_slug(slug: str) -> Treaty | None:
    """Look a named treaty up."""
    return next((treaty for treaty in treaties() if treaty.slug == slug), None)
