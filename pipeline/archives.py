"""Archives: JSON Lines of documents into the store, a chunk a transaction, so that an import can be resumed."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, BinaryIO, cast

from pipeline.documents import Refused, read_documents
from pipeline.records import Article, Document
from pipeline.store.imports import import_position, save_import

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pipeline.records import Failure
    from pipeline.store import Store

CHUNK = 500  # lines stored in one transaction
GZIP_MAGIC = b"\x1f\x8b"


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What the import of one file came to."""

    lines: int  # read now
    skipped: int  # lines stored by an earlier import of the same file
    new: int
    changed: int
    refused: tuple[Failure, ...]


def import_documents(store: Store, path: Path, *, now: datetime, progress: Callable[[int], None]) -> Imported:
    """Store the documents of a JSON Lines file (plain or gzip) as articles, from where an earlier import stopped.

    Raises OSError when the file cannot be read. A bad line is told and passed over.
    """
    source = digest(path)
    done = import_position(store, source)
    lines = new = changed = 0
    refused: list[Failure] = []
    with open_archive(path) as file:
        walk = read_documents(file, name=path.name)
        todo = (found for found in walk if found[0] > done)
        while chunk := list(islice(todo, CHUNK)):
            articles = [as_article(found) for _, found in chunk if isinstance(found, Document)]
            refused += [found.failure for _, found in chunk if isinstance(found, Refused)]
            saved = save_import(store, articles, source=source, line=chunk[-1][0], now=now)
            lines, new, changed = lines + len(chunk), new + len(saved.new), changed + len(saved.changed)
            progress(len(chunk))
    return Imported(lines=lines, skipped=done, new=new, changed=changed, refused=tuple(refused))


def open_archive(path: Path) -> BinaryIO:
    """Open a file for reading, unpacked if it is packed with gzip."""
    with path.open("rb") as file:
        packed = file.read(len(GZIP_MAGIC)) == GZIP_MAGIC
    return cast("BinaryIO", gzip.open(path, "rb")) if packed else path.open("rb")


def digest(path: Path) -> str:
    """Name a file by its content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def as_article(document: Document) -> Article:
    """Make an article of a document; one without an address is known by its id."""
    published = datetime.fromisoformat(document.published)
    source = document.extra.get("source")
    return Article(
        url=document.url or f"urn:svodka:{document.id}",
        link=document.url,
        guid=document.id,
        title=document.title or "",
        text=document.text,
        published_at=published if published.tzinfo else published.replace(tzinfo=UTC),
        published_guessed=False,
        language="ru",
        feed=None,
        text_from="import",
        outlet=source if isinstance(source, str) else "",
    )
