"""Dates of known precision ("2025", "2025-11", "2025-11-13") as spans of days, and what two of them say together."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Literal

Precision = Literal["day", "month", "year", ""]
YEAR, MONTH, DAY = 4, 7, 10  # lengths of the prefixes


@dataclass(frozen=True, slots=True)
class Days:
    """Days from `first` to `last`, both included, as ordinals of the calendar."""

    first: int
    last: int

    def gap(self, other: Days) -> int:
        """Count the days between two spans; 0 when they touch or overlap."""
        return max(self.first - other.last, other.first - self.last, 0)

    def within(self, other: Days, slack: int = 0) -> bool:
        """Tell whether these days lie inside others."""
        return other.first - slack <= self.first and self.last <= other.last + slack


def precision(text: str | None) -> Precision:
    """Tell how precise an ISO date or prefix is; "" for none or one that is no date."""
    if not text or days(text) is None:
        return ""
    return "day" if len(text) == DAY else "month" if len(text) == MONTH else "year"


@lru_cache(maxsize=20_000)
def days(text: str) -> Days | None:
    """Read an ISO date or a prefix of one as the days that it covers; None when it is none."""
    try:
        if len(text) == YEAR:
            return Days(date(int(text), 1, 1).toordinal(), date(int(text), 12, 31).toordinal())
        if len(text) == MONTH:
            year, month = int(text[:4]), int(text[5:])
            return Days(
                date(year, month, 1).toordinal(),
                date(year, month, monthrange(year, month)[1]).toordinal(),
            )
        day = date.fromisoformat(text).toordinal()
    except ValueError:
        return None
    return Days(day, day)


def span(start: str | None, end: str | None = None) -> Days | None:
    """Read a start and an end as one span; an end before its start is ignored."""
    first = days(start) if start else None
    last = days(end) if end else None
    if first is None:
        return last
    if last is None or last.last < first.first:
        return first
    return Days(first.first, last.last)


def agree(one: str, other: str) -> bool:
    """Tell whether two dates agree within their precision."""
    shorter, longer = sorted((one, other), key=len)
    return longer.startswith(shorter)


def iso(ordinal: int) -> str:
    """Write an ordinal day as an ISO date."""
    return date.fromordinal(ordinal).isoformat()
