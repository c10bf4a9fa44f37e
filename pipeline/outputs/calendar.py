"""Meetings as an iCalendar file (RFC 5545): the only door to icalendar.

A meeting keeps its UID for ever; a moved one has a higher SEQUENCE, a cancelled one STATUS:CANCELLED: a calendar
that took the file before changes its entry instead of showing two.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from pipeline.digest.records import Meeting
    from pipeline.outputs.letter import Desk
    from pipeline.outputs.wording import Wording

WHOLE_DATE = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A meeting in a calendar; days are ISO dates, and one that is known only to its month has no place in one."""

    id: str
    title: str
    start: str
    end: str | None = None  # the last day itself
    place: str = ""
    description: str = ""
    url: str | None = None
    status: str = "planned"
    sequence: int = 0  # how often its date or status changed
    changed_at: datetime  # when its last news came


def write_calendar(entries: Iterable[Entry], *, title: str) -> bytes:
    """Write a calendar of whole-day events, by day; the same entries give the same bytes."""
    from icalendar import Calendar, Event

    calendar = Calendar()
    calendar.add("prodid", "-//svodka//RU")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", title)
    for entry in sorted(entries, key=lambda entry: (entry.start, entry.id)):
        first = date.fromisoformat(entry.start)
        last = date.fromisoformat(entry.end) if entry.end and len(entry.end) == WHOLE_DATE else first
        event = Event()
        event.add("uid", f"{entry.id}@svodka")
        event.add("dtstamp", entry.changed_at)
        event.add("last-modified", entry.changed_at)
        event.add("dtstart", first)
        event.add("dtend", max(first, last) + timedelta(days=1))  # the day after, RFC 5545 3.8.2.2
        event.add("summary", entry.title)
        event.add("sequence", entry.sequence)
        event.add("status", "CANCELLED" if entry.status == "cancelled" else "CONFIRMED")
        event.add("transp", "TRANSPARENT")
        for name, value in (("location", entry.place), ("description", entry.description), ("url", entry.url)):
            if value:
                event.add(name, value)
        calendar.add_component(event)
    written: bytes = calendar.to_ical()
    return written


def entries_of(meetings: Iterable[Meeting], wording: Wording, desk: Desk, *, changed_at: datetime) -> list[Entry]:
    """Turn the meetings of a digest into calendar entries."""
    found = []
    for meeting in meetings:
        if not meeting.start or len(meeting.start) != WHOLE_DATE:
            continue
        sources = [
            f"{wording.cite(source)} — {wording.medium(source)} {source.url or ''}" for source in meeting.sources
        ]
        found.append(
            Entry(
                id=meeting.id,
                title=meeting.title,
                start=meeting.start,
                end=meeting.end,
                place=wording.where(meeting),
                description="\n".join([wording.sides(meeting, limit=20), *sources]).strip(),
                url=desk.page("summit", meeting.id),
                status=meeting.status,
                sequence=meeting.sequence,
                changed_at=changed_at,
            ),
        )
    return found
