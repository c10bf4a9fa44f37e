"""The week of a digest: Monday to Sunday in the desk's time zone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Self
from zoneinfo import ZoneInfo

from pipeline.errors import UsageError

_WRITTEN = re.compile(r"([0-9]{4})-?W([0-9]{1,2})")
DAYS = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """An ISO week in one time zone."""

    monday: date
    zone: str  # IANA name

    @classmethod
    def of(cls, day: date, zone: str) -> Self:
        """Find the week that holds a day."""
        return cls(monday=day - timedelta(days=day.weekday()), zone=zone)

    @classmethod
    def read(cls, text: str, zone: str) -> Self:
        """Read "2026-W47"; raise UsageError for anything else."""
        found = _WRITTEN.fullmatch(text.strip().upper())
        year, number = (int(found[1]), int(found[2])) if found else (0, 0)
        try:
            monday = date.fromisocalendar(year, number, 1)
        except ValueError:
            raise UsageError(f"{text!r} is no ISO week. Write it as 2026-W47.") from None
        return cls(monday=monday, zone=zone)

    @classmethod
    def last_full(cls, now: datetime, zone: str) -> Self:
        """Find the last week that had ended by `now`."""
        return cls.of(now.astimezone(ZoneInfo(zone)).date() - timedelta(days=DAYS), zone)

    @property
    def id(self) -> str:
        """Name the week: "2026-W47"."""
        year, number, _ = self.monday.isocalendar()
        return f"{year}-W{number:02}"

    @property
    def number(self) -> int:
        """Give the ISO number of the week in its year."""
        return self.monday.isocalendar().week

    @property
    def sunday(self) -> date:
        """Give its last day."""
        return self.monday + timedelta(days=DAYS - 1)

    @property
    def start(self) -> datetime:
        """Give the moment at which it begins, in UTC."""
        return _midnight(self.monday, self.zone)

    @property
    def end(self) -> datetime:
        """Give the moment at which it is over, in UTC."""
        return _midnight(self.monday + timedelta(days=DAYS), self.zone)

    def earlier(self, weeks: int = 1) -> Week:
        """Give a week before this one."""
        return Week(monday=self.monday - timedelta(days=DAYS * weeks), zone=self.zone)


def _midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)
