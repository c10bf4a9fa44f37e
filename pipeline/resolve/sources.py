"""Independent sources: twenty reprints of one press release are one."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pipeline.resolve.words import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pipeline.resolve.mentions import Mention, Telling

# State agencies, press services and ministries that articles name as their source: whose they are, and one name.
VOICES: tuple[tuple[str, str, str], ...] = (
    ("KZ", "Казинформ", r"казинформ|kazinform|inform kz"),
    ("KZ", "Акорда", r"акорд|akorda"),
    ("UZ", "УзА", r"\bуза\b|\buza\b|узбекистанск\w+ национальн\w+ информац"),
    ("UZ", "Дунё", r"\bдуне\b|\bdunyo\b"),
    ("UZ", "president.uz", r"president uz"),
    ("KG", "Кабар", r"\bкабар\b|\bkabar\b"),
    ("TJ", "Ховар", r"\bховар\b|\bkhovar\b"),
    ("TM", "TDH", r"\btdh\b|туркменистан сегодня"),
    ("AZ", "АЗЕРТАДЖ", r"азертадж|азертаг|azertac|azertag"),
    ("AM", "Арменпресс", r"арменпресс|armenpress"),
    ("BY", "БелТА", r"\bбелта\b|\bbelta\b"),
    ("RU", "ТАСС", r"\bтасс\b|\btass\b"),
    ("RU", "РИА Новости", r"\bриа\b|\bria\b"),
    ("RU", "Sputnik", r"\bsputnik\b|\bспутник\b"),
    ("RU", "kremlin.ru", r"kremlin ru|пресс служб\w+ кремл"),
    ("TR", "Анадолу", r"анадолу|anadolu|\baa com tr\b"),
    ("TR", "TRT", r"\btrt\b"),
    ("CN", "Синьхуа", r"синьхуа|xinhua"),
    ("IR", "IRNA", r"\birna\b|\bирна\b"),
    ("UA", "Укринформ", r"укринформ|ukrinform"),
)


@lru_cache(maxsize=10_000)
def voice(name: str) -> tuple[str | None, str]:
    """Tell whose voice an outlet is (ISO code of a state, None for independent media) and its one name."""
    folded = fold(name)
    for state, title, pattern in VOICES:
        if re.search(pattern, folded):
            return state, title
    return None, folded


def source_of(telling: Telling, first_of_story: Mapping[int, str]) -> str:
    """Name the source that speaks through an article: its named origin, who had the text first, or the outlet."""
    name = telling.origin or telling.story_origin
    if not name and telling.story is not None:
        name = first_of_story.get(telling.story)
    return voice(name or outlet_of(telling))[1]


def outlet_of(telling: Telling) -> str:
    """Name the outlet of an article; the host of its address stands in for a missing one."""
    return telling.outlet or urlsplit(telling.url).hostname or telling.url


def sources(mentions: Iterable[Mention]) -> dict[int, str]:
    """Name the independent source behind each mention, by mention id."""
    first: dict[int, str] = {}
    listed = sorted(mentions, key=lambda each: each.order)
    for mention in listed:
        if mention.telling.story is not None:
            first.setdefault(mention.telling.story, outlet_of(mention.telling))
    return {mention.id: source_of(mention.telling, first) for mention in listed}


def concerned(mention: Mention, states: Iterable[str]) -> bool:
    """Tell whether a mention's source is the state voice of one of the sides."""
    telling = mention.telling
    name = telling.origin or telling.story_origin
    state = voice(name)[0] if name else (telling.outlet_state or voice(outlet_of(telling))[0])
    return state is not None and state in set(states)
