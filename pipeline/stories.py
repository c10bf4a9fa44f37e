"""Reprints: which articles carry one text, and which outlet the text names as its source. Pure.

Two articles carry one text when the shorter one's three-word shingles stand in the longer one: cut reprints keep a
containment above 0.9 where their Jaccard similarity falls with every cut (158 texts: at 40 % of the text 0.95
against 0.39), and unrelated texts stay below 0.45.
"""

from __future__ import annotations

import re
import zlib
from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

SHINGLE = 3  # words
CONTAINMENT = 0.5
OWN_CONTAINMENT = 0.8  # between texts of one outlet, which fills the same forms daily: rates, weather, schedules
LEAST_SHARED = 10  # shingles; a shared sentence is no reprint
COMMON = 0.05  # a shingle in a larger share of the texts is boilerplate
COMMON_FROM = 20  # texts, at least
MAX_SHINGLES = 20_000  # of one text
WINDOW_HOURS = 72
WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sketch:
    """A text as the hashes of its shingles, sorted."""

    id: int
    outlet: str
    hashes: bytes  # native 32-bit unsigned integers


class Reprint(NamedTuple):
    """Two articles that carry one text, and the share of the shorter one's shingles that they have in common."""

    one: int
    other: int
    containment: float


def sketch(text: str) -> bytes:
    """Sketch a text: the sorted hashes of its three-word shingles, 32 bits each; empty for texts of a few words."""
    words = WORD.findall(text.lower().replace("ё", "е"))
    shingles = {
        zlib.crc32(" ".join(words[place : place + SHINGLE]).encode("utf-8", "replace"))
        for place in range(min(len(words) - SHINGLE + 1, MAX_SHINGLES))
    }
    return array("I", sorted(shingles)).tobytes()


def find_reprints(known: Sequence[Sketch], fresh: Sequence[Sketch]) -> Iterator[Reprint]:
    """Find the pairs of a fresh text with a known one, or with another fresh one, that carry one text."""
    import numpy as np

    texts = [*known, *fresh]
    hashes = [np.frombuffer(text.hashes, dtype=np.uint32) for text in texts]
    if not fresh or not sum(map(len, hashes)):
        return
    joined = np.concatenate(hashes)
    owners = np.repeat(np.arange(len(texts)), [len(found) for found in hashes])
    order = np.argsort(joined, kind="stable")
    joined, owners = joined[order], owners[order]
    values, starts, counts = np.unique(joined, return_index=True, return_counts=True)
    rare = counts <= max(COMMON_FROM, COMMON * len(texts))
    sizes = np.bincount(owners, weights=np.repeat(rare, counts), minlength=len(texts)).astype(int)
    for place in range(len(known), len(texts)):
        found = np.searchsorted(values, hashes[place])
        found = found[rare[found]]
        shared = np.zeros(len(texts), dtype=int)
        for start, count in zip(starts[found], counts[found], strict=True):
            shared[owners[start : start + count]] += 1
        shared[place:] = 0  # later fresh texts look back themselves
        for other in np.flatnonzero(shared >= LEAST_SHARED):
            containment = shared[other] / min(sizes[place], sizes[other])
            own = texts[place].outlet == texts[other].outlet
            if containment >= (OWN_CONTAINMENT if own else CONTAINMENT):
                yield Reprint(texts[other].id, texts[place].id, round(float(containment), 3))


# Outlets by the words that texts name them with; the pattern covers cases and spellings.
OUTLETS: tuple[tuple[str, str], ...] = (
    ("ТАСС", r"(?:ИТАР-)?ТАСС"),
    ("РИА Новости", r"РИА[ «]+Новост[иейям]{1,3}"),
    ("Интерфакс", r"(?i:интерфакс)(?:а|у|ом|е)?(?:-[А-Я][а-яё]+)?"),
    ("Sputnik", r"(?i:sputnik)(?: [А-Я][а-яё]+)?|Спутник(?:а|у|ом)?(?: [А-Я][а-яё]+)?"),
    ("РБК", r"РБК"),
    ("Коммерсантъ", r"Коммерсант[ъаеу]?(?:ом)?"),
    ("Ведомости", r"«?Ведомост(?:и|ей|ям|ями|ях)"),
    ("Известия", r"«Извести(?:я|й|ям|ями)»"),
    ("Российская газета", r"Российск(?:ая|ой|ую) газет(?:а|ы|е|у|ой)|РГ(?=[,. »])"),
    ("Лента.ру", r"(?i:lenta\.ru|лента\.ру|ленты\.ру|лентой\.ру)"),
    ("Газета.ru", r"(?i:газет[аыеу]\.ru|gazeta\.ru)"),
    ("RT", r"RT(?= |,|\.|»)"),
    ("Казинформ", r"(?i:kazinform)|(?:МИА )?«?Казинформ(?:а|у|ом)?|Qazinform"),
    ("Tengrinews", r"(?i:tengrinews(?:\.kz)?)"),
    ("Курсив", r"(?i:kursiv(?:\.media)?|kz\.kursiv\.media)|«Курсив(?:а|у|ом)?»"),
    ("Zakon.kz", r"(?i:zakon\.kz)"),
    ("УзА", r"УзА|Национальн\w+ информационн\w+ агентств\w+ Узбекистана"),
    ("Газета.uz", r"(?i:газет[аыеу]\.uz|gazeta\.uz)"),
    ("Подробно.uz", r"(?i:podrobno\.uz|подробно\.uz)"),
    ("Kun.uz", r"(?i:kun\.uz)"),
    ("Spot", r"(?i:spot\.uz)|Spot"),
    ("UzDaily", r"(?i:uzdaily(?:\.(?:uz|com))?)"),
    ("Кабар", r"«?Кабар(?:а|у|ом)?»?"),
    ("AKIpress", r"(?i:akipress|акипресс?)(?:а|у|ом)?"),
    ("24.kg", r"24\.kg"),
    ("Kaktus.media", r"(?i:kaktus(?:\.media)?)"),
    ("Ховар", r"(?:НИАТ )?«?Ховар(?:а|у|ом)?»?"),
    ("Азия-Плюс", r"(?i:азия-плюс|asia-plus)"),
    ("Авеста", r"«?Авест(?:а|ы|е|у|ой)»?"),
    ("Фергана", r"«?(?i:фергана)(?:\.ру|\.news|ы|е|у|ой)?»?"),
    ("Туркменпортал", r"(?i:turkmenportal|туркменпортал)(?:а|у|ом)?"),
    ("АЗЕРТАДЖ", r"(?i:азертадж|azertac|азертаг)(?:а|у|ем)?"),
    ("Report", r"(?i:report(?:\.az)?)|Репорт(?:а|у)?"),
    ("Trend", r"(?i:trend(?:\.az)?)|«?Тренд»?(?=[,. ])"),
    ("АПА", r"АПА|APA"),
    ("Haqqin.az", r"(?i:haqqin\.az)"),
    ("Minval", r"(?i:minval(?:\.az)?)|Минвал(?:а|у)?"),
    ("Day.az", r"(?i:day\.az)"),
    ("Новости-Грузия", r"(?i:новости-грузия)"),
    ("JAMnews", r"(?i:jamnews)"),
    ("Civil Georgia", r"(?i:civil\.ge|civil georgia)"),
    ("Интерпрессньюс", r"(?i:интерпрессньюс|interpressnews|ипн)"),
    ("Арменпресс", r"(?i:арменпресс|armenpress)(?:а|у|ом)?"),
    ("NEWS.am", r"(?i:news\.am)"),
    ("Кавказский узел", r"Кавказск(?:ий|ого|ому|им) уз(?:ел|ла|лу|лом)"),
    ("Анадолу", r"(?i:анадолу|anadolu)"),
    ("TRT", r"TRT(?: [А-ЯA-Z][а-яёa-z]+)?|ТРТ"),
    ("Hürriyet", r"H[uü]rriyet"),
    ("Daily Sabah", r"Daily Sabah"),
    ("БелТА", r"(?i:белта)"),
    ("Укринформ", r"(?i:укринформ|ukrinform)(?:а|у|ом)?"),
    ("УНИАН", r"УНИАН"),
    ("Reuters", r"Reuters|Рейтер(?:с|а|у|ом)?"),
    ("Bloomberg", r"Bloomberg|Блумберг(?:а|у|ом)?"),
    ("Associated Press", r"Associated Press|AP(?= |,|\.)|Ассошиэйтед Пресс"),
    ("AFP", r"AFP|Франс Пресс|АФП"),
    ("Синьхуа", r"(?i:синьхуа|xinhua)"),
    ("Би-би-си", r"(?i:би-би-си|bbc)(?: News)?"),
    ("CNN", r"CNN"),
    ("Financial Times", r"Financial Times|FT(?= |,|\.)"),
    ("The New York Times", r"(?:The )?New York Times|NYT"),
    ("The Wall Street Journal", r"(?:The )?Wall Street Journal|WSJ"),
    ("Axios", r"Axios"),
    ("Politico", r"Politico"),
    ("Радио Свобода", r"Радио Свобода|Азаттык(?:а)?|Озоди"),
    ("Deutsche Welle", r"Deutsche Welle|DW"),
    ("Медуза", r"(?i:meduza)|«Медуз(?:а|ы|е|у|ой)»"),
    ("Nikkei", r"Nikkei"),
    ("Tasnim", r"Tasnim|Тасним"),
    ("IRNA", r"IRNA|ИРНА"),
)
_NAMES = "|".join(f"(?P<o{number}>{pattern})" for number, (_, pattern) in enumerate(OUTLETS))
_ROLE = (
    r"(?:(?:информационн\w+|новостн\w+|государственн\w+|национальн\w+|международн\w+|корреспондент\w*|агентств\w*|"
    r"информагентств\w*|ИА|МИА|НИАТ|телеканал\w*|газет\w*|издани\w*|портал\w*|сайт\w*|журнал\w*|телеграм-канал\w*|"
    r"собственн\w+|источник\w*)\s+){0,4}"
)
_SAYS = (
    r"(?i:переда[её]т|передал[аои]?|передают|сообща[ею]т|сообщил[аои]?|пиш[еу]т|информиру[ею]т|цитиру[ею]т|"
    r"привод[ия]т|рассказал[аои]?|со\s+ссылкой\s+на|ссылаясь\s+на|по\s+(?:данным|информации|сообщению|сведениям))"
)
ATTRIBUTION = re.compile(rf"\b{_SAYS}\s+{_ROLE}[«\"„]?(?:{_NAMES})(?![\w-])")
QUOTED = re.compile(
    rf"\b{_SAYS}\s+(?:информационн\w+\s+|новостн\w+\s+)?(?:информ)?(?:агентств\w*|издани\w*|газет\w*|телеканал\w*|портал\w*)\s+"
    r"[«\"„](?P<name>[^«»\"„“\n]{2,40})[»\"“]",
)
DATELINE = re.compile(rf"(?:/|\(|[—–-]\s)(?:{_NAMES})(?:/|\)|[.\s]*[—–-]\s|\.)")
HEAD = 160  # characters in which a dateline stands


def find_origin(text: str, own: str) -> str | None:
    """Find the outlet that a text names as its source («передаёт …», «со ссылкой на …», a dateline), not its own."""
    dateline = DATELINE.search(text[:HEAD])
    named = [_named(match) for match in (dateline, *ATTRIBUTION.finditer(text)) if match]
    named += [match["name"].strip() for match in QUOTED.finditer(text)]
    return next((name for name in named if not _same(name, own)), None)


def _named(match: re.Match[str]) -> str:
    number = next(number for number in range(len(OUTLETS)) if match[f"o{number}"] is not None)
    return OUTLETS[number][0]


def _same(one: str, other: str) -> bool:
    first, second = (re.sub(r"[\W_]", "", name.lower()) for name in (one, other))
    return first in second or second in first if first and second else False


def join(pairs: Iterable[tuple[int, int]]) -> list[list[int]]:
    """Join pairs into groups, each sorted, in the order of their smallest members."""
    leader: dict[int, int] = {}

    def find(member: int) -> int:
        while leader.setdefault(member, member) != member:
            leader[member] = leader[leader[member]]
            member = leader[member]
        return member

    for one, other in pairs:
        first, second = sorted((find(one), find(other)))
        leader[second] = first
    groups: dict[int, list[int]] = {}
    for member in sorted(leader):
        groups.setdefault(find(member), []).append(member)
    return list(groups.values())
