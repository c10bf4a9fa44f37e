"""Habits of single feeds, as a table of names that feeds.yaml uses. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipeline.records import Entry

# Closing lines that outlets put under every text.
TAILS = re.compile(
    r"\n{0,9}(?:^|(?<=\n))(?:"
    r"Оставайтесь на связи с РБК[^\n]{0,100}"
    r"|Читайте РБК в[^\n]{0,100}"
    r"|Подпис(?:аться|ывайтесь)[^\n]{0,20} на [^\n]{0,120}(?:Tele|[Тт]еле|канал|Дзен|WhatsApp|Viber|МАХ|MAX)[^\n]{0,80}"
    r"|(?:Сообщение|Запись|Пост) [^\n]{1,300} (?:впервые|сначала)? ?появил[аио]сь[^\n]{0,200}"
    r"|The post [^\n]{1,300} (?:first )?appeared (?:first )?on [^\n]{1,100}"
    r"|(?:Читать (?:далее|дальше|полностью|полную версию)|Подробнее|Далее|Read more|Continue reading)[^\n]{0,30}"
    r")\s*\Z",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quirk:
    """What a name in feeds.yaml means, and the change it makes to an entry; None drops the entry."""

    why: str
    apply: Callable[[Entry], Entry | None]


def _split_title(entry: Entry) -> Entry:
    title, separator, below = entry.title.partition(" // ")
    if not separator:
        return entry
    return replace(entry, title=title.strip(), summary=f"<p>{below.strip()}</p>{entry.summary}")


def _ignore_guid(entry: Entry) -> Entry:
    return replace(entry, guid=None)


def _strip_query(entry: Entry) -> Entry:
    if entry.link is None:
        return entry
    return replace(entry, link=urlunsplit(urlsplit(entry.link)._replace(query="", fragment="")))


def _no_names(entry: Entry) -> Entry:
    """Drop categories of two or three capitalised words: Иван Петров."""
    kept = [name for name in entry.categories if not re.fullmatch(r"[А-ЯЁ][а-яё-]+(?: [А-ЯЁ][а-яё-]+){1,2}", name)]
    return replace(entry, categories=tuple(kept))


def _no_adverts(entry: Entry) -> Entry | None:
    return None if re.fullmatch(r"(?:новостное|мобильное)? ?приложение.{0,60}", entry.title.lower()) else entry


QUIRKS: dict[str, Quirk] = {
    "split_title": Quirk(why="titles are «A // B»: B goes before the text (Коммерсантъ)", apply=_split_title),
    "ignore_guid": Quirk(why="guids change or are shared, so they identify nothing", apply=_ignore_guid),
    "strip_query": Quirk(why="links carry a query that the page does not need (RT)", apply=_strip_query),
    "no_names_in_categories": Quirk(why="authors stand among the categories (BFM)", apply=_no_names),
    "no_adverts": Quirk(why="the first item advertises the outlet's app (RFE/RL sites)", apply=_no_adverts),
}


def apply_quirks(entry: Entry) -> Entry | None:
    """Apply the quirks that an entry's feed is listed with, in their order; None when it is no article."""
    current: Entry | None = entry
    for name in entry.feed.quirks:
        current = QUIRKS[name].apply(current) if current is not None else None
    return current


def cut_tail(text: str) -> str:
    """Take closing lines that advertise the outlet off a text."""
    shorter = TAILS.sub("", text)
    while shorter != text:
        text, shorter = shorter, TAILS.sub("", shorter)
    return text
