"""The digest as a letter: subject, HTML and text, always small enough not to be clipped; the only door to css-inline.

Gmail clips a message near 102 kB as it is encoded; so the HTML stays under 60 kB and the message under 95 kB, by saying
less about each item, and then of fewer items, until it fits. What is left out is counted and stands on the page.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, TypeVar

from pipeline.digest.records import Accord, Meeting
from pipeline.digest.russian import NBSP, capital, day, shorten
from pipeline.outputs.message import encoded_size
from pipeline.outputs.templates import render, source
from pipeline.outputs.wording import (
    FIELDS,
    STATUS_GROUPS,
    TOPIC_WORDS,
    Wording,
    completeness,
    summary,
    week_range,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import css_inline

    from pipeline.digest.records import Digest

T = TypeVar("T", Accord, Meeting)
MAX_HTML = 60_000  # bytes
MAX_PARTS = 92_000  # bytes of both parts as they are encoded; the rest of the 95,000 is for the headers
MAX_SUBJECT = 70  # characters
MAX_PREHEADER = 110
TEXT_WIDTH = 72  # columns
DEFAULT_TITLE = "Сводка региональной дипломатии"


@dataclass(frozen=True, slots=True, kw_only=True)
class Density:
    """How much a rendering shows of each list."""

    changes: int  # in "what changed"
    full: int  # meetings and agreements told in full, of each list
    brief: int  # and in one line
    quotes: bool
    headlines: bool  # in the lines
    others: int  # further sources named
    named: int  # persons and states

    @property
    def attention(self) -> int:
        """How many contradictions and overdue items are shown."""
        return max(3, self.full)


# From what a reader likes best to what always fits: 2,000 items of the longest kind end at the last one.
DENSITIES = (
    Density(changes=10, full=10, brief=30, quotes=True, headlines=True, others=3, named=7),
    Density(changes=10, full=8, brief=30, quotes=True, headlines=True, others=2, named=7),
    Density(changes=10, full=8, brief=24, quotes=False, headlines=True, others=2, named=7),
    Density(changes=10, full=7, brief=24, quotes=False, headlines=False, others=1, named=7),
    Density(changes=8, full=6, brief=20, quotes=False, headlines=False, others=1, named=6),
    Density(changes=7, full=5, brief=12, quotes=False, headlines=False, others=0, named=5),
    Density(changes=6, full=3, brief=8, quotes=False, headlines=False, others=0, named=5),
    Density(changes=5, full=2, brief=4, quotes=False, headlines=False, others=0, named=4),
    Density(changes=3, full=1, brief=1, quotes=False, headlines=False, others=0, named=3),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A letter before it is addressed."""

    subject: str
    preheader: str
    html: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What a rendering knows of the desk that sends it."""

    title: str = DEFAULT_TITLE
    pages: str | None = None  # address of the pages, without a slash at the end
    names: Mapping[str, str]  # of states
    topic_words: Mapping[str, str]

    def page(self, record: str, key: str) -> str | None:
        """Give the address of a record's page, where pages are served."""
        from urllib.parse import quote

        return f"{self.pages}/{record}s/{quote(key, safe='')}" if self.pages else None


def wording_of(digest: Digest, desk: Desk) -> Wording:
    """Make the phrases of a digest: its year goes without saying, days to go count from the day it was made."""
    made, after = (
        date.fromisoformat(digest.made_at[:10]),
        date.fromordinal(date.fromisoformat(digest.ends).toordinal() + 1),
    )
    # A digest of the past, rendered later, counts from the Monday on which it would have gone out.
    today = made if 0 <= (made - after).days < 7 else after  # noqa: PLR2004 - within the week after
    return Wording(
        year=int(digest.ends[:4]),
        names=desk.names,
        topic_words=TOPIC_WORDS | dict(desk.topic_words),
        today=today,
    )


def render_letter(digest: Digest, desk: Desk, *, reader: str = "", unsubscribe: str | None = None) -> Letter:
    """Render a digest for one reader, as densely as its size allows."""
    for density in DENSITIES:
        letter = _render(digest, desk, density, reader=reader, unsubscribe=unsubscribe)
        whole = encoded_size(letter.html) + encoded_size(letter.text)
        if len(letter.html.encode()) <= MAX_HTML and whole <= MAX_PARTS:
            break
    return letter


def _render(digest: Digest, desk: Desk, density: Density, *, reader: str, unsubscribe: str | None) -> Letter:
    wording = wording_of(digest, desk)
    values = {
        "digest": digest,
        "desk": desk,
        "w": wording,
        "density": density,
        "subject": subject(digest, wording),
        "preheader": preheader(digest, wording),
        "range": week_range(digest.starts, digest.ends),
        "summary": summary(digest),
        "complete": completeness(wording, digest),
        "groups": _parted(digest, density),
        "part": part,
        "fields": FIELDS,
        "reader": reader,
        "unsubscribe": unsubscribe,
        "made": made_words(digest),
        "keep_css": source("letter-media.css"),
        "inline_css": source("letter.css"),
        "top": max([count.now for count in digest.topics] + [count.before for count in digest.topics] + [1]),
        "tallest": max([count.now for count in digest.weeks] + [1]),
    }
    return Letter(
        subject=str(values["subject"]),
        preheader=str(values["preheader"]),
        html=inline(render("letter.html", **values)),
        text=wrap(render("letter.txt", **values)),
    )


def inline(html: str) -> str:
    """Write the style sheet of a letter into its elements, which is all that many mail programs read."""
    return _tighten(_inliner().inline(_tighten(html)))


@cache
def _inliner() -> css_inline.CSSInliner:
    import css_inline

    return css_inline.CSSInliner(minify_css=True, load_remote_stylesheets=False)


def subject(digest: Digest, wording: Wording) -> str:
    """Say week and main fact in at most 70 characters."""
    dates = wording.days(digest.starts, digest.ends)
    if digest.changes:
        change = digest.changes[0]
        fact = f"{wording.lead(change)}{NBSP}— {change.title}"
    elif digest.health.articles or digest.health.archive:
        fact = "изменений нет"
    else:
        fact = "сообщений не было, проверьте ленты"
    return shorten(f"{dates}: {fact[:1].lower()}{fact[1:]}", MAX_SUBJECT)


def preheader(digest: Digest, wording: Wording) -> str:
    """Say a second fact, beside the one in the subject."""
    said = summary(digest)
    if len(digest.changes) > 1:
        change = digest.changes[1]
        return shorten(f"{wording.lead(change)}{NBSP}— {change.title}. {capital(said)}", MAX_PREHEADER)
    return shorten(capital(said) or completeness(wording, digest)[0], MAX_PREHEADER)


def part(items: Sequence[T], density: Density) -> tuple[list[T], list[T]]:
    """Part items into those told in full and those in a line; a meeting whose day is not known is told in a line."""
    full = [item for item in items if not isinstance(item, Meeting) or _has_day(item)][: density.full]
    return full, [item for item in items if item not in full]


def _has_day(meeting: Meeting) -> bool:
    return meeting.start is not None and len(meeting.start) == len("2026-11-22")


def groups_of(digest: Digest) -> list[tuple[str, list[Accord]]]:
    """Part the agreements by status, in the order in which they are shown."""
    return [
        (title, found)
        for status, title in STATUS_GROUPS.items()
        if (found := [accord for accord in digest.accords if accord.status == status])
    ]


def _parted(digest: Digest, density: Density) -> list[tuple[str, int, list[Accord], list[Accord], int]]:
    """Share the room for agreements among their groups: title, count, in full, in a line, left out."""
    room, lines, found = density.full, density.brief, []
    for title, accords in groups_of(digest):
        full, brief = part(accords, density)
        full, brief = full[:room], [*full[room:], *brief]
        shown = brief[:lines]
        found.append((title, len(accords), full, shown, len(brief) - len(shown)))
        room, lines = room - len(full), lines - len(shown)
    return found


def made_words(digest: Digest) -> str:
    """Say when a digest was made: «23 ноября 2026 года в 07:00 (UTC+5)»."""
    from datetime import datetime

    moment = datetime.fromisoformat(digest.made_at)
    offset = moment.utcoffset()
    hours = offset.total_seconds() / 3600 if offset else 0
    return f"{day(moment.date().isoformat())} в{NBSP}{moment:%H:%M} (UTC{hours:+g})".replace("-", "\N{MINUS SIGN}")


def _tighten(html: str) -> str:
    """Take out white space that only serves the writer of the template."""
    return re.sub(r">\s*\n\s*<", "><", re.sub(r"\n\s+", "\n", html)).strip() + "\n"


def wrap(text: str) -> str:
    """Break lines at 72 columns, with the indent of their first line; an address is never broken."""
    lines: list[str] = []
    for line in text.split("\n"):
        lines += _wrap_line(line.rstrip())
    joined = "\n".join(lines).replace(NBSP, " ")
    return re.sub(r"\n{3,}", "\n\n", joined).strip() + "\n"


def _wrap_line(line: str) -> list[str]:
    if len(line) <= TEXT_WIDTH or "://" in line:
        return [line]
    start = re.match(r" *(?:• )?", line)
    head = start[0] if start else ""
    lines, current = [], head
    for word in line[len(head) :].split(" "):
        if current.strip(" •") and len(current) + 1 + len(word) > TEXT_WIDTH:
            lines.append(current)
            current = " " * len(head) + word
        else:
            current += word if current == head else f" {word}"
    return [*lines, current]
