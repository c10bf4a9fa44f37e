"""Russian as the reader of the digest sees it: numbers, dates, genders, quotes, names of states.

Everything here is plain text in and out; a no-break space stands wherever a line must not break.
"""

from __future__ import annotations

import re

NBSP = "\N{NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"
EN_DASH = "\N{EN DASH}"
EM_DASH = "\N{EM DASH}"

MONTHS = ("января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября", "октября", "ноября",
          "декабря")  # fmt: skip
MONTHS_ALONE = ("январь", "февраль", "март", "апрель", "май", "июнь", "июль", "август", "сентябрь", "октябрь",
                "ноябрь", "декабрь")  # fmt: skip
MONTHS_IN = ("январе", "феврале", "марте", "апреле", "мае", "июне", "июле", "августе", "сентябре", "октябре",
             "ноябре", "декабре")  # fmt: skip

# Gender of a record's head noun: m, f, n or p (plural only).
FORMS = ("m", "f", "n", "p")
SUMMIT_NOUNS = {
    "summit": ("саммит", "m"),
    "talks": ("переговоры", "p"),
    "council": ("заседание", "n"),
    "forum": ("форум", "m"),
}
AGREEMENT_NOUNS = {
    "treaty": ("договор", "m"),
    "agreement": ("соглашение", "n"),
    "memorandum": ("меморандум", "m"),
    "protocol": ("протокол", "m"),
    "declaration": ("декларация", "f"),
    "roadmap": ("дорожная карта", "f"),
    "contract": ("контракт", "m"),
    "understanding": ("договорённость", "f"),
}
# The gender of a title follows its first noun of this list, else that of its kind.
HEAD_NOUNS = {
    "m": "акт визит диалог договор документ комитет конгресс контракт меморандум пакет пакт план проект протокол "
    "разговор саммит совет съезд форум экономфорум",
    "f": "ассамблея беседа встреча выставка генассамблея декларация договоренность договорённость карта коллегия "
    "комиссия конвенция консультация конференция концепция межправкомиссия неделя программа "
    "резолюция сделка сессия стратегия хартия",
    "n": "допсоглашение заседание заявление коммюнике обращение письмо решение собрание совещание соглашение",
    "p": "встречи дни договоренности договорённости консультации переговоры слушания соглашения",
}
GENDERS = {noun: gender for gender, nouns in HEAD_NOUNS.items() for noun in nouns.split()}

# The steps of an agreement and the states of a meeting in the four genders. The guidelines hold suspended, denounced
# and expired for one status, and postponed for cancelled; the words must be true of each.
AGREEMENT_WORDS = {
    "planned": ("готовится", "готовится", "готовится", "готовятся"),
    "agreed": ("согласован", "согласована", "согласовано", "согласованы"),
    "signed": ("подписан", "подписана", "подписано", "подписаны"),
    "ratified": ("ратифицирован", "ратифицирована", "ратифицировано", "ратифицированы"),
    "in_force": ("действует", "действует", "действует", "действуют"),
    "terminated": (
        "прекращён или приостановлен",
        "прекращена или приостановлена",
        "прекращено или приостановлено",
        "прекращены или приостановлены",
    ),
}
# An agreement reached in words is not "согласована" but "достигнута".
_REACHED = ("достигнут", "достигнута", "достигнуто", "достигнуты")
UNDERSTANDING_WORDS = {"agreed": _REACHED, "signed": _REACHED}
SUMMIT_WORDS = {
    "planned": ("предстоит", "предстоит", "предстоит", "предстоят"),
    "ongoing": ("идёт", "идёт", "идёт", "идут"),
    "held": ("состоялся", "состоялась", "состоялось", "состоялись"),
    "cancelled": ("отменён или отложен", "отменена или отложена", "отменено или отложено", "отменены или отложены"),
}
WAS_PLANNED_WORDS = ("был намечен", "была намечена", "было намечено", "были намечены")
MOVED_WORDS = ("перенесён", "перенесена", "перенесено", "перенесены")

# Words after which a line must not break.
_SHORT = "в|во|на|о|об|обо|с|со|к|ко|у|из|от|до|по|за|для|при|над|под|без|и|а|но|не|ни|то|что|как|или|№"
_BIND_SHORT = re.compile(rf"(?<![\w-])({_SHORT})[ \n]+(?=\S)", re.IGNORECASE)
_BIND_NUMBER = re.compile(r"(\d)[ \n]+(?=[а-яё%°])", re.IGNORECASE)
_BIND_DASH = re.compile(r"(?<![ \n])[ \n]+[-–—](?=[ \n])")
_CONTROL = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad\ud800-\udfff\ufffe\uffff]"
)
_SPACES = re.compile(r"[ \t\n\r\u2028\u2029\u00a0\u202f]+")


def clean(text: str) -> str:
    """Take out of a text from outside whatever breaks letters and lines: controls, lone surrogates, doubled spaces."""
    return _SPACES.sub(" ", _CONTROL.sub(" ", text)).strip()


def shorten(text: str, limit: int) -> str:
    """Cut a text at a word, with an ellipsis, so that it has at most `limit` characters."""
    if len(text) <= limit:
        return text
    head = text[: limit - 1]
    cut = head.rfind(" ")
    return (head[:cut] if cut > limit // 2 else head).rstrip(" ,;:–—-«(") + "…"


def bind(text: str) -> str:
    """Put no-break spaces where Russian typography wants them, and a long dash between words."""
    text = _BIND_DASH.sub(f"{NBSP}{EM_DASH}", text)
    text = _BIND_SHORT.sub(lambda found: found[1] + NBSP, text)
    text = _BIND_SHORT.sub(lambda found: found[1] + NBSP, text)  # "и в Ташкенте": the first match ate the space
    return _BIND_NUMBER.sub(lambda found: found[1] + NBSP, text)


def guillemets(text: str) -> str:
    """Write the quotation marks of a name as «», inner ones as „“, and close one that was left open."""
    told, depth = [], 0
    for index, letter in enumerate(text):
        if letter not in '"«»„“”':
            told.append(letter)
        elif letter in "«„" or (letter in '"“' and (index == 0 or text[index - 1] in " (-–—«„")):
            told.append("„" if depth else "«")
            depth += 1
        elif depth:
            depth -= 1
            told.append("“" if depth else "»")
    return "".join(told).rstrip() + "“" * (depth - 1) + "»" * (depth > 0)


def quote(text: str) -> str:
    """Put a text into «», its own quotation marks into „“."""
    inner = re.sub(r'(^|[\s(])["«“„]', r"\1„", text)
    inner = re.sub(r'["»”]', "“", inner)
    return f"«{inner}»"


def capital(text: str) -> str:
    """Write the first letter large."""
    return text[:1].upper() + text[1:]


def plural(number: int, one: str, few: str, many: str) -> str:
    """Choose the form that goes with a number: 1 сообщение, 2 сообщения, 5 сообщений."""
    tens, ones = abs(number) % 100, abs(number) % 10
    if ones == 1 and tens != 11:  # noqa: PLR2004 - 11 is not 1 in Russian
        return one
    return few if ones in {2, 3, 4} and tens not in {12, 13, 14} else many


def amount(number: float) -> str:
    """Write a number with thousands apart and a true minus: 12 345, −5."""
    whole = f"{abs(number):,.0f}".replace(",", NBSP)
    return (MINUS if number < 0 else "") + whole


def counted(number: int, one: str, few: str, many: str) -> str:
    """Write a number with its noun: 21 сообщение."""
    return f"{amount(number)}{NBSP}{plural(number, one, few, many)}"


def delta(now: int, before: int) -> str:
    """Write a change: +12, −3, 0."""
    change = now - before
    return "+" + amount(change) if change > 0 else amount(change)


def percent(part: int, whole: int) -> str:
    """Write a share: 12 %."""
    return f"{round(100 * part / whole) if whole else 0}{NBSP}%"


def money(value: float, currency: str) -> str:
    """Write a sum: 20 млрд долларов, 4,6 млн евро."""
    for size, word in ((1e12, "трлн"), (1e9, "млрд"), (1e6, "млн"), (1e3, "тыс.")):
        if abs(value) >= size:
            shown = f"{value / size:.1f}".removesuffix(".0").replace(".", ",")
            return f"{shown}{NBSP}{word} {CURRENCIES.get(currency, currency)}"
    return f"{amount(value)} {CURRENCIES.get(currency, currency)}"


CURRENCIES = {"USD": "долларов", "EUR": "евро", "RUB": "рублей", "KZT": "тенге", "CNY": "юаней", "UZS": "сумов"}


def day(text: str | None, *, year: int | None = None) -> str:
    """Write an ISO date or a prefix of one: 22 ноября, ноябрь, 2026 год; with the year unless it is `year`."""
    if not text:
        return "дата не названа"
    parts = [int(part) for part in text.split("-")]
    tail = "" if len(parts) > 1 and parts[0] == year else f"{NBSP}{parts[0]}{NBSP}года"
    if len(parts) == 1:
        return f"{parts[0]}{NBSP}год"
    if len(parts) == 2:  # noqa: PLR2004 - year and month
        return MONTHS_ALONE[parts[1] - 1] + tail
    return f"{parts[2]}{NBSP}{MONTHS[parts[1] - 1]}{tail}"


def days(start: str | None, end: str | None, *, year: int | None = None) -> str:
    """Write a range: 12–13 декабря, 30 ноября – 2 декабря; a prefix of a date or no end: the start alone."""
    if not start or not end or end <= start or len(start) != 10 or len(end) != 10:  # noqa: PLR2004 - whole dates
        return day(start, year=year)
    if start[:7] == end[:7]:
        return f"{int(start[8:])}{EN_DASH}{day(end, year=year)}"
    same = int(end[:4]) if start[:4] == end[:4] else year
    return f"{day(start, year=same)}{NBSP}{EN_DASH} {day(end, year=year)}"


def at(start: str, end: str | None = None, *, year: int | None = None) -> str:
    """Say when something is: 22 ноября, 12–13 декабря, в ноябре, в 2026 году."""
    parts = [int(part) for part in start.split("-")]
    if len(parts) == 3:  # noqa: PLR2004 - a day
        return days(start, end, year=year)
    if len(parts) == 1:
        return f"в{NBSP}{parts[0]}{NBSP}году"
    tail = "" if parts[0] == year else f"{NBSP}{parts[0]}{NBSP}года"
    return f"в{NBSP}{MONTHS_IN[parts[1] - 1]}{tail}"


def days_to_go(number: int) -> str:
    """Say how far a day is: сегодня, завтра, через 19 дней."""
    if number <= 1:
        return "сегодня" if number <= 0 else "завтра"
    return f"через{NBSP}{counted(number, 'день', 'дня', 'дней')}"


def gender_of(title: str, default: str) -> str:
    """Find the gender of a title by its first known noun: "Консультативная встреча глав" is f."""
    for word in re.findall(r"[а-яё]+", title.lower()):
        if word in GENDERS:
            return GENDERS[word]
    return default


def agreement_word(status: str, gender: str, kind: str = "") -> str:
    """Say how far an agreement has come, in the gender of its head noun."""
    words = (UNDERSTANDING_WORDS if kind == "understanding" else {}).get(status) or AGREEMENT_WORDS[status]
    return words[FORMS.index(gender)]


def summit_word(status: str, gender: str) -> str:
    """Say whether a meeting is ahead or over, in the gender of its head noun."""
    return SUMMIT_WORDS[status][FORMS.index(gender)]


def was_planned_word(gender: str) -> str:
    """Say that a meeting was to take place, in the gender of its head noun."""
    return WAS_PLANNED_WORDS[FORMS.index(gender)]


def moved_word(gender: str) -> str:
    """Say that a meeting was moved, in the gender of its head noun."""
    return MOVED_WORDS[FORMS.index(gender)]
