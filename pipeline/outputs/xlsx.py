"""Tables as Excel workbooks: dates are dates, numbers are numbers, texts are never formulas; the door to xlsxwriter."""

from __future__ import annotations

import io
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipeline.outputs.tables import Table

MAX_CELL = 32_767  # characters, Excel's limit
MAX_ROWS = 1_048_575  # below the heading, Excel's limit
MAX_LINK = 2_079  # characters of a link, Excel's limit
MAX_LINKS = 65_530  # of one sheet, Excel's limit


def write_xlsx(table: Table) -> bytes:
    """Write a table as a workbook with a frozen heading and filters."""
    import xlsxwriter

    written = io.BytesIO()
    book = xlsxwriter.Workbook(
        written,
        {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False},
    )
    book.set_properties({"title": table.title, "created": datetime(2026, 1, 1)})  # noqa: DTZ001 - the same rows, the same bytes
    sheet = book.add_worksheet(table.title)
    heading = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    formats: dict[type, Any] = {
        date: book.add_format({"num_format": "dd.mm.yyyy", "align": "left"}),
        datetime: book.add_format({"num_format": "dd.mm.yyyy hh:mm", "align": "left"}),
    }
    for column, width in enumerate(table.widths):
        sheet.set_column(column, column, width)
    for column, title in enumerate(table.headings):
        sheet.write_string(0, column, title, heading)
    sheet.freeze_panes(1, 1)
    last = links = 0
    for number, row in enumerate(table.rows, start=1):
        if number > MAX_ROWS:
            break
        for column, cell in enumerate(row):
            links += _write(sheet, number, column, cell, formats, link=links < MAX_LINKS)
        last = number
    sheet.autofilter(0, 0, max(last, 1), len(table.headings) - 1)
    book.close()
    return written.getvalue()


def _write(sheet: Any, row: int, column: int, cell: object, formats: dict[type, Any], *, link: bool) -> int:  # noqa: ANN401 - xlsxwriter publishes no types
    if cell is None or cell == "":
        return 0
    if isinstance(cell, date):
        sheet.write_datetime(row, column, cell, formats[type(cell)])
    elif isinstance(cell, int | float):
        sheet.write_number(row, column, cell)
    elif link and str(cell).startswith(("http://", "https://")) and len(str(cell)) < MAX_LINK:
        sheet.write_url(row, column, str(cell))
        return 1
    else:
        sheet.write_string(row, column, str(cell)[:MAX_CELL])
    return 0
