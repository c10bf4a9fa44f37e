"""Words of the pages in Russian: titles of filters and fields. What the digest says too is in `digest.russian`."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from pipeline.digest.russian import (
    AGREEMENT_NOUNS,
    SUMMIT_NOUNS,
    agreement_word,
    day,
    gender_of,
    summit_word,
)
from pipeline.digest.titles import title_of_agreement, title_of_summit

if TYPE_CHECKING:
    from collections.abc import Mapping
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
}  # fmt: skip
LADDER = ("planned", "agreed", "signed", "ratified", "in_force")


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


def event_title(event: Listed, names: Mapping[str, str]) -> str:
    """Name a meeting or agreement."""
    if event.family == "summit":
        return title_of_summit(
            event.kind,
            event.name,
            states=event.states,
            organizations=event.organizations,
            persons=event.persons,
            names=names,
        )
    return title_of_agreement(
        event.kind,
        event.name,
        states=event.states,
        organizations=event.organizations,
        names=names,
    )


def moment(text: str | None, *, zone: ZoneInfo, year: int | None = None) -> str:
    """Write a moment of the database in the desk's zone: 13 ноября, 11:20."""
    if not text:
        return "—"
    found = datetime.fromisoformat(text).astimezone(zone)
    return f"{day(found.date().isoformat(), year=year)}, {found:%H:%M}"


def plain_day(text: str | None, *, zone: ZoneInfo, year: int | None = None) -> str:
    """Write the day of a moment in the desk's zone: 13 ноября."""
    return day(datetime.fromisoformat(text).astimezone(zone).date().isoformat(), year=year) if text else "—"
