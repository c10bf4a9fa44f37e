"""Feeds are found, probed and described: the address of a site or a feed in, what stands there out."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from pipeline.addresses import bare_host, safe_url
from pipeline.client import Request
from pipeline.collect import Read, read_document
from pipeline.feeds import is_private_host, user_agent
from pipeline.fetch import MAX_FEED, OK, PAUSE, fetch
from pipeline.parse.decode import decode
from pipeline.records import Failure, Feed, Fetched
from pipeline.sandbox import Overrun

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from pipeline.fetch import Get
    from pipeline.sandbox import Sandbox

FEED_TYPES = frozenset({"application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/feed+json"})
USUAL_PATHS = ("/rss", "/feed/", "/rss.xml", "/ru/rss", "/feed.xml", "/atom.xml")
MAX_TRIES = 8
LONG = 1_200  # characters of a median text from which a feed carries whole texts
SHORT = 60  # characters of a median text under which it carries titles only
# The zone of an outlet by the ending of its host.
ZONES = {
    "am": "Asia/Yerevan", "az": "Asia/Baku", "by": "Europe/Minsk", "ge": "Asia/Tbilisi", "kg": "Asia/Bishkek",
    "kz": "Asia/Almaty", "md": "Europe/Chisinau", "ru": "Europe/Moscow", "tj": "Asia/Dushanbe", "tm": "Asia/Ashgabat",
    "tr": "Europe/Istanbul", "ua": "Europe/Kyiv", "uz": "Asia/Tashkent",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """What stands at the address of a feed."""

    feed: Feed
    failure: Failure | None = None
    status: int | None = None
    kind: str = ""
    items: int = 0
    newest: datetime | None = None
    span_hours: float | None = None  # between its oldest and its newest item
    charset: str = ""
    full: float = 0.0  # share of items with their whole text
    body: Literal["full", "lead", "title", "unknown"] = "unknown"
    title: str = ""
    language: str = ""
    moved_to: str | None = None
    conditional: bool = False  # it sends validators
    notes: tuple[str, ...] = ()


def probe(feed: Feed, get: Get, sandbox: Sandbox, *, now: datetime) -> Probe:
    """Ask for a feed and describe it; nothing is stored."""
    found = fetch(feed, get, now=now)
    if not isinstance(found, Fetched):
        assert isinstance(found, Failure)  # nothing was asked under conditions
        return Probe(feed=feed, failure=found, status=found.status)
    try:
        read = sandbox.call(read_document, found)
    except Overrun as overrun:
        read = Failure(stage="parse", subject=feed.name, kind="too_costly", detail=f"its document {overrun}")
    if isinstance(read, Failure):
        return Probe(feed=feed, failure=read, status=found.status, moved_to=found.moved_to)
    return _describe(feed, found, read)


def _describe(feed: Feed, found: Fetched, read: Read) -> Probe:
    times = sorted(article.published_at for article in read.articles if not article.published_guessed)
    lengths = sorted(len(article.text) for article in read.articles)
    median = lengths[len(lengths) // 2] if lengths else 0
    full = sum(article.text_from == "full" for article in read.articles)
    notes = list(read.parsed.notes)
    guessed = sum(article.published_guessed for article in read.articles)
    if not read.articles:
        notes.append("it has no items")
    elif guessed:
        notes.append(f"{guessed} of {len(read.articles)} dates without a zone, missing or impossible")
    languages = Counter(article.language for article in read.articles)
    return Probe(
        feed=feed,
        status=found.status,
        kind={"feed": "atom"}.get(read.parsed.kind, read.parsed.kind),
        items=read.parsed.items,
        newest=times[-1] if times else None,
        span_hours=(times[-1] - times[0]).total_seconds() / 3600 if times else None,
        charset=read.parsed.encoding,
        full=full / len(read.articles) if read.articles else 0.0,
        body="full" if median >= LONG else "lead" if median >= SHORT else "title" if read.articles else "unknown",
        title=" ".join(read.parsed.title.split()),
        language=languages.most_common(1)[0][0] if languages else "",
        moved_to=found.moved_to,
        conditional=bool(found.validators.etag or found.validators.last_modified),
        notes=tuple(notes),
    )


def find_feed(url: str, get: Get, sandbox: Sandbox, *, now: datetime, agent: str | None = None) -> Probe | Failure:
    """Find the feed at an address: the address itself, what its page declares, or a usual path of its site."""
    start = replace(_candidate(url), user_agent=agent)
    first = probe(start, get, sandbox, now=now)
    if first.failure is None:
        return first
    tried = {start.url}
    for address in _declared(start, get):
        if address in tried or len(tried) > MAX_TRIES:
            continue
        tried.add(address)
        found = probe(replace(start, url=address, name=address), get, sandbox, now=now)
        if found.failure is None and found.items:
            return found
    words = f"no feed at {url} nor at the usual places of its site ({first.failure.detail})"
    return Failure(stage="fetch", subject=url, kind="not_a_feed", detail=words)


def _candidate(url: str) -> Feed:
    host = urlsplit(url).hostname or ""
    zone = ZONES.get(host.rpartition(".")[2], "UTC")
    return Feed(name=bare_host(host) or url, url=url, private=is_private_host(host), timezone=zone)


def _declared(start: Feed, get: Get) -> Iterator[str]:
    """Walk the addresses at which a page says, or a site usually keeps, its feeds."""
    home = urlsplit(start.url).hostname if start.private else None
    request = Request(
        url=safe_url(start.url) or start.url,
        headers={"User-Agent": start.user_agent or user_agent()},
        home=home,
        max_bytes=MAX_FEED,
        pause=0.0 if start.private else PAUSE,
    )
    reply = get(request)
    if not isinstance(reply, Failure) and reply.status == OK:
        yield from links_to_feeds(decode(reply.body, reply.headers.get("content-type", "")).text, reply.url)
    parts = urlsplit(start.url)
    for path in USUAL_PATHS:
        yield f"{parts.scheme}://{parts.netloc}{path}"


def links_to_feeds(markup: str, base: str) -> list[str]:
    """List the feeds that a page declares in its head, then those that its links look like."""
    from lxml import etree

    try:
        root = etree.fromstring(markup[:2_000_000].encode("utf-8", "replace"), etree.HTMLParser(encoding="utf-8"))
    except (etree.XMLSyntaxError, ValueError):
        return []
    if root is None:
        return []
    declared = [
        link.get("href", "")
        for link in root.iter("link")
        if "alternate" in link.get("rel", "").lower() and link.get("type", "").strip().lower() in FEED_TYPES
    ]
    declared.sort(key=lambda href: "comment" in href.lower())  # WordPress declares the feed of comments, too
    looking = [
        link.get("href", "")
        for link in root.iter("a")
        if any(word in link.get("href", "").lower() for word in ("/rss", "rss.xml", "/feed", "atom.xml"))
    ]
    found = (safe_url(href, base) for href in [*declared, *looking])
    return list(dict.fromkeys(address for address in found if address))
