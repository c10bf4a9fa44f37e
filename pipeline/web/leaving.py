"""What leaves the site: exports of lists and records, and readers who want no more letters."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.responses import Response

from pipeline.errors import UsageError
from pipeline.outputs.export import FORMS, Request, export
from pipeline.store import Store, asking
from pipeline.store.deliveries import find_subscriber, unsubscribe
from pipeline.store.telling import tell
from pipeline.web.address import MAX_EXPORT

if TYPE_CHECKING:
    from pipeline.web.app import Question, Site

INLINE = {"atom", "ics"}  # a reader or a calendar subscribes to them


def leave(question: Question) -> Response:
    """Send a list in one of the forms, filtered as the page is; or one record."""
    name = question.key("name")
    what, slash, rest = name.partition("/")
    if slash:
        return _one(question, what, rest)
    what, _, form = name.partition(".")
    form = form.removesuffix(".json") if form.startswith("plover") else form
    if what not in {"summits", "agreements", "articles"} or form not in FORMS:
        raise HTTPException(404)
    filters = replace(question.asked.filters(limit=MAX_EXPORT), offset=0)
    return _send(question, what, form, filters)


def _one(question: Question, what: str, rest: str) -> Response:
    key, _, form = rest.rpartition(".")
    if form == "ics" and what == "summits":
        if asking.get_event(question.store, "summit", key) is None:
            raise HTTPException(404)
        return _send(question, what, form, asking.Filters(ids=json.dumps([key]), limit=1))
    if form != "json" or what not in {"summits", "agreements"}:
        raise HTTPException(404)
    family: asking.Family = "summit" if what == "summits" else "agreement"
    told = tell(question.store, family, key)
    if told is None:
        raise HTTPException(404)
    body = json.dumps({"schema": f"svodka.{family}.1", family: told}, ensure_ascii=False)
    return Response(body.encode("utf-8", "backslashreplace"), media_type="application/json")


def _send(question: Question, what: str, form: str, filters: asking.Filters) -> Response:
    asked = Request(
        store=question.store,
        what=what,
        filters=filters,
        names=question.names,
        pages=str(question.request.base_url).rstrip("/") + question.site.base,
        title=question.site.desk.title,
    )
    try:
        body = b"".join(export(asked, form))
    except UsageError as error:
        raise HTTPException(404) from error
    extension = "plover.json" if form == "plover" else form
    how = "inline" if form in INLINE else "attachment"
    return Response(
        body,
        media_type=FORMS[form].content_type,
        headers={"content-disposition": f'{how}; filename="svodka-{what}-{question.today:%Y-%m-%d}.{extension}"'},
    )


def farewell(question: Question) -> Response:
    """Ask a reader who came by the link of a letter whether they want no more; looking changes nothing."""
    known = find_subscriber(question.store, question.key("token"))
    if known is None:
        raise HTTPException(404)
    return question.answer("farewell.html", done=known[1])


def spare(site: Site, token: str) -> bool:
    """Send the owner of a token no more letters (RFC 8058: one POST, no cookie, no further question)."""
    with Store.open(site.db, create=False) as store:
        return unsubscribe(store, token, now=site.clock()) is not None
