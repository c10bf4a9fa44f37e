"""Meetings, agreements and articles as rows of a table with Russian headings, for people and their spreadsheets."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from pipeline.digest.russian import AGREEMENT_NOUNS, SUMMIT_NOUNS, agreement_word, clean, summit_word
from pipeline.digest.titles import title_of_agreement, title_of_summit, with_preposition

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from pipeline.store.asking import Found, Listed

Cell = str | int | float | date | datetime | None
TOPICS = {"culture": "культура", "energy": "энергетика", "transport": "транспорт"}
WHOLE_DATE = 10


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its heading, its width in characters, how its cell is made of a record."""

    title: str
    width: int
    cell: Callable[[Listed, Mapping[str, str]], Cell]


@dataclass(frozen=True, slots=True)
class ArticleColumn:
    """The same for articles."""

    title: str
    width: int
    cell: Callable[[Found], Cell]


def event_title(event: Listed, names: Mapping[str, str]) -> str:
    """Name a meeting or agreement as the digest and the pages do."""
    if event.family == "summit":
        return title_of_summit(
            event.kind,
            event.name,
            states=event.states,
            organizations=event.organizations,
            persons=event.persons,
            names=names,
        )
    subject = with_preposition(event.name, event.sentences)
    return title_of_agreement(event.kind, subject, states=event.states, organizations=event.organizations, names=names)


def as_date(text: str | None) -> Cell:
    """Make a date of an ISO date; a month or a year alone stays what it is."""
    return date.fromisoformat(text) if text and len(text) == WHOLE_DATE else text


def as_moment(text: str) -> datetime:
    """Make a moment of what the database holds; spreadsheets know no zones, so it is UTC without saying so."""
    return datetime.fromisoformat(text).replace(tzinfo=None)


def _called(codes: Iterable[str], names: Mapping[str, str]) -> str:
    return ", ".join(names.get(code, code) for code in codes)


CODE = Column("Код", 34, lambda event, _: event.id)
COMMON = (
    Column("Место", 18, lambda event, _: event.place),
    Column("Страна", 18, lambda event, names: names.get(event.country or "", event.country)),
    Column("Государства", 40, lambda event, names: _called(event.states, names)),
    Column("Коды государств", 16, lambda event, _: " ".join(event.states)),
    Column("Организации", 30, lambda event, _: ", ".join(event.organizations)),
    Column("Лица", 36, lambda event, _: ", ".join(event.persons)),
    Column("Темы", 22, lambda event, _: ", ".join(TOPICS.get(topic, topic) for topic in event.topics)),
    Column("Статей", 8, lambda event, _: event.articles),
    Column("Независимых источников", 12, lambda event, _: event.sources),
    Column("Уверенность", 12, lambda event, _: round(event.confidence, 2)),
    Column("Впервые сообщено (UTC)", 20, lambda event, _: as_moment(event.first_seen_at)),
    Column("Последнее сообщение (UTC)", 20, lambda event, _: as_moment(event.last_seen_at)),
)
SUMMITS = (
    CODE,
    Column("Встреча", 60, event_title),
    Column("Вид", 14, lambda event, _: SUMMIT_NOUNS[event.kind][0]),
    Column("Статус", 16, lambda event, _: summit_word(event.status, "f")),
    Column("Начало", 12, lambda event, _: as_date(event.start)),
    Column("Конец", 12, lambda event, _: as_date(event.end)),
    *COMMON,
)
AGREEMENTS = (
    CODE,
    Column("Соглашение", 60, event_title),
    Column("Вид", 16, lambda event, _: AGREEMENT_NOUNS[event.kind][0]),
    Column("Статус", 18, lambda event, _: agreement_word(event.status, "n")),
    Column("Дата статуса", 12, lambda event, _: as_date(event.start)),
    Column("Предмет", 40, lambda event, _: event.name),
    Column("Сумма", 16, lambda event, _: event.amount),
    Column("Валюта", 8, lambda event, _: event.currency),
    *COMMON,
)
ARTICLES = (
    ArticleColumn("Номер", 10, lambda found: found.id),
    ArticleColumn("Опубликовано (UTC)", 20, lambda found: as_moment(found.published_at)),
    ArticleColumn("Издание", 24, lambda found: found.outlet),
    ArticleColumn("Заголовок", 80, lambda found: found.headline),
    ArticleColumn("Темы", 22, lambda found: ", ".join(TOPICS.get(topic, topic) for topic in found.topics)),
    ArticleColumn("Ссылка", 50, lambda found: found.url),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """What is exported: headings, widths and rows that are made as they are asked for."""

    title: str
    headings: tuple[str, ...]
    widths: tuple[int, ...]
    rows: Iterable[tuple[Cell, ...]]


def event_table(family: str, events: Iterable[Listed], names: Mapping[str, str]) -> Table:
    """Make the table of meetings or agreements."""
    columns = SUMMITS if family == "summit" else AGREEMENTS
    return Table(
        title="Встречи" if family == "summit" else "Соглашения",
        headings=tuple(column.title for column in columns),
        widths=tuple(column.width for column in columns),
        rows=(tuple(tidy(column.cell(event, names)) for column in columns) for event in events),
    )


def article_table(articles: Iterable[Found]) -> Table:
    """Make the table of articles."""
    return Table(
        title="Статьи",
        headings=tuple(column.title for column in ARTICLES),
        widths=tuple(column.width for column in ARTICLES),
        rows=(tuple(tidy(column.cell(found)) for column in ARTICLES) for found in articles),
    )


def tidy(cell: Cell) -> Cell:
    """Take out of a text what no table can hold: control signs, line ends, lone surrogates."""
    return clean(cell) if isinstance(cell, str) else cell
