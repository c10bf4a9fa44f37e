"""What needs a person's eye: the saved queries of db/queries, which also run in any SQLite shell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline.errors import ConfigError

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from pipeline.store.database import Store

LOOKED_AT = (
    "coming", "overdue_meetings", "overdue_signings", "unratified", "contradicted", "partly_signed", "doubles",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A saved query: the name of its file, the first line of its comment, its text."""

    name: str
    title: str
    sql: str


def read_query(path: Path) -> Query:
    """Read a saved query; raise ConfigError when it does not begin with a comment that names it."""
    sql = path.read_text(encoding="utf-8")
    first = sql.partition("\n")[0]
    if not first.startswith("-- "):
        raise ConfigError(f"{path}:1: a saved query begins with a comment that says what it lists: -- Title")
    return Query(name=path.stem, title=first.removeprefix("-- ").strip(), sql=sql)


def read_queries(folder: Path) -> tuple[Query, ...]:
    """Read the queries that tell what needs a person's eye, in the order in which a person looks."""
    return tuple(read_query(folder / f"{name}.sql") for name in LOOKED_AT if (folder / f"{name}.sql").exists())


def ask(store: Store, query: Query, *, today: date) -> list[dict[str, Any]]:
    """Answer a saved query as of a day."""
    return store.rows(query.sql, {"today": today.isoformat()})
