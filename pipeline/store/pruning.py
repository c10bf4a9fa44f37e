"""What may be deleted after a time: the bytes of fetched documents, old attempts, old runs."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from pipeline.store.moments import write_moment

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from pipeline.store.database import Store

# Table, the column that dates a row, and which rows must stay whatever their age.
PRUNED = (
    ("raw_documents", "fetched_at", "TRUE"),
    # The last attempt and the last good one tell how a feed does now.
    ("fetches", "fetched_at", "id NOT IN (SELECT max(id) FROM fetches GROUP BY feed_id, outcome)"),
    ("runs", "started_at", "id NOT IN (SELECT run_id FROM fetches WHERE run_id IS NOT NULL)"),
)


def prune(store: Store, *, now: datetime, days: Mapping[str, int], dry_run: bool = False) -> dict[str, int]:
    """Delete rows older than their days, a table a transaction; answers how many went, or would go."""
    gone = {}
    for table, column, free in PRUNED:
        which = f"{table} WHERE {column} < ? AND {free}"
        bound = [write_moment(now - timedelta(days=days[table]))]
        gone[table] = int(store.value(f"SELECT count(*) FROM {which}", bound))  # noqa: S608 - from the table above
        if not dry_run:
            with store.transaction():
                store.conn.execute(f"DELETE FROM {which}", bound)  # noqa: S608 - from the table above
    return gone
