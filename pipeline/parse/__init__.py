"""Documents of feeds become entries: bytes of RSS, Atom, RDF or JSON Feed in, `Parsed` or a Failure out. Pure.

decode → prepare → items → entries
"""

from __future__ import annotations

import gzip
import io
import json
import re
import zlib
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from pipeline.addresses import safe_url
from pipeline.pace import DAYS, Wishes
from pipeline.parse.dates import read_date
from pipeline.parse.decode import decode, is_readable, undo_mojibake
from pipeline.parse.items import MAX_CATEGORIES, Item, read_items
from pipeline.parse.prepare import Refused, prepare, unwrap_cdata
from pipeline.records import Entry, Failure

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipeline.parse.items import Channel
    from pipeline.records import Fetched

MAX_UNPACKED = 20_000_000  # bytes of a document that arrives compressed inside its compression
MAX_ITEMS = 5_000
MAX_GUID = 1000  # characters
MAX_NAME = 200  # characters of an author or a category


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """What a feed document says."""

    entries: tuple[Entry, ...]
    skipped: tuple[Failure, ...] = ()
    wishes: Wishes = Wishes()  # noqa: RUF009 - frozen
    title: str = ""
    site: str | None = None  # the address of the site whose feed it is
    encoding: str = ""
    kind: str = ""  # rss, feed (Atom), rdf or json
    items: int = 0  # that stand in the document
    notes: tuple[str, ...] = ()  # oddities a person may want to know of


def parse(fetched: Fetched) -> Parsed | Failure:
    """Read a feed document; a Failure where it is none, an attack, or not readable by a person."""
    content = _unpack(fetched.body)
    if content is None:
        return _failure(fetched, "too_large", f"longer than {MAX_UNPACKED} bytes when decompressed, or damaged")
    if content.lstrip()[:1] in (b"{", b"["):
        return _parse_json(fetched, content)
    decoded = decode(content, fetched.headers.get("content-type", ""))
    text = prepare(decoded.text)
    if isinstance(text, Refused):
        return _failure(fetched, text.kind, text.detail)
    if not decoded.readable:
        return _failure(fetched, "mojibake", "its letters were garbled before it was sent, beyond repair")
    notes = ["its letters were garbled before it was sent; repaired"] if decoded.repaired else []
    return _parse_xml(fetched, text, decoded.encoding, notes)


def _parse_xml(fetched: Fetched, text: str, encoding: str, notes: list[str]) -> Parsed | Failure:
    channel, items, well_formed = read_items(text.encode("utf-8"), fetched.url)
    site = safe_url(channel.first("link:alternate", "link"), fetched.url)
    entries, skipped = _entries(fetched, items, site or fetched.url)
    if not well_formed:
        notes.append("not well-formed XML; read as far as possible")
    if len(items) > MAX_ITEMS:
        notes.append(f"{len(items)} items, of which the first {MAX_ITEMS} were read")
    if not _are_readable(entries):
        entries = tuple(map(_repaired, entries))
        notes.append("letters of its items were garbled before it was sent; repaired")
        if not _are_readable(entries):
            return _failure(fetched, "mojibake", f"its titles are garbled: {entries[0].title[:60]!r}")
    return Parsed(
        entries=entries,
        skipped=skipped,
        wishes=_wishes(channel),
        title=channel.first("title")[:MAX_NAME],
        site=site,
        encoding=encoding,
        kind=(ROOT_NAME.search(text) or {1: ""})[1].lower(),
        items=len(items),
        notes=tuple(notes),
    )


def _are_readable(entries: Iterable[Entry]) -> bool:
    return is_readable("\n".join(entry.title or entry.summary for entry in entries))


def _repaired(entry: Entry) -> Entry:
    def repair(text: str) -> str:
        return undo_mojibake(text) or text

    return replace(entry, title=repair(entry.title), summary=repair(entry.summary), content=repair(entry.content))


def _entries(fetched: Fetched, items: Iterable[Item], site: str) -> tuple[tuple[Entry, ...], tuple[Failure, ...]]:
    entries: list[Entry] = []
    skipped: list[Failure] = []
    for number, item in enumerate(islice(items, MAX_ITEMS), start=1):
        entry = _entry(fetched, item, site)
        if entry is not None:
            entries.append(entry)
        elif not item.nested:
            skipped.append(_failure(fetched, "empty_item", f"item {number} holds nothing"))
    return tuple(entries), tuple(skipped)


def _entry(fetched: Fetched, item: Item, site: str) -> Entry | None:
    title, summary = unwrap_cdata(item.title), unwrap_cdata(item.summary)
    content = max(map(unwrap_cdata, item.texts), key=len, default="")
    if not (title or summary or content or item.links or item.guid):
        return None
    base = safe_url(item.base, site) if item.base else site
    dated = read_date(item.date[:MAX_NAME], fetched.feed.timezone, fetched.fetched_at)
    links = item.links or ((item.guid,) if item.permalink and item.guid.startswith("http") else ())
    return Entry(
        feed=fetched.feed,
        guid=item.guid[:MAX_GUID] or None,
        link=next((found for link in links if (found := safe_url(link, base or site))), None),
        title=title,
        summary=summary,
        content=content,
        published_raw=item.date[:MAX_NAME],
        published_at=dated.moment,
        published_guessed=dated.guessed,
        author=unwrap_cdata(item.author)[:MAX_NAME],
        categories=tuple(dict.fromkeys(unwrap_cdata(name)[:MAX_NAME] for name in item.categories if name)),
    )


def _wishes(channel: Channel) -> Wishes:
    ttl = channel.first("ttl")
    period = channel.first("updateperiod").lower()
    frequency = channel.first("updatefrequency")
    minutes = int(ttl) if re.fullmatch(r"\d{1,5}", ttl) else 0
    if not minutes and period in PERIODS:
        minutes = PERIODS[period] // max(1, int(frequency) if re.fullmatch(r"\d{1,3}", frequency) else 1)
    hours = {int(text) % 24 for text in channel.texts.get("skiphours", ()) if re.fullmatch(r"\d{1,2}", text)}
    days = {text.lower() for text in channel.texts.get("skipdays", ())} & set(DAYS)
    return Wishes(ttl=minutes, skip_hours=tuple(sorted(hours)), skip_days=tuple(sorted(days, key=DAYS.index)))


ROOT_NAME = re.compile(r"<(?:[\w.-]+:)?(rss|feed|rdf)\b", re.IGNORECASE)
PERIODS = {"hourly": 60, "daily": 24 * 60, "weekly": 7 * 24 * 60}


def _unpack(content: bytes) -> bytes | None:
    """Undo a compression that the server did not declare; None where the result is too large or damaged."""
    if not content.startswith(b"\x1f\x8b"):
        return content
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as file:
            unpacked = file.read(MAX_UNPACKED + 1)
    except (OSError, EOFError, zlib.error):
        return None
    return unpacked if len(unpacked) <= MAX_UNPACKED else None


def _parse_json(fetched: Fetched, content: bytes) -> Parsed | Failure:
    """Read a JSON Feed (jsonfeed.org, version 1 and 1.1)."""
    try:
        found = json.loads(decode(content).text)
    except (ValueError, RecursionError):
        found = None
    items = found.get("items") if isinstance(found, dict) else None
    if not isinstance(items, list) or "jsonfeed.org" not in str(found.get("version", "")):
        return _failure(fetched, "not_a_feed", "it answered with JSON that is no JSON Feed")
    site = safe_url(str(found.get("home_page_url") or ""), fetched.url)
    entries, skipped = _entries(fetched, map(_json_item, items), site or fetched.url)
    return Parsed(
        entries=entries,
        skipped=skipped,
        title=str(found.get("title") or "")[:MAX_NAME],
        site=site,
        encoding="utf-8",
        kind="json",
        items=len(items),
    )


def _json_item(found: Any) -> Item:  # noqa: ANN401 - any JSON
    item = found if isinstance(found, dict) else {}

    def text(name: str) -> str:
        value = item.get(name)
        return value.strip() if isinstance(value, str) else ""

    authors = item.get("authors") or [item.get("author")]
    names = [author.get("name") for author in authors if isinstance(author, dict)] if isinstance(authors, list) else []
    tags = item.get("tags")
    return Item(
        title=text("title"),
        links=tuple(link for link in (text("url"), text("external_url")) if link),
        guid=str(item.get("id") or ""),
        date=text("date_published") or text("date_modified"),
        summary=text("summary"),
        texts=(text("content_html") or text("content_text"),),
        author=", ".join(str(name) for name in names if name),
        categories=tuple(map(str, tags[:MAX_CATEGORIES])) if isinstance(tags, list) else (),
    )


def _failure(fetched: Fetched, kind: str, detail: str) -> Failure:
    return Failure(stage="parse", subject=fetched.feed.name, kind=kind, detail=detail, status=fetched.status)
