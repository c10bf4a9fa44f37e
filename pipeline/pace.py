"""When to ask a feed again: what its server and its document wish, what its failures advise. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

SLACK = timedelta(minutes=5)  # a cron line every 30 minutes must find due what was asked 30 minutes before
WISH_CAP = timedelta(hours=6)  # a ttl of 600 minutes on a news feed is an oversight; its news would be lost
RETRY_CAP = timedelta(days=1)  # Retry-After of ten years is an oversight, too
BACK_OFF_CAP = timedelta(hours=24)
LONGEST = timedelta(days=16)  # an interval of a week and its skipped days; a due time beyond is that of a wrong clock
DEAD_AFTER = timedelta(days=14)
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What a feed document says about when to ask for it again."""

    ttl: int = 0  # minutes
    skip_hours: tuple[int, ...] = ()  # 0–23, GMT
    skip_days: tuple[str, ...] = ()  # English, lower case


def next_due(asked: datetime, interval: int, headers: Mapping[str, str], wishes: Wishes) -> datetime:
    """Tell when a feed that answered at `asked` is due again; `interval` in minutes."""
    wait = timedelta(minutes=interval) - SLACK
    for wish in (timedelta(minutes=wishes.ttl), _max_age(headers)):
        wait = max(wait, min(wish, WISH_CAP))
    return _skip(asked + wait, wishes)


def next_try(asked: datetime, interval: int, failures: int, wish: str = "") -> datetime:
    """Tell when a feed that failed at `asked` after `failures` others is due again; `wish` is its Retry-After."""
    wait = min(timedelta(hours=2 ** min(failures, 10)), BACK_OFF_CAP)
    if failures == 0:
        wait = timedelta(minutes=interval)
    return asked + max(wait - SLACK, retry_after(asked, wish) or timedelta(0))


def retry_after(asked: datetime, wish: str) -> timedelta | None:
    """Read Retry-After, as seconds or as a date, held between zero and a day; None where there is none to read."""
    raw = wish.strip()
    if re.fullmatch(r"\d{1,12}", raw):
        wait = timedelta(seconds=min(int(raw), RETRY_CAP.total_seconds()))
    else:
        moment = _http_date(raw)
        if moment is None:
            return None
        wait = moment - asked
    return min(max(wait, timedelta(0)), RETRY_CAP)


def is_dead(failing_since: datetime | None, now: datetime) -> bool:
    """Tell whether a feed has failed for so long that a person should look for its new address."""
    return failing_since is not None and now - failing_since >= DEAD_AFTER


def _max_age(headers: Mapping[str, str]) -> timedelta:
    control = headers.get("cache-control", "").lower()
    if "no-cache" in control or "no-store" in control:
        return timedelta(0)
    if match := re.search(r"(?<![a-z-])max-age\s*=\s*\"?(\d{1,12})", control):
        age = re.fullmatch(r"\d{1,9}", headers.get("age", "").strip())
        return timedelta(seconds=max(0, min(int(match[1]), 10**7) - (int(age[0]) if age else 0)))
    expires, sent = _http_date(headers.get("expires", "")), _http_date(headers.get("date", ""))
    return max(expires - sent, timedelta(0)) if expires and sent else timedelta(0)


def _http_date(raw: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(raw)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _skip(due: datetime, wishes: Wishes) -> datetime:
    """Move a due time out of the hours and days in which the feed does not want to be asked."""
    if len(set(wishes.skip_hours)) >= 24 or len(set(wishes.skip_days)) >= 7:  # noqa: PLR2004 - never is no wish
        return due
    moved = due
    for _ in range(24 * 8):
        gmt = moved.astimezone(UTC)
        if gmt.hour not in wishes.skip_hours and DAYS[gmt.weekday()] not in wishes.skip_days:
            return moved
        moved = gmt.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return due
