"""Words as resolution compares them: folded, stemmed, weighted by how telling they are."""

from __future__ import annotations

import math
import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from pipeline.settings import shipped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

WORD = re.compile(r"[^\W_]+")
STEM_COUNTS = "models/resolve/stems.tsv"
MIN_LETTERS = 2
# Words of the trade: they say what kind of thing it is, not which one.
TRADE = (
    "саммит встреча переговоры заседание форум соглашение договор договоренность меморандум протокол декларация "
    "контракт документ сделка программа план карта дорожная заявление сотрудничество сторона страна государство "
    "подписание "
    "вопрос сфера область рамка развитие взаимный двусторонний совместный межправительственный"
)
TRADE_WEIGHT = 0.3


def fold(text: str) -> str:
    """Fold a text for comparison: lower case, ё as е, only words and single spaces."""
    return " ".join(WORD.findall(text.casefold().replace("ё", "е")))


@lru_cache(maxsize=200_000)
def stem(word: str) -> str:
    """Cut a folded word to its stem."""
    found: str = _stemmer()(word)
    return found


@cache
def _stemmer() -> Callable[[str], str]:
    import snowballstemmer

    stemmer = snowballstemmer.stemmer("russian")
    chosen: Callable[[str], str] = stemmer.stemWord
    return chosen


def stems(text: str) -> tuple[str, ...]:
    """List the stems of a text's words in order, single letters left out."""
    return tuple(stem(word) for word in fold(text).split() if len(word) >= MIN_LETTERS)


@cache
def weights() -> Mapping[str, float]:
    """Read how telling each common stem is, from 0 (in every article) to 1 (rare)."""
    lines = shipped(STEM_COUNTS).read_text(encoding="utf-8").splitlines()
    articles = int(lines[0].split("\t")[1])
    counts = {name: int(count) for name, count in (line.split("\t") for line in lines[1:])}
    rarest = math.log(articles / min(counts.values()))
    found = {name: math.log(articles / count) / rarest for name, count in counts.items()}
    return found | {name: min(found.get(name, 1.0), TRADE_WEIGHT) for name in stems(TRADE)}


def weigh(names: Iterable[str]) -> dict[str, float]:
    """Give each stem its weight, 0 to 1; an unknown one is rare and weighs 1."""
    known = weights()
    return {name: known.get(name, 1.0) for name in names}


def likeness(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    """Compare two weighted sets of stems: 0 nothing in common, 1 the same; the shorter text sets the measure."""
    if not one or not other:
        return 0.0
    shared = sum(weight for name, weight in one.items() if name in other)
    least = min(sum(one.values()), sum(other.values()))
    most = max(sum(one.values()), sum(other.values()))
    return shared / math.sqrt(least * most) if least else 0.0


def contained(one: Mapping[str, float], text: Mapping[str, float]) -> float:
    """Tell which part of one text's weight is found in another text, 0 to 1."""
    total = sum(one.values())
    return sum(weight for name, weight in one.items() if name in text) / total if total else 0.0


# In a subject these make all agreements of two states alike; the sides are compared as sides.
STATE_STEMS = frozenset(
    stems(
        "узбекистан узбекский казахстан казахский казахстанский россия российский рф кыргызстан киргизия кыргызский "
        "киргизский таджикистан таджикский туркменистан туркменский азербайджан азербайджанский армения армянский "
        "грузия грузинский турция турецкий китай китайский кнр иран иранский сша американский украина украинский "
        "белоруссия беларусь белорусский афганистан афганский узбекистаном казахстаном кыргызстаном таджикистаном "
        "туркменистаном афганистаном азербайджаном ираном",
    ),
)


def surname(person: str) -> str:
    """Take the surname of a person as folded last word: "Ильхам Алиев" gives "алиев"."""
    parts = fold(person).split()
    return parts[-1] if parts else ""
