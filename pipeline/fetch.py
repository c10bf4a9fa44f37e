"""A feed is asked for: the feed and what its server said last time in, Fetched, NotModified or Failure out."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pipeline.addresses import safe_url
from pipeline.client import Reply, Request
from pipeline.feeds import user_agent
from pipeline.records import Failure, Fetched, NotModified, Validators

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from pipeline.records import Feed

    Get = Callable[[Request], Reply | Failure]

PAUSE = 2.0  # seconds between two questions to one host
MAX_FEED = 10_000_000  # bytes
FULL_EVERY = timedelta(hours=24)  # some servers answer 304 for ever; once a day the document itself is asked for
ACCEPT = (
    "application/rss+xml, application/atom+xml, application/rdf+xml, application/feed+json, "
    "application/xml;q=0.9, text/xml;q=0.8, */*;q=0.5"
)
OK, UNCHANGED, GONE = 200, 304, 410
REFUSALS = {401: "it wants a password", 403: "it refuses us", 404: "there is nothing at its address"}
TOLD_TO_WAIT = frozenset({429, 503})


def fetch(
    feed: Feed,
    get: Get,
    *,
    now: datetime,
    validators: Validators | None = None,
    full_at: datetime | None = None,
) -> Fetched | NotModified | Failure:
    """Ask for a feed, conditionally where its validators are known and it was read whole within a day."""
    url = safe_url(feed.url)
    if url is None:
        return _failure(feed, "url", "its address is no web address")
    known = validators or Validators()
    conditions = _conditions(known) if full_at is not None and now - full_at < FULL_EVERY else {}
    reply = get(
        Request(
            url=url,
            headers={
                "User-Agent": feed.user_agent or user_agent(),
                "Accept": ACCEPT,
                "Accept-Encoding": "gzip, br, deflate",
            },
            conditions=conditions,
            conditions_for=known.url or url,
            home=urlsplit(url).hostname if feed.private else None,
            max_bytes=MAX_FEED,
            pause=0.0 if feed.private else PAUSE,
        ),
    )
    if isinstance(reply, Failure):
        return _failure(feed, reply.kind, reply.detail, reply.status)
    return _judge(feed, reply, known, now)


def _judge(feed: Feed, reply: Reply, known: Validators, now: datetime) -> Fetched | NotModified | Failure:
    if reply.status == UNCHANGED:
        if not reply.conditional:
            return _failure(feed, "http", "it says unchanged (304) although it was asked for all", UNCHANGED)
        fresh = _validators(reply)
        return NotModified(
            feed=feed,
            validators=Validators(
                etag=fresh.etag or known.etag,
                last_modified=fresh.last_modified or known.last_modified,
                url=reply.url,
            ),
            fetched_at=now,
            headers=dict(reply.headers),
            elapsed=reply.elapsed,
            moved_to=reply.moved_to,
        )
    if reply.status != OK:
        return _refusal(feed, reply)
    if not reply.body.strip():
        return _failure(feed, "empty", "the answer is empty", OK)
    return Fetched(
        feed=feed,
        url=reply.url,
        status=reply.status,
        headers=dict(reply.headers),
        body=reply.body,
        validators=_validators(reply),
        fetched_at=now,
        elapsed=reply.elapsed,
        moved_to=reply.moved_to,
    )


def _refusal(feed: Feed, reply: Reply) -> Failure:
    status = reply.status
    if reply.headers.get("cf-mitigated") == "challenge":
        return _failure(feed, "blocked", f"its guard wants a browser (HTTP {status}, challenge)", status)
    if status == GONE:
        return _failure(feed, "gone", "it is gone for good (HTTP 410)", status)
    if status in TOLD_TO_WAIT:
        wait = reply.headers.get("retry-after", "")[:60]
        words = f"it asks for patience (HTTP {status}{f', Retry-After {wait}' if wait else ''})"
        return replace(_failure(feed, "wait", words, status), retry_after=wait)
    return _failure(feed, "http", f"{REFUSALS.get(status, 'it answered with an error')} (HTTP {status})", status)


def _validators(reply: Reply) -> Validators:
    """Keep what the server said verbatim, unless it could not be sent back safely."""
    return Validators(
        etag=_sendable(reply.headers.get("etag")),
        last_modified=_sendable(reply.headers.get("last-modified")),
        url=reply.url,
    )


def _sendable(value: str | None) -> str | None:
    return value if value and re.fullmatch(r"[\x20-\x7e\xa1-\xff]{1,1000}", value) else None


def _conditions(known: Validators) -> dict[str, str]:
    found = {"If-None-Match": known.etag, "If-Modified-Since": known.last_modified}
    return {name: value for name, value in found.items() if value}


def _failure(feed: Feed, kind: str, detail: str, status: int | None = None) -> Failure:
    return Failure(stage="fetch", subject=feed.name, kind=kind, detail=detail, status=status)
