"""Every form in which records leave the program, in one table: for the command line and the pages alike."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import quote

from pipeline.digest.russian import clean
from pipeline.errors import UsageError
from pipeline.outputs.csv import write_csv
from pipeline.outputs.jsonl import article_record, event_record, write_json, write_jsonl
from pipeline.outputs.tables import TOPICS, article_table, event_table, event_title
from pipeline.store import asking

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from pipeline.outputs.tables import Table
    from pipeline.store import Store
    from pipeline.store.asking import Family, Filters, Listed

WHOLE_DATE = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is to leave: records of a family (or articles), filtered; `pages` is where the site is, if it is."""

    store: Store
    what: str  # summits, agreements, articles
    filters: Filters
    names: Mapping[str, str]  # of states
    pages: str | None = None  # address of the site, without a slash at its end
    title: str = "Сводка"

    @property
    def family(self) -> Family:
        """Tell which records are asked for; raise UsageError for articles."""
        if self.what == "articles":
            raise UsageError(
                "Articles have no such form: take csv, xlsx, json or jsonl, or ask for summits or agreements."
            )
        return "summit" if self.what == "summits" else "agreement"

    def page(self, key: str) -> str | None:
        """Give the address of a record's page, where pages are served."""
        return f"{self.pages}/{self.what}/{quote(key, safe='')}" if self.pages else None

    def events(self) -> Iterator[Listed]:
        """Walk the records."""
        return asking.walk_events(self.store, self.family, self.filters)


@dataclass(frozen=True, slots=True)
class Form:
    """A form: its content type, and what writes it."""

    content_type: str
    write: Callable[[Request], Iterable[bytes]]


def _table(asked: Request) -> Iterable[bytes]:
    return write_csv(_rows(asked))


def _workbook(asked: Request) -> Iterable[bytes]:
    from pipeline.outputs.xlsx import write_xlsx

    return [write_xlsx(_rows(asked))]


def _rows(asked: Request) -> Table:
    if asked.what == "articles":
        return article_table(asking.walk_articles(asked.store, asked.filters))
    return event_table(asked.family, asked.events(), asked.names)


def _records(asked: Request) -> Iterable[dict[str, object]]:
    if asked.what == "articles":
        return (article_record(found) for found in asking.walk_articles(asked.store, asked.filters))
    return (event_record(event) for event in asked.events())


def _lines(asked: Request) -> Iterable[bytes]:
    return write_jsonl(_records(asked))


def _object(asked: Request) -> Iterable[bytes]:
    return write_json(asked.what, _records(asked))


def _plover(asked: Request) -> Iterable[bytes]:
    from pipeline.outputs.plover import plover_record, three_letter_codes

    codes = three_letter_codes()
    return write_json("plover", (plover_record(event, codes) for event in asked.events()))


def _calendar(asked: Request) -> Iterable[bytes]:
    from pipeline.outputs.calendar import Entry, write_calendar

    if asked.family != "summit":
        raise UsageError("Only meetings have days in a calendar: ask for summits.")
    entries = [
        Entry(
            id=event.id,
            title=clean(event_title(event, asked.names)),
            start=event.start,
            end=event.end,
            place=clean(", ".join(filter(None, [event.place, asked.names.get(event.country or "")]))),
            description=clean(", ".join(asked.names.get(code, code) for code in event.states)),
            url=asked.page(event.id),
            status=event.status,
            sequence=asking.count_moves(asked.store, event.id),
            changed_at=datetime.fromisoformat(event.last_seen_at),
        )
        for event in asked.events()
        if event.start and len(event.start) == WHOLE_DATE
    ]
    return [write_calendar(entries, title=asked.title)]


def _feed(asked: Request) -> Iterable[bytes]:
    from html import escape

    from pipeline.outputs.atom import Entry, write_atom

    entries = [
        Entry(
            id=f"{event.family}/{event.id}",
            title=clean(event_title(event, asked.names)),
            url=asked.page(event.id),
            updated=datetime.fromisoformat(event.last_seen_at),
            summary=escape(
                " · ".join(
                    filter(
                        None,
                        [
                            event.status,
                            event.start,
                            clean(event.place or ""),
                            ", ".join(asked.names.get(code, code) for code in event.states),
                        ],
                    ),
                ),
            ),
            categories=tuple(TOPICS.get(topic, topic) for topic in event.topics),
        )
        for event in asked.events()
    ]
    return [write_atom(entries, title=asked.title, link=f"{asked.pages or 'urn:svodka'}/{asked.what}")]


FORMS: Mapping[str, Form] = {
    "csv": Form("text/csv; charset=utf-8", _table),
    "xlsx": Form("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", _workbook),
    "json": Form("application/json", _object),
    "jsonl": Form("application/jsonl; charset=utf-8", _lines),
    "ics": Form("text/calendar; charset=utf-8", _calendar),
    "atom": Form("application/atom+xml; charset=utf-8", _feed),
    "plover": Form("application/json", _plover),
}


def export(asked: Request, form: str) -> Iterable[bytes]:
    """Write records in a form, piece by piece; raise UsageError where they have no such form."""
    return FORMS[form].write(asked)
