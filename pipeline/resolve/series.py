"""Bodies and formats that meet again and again: which one a name speaks of, at which level, and the how-manieth time.

Two meetings of one series and level with different ordinals are different meetings; `apart` says how many days
lie at least between two of them, and so how far an undated or moved mention may reach.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache

from pipeline.resolve.words import fold
from pipeline.tables import read_table

YEARLY = 300  # days between two sessions of an assembly
SELDOM = 60  # days between two meetings, from which on a series says by itself which one is meant


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """An organisation or a format, how texts call it, and the shortest time between two of its summits."""

    slug: str
    title: str  # in Russian, as a digest writes it
    pattern: re.Pattern[str]  # over folded text
    apart: int
    own: bool  # the name alone says which series


@dataclass(frozen=True, slots=True)
class Series:
    """What the name of a meeting says: the body, the level at which it meets, the ordinal."""

    body: str
    level: str
    ordinal: int | None
    apart: int

    @property
    def slug(self) -> str:
        """Name the series for identifiers: "sco-summit"."""
        return f"{self.body}-{self.level}" if self.level else self.body


TABLE = "models/resolve/bodies.tsv"

LEVELS: tuple[tuple[str, str], ...] = (
    ("foreign", r"министр\w* иностранн\w+ дел|глав\w* (мид|внешнеполитическ)|\bсмид\b"),
    ("defence", r"министр\w* оборон|начальник\w* (генеральн\w+ )?штаб"),
    ("security", r"секретар\w+ совет\w* безопасност|секретар\w* совбез"),
    ("parliament", r"парламент|омбудсмен|уполномоченн\w+ по правам"),
    ("assembly", r"генассамбле|генеральн\w+ ассамбле"),
    ("court", r"\bсуд(?!о)"),
    ("council", r"совбез|совет\w* безопасност"),
    ("government", r"глав\w* правительств|премьер|межправсовет|межправительственн\w+ совет"),
    ("ministers", r"министр|министерск"),
    ("commission", r"комисси|комитет"),
    ("informal", r"неформальн"),
    ("business", r"бизнес|делов\w+ |молодежн|народн\w+ дипломат|банк|эксперт|женщин"),
    ("summit", r"саммит|глав\w* (государств|стран)|лидер|высш\w+ (евразийск|совет)|встреч"),
)
NUMBERS = (
    "перв", "втор", "трет", "четверт", "пят", "шест", "седьм", "восьм", "девят", "десят", "одиннадцат", "двенадцат",
    "тринадцат", "четырнадцат", "пятнадцат",
)  # fmt: skip
ROMAN = re.compile(r"\b(?=[XVI])(X{0,3})(IX|IV|V?I{0,3})\b")
DIGITS = re.compile(r"\b(\d{1,3})\s?-?(?:й|я|е|ый|ой|ая|ое|ья|го|ом|ая)\b")
MAX_ORDINAL = 200


@cache
def bodies() -> tuple[Body, ...]:
    """Read the table of bodies and formats."""
    return tuple(
        Body(slug=slug, apart=int(apart), own=own == "yes", title=title, pattern=re.compile(pattern))
        for slug, apart, own, title, pattern in read_table(TABLE)
    )


@lru_cache(maxsize=50_000)
def body_of(text: str) -> Body | None:
    """Find the body or format that a text names."""
    folded = fold(text)
    return next((body for body in bodies() if body.pattern.search(folded)), None)


@lru_cache(maxsize=50_000)
def level_of(text: str) -> str:
    """Find the level at which a body meets, "" when the text does not say."""
    folded = fold(text)
    return next((level for level, pattern in LEVELS if re.search(pattern, folded)), "")


@lru_cache(maxsize=50_000)
def ordinal_of(name: str) -> int | None:
    """Read the ordinal in the name of a meeting: "VI саммит" 6, "78-я сессия" 78, "второе заседание" 2."""
    if found := DIGITS.search(name):
        number = int(found[1])
        return number if 0 < number < MAX_ORDINAL else None
    for found in ROMAN.finditer(name):
        if found[0]:
            tens, ones = found[1], found[2]
            return 10 * len(tens) + {"IX": 9, "IV": 4}.get(ones, 5 * ones.count("V") + ones.count("I"))
    for word in fold(name).split():
        for number, begin in enumerate(NUMBERS, start=1):
            if re.fullmatch(begin + r"(ый|ой|ий|ая|ое|ье|ья|ого|ей|ьего|ьей|ом|ем|ую|ьем)", word):
                return number
    return None


def recognise(name: str | None, words: str, organizations: tuple[str, ...], kind: str) -> Series | None:
    """Tell of which series a meeting is, from its name or, for a summit or council, from its only organisation."""
    told = name or words
    body = body_of(told)
    if body is None and kind in {"summit", "council"} and organizations:
        found = {known.slug: known for known in map(body_of, organizations) if known}
        if len(found) == 1:
            body = next(iter(found.values()))
    if body is None or kind == "talks":
        return None
    level = level_of(told)
    if level in {"", "summit"}:
        level = "summit" if kind == "summit" or level == "summit" else kind
    if kind == "forum":
        level = "forum" if level in {"", "summit", "forum"} else level
    if body.own and level in {"summit", "forum"}:
        level = ""  # a format with meetings far apart is its own series
    top = level in {"", "summit", "forum"}
    apart = YEARLY if level == "assembly" else body.apart if top else min(body.apart, SELDOM)
    return Series(body.slug, level, ordinal_of(told), apart)


@lru_cache(maxsize=50_000)
def side(organization: str) -> str:
    """Name an organisation as a side: the slug of a known one, else its folded name."""
    body = body_of(organization)
    return body.slug if body else fold(organization)
