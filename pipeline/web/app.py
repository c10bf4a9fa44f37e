"""The site as an ASGI application: addresses, a read-only connection each, headers, failures."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from pipeline.desk import DEFAULTS
from pipeline.digest import russian
from pipeline.errors import StoreError, UsageError
from pipeline.outputs.tables import event_title
from pipeline.store import Store, asking
from pipeline.web import words
from pipeline.web.address import Asked, read_address, segment

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from datetime import date, datetime

    from starlette.requests import Request
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from pipeline.desk import DeskFile

    Page = Callable[["Question"], Response]

HERE = Path(__file__).parent
QUERY_SECONDS = 5.0  # a question that takes longer is stopped, so that one address cannot hold the site
CHECK_EVERY = 50_000  # SQLite instructions between two looks at the clock
log = logging.getLogger("svodka.web")

# Nothing from elsewhere, no inline script or style, no frame around us, no plug-in.
HEADERS = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What all pages share."""

    db: Path
    base: str  # path under which a proxy serves the site, "" or "/svodka"
    clock: Callable[[], datetime]
    zone: ZoneInfo
    desk: DeskFile
    templates: Environment


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One request: the open database, what the address asks for, and how to answer."""

    site: Site
    request: Request
    store: Store
    asked: Asked
    names: Mapping[str, str]  # of states
    now: datetime

    @property
    def today(self) -> date:
        """Tell the day at the desk."""
        return self.now.astimezone(self.site.zone).date()

    def key(self, name: str) -> str:
        """Give a part of the path."""
        return str(self.request.path_params[name])

    def answer(self, template: str, *, status: int = 200, **context: Any) -> Response:  # noqa: ANN401 - what the template shows
        """Render a page."""
        year = self.today.year
        html = self.site.templates.get_template(template).render(
            asked=self.asked,
            base=self.site.base,
            names=self.names,
            today=self.today,
            title_of=partial(event_title, names=self.names),
            day=partial(words.any_day, year=year),
            days=partial(russian.days, year=year),
            moment=partial(words.moment, year=year, zone=self.site.zone),
            plain_day=partial(words.plain_day, year=year, zone=self.site.zone),
            state=lambda code: self.names.get(code or "", code or ""),
            **context,
        )
        return HTMLResponse(html, status_code=status)


def make_app(
    db: Path,
    *,
    clock: Callable[[], datetime],
    base: str = "",
    desk: DeskFile = DEFAULTS,
) -> ASGIApp:
    """Make the site over the database at `db`; `base` is the path under which a proxy serves it."""
    from pipeline.web import pages

    site = Site(db=db, base=_clean_base(base), clock=clock, zone=ZoneInfo(desk.zone), desk=desk, templates=_templates())
    routes: list[BaseRoute] = [
        Route(path, _endpoint(site, page), methods=["GET", "HEAD"], name=page.__name__) for path, page in pages.PAGES
    ]
    routes.append(Route("/unsubscribe/{token}", partial(_unsubscribe, site), methods=["POST"]))
    routes.append(Mount("/static", StaticFiles(directory=HERE / "static")))
    handlers: dict[Any, Any] = {HTTPException: partial(_refused, site), Exception: partial(_broken, site)}
    app = Starlette(
        routes=routes,
        exception_handlers=handlers,
        middleware=[Middleware(GZipMiddleware, minimum_size=1000)],
    )
    app.router.redirect_slashes = False  # it would forget the base path
    return _with_headers(_below(app, site.base))


def _clean_base(base: str) -> str:
    parts = [part for part in base.split("/") if part]
    return "".join(f"/{segment(part)}" for part in parts)


def _templates() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        amount=russian.amount,
        bind=lambda text: russian.bind(russian.clean(text)),
        capital=russian.capital,
        segment=segment,
        web_address=lambda url: url if str(url).startswith(("http://", "https://")) else "",
    )
    environment.globals.update(
        words=words,
        counted=russian.counted,
        money=russian.money,
        agreement_word=russian.agreement_word,
        status_word=words.status_word,
        status_title=words.status_title,
        step_title=words.step_title,
        LADDER=words.LADDER,
    )
    return environment


def _endpoint(site: Site, page: Page) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        return await run_in_threadpool(_ask, site, page, request)

    return endpoint


def _ask(site: Site, page: Page, request: Request) -> Response:
    try:
        with Store.read(site.db) as store:
            deadline = time.monotonic() + QUERY_SECONDS
            store.conn.set_progress_handler(lambda: time.monotonic() > deadline, CHECK_EVERY)
            names = asking.state_names(store)
            asked = read_address(request.url.path, request.query_params.multi_items(), codes=names)
            question = Question(site=site, request=request, store=store, asked=asked, names=names, now=site.clock())
            return page(question)
    except UsageError as error:
        raise HTTPException(400, str(error)) from error
    except StoreError as error:
        if "interrupted" in str(error):
            raise HTTPException(503, "Запрос занял слишком много времени. Сузьте период или фильтры.") from error
        log.warning("%s", error)
        raise HTTPException(503, "База сейчас недоступна. Попробуйте через минуту.") from error


async def _unsubscribe(site: Site, request: Request) -> Response:
    from pipeline.web.leaving import spare

    try:
        known = await run_in_threadpool(spare, site, str(request.path_params["token"]))
    except StoreError as error:
        log.warning("%s", error)
        raise HTTPException(503, "База сейчас занята. Попробуйте через минуту.") from error
    if not known:
        raise HTTPException(404)
    html = site.templates.get_template("farewell.html").render(
        base=site.base, asked=Asked(path="", values={}), done=True
    )
    return HTMLResponse(html)


SAID = {
    400: "Запрос не понят",
    404: "Такой страницы нет",
    405: "Здесь можно только читать",
    503: "Сейчас не получилось",
}


async def _refused(site: Site, _request: Request, error: HTTPException) -> Response:
    return _say(site, error.status_code, error.detail if error.status_code in {400, 503} else "")


async def _broken(site: Site, request: Request, error: Exception) -> Response:
    log.error("a page failed: %s", request.url.path, exc_info=error)
    return _say(site, 500, "Ошибка записана. Остальные страницы работают.")


def _say(site: Site, status: int, detail: str) -> Response:
    html = site.templates.get_template("error.html").render(
        base=site.base,
        asked=Asked(path="", values={}),
        status=status,
        title=SAID.get(status, "Что-то сломалось"),
        detail=detail,
    )
    return HTMLResponse(html, status_code=status)


def _below(app: ASGIApp, base: str) -> ASGIApp:
    """Serve the application below a base path, whether the proxy takes it off or leaves it; a last slash is nothing."""

    async def stripped(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            path = scope["path"]
            if base and (path + "/").startswith(base + "/"):
                path = path[len(base) :]
            scope = {**scope, "path": path.rstrip("/") or "/", "raw_path": b""}
        await app(scope, receive, send)

    return stripped


def _with_headers(app: ASGIApp) -> ASGIApp:
    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = message.setdefault("headers", [])
                headers += [(name.encode(), value.encode()) for name, value in HEADERS.items()]
            await send(message)

        await app(scope, receive, send_guarded if scope["type"] == "http" else send)

    return guarded
