"""Named treaties: however an article calls one, it is one agreement for ever, with its sides and its time."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache

from pipeline.tables import read_table

TABLE = "models/gazetteer/treaties.tsv"
FOR_EVER = "9999"
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Treaty:
    """A named treaty: its title, how folded texts call it, when it was concluded and came to an end."""

    slug: str
    title: str  # Russian, in full
    pattern: re.Pattern[str]
    date: str  # concluded; ISO date or a prefix
    ended: str  # ISO date; FOR_EVER where it goes on
    kind: str
    parties: frozenset[str]  # ISO codes; empty where it is open to all

    def phase(self, day: str) -> str:
        """Tell how far it is on an ISO date: "before", "running" or "ended"."""
        if day < self.date:
            return "before"
        return "running" if day < self.ended else "ended"


@cache
def treaties() -> tuple[Treaty, ...]:
    """Read the table of named treaties."""
    return tuple(
        Treaty(
            slug=slug,
            kind=kind,
            date=date,
            ended=FOR_EVER if ended == "-" else ended,
            parties=frozenset() if parties == "-" else frozenset(parties.split()),
            title=title,
            pattern=re.compile(pattern),
        )
        for slug, kind, date, ended, parties, title, pattern in read_table(TABLE)
    )


@lru_cache(maxsize=50_000)
def treaty_of(text: str) -> Treaty | None:
    """Find the named treaty that the words of a mention speak of."""
    folded = " ".join(_WORD.findall(text.casefold().replace("ё", "е")))
    return next((treaty for treaty in treaties() if treaty.pattern.search(folded)), None)


def by_slug(slug: str) -> Treaty | None:
    """Look a named treaty up."""
    return next((treaty for treaty in treaties() if treaty.slug == slug), None)
