"""What a word of the lexicon can mean, and the table in which it is written down."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, cast

Family = Literal["summit", "agreement"]
FAMILIES: tuple[Family, ...] = ("summit", "agreement")
Part = Literal["noun", "verb"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sense:
    """What a trigger word can mean: its family, its class, the kind of record it suggests (None: any)."""

    family: Family
    part: Part
    group: str
    kind: str | None = None


def read_table(family: Family, text: str) -> dict[str, Sense]:
    """Read a table of words: "part group kind: words", a continued row is indented, "-" is any kind."""
    found: dict[str, Sense] = {}
    for row in re.split(r"\n(?!\s)", text.strip()):
        head, words = row.split(":", 1)
        part, group, kind = head.split()
        sense = Sense(family=family, part=cast("Part", part), group=group, kind=None if kind == "-" else kind)
        found |= dict.fromkeys(words.split(), sense)
    return found
