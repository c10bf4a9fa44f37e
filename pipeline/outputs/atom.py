"""Changes as an Atom feed (RFC 4287): the only door to feedgenerator."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipeline.digest.records import Digest
    from pipeline.outputs.letter import Desk

AUTHORITY = "svodka,2026"  # of the tag: addresses (RFC 4151); an id never changes


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry; its id stays the same for ever, `updated` moves with its status."""

    id: str
    title: str
    url: str | None
    updated: datetime  # aware
    summary: str  # HTML
    categories: tuple[str, ...] = ()


def write_atom(entries: Iterable[Entry], *, title: str, link: str, feed_url: str | None = None) -> bytes:
    """Write a feed, newest entry first; the same entries give the same bytes. What XML cannot hold is taken out."""
    from io import StringIO

    from feedgenerator import Atom1Feed

    from pipeline.digest.russian import clean

    listed = sorted(entries, key=lambda entry: (entry.updated, entry.id), reverse=True)
    newest = listed[0].updated if listed else datetime(1970, 1, 1, tzinfo=UTC)

    class Feed(Atom1Feed):  # type: ignore[misc]
        def latest_post_date(self) -> datetime:
            return newest

    feed = Feed(
        title=title, link=link, description="", language="ru", feed_url=feed_url, feed_guid=f"tag:{AUTHORITY}:{link}"
    )
    for entry in listed:
        feed.add_item(
            title=clean(entry.title),
            link=entry.url or link,
            description=clean(entry.summary),
            unique_id=f"tag:{AUTHORITY}:{entry.id}",
            updateddate=entry.updated,
            categories=[clean(category) for category in entry.categories],
        )
    written = StringIO()
    feed.write(written, "utf-8")
    return written.getvalue().encode()


def entries_of(digest: Digest, desk: Desk) -> list[Entry]:
    """Turn the changes of a digest into entries."""
    from html import escape

    from pipeline.outputs.letter import wording_of

    wording = wording_of(digest, desk)
    found = []
    for change in digest.changes:
        said = [wording.sides(change, limit=20), wording.topics(change)]
        said += [f"{wording.cite(source)} — {wording.medium(source)}" for source in change.sources]
        day = change.sources[0].published if change.sources else digest.ends
        url = change.sources[0].url if change.sources else None
        found.append(
            Entry(
                id=change.key,
                title=f"{wording.lead(change)} — {change.title}",
                url=desk.page(change.record, change.id) or url,
                updated=datetime.fromisoformat(f"{day}T00:00:00+00:00"),
                summary="<br>".join(escape(part) for part in said if part),
                categories=tuple(wording.topic_words.get(topic, topic) for topic in change.topics),
            ),
        )
    return found
