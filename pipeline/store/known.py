"""The rows as they were known at a moment of the past: the same resolution over what was known then.

Inside `as_known` temporary tables stand before those of the database under the same names, so every question that is
asked of this connection is answered as it would have been then. An article that was rewritten since keeps its new text.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pipeline.errors import UsageError
from pipeline.resolve.mentions import FAMILIES
from pipeline.store.links import relink
from pipeline.store.mentions import KNOWN
from pipeline.store.moments import write_moment
from pipeline.store.resolution import OWNED, settle

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from pipeline.resolve.mentions import Family
    from pipeline.store.database import Store

DERIVED = (
    "summits", "summit_steps", "summit_claims", "summit_participants", "summit_topics", "agreements", "agreement_steps",
    "agreement_claims", "agreement_parties", "agreement_topics", "summit_margins", "agreement_summits",
    "agreement_changes", "trails", "doubles",
)  # fmt: skip
MENTIONS = ("summit_mentions", "agreement_mentions")
SHADOWS = (*DERIVED, *MENTIONS, "corrections")


@contextmanager
def as_known(store: Store, as_of: datetime | int, *, only: tuple[Family, str] | None = None) -> Iterator[None]:
    """Answer questions as they would have been answered at a moment, or when the article with this row id was the last.

    `only` names one record for whose sake it is done; other rows that have changed since are then left out.
    """
    # Foreign keys do not reach from temporary tables into the database.
    store.conn.execute("PRAGMA foreign_keys = OFF")
    try:
        store.conn.execute("BEGIN")
        moment = _hide_later_articles(store, as_of)
        _shadow(store)
        _fill(store, moment, only)
        store.conn.execute("COMMIT")
        yield
    finally:
        if store.conn.in_transaction:
            store.conn.execute("ROLLBACK")
        for table in SHADOWS:
            store.conn.execute(f"DROP TABLE IF EXISTS temp.{table}")
        store.conn.execute("DROP VIEW IF EXISTS temp.articles")
        store.conn.execute("PRAGMA foreign_keys = ON")


def _hide_later_articles(store: Store, as_of: datetime | int) -> str:
    """Let `articles` be those known then; returns the moment."""
    if isinstance(as_of, int):
        moment = store.value(f"SELECT {KNOWN} FROM articles AS a WHERE id <= ? ORDER BY id DESC LIMIT 1", [as_of])
        if moment is None:
            raise UsageError(f"No article with a number up to {as_of} is known.")
        condition = f"a.id <= {as_of:d}"
    else:
        moment = write_moment(as_of)
        condition = f"{KNOWN} <= '{moment}'"
    store.conn.execute(f"CREATE TEMP VIEW articles AS SELECT a.* FROM main.articles AS a WHERE {condition}")
    return str(moment)


def _shadow(store: Store) -> None:
    for table in SHADOWS:
        made = store.value("SELECT sql FROM main.sqlite_master WHERE type = 'table' AND name = ?", [table])
        own = re.sub(r"\s+REFERENCES \w+\(\w+\)( ON DELETE (CASCADE|SET NULL))?", "", made)
        store.conn.execute(own.replace("CREATE TABLE", "CREATE TEMP TABLE", 1))
        for row in store.rows(
            "SELECT sql FROM main.sqlite_master WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL", [table]
        ):
            store.conn.execute(row["sql"].replace("CREATE INDEX ", "CREATE INDEX temp.", 1))


def _fill(store: Store, moment: str, only: tuple[Family, str] | None) -> None:
    store.conn.execute(
        "INSERT INTO temp.corrections SELECT id, action, family, record_id, field, value, person, reason, made_at, "
        "CASE WHEN undone_at <= :at THEN undone_at END FROM main.corrections WHERE made_at <= :at",
        {"at": moment},
    )
    store.conn.execute("INSERT INTO temp.trails SELECT * FROM main.trails WHERE at <= ?", [moment])
    touched: dict[Family, set[str]] = {}
    for family in FAMILIES:
        store.conn.execute(
            f"INSERT INTO temp.{family}_mentions SELECT m.* FROM main.{family}_mentions AS m "
            "JOIN temp.articles AS a ON a.id = m.article_id"
        )
        seeds = _changed_since(store, family, moment)
        _copy_unchanged(store, family)
        if only:
            seeds = _around(store, *only) & seeds if only[0] == family else set()
        touched[family], _ = settle(store, family, seeds, at=moment, made_by="")
        store.conn.execute(f"UPDATE temp.{family}s SET made_by = (SELECT max(made_by) FROM temp.{family}_mentions)")
    if not only:
        relink(store, touched)


def _changed_since(store: Store, family: Family, moment: str) -> set[int]:
    """List the mentions whose rows may have been others then, and take them off their rows."""
    store.conn.execute("DROP TABLE IF EXISTS temp.later")
    store.conn.execute(
        f"""
        CREATE TEMP TABLE later AS
        SELECT DISTINCT component FROM main.{family}_mentions AS m
        WHERE NOT EXISTS (SELECT 1 FROM temp.articles AS a WHERE a.id = m.article_id)
        UNION
        SELECT m.component FROM main.corrections AS c
        JOIN main.correction_anchors AS n ON n.correction_id = c.id
        JOIN main.{family}_mentions AS m ON m.article_id = n.article_id
        WHERE c.family = ? AND (c.made_at > ? OR c.undone_at > ?)
        """,
        [family, moment, moment],
    )
    seeds = {
        row["id"]
        for row in store.rows(
            f"SELECT id FROM temp.{family}_mentions WHERE component IN (SELECT component FROM temp.later)"
        )
    }
    store.conn.execute(
        f"UPDATE temp.{family}_mentions SET {family}_id = NULL WHERE component IN (SELECT component FROM temp.later)"
    )
    store.conn.execute("DROP TABLE temp.later")
    return seeds


def _copy_unchanged(store: Store, family: Family) -> None:
    kept = f"(SELECT {family}_id FROM temp.{family}_mentions WHERE {family}_id IS NOT NULL)"
    store.conn.execute(f"INSERT INTO temp.{family}s SELECT * FROM main.{family}s WHERE id IN {kept}")
    for table in OWNED[family]:
        store.conn.execute(f"INSERT INTO temp.{table} SELECT * FROM main.{table} WHERE {family}_id IN {kept}")
    store.conn.execute(
        f"INSERT INTO temp.doubles SELECT * FROM main.doubles WHERE family = '{family}' "
        f"AND one_id IN {kept} AND other_id IN {kept}"
    )


def _around(store: Store, family: Family, key: str) -> set[int]:
    """List the mentions that may have been of a record then."""
    return {
        row["id"]
        for row in store.rows(
            f"SELECT other.id FROM main.{family}_mentions AS own "
            f"JOIN main.{family}_mentions AS other USING (component) WHERE own.{family}_id = ?",
            [key],
        )
    }
