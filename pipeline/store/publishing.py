"""The published copy: what analysts and Datasette open, without what is nobody else's business."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.addresses import hide_secrets

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path

    from pipeline.store.database import Store

# Addresses and tokens of people, and the pages of others byte for byte.
PRIVATE = ("deliveries", "subscribers", "alerts", "raw_documents")


def publish(store: Store, target: Path) -> None:
    """Write a copy without private tables' rows to `target`, which appears whole or not at all."""
    store.backup(target, change=_strip)


def _strip(copy: sqlite3.Connection) -> None:
    copy.execute("PRAGMA foreign_keys = OFF")
    copy.execute("PRAGMA secure_delete = ON")  # what is deleted must not be readable in the free pages
    known = {row[0] for row in copy.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    for table in PRIVATE:
        if table in known:
            copy.execute(f"DELETE FROM {table}")  # noqa: S608 - from the list above
    copy.create_function("hide_secrets", 1, lambda text: text and hide_secrets(text))
    copy.execute("UPDATE feeds SET url = hide_secrets(url), moved_to = hide_secrets(moved_to)")
    copy.execute("UPDATE fetches SET error = hide_secrets(error)")
    copy.execute("PRAGMA journal_mode = DELETE")  # a write-ahead log could not be opened where one may only read
    copy.execute("VACUUM")
    copy.execute("ANALYZE")
