"""The digest of a week on the site: as it was sent, or as it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.responses import Response

from pipeline import __version__
from pipeline.errors import UsageError

if TYPE_CHECKING:
    from pipeline.digest.records import Digest
    from pipeline.outputs.letter import Desk
    from pipeline.web.app import Question


def digest_week(question: Question) -> Response:
    """Show the digest of a week; `latest` is the last full one, and .atom gives its changes as a feed."""
    from pipeline.outputs.atom import entries_of, write_atom
    from pipeline.outputs.page import render_page

    name, _, form = question.key("week").partition(".")
    if form not in {"", "atom"}:
        raise HTTPException(404)
    made, desk = _digest(question, name)
    if form:
        link = f"{desk.pages}/digest/{made.week}"
        return Response(
            write_atom(entries_of(made, desk), title=desk.title, link=link), media_type="application/atom+xml"
        )
    return question.answer("week.html", digest=made, content=render_page(made, desk, fragment=True))


def _digest(question: Question, name: str) -> tuple[Digest, Desk]:
    from dataclasses import replace

    from pipeline.digest.week import Week
    from pipeline.mail import desk_of, digest_of_week

    zone = question.site.zone.key
    try:
        week = Week.last_full(question.now, zone) if name == "latest" else Week.read(name, zone)
    except UsageError as error:
        raise HTTPException(404) from error
    made = digest_of_week(question.store, week, now=question.now, made_by=__version__, file=question.site.desk)
    pages = str(question.request.base_url).rstrip("/") + question.site.base
    desk = desk_of(question.store, question.site.desk)
    return made, replace(desk, pages=pages)
