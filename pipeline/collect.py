"""The first half of the nightly run: due feeds are asked, read, cleaned and stored, each on its own.

    due feeds ─ fetch (hosts at once, one question each) ─▶ parse, clean (in a child) ─▶ store (one transaction)

What fails, fails alone: it becomes the outcome of its feed, and the others go on.
"""

from __future__ import annotations

import hashlib
import time
from collections import deque
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from pipeline.clean import clean, identify, is_wordless
from pipeline.fetch import fetch
from pipeline.pace import LONGEST, next_due, next_try
from pipeline.pages import Page, Robots, extract, fetch_page
from pipeline.parse import Parsed, parse
from pipeline.records import Failure, Feed, Fetched, NotModified, Outcome
from pipeline.sandbox import Overrun, Sandbox
from pipeline.store.archive import Reading, Saved, feed_states, save_feeds, save_reading
from pipeline.store.pages import save_failed_pages, save_page, wanted_pages
from pipeline.store.stories import group_reprints

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import datetime

    from pipeline.fetch import Get
    from pipeline.records import Article
    from pipeline.store import Store
    from pipeline.store.archive import FeedState

    Report = Callable[[Feed, Reading, Saved], None]

HOSTS_AT_ONCE = 12
WITHIN = 900.0  # seconds after which no further feed is begun; the oldest unasked come first next time
PAGES_AT_ONCE = 40  # of one feed in one collection; the rest waits for the next

Work = TypeVar("Work")
Done = TypeVar("Done")


@dataclass(kw_only=True)
class Collected:
    """What a collection came to."""

    feeds: int = 0  # that were due and asked
    read: int = 0  # that answered, changed or unchanged
    failed: int = 0
    not_due: int = 0
    gaps: int = 0
    new: list[int] = field(default_factory=list)  # row ids of articles
    changed: list[int] = field(default_factory=list)
    pages: int = 0  # full texts read from pages
    reprints: int = 0  # new articles that carry a text that others carry, too
    skipped: int = 0  # items that could not be read


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """A feed document, read and cleaned."""

    articles: tuple[Article, ...]
    parsed: Parsed


def collect(
    store: Store,
    feeds: Sequence[Feed],
    *,
    now: datetime,
    run: int | None,
    report: Report,
    get: Get | None = None,
    sandbox: Sandbox | None = None,
    insist: bool = False,
    within: float = WITHIN,
) -> Collected:
    """Ask the feeds that are due at `now` and store what they hold; calls `report` once for each feed.

    `get` is the edge to the network (a `client.Client().get` by default), `sandbox` the one to child processes.
    With `insist`, feeds are asked before they are due, and disabled ones, too. Raises StoreError only.
    """
    if get is None:
        from pipeline.client import Client

        get = Client().get
    save_feeds(store, feeds)
    states = feed_states(store)
    collected = Collected()
    due: list[Feed] = []
    for feed in feeds:
        if not feed.enabled and not insist:
            continue
        if _is_due(states[feed.name], now, insist=insist):
            due.append(feed)
        else:
            collected.not_due += 1
            report(feed, _not_due(feed, states[feed.name], now), Saved())
    with sandbox or Sandbox() as children:
        for reading in _read_all(_by_host(due, states), states, get, children, now=now, within=within):
            saved = save_reading(store, run, reading) if reading.outcome is not Outcome.NOT_DUE else Saved()
            _count(collected, reading, saved)
            report(reading.feed, reading, saved)
        collected.pages = read_pages(store, feeds, get, children, now=now, within=within)
    collected.reprints = group_reprints(store)
    return collected


def read_pages(
    store: Store,
    feeds: Iterable[Feed],
    get: Get,
    sandbox: Sandbox,
    *,
    now: datetime,
    within: float = WITHIN,
) -> int:
    """Read the pages of articles that carry only a teaser, a queue a host; answers how many gave their text.

    What is not read within the time stays wanted for the next collection.
    """
    stop = time.monotonic() + within
    robots = Robots(get=get)
    hosts: dict[str, deque[tuple[Feed, dict[str, Any]]]] = {}
    for feed in feeds:
        if feed.enabled and feed.fulltext == "page":
            for row in wanted_pages(store, feed.name, now=now, limit=PAGES_AT_ONCE):
                hosts.setdefault(urlsplit(row["link"]).hostname or "", deque()).append((feed, row))
    taken = 0
    for row, found in _in_turn(
        list(hosts.values()), lambda wanted: (wanted[1], _read_page(*wanted, robots, sandbox)), stop=stop
    ):
        if isinstance(found, Failure):
            save_failed_pages(store, [(row["id"], found)], now=now)
        else:
            page, text = found
            taken += save_page(store, row["id"], text, (page.url, page.content, page.content_type), now=now)
    return taken


def _read_page(feed: Feed, row: dict[str, Any], robots: Robots, sandbox: Sandbox) -> tuple[Page, str] | Failure:
    """Fetch a page and extract its text; whatever happens is the outcome of this page."""
    try:
        page = fetch_page(feed, row["link"], robots)
        if isinstance(page, Failure):
            return page
        return page, sandbox.call(extract, page.content, page.content_type, page.url)
    except Overrun as overrun:
        return Failure(stage="page", subject=row["link"], kind="too_costly", detail=f"its page {overrun}")
    except Exception as error:  # noqa: BLE001 - a fault of ours at one page must not lose the others
        return Failure(stage="page", subject=row["link"], kind="fault", detail=f"{type(error).__name__}: {error}"[:300])


def _is_due(state: FeedState, now: datetime, *, insist: bool) -> bool:
    if state.gone_at is not None:
        return False
    return insist or state.next_due_at is None or not now < state.next_due_at <= now + LONGEST


def _not_due(feed: Feed, state: FeedState, now: datetime) -> Reading:
    return Reading(
        feed=feed,
        fetched_at=now,
        outcome=Outcome.GONE if state.gone_at else Outcome.NOT_DUE,
        next_due_at=state.next_due_at,
    )


def _by_host(due: Iterable[Feed], states: dict[str, FeedState]) -> list[deque[Feed]]:
    """Queue the feeds of each host, those that were not read for longest first."""
    hosts: dict[str, deque[Feed]] = {}
    for feed in sorted(due, key=lambda feed: (str(states[feed.name].last_ok_at or ""), feed.line, feed.name)):
        hosts.setdefault(urlsplit(feed.url).hostname or "", deque()).append(feed)
    return list(hosts.values())


def _read_all(
    hosts: list[deque[Feed]],
    states: dict[str, FeedState],
    get: Get,
    sandbox: Sandbox,
    *,
    now: datetime,
    within: float,
) -> Iterator[Reading]:
    """Read all feeds, a queue a host, and yield each as it comes; a host that asks for patience keeps its queue."""
    left = {feed.name: feed for queue in hosts for feed in queue}

    def read(feed: Feed) -> Reading:
        return read_feed(feed, states[feed.name], get, sandbox, now=now)

    for reading in _in_turn(hosts, read, stop=time.monotonic() + within, ends=_asks_for_patience):
        del left[reading.feed.name]
        yield reading
    yield from (_not_due(feed, states[feed.name], now) for feed in left.values())


def _asks_for_patience(reading: Reading) -> bool:
    return reading.failure is not None and reading.failure.kind == "wait"


def _in_turn(
    hosts: list[deque[Work]],
    do: Callable[[Work], Done],
    *,
    stop: float,
    ends: Callable[[Done], bool] = lambda _: False,
) -> Iterator[Done]:
    """Do the work of several hosts at once, one piece a host at a time, and yield what comes.

    A host's queue is dropped when an answer `ends` it; nothing is begun after `stop`.
    """
    waiting = deque(hosts)
    running: dict[Future[Done], deque[Work]] = {}
    with ThreadPoolExecutor(HOSTS_AT_ONCE, thread_name_prefix="fetch") as pool:
        while waiting or running:
            while waiting and len(running) < HOSTS_AT_ONCE and time.monotonic() < stop:
                queue = waiting.popleft()
                running[pool.submit(do, queue.popleft())] = queue
            if not running:
                return
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                queue = running.pop(future)
                answer = future.result()
                if queue and not ends(answer):
                    waiting.append(queue)
                yield answer


def read_feed(feed: Feed, state: FeedState, get: Get, sandbox: Sandbox, *, now: datetime) -> Reading:
    """Ask one feed and read its document; whatever happens is the outcome of this feed."""
    try:
        found = fetch(feed, get, now=now, validators=state.validators, full_at=state.full_at)
        if isinstance(found, NotModified):
            return _unchanged(feed, state, found)
        if isinstance(found, Fetched):
            return _read_document(feed, state, found, sandbox)
    except Exception as error:  # noqa: BLE001 - a fault of ours in one feed must not lose the others
        found = Failure(stage="fetch", subject=feed.name, kind="fault", detail=f"{type(error).__name__}: {error}"[:300])
    return _failed(feed, state, found, now)


def _unchanged(feed: Feed, state: FeedState, found: NotModified) -> Reading:
    return Reading(
        feed=feed,
        fetched_at=found.fetched_at,
        outcome=Outcome.NOT_MODIFIED,
        validators=found.validators,
        http_status=304,
        moved_to=found.moved_to,
        next_due_at=next_due(found.fetched_at, feed.interval, found.headers, state.wishes),
        seconds=found.elapsed,
    )


def _read_document(feed: Feed, state: FeedState, found: Fetched, sandbox: Sandbox) -> Reading:
    reading = Reading(
        feed=feed,
        fetched_at=found.fetched_at,
        outcome=Outcome.NOT_MODIFIED,
        validators=found.validators,
        http_status=found.status,
        content_type=found.headers.get("content-type", ""),
        url=found.url,
        moved_to=found.moved_to,
        next_due_at=next_due(found.fetched_at, feed.interval, found.headers, state.wishes),
        seconds=found.elapsed,
    )
    if hashlib.sha256(found.body).hexdigest() == state.sha256:
        return reading
    try:
        read: Read | Failure = sandbox.call(read_document, found)
    except Overrun as overrun:
        read = Failure(stage="parse", subject=feed.name, kind="too_costly", detail=f"its document {overrun}")
    reading = replace(reading, content=found.body)
    if isinstance(read, Failure):
        due = next_try(found.fetched_at, feed.interval, state.failures)
        return replace(reading, outcome=Outcome.FAILED, failure=read, next_due_at=due)
    return replace(
        reading,
        outcome=Outcome.OK,
        articles=read.articles,
        entries=read.parsed.items,
        skipped=read.parsed.skipped,
        wishes=read.parsed.wishes,
        notes=read.parsed.notes if read.articles else (*read.parsed.notes, "it has no items"),
        next_due_at=next_due(found.fetched_at, feed.interval, found.headers, read.parsed.wishes),
    )


def read_document(fetched: Fetched) -> Read | Failure:
    """Read the bytes of a feed into articles. Pure; costly for hostile documents, so it runs in a child."""
    parsed = parse(fetched)
    if isinstance(parsed, Failure):
        return parsed
    articles: list[Article] = []
    skipped: list[Failure] = []
    for entry in parsed.entries:
        article = clean(entry, fetched_at=fetched.fetched_at)
        if article is not None:
            articles.append(article)
        elif is_wordless(entry):
            detail = f"{entry.link or entry.guid or 'an item'} has neither title nor text"
            skipped.append(Failure(stage="clean", subject=fetched.feed.name, kind="empty_item", detail=detail))
    parsed = replace(parsed, skipped=(*parsed.skipped, *skipped))
    return Read(articles=identify(articles, fetched.feed.url), parsed=parsed)


def _failed(feed: Feed, state: FeedState, failure: Failure, now: datetime) -> Reading:
    return Reading(
        feed=feed,
        fetched_at=now,
        outcome=Outcome.GONE if failure.kind == "gone" else Outcome.FAILED,
        failure=failure,
        http_status=failure.status,
        next_due_at=next_try(now, feed.interval, state.failures, failure.retry_after),
    )


def _count(collected: Collected, reading: Reading, saved: Saved) -> None:
    if reading.outcome is Outcome.NOT_DUE:
        collected.not_due += 1
        return
    collected.feeds += 1
    collected.read += reading.outcome in (Outcome.OK, Outcome.NOT_MODIFIED)
    collected.failed += reading.outcome in (Outcome.FAILED, Outcome.GONE)
    collected.gaps += saved.gap
    collected.skipped += len(reading.skipped)
    collected.new.extend(saved.new)
    collected.changed.extend(saved.changed)
