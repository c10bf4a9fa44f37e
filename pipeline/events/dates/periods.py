"""Periods of days: how they are written, and which of the same days in neighbouring years or weeks is meant."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

Bound = Literal["at", "range", "since", "until"]

# A dateline of tomorrow is the zone of the outlet; a plan of last week is an old text, not next year's plan.
AHEAD = timedelta(days=2)
BEHIND = timedelta(days=14)
DAYS_OF_WEEK = 7
MONTHS_OF_YEAR = 12
HALF_YEAR = 6
WINTER_ENDS = 2
LAST_CENTURY = 70  # two figures from here on are of the twentieth century
DECEMBER = 12


class Reading(NamedTuple):
    """ISO dates or prefixes of them; None where the words leave that end open."""

    start: str | None
    end: str | None


class Period(NamedTuple):
    """First and last day; `exact` when the event takes all of it, else it lies somewhere inside."""

    first: date
    last: date
    exact: bool = False


def prefix(period: Period) -> str | None:
    """Write the longest ISO prefix that holds the whole period; None where it crosses years."""
    first, last = period.first, period.last
    if first == last:
        return first.isoformat()
    if first.year != last.year:
        return None
    return f"{first.year:04}" if first.month != last.month else f"{first.year:04}-{first.month:02}"


def reading(period: Period | None, bound: Bound) -> Reading:
    """Write a period as the two ends that the words give."""
    if period is None:
        return Reading(None, None)
    if period.exact and period.first.strftime("%m%d") == "0101" and period.last.strftime("%m%d") == "1231":
        return Reading(period.first.isoformat()[:4], period.last.isoformat()[:4])
    if period.exact:
        return Reading(period.first.isoformat(), period.last.isoformat())
    whole = prefix(period)
    if bound == "since":
        return Reading(whole, None)
    return Reading(None, whole) if bound == "until" else Reading(whole, whole)


def whole_month(year: int, month: int) -> Period:
    """Give the days of a month."""
    following = date(year + month // MONTHS_OF_YEAR, month % MONTHS_OF_YEAR + 1, 1)
    return Period(date(year, month, 1), following - timedelta(days=1))


def whole_year(year: int) -> Period:
    """Give the days of a year."""
    return Period(date(year, 1, 1), date(year, 12, 31))


def whole_week(day: date) -> Period:
    """Give the days of the week, Monday to Sunday, in which the day lies."""
    monday = day - timedelta(days=day.weekday())
    return Period(monday, monday + timedelta(days=6))


def add_months(day: date, months: int) -> Period:
    """Give the month that lies so many months after that of the day."""
    year, month = divmod(day.year * MONTHS_OF_YEAR + day.month - 1 + months, MONTHS_OF_YEAR)
    return whole_month(year, month + 1)


def day_of(year: int, month: int, day: int) -> date | None:
    """Give the day, None where the calendar has none."""
    try:
        return date(year, month, day)
    except ValueError:
        return None


class Readings(NamedTuple):
    """What the words mean of a past event, of a future one, and of either."""

    past: Period | None
    future: Period | None
    nearest: Period | None


def certain(period: Period | None) -> Readings:
    """Give readings of words that leave nothing open."""
    return Readings(period, period, period)


def choose(candidates: list[Period], published: date) -> Readings:
    """Choose among the same words in neighbouring years or weeks (in order) by their distance from the publication."""

    def distance(period: Period) -> timedelta:
        if period.first <= published <= period.last:
            return timedelta(0)
        return min(abs(period.first - published), abs(period.last - published))

    past = [p for p in candidates if p.first <= published + (AHEAD if p.exact or p.first == p.last else timedelta(0))]
    future = [p for p in candidates if p.last >= published - BEHIND]
    return Readings(
        past[-1] if past else None,
        future[0] if future else None,
        min(candidates, key=distance) if candidates else None,
    )


def in_any_year(make: Callable[[int], Period | None], published: date) -> Readings:
    """Choose between last year, this year and the next."""
    years = range(published.year - 1, published.year + 2)
    return choose([period for period in map(make, years) if period], published)
