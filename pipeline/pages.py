"""The full text of an article from its page, where its feed has a teaser: asked politely, extracted in a child."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pipeline.addresses import canonical, safe_url
from pipeline.clean import clean_line, clean_text
from pipeline.client import Request
from pipeline.feeds import user_agent
from pipeline.parse.decode import decode
from pipeline.quirks import cut_tail
from pipeline.records import Failure

if TYPE_CHECKING:
    from protego import Protego

    from pipeline.fetch import Get
    from pipeline.records import Feed

NAME = "svodka"  # by which robots.txt may address us
PAUSE = 1.0  # seconds between two pages of one host
MAX_PAUSE = 15.0  # a longer Crawl-delay means that pages are not wanted
MAX_PAGE = 5_000_000  # bytes
MAX_MARKUP = 2_000_000  # characters; beyond it extraction is no longer worth its time
MAX_ROBOTS = 512_000
SECONDS = 15.0
TOO_SHORT = 200  # characters: under it the next way of extraction is tried
OK = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page as it was sent."""

    url: str  # after redirects
    content: bytes
    content_type: str


@dataclass(kw_only=True)
class Robots:
    """What the robots.txt of each host says, asked once in a collection."""

    get: Get
    _rules: dict[str, Protego | None] = field(default_factory=dict)

    def pause(self, url: str, agent: str, home: str | None) -> float | None:
        """Tell how many seconds to keep before asking for a page; None when robots.txt forbids it."""
        parts = urlsplit(url)
        root = f"{parts.scheme}://{parts.netloc}"
        if root not in self._rules:
            self._rules[root] = self._ask(root, agent, home)
        rules = self._rules[root]
        if rules is None or not rules.can_fetch(url, NAME):
            return None
        delay = rules.crawl_delay(NAME) or PAUSE
        return delay if delay <= MAX_PAUSE else None

    def _ask(self, root: str, agent: str, home: str | None) -> Protego | None:
        """Ask for robots.txt; where there is none all is allowed, where the server is in trouble nothing is."""
        from protego import Protego

        request = Request(
            url=f"{root}/robots.txt",
            headers={
                "User-Agent": agent,
                "Accept": "text/plain, */*;q=0.1",
                "Accept-Encoding": "gzip, br, deflate",
            },
            home=home,
            max_bytes=MAX_ROBOTS,
            seconds=SECONDS,
        )
        reply = self.get(request)
        if isinstance(reply, Failure) or reply.status == 429 or reply.status >= 500:  # noqa: PLR2004 - RFC 9309, 2.3.1.4
            return None
        return Protego.parse(reply.body.decode("utf-8", "replace") if reply.status == OK else "")


def fetch_page(feed: Feed, link: str, robots: Robots) -> Page | Failure:
    """Fetch the page of an article of a feed, if robots.txt allows it."""
    url = safe_url(link)
    if url is None:
        return _failure(link, "url", "its address is no web address")
    if "strip_query" in feed.quirks:
        url = canonical(url, strip_query=True)
    home = urlsplit(feed.url).hostname if feed.private else None
    agent = feed.user_agent or user_agent()
    pause = robots.pause(url, agent, home)
    if pause is None:
        return _failure(link, "robots", "robots.txt forbids it, or could not be read")
    reply = robots.get(
        Request(
            url=url.partition("#")[0],
            headers={
                "User-Agent": agent,
                "Accept": "text/html, application/xhtml+xml;q=0.9",
                "Accept-Language": feed.language,
                "Accept-Encoding": "gzip, br, deflate",
            },
            home=home,
            max_bytes=MAX_PAGE,
            seconds=SECONDS,
            pause=0.0 if feed.private else pause,
        ),
    )
    if isinstance(reply, Failure):
        return _failure(link, reply.kind, reply.detail, reply.status)
    if reply.status != OK:
        return _failure(link, "http", f"its page answers HTTP {reply.status}", reply.status)
    content_type = reply.headers.get("content-type", "")
    if not _is_page(content_type, reply.body):
        return _failure(link, "not_a_page", f"it is {content_type[:60] or 'no HTML'}, not a page")
    return Page(url=reply.url, content=reply.body, content_type=content_type)


def extract(content: bytes, content_type: str, url: str) -> str:
    """Extract the text of an article from a page, paragraphs apart by an empty line; "" where there is none to find."""
    import trafilatura

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    markup = decode(content, content_type).text[:MAX_MARKUP]
    headings = _headings(markup)
    best = ""
    for precise in (True, False):
        found = trafilatura.extract(
            markup, url=url, include_comments=False, favor_precision=precise, favor_recall=not precise
        )
        best = max(best, tidy(found or "", headings), key=len)
        if len(best) >= TOO_SHORT:
            return best
    _, found, _ = trafilatura.baseline(markup)
    return max(best, tidy(found or "", headings), key=len)


def tidy(text: str, headings: frozenset[str]) -> str:
    """Give each line that trafilatura returns a paragraph, less the headline above the text and credits of pictures."""
    lines = [line for line in clean_text(text).split("\n") if line and not CREDIT.match(line)]
    while lines and lines[0] in headings:
        del lines[0]
    return cut_tail("\n\n".join(lines))


CREDIT = re.compile(r"(?:Фото|Иллюстрация|Скриншот|Видео)(?:граф)?\s?:\s?[^.!?]{1,80}$")
HEADING = re.compile(r"<(h1|title)\b[^>]{0,500}>(.{1,1000}?)</\1", re.DOTALL | re.IGNORECASE)


def _headings(markup: str) -> frozenset[str]:
    return frozenset(clean_line(match[2]) for match in HEADING.finditer(markup))


def _is_page(content_type: str, body: bytes) -> bool:
    kind = content_type.partition(";")[0].strip().lower()
    if kind in ("text/html", "application/xhtml+xml"):
        return True
    return kind in ("", "text/plain", "application/xml", "text/xml") and b"<html" in body[:4096].lower()


def _failure(link: str, kind: str, detail: str, status: int | None = None) -> Failure:
    return Failure(stage="page", subject=link, kind=kind, detail=detail, status=status)
