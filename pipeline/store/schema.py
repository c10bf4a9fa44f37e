"""The schema as people read it: every table and view with its comment and its columns."""

from __future__ import annotations

import re
import sqlite3
from dataclasses import dataclass

from pipeline.settings import shipped

COMMENT = re.compile(r"--\s*(.+?)\s*$")
COLUMN = re.compile(r"^  (\w+) ([A-Z]+)\b(.*)$")
REFERENCE = re.compile(r"REFERENCES (\w+)")
INTERNAL = re.compile(r"_sqlite_.*|sqlite_.*|article_search_\w+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column: its type, the table it points to, what it holds."""

    name: str
    type: str = ""
    references: str | None = None
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table or view: what one row of it is, and its columns."""

    name: str
    kind: str  # table or view
    comment: str
    columns: tuple[Column, ...]


def read_schema() -> tuple[Table, ...]:
    """Read the schema as it is shipped, in the order in which it is made."""
    connection = sqlite3.connect(":memory:")
    try:
        connection.executescript(shipped("db/schema.sql").read_text(encoding="utf-8"))
        rows = connection.execute(
            "SELECT name, type, sql FROM sqlite_master WHERE type IN ('table', 'view') AND sql > '' ORDER BY rowid",
        ).fetchall()
        return tuple(
            _read_table(connection, name, kind, sql) for name, kind, sql in rows if not INTERNAL.fullmatch(name)
        )
    finally:
        connection.close()


def _read_table(connection: sqlite3.Connection, name: str, kind: str, sql: str) -> Table:
    said = {}
    comment = ""
    for line in sql.splitlines():
        words = COMMENT.search(line)
        column = COLUMN.match(line)
        if column and kind == "table":
            reference = REFERENCE.search(column[3])
            said[column[1]] = Column(
                name=column[1],
                type=column[2],
                references=reference[1] if reference else None,
                comment=words[1] if words else "",
            )
        elif words and not comment:
            comment = words[1]
    names = [row[1] for row in connection.execute("SELECT * FROM pragma_table_info(?)", [name])]
    return Table(
        name=name,
        kind=kind,
        comment=comment,
        columns=tuple(said.get(column) or Column(name=column) for column in names),
    )
