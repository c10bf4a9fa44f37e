"""Archives into the store: JSON Lines, Parquet and saved feed documents, in folders too.

A file is stored a chunk a transaction, together with the line that it came to, so that an import can be stopped
anywhere and gone on with; the same file again adds nothing.
"""

from __future__ import annotations

import gzip
import hashlib
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from pipeline.batches import batches
from pipeline.clean import language_of
from pipeline.documents import Refused, read_documents, read_object
from pipeline.errors import UsageError
from pipeline.records import Article, Document, Failure, Feed, Fetched, Validators
from pipeline.store.imports import import_position, save_import

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from pipeline.sandbox import Sandbox
    from pipeline.store import Store

    Numbered = tuple[int, Document | Refused]

CHUNK = 500  # documents stored in one transaction …
CHUNK_CHARACTERS = 10_000_000  # … and so many characters: texts of megabytes must not stand in memory by the hundred
GZIP_MAGIC = b"\x1f\x8b"
PARQUET_MAGIC = b"PAR1"
HEAD = 2000  # bytes that tell what a file is
LARGEST_FEED = 10 * 2**20  # bytes of a saved feed document that are read


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What the import of one file came to."""

    lines: int  # read now
    skipped: int  # lines stored by an earlier import of the same file
    new: int
    changed: int
    refused: tuple[Failure, ...]


def archive_files(paths: Iterable[Path]) -> list[Path]:
    """List the files to import: those named, and all inside the folders named, in the order of their paths."""
    return [
        file
        for path in paths
        for file in (sorted(one for one in path.rglob("*") if one.is_file()) if path.is_dir() else [path])
    ]


def import_file(
    store: Store,
    path: Path,
    *,
    now: datetime,
    sandbox: Sandbox,
    progress: Callable[[int], None],
) -> Imported:
    """Store what one archive file holds, from where an earlier import stopped; a bad line is told and passed over.

    Raises OSError when the file cannot be read, UsageError when its format needs a package that is not installed.
    """
    source = digest(path)
    done = import_position(store, source)
    if is_feed(path):
        return _import_feed(store, path, now=now, sandbox=sandbox, source=source, done=done)
    lines = new = changed = 0
    refused: list[Failure] = []
    with _documents(path) as walk:
        todo = (found for found in walk if found[0] > done)
        for chunk in batches(todo, _length, count=CHUNK, characters=CHUNK_CHARACTERS):
            articles = [as_article(found) for _, found in chunk if isinstance(found, Document)]
            refused += [found.failure for _, found in chunk if isinstance(found, Refused)]
            saved = save_import(store, articles, source=source, line=chunk[-1][0], now=now)
            lines, new, changed = lines + len(chunk), new + len(saved.new), changed + len(saved.changed)
            progress(len(chunk))
    return Imported(lines=lines, skipped=done, new=new, changed=changed, refused=tuple(refused))


def _length(found: Numbered) -> int:
    return len(found[1].text) if isinstance(found[1], Document) else 0


def _import_feed(store: Store, path: Path, *, now: datetime, sandbox: Sandbox, source: str, done: int) -> Imported:
    from pipeline.collect import read_document
    from pipeline.sandbox import Overrun

    if done:
        return Imported(lines=0, skipped=done, new=0, changed=0, refused=())
    try:
        with open_archive(path) as file:
            content = file.read(LARGEST_FEED + 1)
        if len(content) > LARGEST_FEED:
            return _refused_feed(path, f"it is larger than {LARGEST_FEED // 2**20} MiB")
        fetched = Fetched(
            feed=Feed(name=path.name, url=f"https://saved.invalid/{path.name}"),
            url=f"https://saved.invalid/{path.name}",
            status=200,
            headers={},
            body=content,
            validators=Validators(),
            fetched_at=now,
        )
        read = sandbox.call(read_document, fetched)
    except Overrun as overrun:
        return _refused_feed(path, f"it {overrun}")
    if isinstance(read, Failure):
        return _refused_feed(path, read.detail)
    articles = [replace(article, feed=None) for article in read.articles]
    saved = save_import(store, articles, source=source, line=1, now=now)
    return Imported(
        lines=read.parsed.items,
        skipped=0,
        new=len(saved.new),
        changed=len(saved.changed),
        refused=read.parsed.skipped,
    )


def _refused_feed(path: Path, why: str) -> Imported:
    failure = Failure(stage="import", subject=path.name, kind="not_a_feed", detail=why)
    return Imported(lines=0, skipped=0, new=0, changed=0, refused=(failure,))


def is_feed(path: Path) -> bool:
    """Tell a saved feed document from an archive of documents by its first bytes."""
    with open_archive(path) as file:
        head = file.read(HEAD).lstrip(b"\xef\xbb\xbf \t\r\n")
    return not head.startswith((b"{", PARQUET_MAGIC)) or b"jsonfeed.org/version" in head


@contextmanager
def _documents(path: Path) -> Iterator[Iterator[Numbered]]:
    with open_archive(path) as file:
        if file.read(len(PARQUET_MAGIC)) == PARQUET_MAGIC:
            yield _read_parquet(path)
        else:
            file.seek(0)
            yield read_documents(file, name=path.name)


def _read_parquet(path: Path) -> Iterator[Numbered]:
    try:
        from pyarrow.parquet import ParquetFile
    except ImportError:
        raise UsageError(f"{path} is Parquet, which needs pyarrow. Install svodka[parquet].") from None
    number = 0
    for batch in ParquetFile(path).iter_batches(batch_size=CHUNK):
        for row in batch.to_pylist():
            number += 1
            yield number, read_object({name: _plain(value) for name, value in row.items()}, number, path.name)


def _plain(value: Any) -> Any:  # noqa: ANN401 - any cell of a table
    return value.isoformat() if isinstance(value, date) else value


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
    link = storable(document.url) if document.url else None
    key = storable(document.id)
    return Article(
        url=link or f"urn:svodka:{key}",
        link=link,
        guid=key,
        title=storable(document.title or ""),
        text=storable(document.text),
        published_at=published if published.tzinfo else published.replace(tzinfo=UTC),
        published_guessed=False,
        language=language_of(document.text, "ru"),
        feed=None,
        text_from="import",
        outlet=storable(source) if isinstance(source, str) else "",
    )


def storable(text: str) -> str:
    """Put U+FFFD for what SQLite cannot hold: lone surrogates, and NUL, at which its length() stops."""
    joined = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return joined.replace("\0", "\ufffd")
