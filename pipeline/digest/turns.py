"""The life of a meeting out of its mentions in the order of publication, where resolution has kept no history of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.digest.rows import TurnRow

if TYPE_CHECKING:
    from pipeline.digest.rows import MentionRow, SummitRow

WHOLE_DATE = 10


def turns_of_mentions(row: SummitRow) -> tuple[TurnRow, ...]:
    """Read announced, dated, moved, cancelled and held from the mentions, oldest first."""
    turns: list[TurnRow] = []
    status: str | None = None
    start: str | None = None
    end: str | None = None
    for mention in row.mentions:
        kind = _kind(status, start, mention, row)
        if kind == "doubted":
            continue
        if kind is not None:
            article = mention.article
            turns.append(
                TurnRow(
                    kind=kind,
                    date=mention.start or start,
                    end=mention.end if mention.start else end,
                    was=start if kind in {"dated", "moved"} else None,
                    was_end=end if kind == "moved" else None,
                    article=article.id,
                    sources=_stories(row, mention),
                    in_issue=article.in_issue,
                ),
            )
            status = {"cancelled": "cancelled", "held": "held"}.get(kind, "planned")
        if mention.start:
            start, end = mention.start, mention.end
    return tuple(turns)


def _kind(status: str | None, start: str | None, mention: MentionRow, row: SummitRow) -> str | None:
    """Tell what a mention makes of a meeting; "doubted" for a date that the record as a whole does not confirm."""
    if mention.status == "cancelled":
        return None if status == "cancelled" else "cancelled"
    if mention.status in {"held", "ongoing"}:
        return None if status == "held" else "held"
    if status is None:
        return "announced"
    if status != "planned" or not mention.start or mention.start == start:
        return None
    if start is None or mention.start.startswith(start):
        return "dated"
    return "moved" if len(mention.start) == len(start) == WHOLE_DATE and mention.start == row.start else "doubted"


def _stories(row: SummitRow, first: MentionRow) -> int:
    """Count the stories that tell the same of the meeting as this mention."""
    same = [each.article.story for each in row.mentions if (each.status, each.start) == (first.status, first.start)]
    return len(set(same))
