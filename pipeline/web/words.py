"""Words of the pages in Russian: titles of filters and fields. What the digest says too is in `digest.russian`."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from pipeline.digest.russian import (
    AGREEMENT_NOUNS,
    MONTHS,
    MONTHS_ALONE,
    SUMMIT_NOUNS,
    agreement_word,
    day,
    gender_of,
    money,
    summit_word,
)
from pipeline.web.address import is_date

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date
    from zoneinfo import ZoneInfo

    from pipeline.store.asking import Family, Listed

TOPICS = {"culture": "Культура", "energy": "Энергетика", "transport": "Транспорт"}
SUMMIT_KINDS = {"summit": "саммиты", "talks": "переговоры", "council": "заседания", "forum": "форумы"}
AGREEMENT_KINDS = {
    "treaty": "договоры", "agreement": "соглашения", "memorandum": "меморандумы", "protocol": "протоколы",
    "declaration": "декларации", "roadmap": "дорожные карты", "contract": "контракты",
    "understanding": "договорённости",
}  # fmt: skip
KINDS: dict[Family, Mapping[str, str]] = {"summit": SUMMIT_KINDS, "agreement": AGREEMENT_KINDS}
FILTERS = {
    "q": "Слова", "since": "С", "until": "По", "country": "Государство", "topic": "Тема", "status": "Статус",
    "kind": "Вид", "person": "Лицо", "organization": "Организация", "place": "Город", "outlet": "Издание",
}  # fmt: skip
SLOTS = {
    "trigger": "упоминание", "kind": "вид", "status": "статус", "name": "название", "place": "город",
    "country": "страна", "start": "начало", "end": "конец", "date": "дата", "states": "государство",
    "persons": "лицо", "organizations": "организация", "subject": "предмет", "amount": "сумма", "topics": "тема",
    "signed_place": "город подписания", "ratified_by": "ратифицировало государство",
}  # fmt: skip
LADDER = ("planned", "agreed", "signed", "ratified", "in_force")

TURNS = {
    "announced": "объявлено о встрече", "date_named": "названа дата", "moved": "перенос", "opened": "встреча идёт",
    "held": "встреча состоялась", "cancelled": "отмена или отсрочка",
}  # fmt: skip
RELATIONS = {
    "signed_at": ("здесь подписано", "подписано на встрече"),
    "agreed_at": ("здесь согласовано", "согласовано на встрече"),
    "expected_at": ("здесь ожидается", "ожидается на встрече"), "in_margins_of": ("на полях встречи", ""),
    "in_its_margins": ("на её полях", ""), "amends": ("", "изменяет"), "amended_by": ("", "изменено через"),
    "carries_out": ("", "выполняет"), "carried_out_by": ("", "выполняется через"),
}  # fmt: skip
AWAITED = {
    "overdue_meetings": "сообщение о встрече", "overdue_signings": "подписание",
    "unratified": "ратификация",
}  # fmt: skip
ACTIONS = {"merge": "соединено", "split": "разделено", "set": "поправлено", "reject": "отвергнуто"}
VERDICTS = {
    "ok": "работает", "gone": "закрыта сервером", "failing": "не читается", "gap": "пропуск", "silent": "молчит",
    "flood": "наплыв", "new": "новая", "off": "выключена",
}  # fmt: skip
RUN_ENDS = {
    0: "без замечаний", 1: "есть замечания", 2: "ошибка настройки", 3: "занято другим запуском", 4: "база недоступна",
}  # fmt: skip
REGION = ("UZ", "KZ", "KG", "TJ", "TM", "AZ", "AM", "GE", "RU", "TR", "BY", "MD", "UA", "IR", "AF", "CN")
KIND_NOUNS = {kind: noun for nouns in (SUMMIT_NOUNS, AGREEMENT_NOUNS) for kind, (noun, _) in nouns.items()}
FIELDS = {"start": "начало", "end": "конец", "start_date": "начало", "end_date": "конец"}


def status_word(event: Listed, title: str) -> str:
    """Say where a meeting or agreement stands, in the gender of its title's head noun."""
    if event.family == "summit":
        return summit_word(event.status, gender_of(title, SUMMIT_NOUNS[event.kind][1]))
    return agreement_word(event.status, gender_of(title, AGREEMENT_NOUNS[event.kind][1]), event.kind)


def status_title(family: Family, status: str) -> str:
    """Name a status as a filter: «подписаны»."""
    return summit_word(status, "p") if family == "summit" else agreement_word(status, "p")


def step_title(status: str) -> str:
    """Name a step of the ladder: «подписано»."""
    return agreement_word(status, "n")


def any_day(text: str | None, *, year: int | None = None) -> str:
    """Write an ISO date or a prefix of one; what is none stays as it is."""
    return day(text, year=year) if not text or is_date(text) else text


def moment(text: str | None, *, zone: ZoneInfo, year: int | None = None) -> str:
    """Write a moment of the database in the desk's zone: 13 ноября, 11:20."""
    if not text:
        return "—"
    found = datetime.fromisoformat(text).astimezone(zone)
    return f"{day(found.date().isoformat(), year=year)}, {found:%H:%M}"


def plain_day(text: str | None, *, zone: ZoneInfo, year: int | None = None) -> str:
    """Write the day of a moment in the desk's zone: 13 ноября."""
    return day(datetime.fromisoformat(text).astimezone(zone).date().isoformat(), year=year) if text else "—"


def relation_title(relation: str, family: str) -> str:
    """Say how another record belongs to this one, as seen from a meeting or from an agreement."""
    return RELATIONS[relation][0 if family == "summit" else 1]


def any_status(family: str, status: str) -> str:
    """Name a status of a family as a filter; of an agreement's when the family has none such."""
    return status_title("summit" if family == "summit" else "agreement", status)


def any_kind(kind: str) -> str:
    """Name a kind in the plural, as a filter."""
    return SUMMIT_KINDS.get(kind) or AGREEMENT_KINDS[kind]


def one_kind(event: Listed) -> str:
    """Name the kind of a record."""
    return KIND_NOUNS[event.kind]


def field_title(field: str) -> str:
    """Name a field of which sources say different things."""
    if field.endswith("_date") and field.removesuffix("_date") in LADDER:
        return f"дата: {step_title(field.removesuffix('_date'))}"
    return FIELDS.get(field) or SLOTS.get(field, field)


def field_value(field: str, value: str, family: str, names: Mapping[str, str], day: Callable[[str], str]) -> str:
    """Write a value of a field for a reader."""
    if field == "country":
        return names.get(value, value)
    if field == "kind":
        return KIND_NOUNS.get(value, value)
    if field == "status":
        return any_status(family, value)
    if field in {"start", "end"} or field.endswith("_date"):
        return day(value)
    if field == "amount":
        number, _, currency = value.partition(" ")
        return money(float(number), currency) if number.replace(".", "").isdigit() else value
    return value


def month_title(month: date) -> str:
    """Name a month: ноябрь 2026."""
    return f"{MONTHS_ALONE[month.month - 1]} {month.year}"


def month_title_of(text: str) -> str:
    """Name the month that "2026-11" stands for, without its year."""
    return MONTHS_ALONE[int(text[5:7]) - 1]


def month_of(found: date) -> str:
    """Name the month of a day in the genitive: ноября."""
    return MONTHS[found.month - 1]


def weekday(found: date) -> str:
    """Name the day of the week."""
    return ("понедельник", "вторник", "среда", "четверг", "пятница", "суббота", "воскресенье")[found.weekday()]


def state_options(names: Mapping[str, str]) -> list[tuple[str, str]]:
    """List the states to choose from: those of the region first, then all by name."""
    first = [(code, names[code]) for code in REGION if code in names]
    return first + sorted(
        ((code, name) for code, name in names.items() if code not in REGION), key=lambda pair: pair[1]
    )
