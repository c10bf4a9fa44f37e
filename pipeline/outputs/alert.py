"""Matches of an alert rule as a short letter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.digest.records import Change
from pipeline.digest.russian import NBSP, counted, shorten
from pipeline.outputs.letter import MAX_SUBJECT, Letter, inline, wrap
from pipeline.outputs.templates import render, source
from pipeline.outputs.wording import FIELDS, TOPIC_WORDS, Wording

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pipeline.digest.records import Attention
    from pipeline.outputs.letter import Desk

MAX_TOLD = 30  # matches told in one letter; a rule that finds more is too wide, and the letter says how many are left


def render_alert(
    rule: str,
    found: Sequence[Change | Attention],
    desk: Desk,
    *,
    made_at: datetime,
    reader: str,
    unsubscribe: str,
) -> Letter:
    """Render the letter that tells of some matches of a rule."""
    topic_words = TOPIC_WORDS | dict(desk.topic_words)
    wording = Wording(year=made_at.year, names=desk.names, topic_words=topic_words, today=made_at.date())
    first = found[0]
    fact = f"{wording.lead(first)}{NBSP}— {first.title}" if isinstance(first, Change) else first.title
    more = f" и{NBSP}ещё{NBSP}{len(found) - 1}" if len(found) > 1 else ""
    values = {
        "rule": rule,
        "found": [(isinstance(each, Change), each) for each in found[:MAX_TOLD]],
        "left": len(found) - MAX_TOLD,
        "count": counted(len(found), "событие", "события", "событий"),
        "desk": desk,
        "w": wording,
        "fields": FIELDS,
        "subject": shorten(fact, MAX_SUBJECT - len(more)) + more,
        "reader": reader,
        "unsubscribe": unsubscribe,
        "inline_css": source("letter.css"),
        "keep_css": source("letter-media.css"),
    }
    return Letter(
        subject=str(values["subject"]),
        preheader="",
        html=inline(render("alert.html", **values)),
        text=wrap(render("alert.txt", **values)),
    )
