"""How far each archive file has been imported."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.store.archive import Saved, save_articles
from pipeline.store.moments import write_moment

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pipeline.records import Article
    from pipeline.store.database import Store


def import_position(store: Store, source: str) -> int:
    """Tell the last line of an archive, named by its sha256, that is stored; 0 when none is."""
    return int(store.value("SELECT line FROM imports WHERE source = ?", [source]) or 0)


def save_import(store: Store, articles: Sequence[Article], *, source: str, line: int, now: datetime) -> Saved:
    """Store articles of an archive and the last line they came from, in one transaction."""
    with store.transaction():
        saved = save_articles(store, articles, now=now)
        store.conn.execute(
            "INSERT INTO imports (source, line, updated_at) VALUES (?, ?, ?) "
            "ON CONFLICT (source) DO UPDATE SET line = excluded.line, updated_at = excluded.updated_at",
            [source, line, write_moment(now)],
        )
    return saved
