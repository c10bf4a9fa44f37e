"""The address of a page is its state: every filter is read from it and written into links."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from pipeline.records import AGREEMENT_KINDS, AGREEMENT_STATUSES, SUMMIT_KINDS, SUMMIT_STATUSES, TOPICS
from pipeline.store.asking import Filters, last_day

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

PAGE_SIZE = 25
LAST_PAGE = 400  # further pages are for an export
MAX_EXPORT = 10_000  # records; more are for the command line
MAX_VALUE = 200  # characters of a value that are read
MAX_VALUES = 8  # values of one filter that are read
DATE = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")
CLOSED = {
    "topic": frozenset(TOPICS),
    "status": frozenset(AGREEMENT_STATUSES) | frozenset(SUMMIT_STATUSES),
    "kind": frozenset(AGREEMENT_KINDS) | frozenset(SUMMIT_KINDS),
}
MANY = ("country", "topic", "status", "kind", "person", "organization", "place", "outlet")
ORDER = ("q", "since", "until", *MANY, "sort", "view", "month", "page")
PERIODS = (("7", "неделя"), ("30", "месяц"), ("91", "квартал"), ("365", "год"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What an address asks for: filters that hold, and what was wrong with the others."""

    path: str  # below the base path
    values: dict[str, tuple[str, ...]]
    wrong: tuple[str, ...] = field(default=())

    def one(self, name: str) -> str:
        """Give the first value of a parameter, or ""."""
        return (self.values.get(name) or ("",))[0]

    @property
    def page(self) -> int:
        """Give the number of the page, from 1."""
        text = self.one("page")
        return min(max(int(text), 1), LAST_PAGE) if text.isascii() and text.isdigit() and len(text) < 6 else 1  # noqa: PLR2004 - no page has more digits

    @property
    def narrowed(self) -> bool:
        """Tell whether any filter is set."""
        return any(self.values.get(name) for name in ("q", "since", "until", *MANY))

    def filters(self, *, limit: int = PAGE_SIZE) -> Filters:
        """Make the filters of the store."""
        values = self.values
        return Filters(
            since=self.one("since") or None,
            until=self.one("until") or None,
            countries=values.get("country", ()),
            topics=values.get("topic", ()),
            statuses=values.get("status", ()),
            kinds=values.get("kind", ()),
            persons=values.get("person", ()),
            organizations=values.get("organization", ()),
            outlets=values.get("outlet", ()),
            places=values.get("place", ()),
            words=self.one("q"),
            limit=limit,
            offset=(self.page - 1) * PAGE_SIZE,
            oldest_first=self.one("sort") == "oldest",
        )

    def chosen(self) -> Iterable[tuple[str, str]]:
        """Give every value that narrows, with its name."""
        for name in ("q", "since", "until", *MANY):
            for value in self.values.get(name, ()):
                yield name, value

    def query(self, **changes: object) -> str:
        """Write the query string with some parameters changed; None leaves one out. A change goes to the first page."""
        values = {name: found for name, found in self.values.items() if name != "page"}
        for name, value in changes.items():
            given = () if value in (None, "") else value if isinstance(value, tuple) else (str(value),)
            values[name] = tuple(map(str, given))
        pairs = [(name, value) for name in ORDER for value in values.get(name, ())]
        return "?" + urlencode(pairs) if pairs else ""

    def toggled(self, name: str, value: str) -> str:
        """Write the query string with one value of a filter added or, if it is there, taken out."""
        now = self.values.get(name, ())
        rest = tuple(one for one in now if one != value)
        return self.query(**{name: rest if value in now else (*now, value)})

    def has(self, name: str, value: str) -> bool:
        """Tell whether a filter holds this value."""
        return value in self.values.get(name, ())


def read_address(path: str, pairs: Sequence[tuple[str, str]], *, codes: Iterable[str]) -> Asked:
    """Read an address; what cannot be is left out and told."""
    values: dict[str, list[str]] = {}
    wrong: list[str] = []
    known = frozenset(codes)
    for name, raw in pairs[:100]:
        value = " ".join(raw[:MAX_VALUE].replace("\x00", " ").split())
        if name not in ORDER or not value:
            continue
        if name == "country":
            value = value.upper()
        if not _possible(name, value, known):
            wrong.append(f"{name}={value[:40]}")
            continue
        held = values.setdefault(name, [])
        if value not in held and len(held) < (MAX_VALUES if name in MANY else 1):
            held.append(value)
    return Asked(path=path, values={name: tuple(held) for name, held in values.items()}, wrong=tuple(wrong))


def _possible(name: str, value: str, codes: frozenset[str]) -> bool:
    if name in CLOSED:
        return value in CLOSED[name]
    if name == "country":
        return value in codes
    if name in {"since", "until", "month"}:
        return is_date(value)
    return True


def is_date(text: str) -> bool:
    """Tell whether a text is an ISO date or a prefix of one."""
    try:
        return bool(DATE.fullmatch(text)) and last_day(text) > date.min
    except ValueError:
        return False


def period_links(asked: Asked, today: date, *, since: str | None = None) -> list[tuple[str, str, bool]]:
    """Make the links of periods: title, query string, whether it holds; `since` is what holds where none is asked."""
    links = []
    for days, title in PERIODS:
        start = (today - timedelta(days=int(days))).isoformat()
        holds = (asked.one("since") or since) == start and not asked.one("until")
        links.append((title, asked.query(since=None if holds else start, until=None), holds))
    return links


def segment(value: object) -> str:
    """Write a value as one segment of a path."""
    return quote(str(value), safe="")
