"""Tables as CSV that Russian Excel opens with a double click: UTF-8 with a byte order mark, semicolons, CRLF."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.outputs.tables import Cell, Table

# A spreadsheet takes a text that begins so for a formula (CWE-1236, OWASP ASVS 1.2.10); the last four are wide forms.
FORMULA = tuple("=+-@\t\r\n\0＝＋－＠")


def write_csv(table: Table) -> Iterator[bytes]:
    """Write a table line by line."""
    yield b"\xef\xbb\xbf"
    yield _line(table.headings)
    for row in table.rows:
        yield _line(tuple(map(as_text, row)))


def as_text(cell: Cell) -> str:
    """Write a cell as Russian Excel reads it: 24.11.2026, 3,14; a text that looks like a formula is disarmed by '."""
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return f"{cell:%d.%m.%Y %H:%M}"
    if isinstance(cell, date):
        return f"{cell:%d.%m.%Y}"
    if isinstance(cell, float):
        return f"{cell:f}".rstrip("0").rstrip(".").replace(".", ",")
    if isinstance(cell, int):
        return str(cell)
    return "'" + cell if cell.lstrip(" \u00a0").startswith(FORMULA) else cell


def _line(cells: tuple[str, ...]) -> bytes:
    written = io.StringIO()
    csv.writer(written, delimiter=";", lineterminator="\r\n").writerow(cells)
    return written.getvalue().encode("utf-8", "replace")
