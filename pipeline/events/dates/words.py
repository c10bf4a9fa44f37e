"""The words of time: stems, their numbers, and the pieces that the patterns are made of (over folded text)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.events.dates.periods import Bound

MONTH_STEMS = ("январ", "феврал", "март", "апрел", "ма", "июн", "июл", "август", "сентябр", "октябр", "ноябр", "декабр")
SOFT_MONTH = r"(?:январ|феврал|апрел|июн|июл|сентябр|октябр|ноябр|декабр)"
MONTH_OF = rf"(?:{SOFT_MONTH}я|марта|мая|августа)(?!\w)"
MONTH_IN = rf"(?:{SOFT_MONTH}е|марте|мае|августе)(?!\w)"
MONTH_ANY = rf"(?:{SOFT_MONTH}(?:[яеью]|ем)|март(?:[аеу]|ом)?|ма(?:[яейю]|ем)|август(?:[аеу]|ом)?)(?!\w)"
ADJECTIVE = r"(?:ий|ой|ый|[ое]го|[ое]му|[иы]м|[ое]м|ая|яя|ей|ую|юю|ие|ые|[иы]х|[иы]ми)"
MONTH_ADJECTIVE = (
    r"(?:январ|феврал|мартов|апрел|май|июн|июл|август|сентябр|октябр|ноябр|декабр)ь?ск"
    rf"{ADJECTIVE}(?!\w)"
)
WEEKDAY_STEMS = ("понедельник", "вторник", "сред", "четверг", "пятниц", "суббот", "воскресень")
WEEKDAY = (
    r"(?:понедельник[ауе]?|вторник[ауе]?|сред[уыеа]|четверг[ауе]?|пятниц[уыеа]|суббот[уыеа]|воскресень[еяю])(?!\w)"
)
ORDINALS = {
    "перв": 1, "втор": 2, "треть": 3, "четверт": 4, "пят": 5, "шест": 6, "седьм": 7, "восьм": 8, "девят": 9,
    "десят": 10, "одиннадцат": 11, "двенадцат": 12, "тринадцат": 13, "четырнадцат": 14, "пятнадцат": 15,
    "шестнадцат": 16, "семнадцат": 17, "восемнадцат": 18, "девятнадцат": 19, "двадцат": 20, "тридцат": 30,
}  # fmt: skip
ORDINAL_DAY = rf"(?:двадцать |тридцать )?(?:{'|'.join(sorted(ORDINALS, key=len, reverse=True))})(?:ого|его)"
NUMBERS = {
    "": 1, "один": 1, "одну": 1, "одним": 1, "одной": 1, "пол": 0, "пару": 2, "два": 2, "две": 2, "двумя": 2,
    "три": 3, "тремя": 3, "четыре": 4, "четырьмя": 4, "пять": 5, "пятью": 5, "шесть": 6, "шестью": 6, "семь": 7,
    "семью": 7, "восемь": 8, "девять": 9, "десять": 10, "одиннадцать": 11, "двенадцать": 12, "пятнадцать": 15,
    "двадцать": 20, "двадцать пять": 25, "тридцать": 30, "сорок": 40, "пятьдесят": 50,
}  # fmt: skip
NUMBER = rf"(?:\d{{1,3}}|{'|'.join(sorted(filter(None, NUMBERS), key=len, reverse=True))})"
# Which year, month or week: the stem of the adjective and the step it makes.
STEPS = {
    "позапрошл": -2, "прошл": -1, "прошедш": -1, "минувш": -1, "предыдущ": -1, "истекш": -1,
    "эт": 0, "текущ": 0, "нынешн": 0, "уходящ": 0,
    "следующ": 1, "будущ": 1, "наступающ": 1, "предстоящ": 1, "ближайш": 1, "грядущ": 1,
}  # fmt: skip
STEP = rf"(?:(?:{'|'.join(sorted(STEPS, key=len, reverse=True))}){ADJECTIVE}|эт(?:от|[аеуи]))"
LEAD = (
    r"(?:(?:(?:начал|середин|конц|(?:перв|втор)ой половин|(?:перв|втор|треть)[ое]й декад)[ауеы]?"
    r"|(?:последних|двадцатых|первых) числах?) )"
)
YEAR_TAIL = (
    r"(?:,? (?P<year>(?:19|20)\d\d)(?!\d)(?:-?(?:го|й|м)(?!\w))?(?: ?(?:г(?:ода|оду|од|\.)(?!\w)|г(?!\w)))?"
    rf"| (?P<step>{STEP}) год[ау]?(?!\w)"
    r"| (?P<same>т(?:ого|ом) же) год[ау](?!\w)"
    r"| (?P<now>[ст]\. ?г\.))?"
)
UNTIL = ("до", "по", "к", "ко", "не позднее", "не позже")
SINCE = ("с", "со", "начиная с", "после")
SEASONS = {"вес": (3, 5), "лет": (6, 8), "осен": (9, 11)}


def month_number(word: str) -> int:
    """Tell the month of a word in any case or of its adjective."""
    if word.startswith("март"):
        return 3
    return next(n for n, stem in enumerate(MONTH_STEMS, 1) if word.startswith(stem) and n != 3)


def step_of(word: str) -> int:
    """Tell by how many years, months or weeks an adjective like "прошлый" moves."""
    return next(step for stem, step in STEPS.items() if word.startswith(stem))


def number_of(word: str | None) -> int:
    """Tell the number in figures or words; one where nothing is written ("год назад")."""
    word = (word or "").strip()
    return int(word) if word.isdigit() else NUMBERS.get(word, 1)


def ordinal_day(word: str) -> int:
    """Tell the day of the month in figures or words ("двадцать первого")."""
    if word.isdigit():
        return int(word)
    tens, _, units = word.rpartition(" ")
    stem = next(s for s in sorted(ORDINALS, key=len, reverse=True) if units.startswith(s))
    return {"": 0, "двадцать": 20, "тридцать": 30}[tens] + ORDINALS[stem]


def bound_of(preposition: str | None) -> Bound:
    """Tell whether the time is a beginning, an end or the time itself."""
    word = (preposition or "").strip()
    if word in UNTIL:
        return "until"
    return "since" if word in SINCE else "at"
