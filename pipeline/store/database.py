"""The SQLite file: opening, checking, locking, transactions and safe copies."""

from __future__ import annotations

import fcntl
import os
import shutil
import sqlite3
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from pipeline.errors import BusyError, StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sqlite_utils import Database

BUSY_TIMEOUT = 30.0  # seconds a writer waits for another program's short transaction
APPLICATION_ID = 0x73766F64  # "svod"
SCHEMA = ("m001_initial",)  # the names of all migrations; a test compares them
PAGE_SIZE = 8192  # bytes
ROOM = 16 * 2**20  # bytes free below which no run starts: a large feed and its place in the log
SQLITE_MAGIC = b"SQLite format 3\x00"
# Ranges with the fault that can corrupt a WAL database on reset (sqlite.org/wal.html); fixed in 3.51.3 and back-ported.
WAL_FAULT_FIXED = ((3, 44, 6), (3, 50, 7), (3, 51, 3))


class Store:
    """An open database; `db` is its sqlite-utils face, `conn` the connection in autocommit mode."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self.conn = connection
        self.path = path

    @cached_property
    def db(self) -> Database:
        """Give the sqlite-utils face; imported when it is needed: reading alone must start at once."""
        from sqlite_utils import Database

        return Database(self.conn)

    @classmethod
    def open(cls, path: Path, *, create: bool = True) -> Self:
        """Open a database for writing, made or brought to the newest schema first; raise StoreError if that fails."""
        _refuse_strangers(path, create=create)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            connection = _connect(f"{path.absolute().as_uri()}?mode={'rwc' if create else 'rw'}")
            store = cls(connection, path)
            with store.closed_on_failure():
                _prepare(store)
        except sqlite3.Error as error:
            raise StoreError(_advice(path, error)) from error
        except OSError as error:
            raise StoreError(f"Cannot use {path}: {error.strerror}. Choose another place with --db.") from error
        return store

    @classmethod
    def read(cls, path: Path) -> Self:
        """Open a database for reading only; raise StoreError where there is none."""
        _refuse_strangers(path, create=False)
        try:
            connection = _connect(f"{path.absolute().as_uri()}?mode=ro")
            store = cls(connection, path)
            with store.closed_on_failure():
                _check_schema(store, writing=False)
        except sqlite3.Error as error:
            raise StoreError(_advice(path, error)) from error
        return store

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self.conn.close()

    @contextmanager
    def closed_on_failure(self) -> Iterator[None]:
        """Close the connection when what is done inside fails; raise StoreError when SQLite refused it."""
        try:
            with reported(self.path):
                yield
        except BaseException:
            self.close()
            raise

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Run one unit of work: all of it is stored, or nothing; raise StoreError when SQLite or the disk refuses."""
        if self.conn.in_transaction:
            yield
            return
        with reported(self.path):
            self.conn.execute("BEGIN IMMEDIATE")
            try:
                yield
                self.conn.execute("COMMIT")
            except BaseException:
                self._roll_back()
                raise

    def _roll_back(self) -> None:
        if self.conn.in_transaction:  # SQLite rolls back by itself when the disk is full
            self.conn.execute("ROLLBACK")

    def rows(self, sql: str, parameters: Sequence[object] | dict[str, object] = ()) -> list[dict[str, Any]]:
        """Answer a query as a list of dicts."""
        with reported(self.path):
            cursor = self.conn.execute(sql, parameters)
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor]

    def value(self, sql: str, parameters: Sequence[object] | dict[str, object] = ()) -> Any:  # noqa: ANN401 - any column
        """Answer the first column of the first row of a query, or None."""
        with reported(self.path):
            row = self.conn.execute(sql, parameters).fetchone()
        return row[0] if row else None

    def refuse_damage(self) -> None:
        """Look through the structure of all pages, about a second a gigabyte; raise StoreError if it is damaged."""
        verdict = self.value("PRAGMA quick_check(1)")
        if verdict != "ok":
            raise StoreError(
                f"{self.path} is damaged ({verdict}); nothing was written. Keep a copy of it and put the last backup "
                "in its place with `svodka restore`."
            )

    def backup(self, target: Path, *, change: Callable[[sqlite3.Connection], None] | None = None) -> None:
        """Write a checked copy to `target`, which appears whole or not at all; `change` may alter the copy first."""
        part = target.with_name(target.name + ".part")
        part.unlink(missing_ok=True)
        try:
            with reported(target):
                self.conn.execute("VACUUM INTO ?", [str(part)])
                copy = sqlite3.connect(part, isolation_level=None)
                try:
                    if change:
                        change(copy)
                    verdict = copy.execute("PRAGMA integrity_check").fetchone()[0]
                finally:
                    copy.close()
            if verdict != "ok":
                raise StoreError(f"The copy of {self.path} is damaged ({verdict}); {target} was not touched.")
            with part.open("rb") as written:
                os.fsync(written.fileno())
            part.replace(target)
        except OSError as error:
            raise StoreError(f"Cannot write {target}: {error.strerror}.") from error
        finally:
            part.unlink(missing_ok=True)


@contextmanager
def lock(path: Path) -> Iterator[None]:
    """Hold the database at `path` for one run; raise BusyError at once when another run holds it.

    The kernel frees the lock when its holder dies, so no stale lock is ever left.
    """
    place = path.with_name(path.name + ".lock")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        handle = place.open("a")
    except OSError as error:
        raise StoreError(f"Cannot lock {path}: {error.strerror}. Choose another place with --db.") from error
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise BusyError(f"Another run works on {path}; this one changed nothing.") from error
        yield


def free_space(path: Path) -> tuple[int, Path]:
    """Tell how many bytes a database at `path` may still take, and the folder, there already, that was asked."""
    folder = next(folder for folder in path.absolute().parents if folder.exists())
    return shutil.disk_usage(folder).free, folder


def refuse_full_disk(path: Path) -> None:
    """Raise StoreError where a database at `path` has no room to grow, before a run has begun anything."""
    free, folder = free_space(path)
    if free < ROOM:
        raise StoreError(
            f"Only {free / 2**20:.1f} MiB are free at {folder} and a run needs {ROOM // 2**20}; nothing was changed. "
            "Make room there, or choose another place with --db."
        )


@contextmanager
def reported(path: Path) -> Iterator[None]:
    """Turn what SQLite raises inside into a StoreError that says what to do."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        raise StoreError(_advice(path, error)) from error


def wal_fault(version: tuple[int, ...] = sqlite3.sqlite_version_info) -> bool:
    """Tell whether this SQLite has the known fault in resetting a write-ahead log."""
    return not any(version[:2] == fixed[:2] and version >= fixed for fixed in WAL_FAULT_FIXED) and version < (3, 51, 3)


def _connect(uri: str) -> sqlite3.Connection:
    connection = sqlite3.connect(uri, uri=True, isolation_level=None, timeout=BUSY_TIMEOUT)
    try:
        for pragma in ("foreign_keys = ON", "trusted_schema = OFF", "cell_size_check = ON", "mmap_size = 0"):
            connection.execute(f"PRAGMA {pragma}")
    except BaseException:
        connection.close()
        raise
    return connection


def _prepare(store: Store) -> None:
    _check_schema(store, writing=True)
    # An article is about 2.5 kB: pages of 4 kB, SQLite's default, would hold one each and waste a third of the file.
    store.conn.execute(f"PRAGMA page_size = {PAGE_SIZE}")  # without effect once the file has content
    # What was acknowledged (an ETag sent back, a letter sent) must survive a power cut: WAL needs FULL for that.
    for pragma in ("journal_mode = WAL", "synchronous = FULL"):
        store.conn.execute(f"PRAGMA {pragma}")
    from pipeline.migrations import migrations

    if migrations.pending(store.db):
        if applied := migrations.applied(store.db):
            # What a faulty change of the schema would spoil can be put back with `svodka restore`.
            store.backup(store.path.with_name(f"{store.path.name}.before-{applied[-1].name}"))
        store.conn.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        migrations.apply(store.db)


def _check_schema(store: Store, *, writing: bool) -> None:
    tables = store.value("SELECT count(*) FROM sqlite_master")
    mark = store.value("PRAGMA application_id")
    if tables and mark != APPLICATION_ID:
        raise StoreError(f"{store.path} is a database of another program. Choose another file with --db.")
    applied = _applied(store)
    if unknown := applied - set(SCHEMA):
        raise StoreError(
            f"{store.path} was written by a newer svodka (schema {max(unknown)}). Update svodka; nothing was changed.",
        )
    if not writing and set(SCHEMA) - applied:
        raise StoreError(f"{store.path} has an older schema. Run `svodka run` or `svodka doctor` once to update it.")


def _applied(store: Store) -> set[str]:
    if not store.value("SELECT 1 FROM sqlite_master WHERE name = '_sqlite_migrations'"):
        return set()
    rows = store.rows("SELECT name FROM _sqlite_migrations WHERE migration_set = 'svodka'")
    return {row["name"] for row in rows}


def _refuse_strangers(path: Path, *, create: bool) -> None:
    try:
        with path.open("rb") as file:
            head = file.read(len(SQLITE_MAGIC))
    except FileNotFoundError:
        if create:
            return
        raise StoreError(f"There is no database at {path}. `svodka run` makes one; --db names another.") from None
    except OSError as error:
        raise StoreError(f"Cannot read {path}: {error.strerror}. Choose another file with --db.") from error
    if head and head != SQLITE_MAGIC:
        raise StoreError(f"{path} is not an SQLite database. It was left as it is; choose another file with --db.")


def _advice(path: Path, error: sqlite3.Error) -> str:
    words = str(error)
    if "readonly" in words or "read-only" in words:
        return f"{path} cannot be written: it or its folder is read-only. Mend the permissions or choose --db."
    if "full" in words or "disk I/O" in words:
        return f"The disk refused to store {path} ({words}). Free some space and run again; what was stored is safe."
    if "locked" in words or "busy" in words:
        return f"Another program holds {path} ({words}). Close it and run again; nothing was changed."
    if "malformed" in words or "not a database" in words or "corrupt" in words:
        return f"{path} is damaged ({words}). Keep a copy of it and restore the last backup."
    if "unable to open" in words:
        return f"Cannot open {path}. Check that its folder exists and can be written, or choose --db."
    return f"{path}: {words}."


def file_size(path: Path) -> int:
    """Tell the size of a database with its log, in bytes."""
    return sum(Path(part).stat().st_size for part in (path, f"{path}-wal", f"{path}-shm") if Path(part).exists())
