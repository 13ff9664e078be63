"""A report as a workbook: a sheet for each table, written row by row to disk; a text is never a formula there."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import IO, TYPE_CHECKING, Any, Final

from seraphine_pos.domain.report import Report
from seraphine_pos.domain.store import Store
from sync_server.exports import wording
from sync_server.exports.sections import Kind, Section, sections

if TYPE_CHECKING:
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

CELL_MAX: Final = 1000
FIRST_COLUMN: Final = 34
OTHER_COLUMNS: Final = 14
THOUSANDTHS: Final = 3
OPTIONS: Final = {
    "constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
}  # fmt: skip
# What XML 1.0 cannot hold; a lone half of a pair stands for no letter.
_NO_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def write(report: Report, store: Store, names: Mapping[str, str], target: IO[bytes]) -> None:
    """Write the workbook into an open file."""
    from xlsxwriter import Workbook

    with Workbook(target, OPTIONS) as book:
        book.set_properties({"title": wording.title(report.data.query), "company": printable(store.name)})
        formats = _formats(book, store.currency.decimals)
        first, *others = sections(report, names)
        sheet = book.add_worksheet(first.title)
        row = _head(sheet, report, store, formats)
        _table(sheet, first, row, formats, store.currency.decimals)
        for section in others:
            _table(book.add_worksheet(section.title), section, 0, formats, store.currency.decimals)


def printable(text: str) -> str:
    """Return a text as a workbook can hold it."""
    return _NO_XML.sub("\ufffd", text)[:CELL_MAX]


def _formats(book: "Workbook", decimals: int) -> dict[Any, Any]:
    money = "#,##0." + "0" * decimals if decimals else "#,##0"
    return {
        "title": book.add_format({"bold": True, "font_size": 14}),
        "heading": book.add_format({"bold": True, "bottom": 1}),
        Kind.TEXT: book.add_format({"num_format": "@"}),
        Kind.COUNT: book.add_format({"num_format": "#,##0"}),
        Kind.QUANTITY: book.add_format({"num_format": "#,##0.###"}),
        Kind.MONEY: book.add_format({"num_format": money}),
    }


def _head(sheet: "Worksheet", report: Report, store: Store, formats: Mapping[Any, Any]) -> int:
    """Write what the report is of; return the row after it."""
    sheet.write_string(0, 0, printable(store.name), formats["title"])
    query = report.data.query
    said = [
        wording.title(query), f"Montants en {store.currency.code}", wording.period_before(query),
        *wording.completeness(report.data, store.time_zone),
    ]  # fmt: skip
    for row, words in enumerate(said, 1):
        sheet.write_string(row, 0, printable(words))
    return len(said) + 2


def _table(sheet: "Worksheet", section: Section, first: int, formats: Mapping[Any, Any], decimals: int) -> None:
    sheet.set_column(0, 0, FIRST_COLUMN)
    sheet.set_column(1, len(section.columns) - 1, OTHER_COLUMNS)
    for place, column in enumerate(section.columns):
        sheet.write_string(first, place, column.heading, formats["heading"])
    for row, cells in enumerate(section.rows, first + 1):
        for place, (column, value) in enumerate(zip(section.columns, cells, strict=True)):
            if isinstance(value, str):
                sheet.write_string(row, place, printable(value), formats[Kind.TEXT])
            else:
                sheet.write_number(row, place, _number(value, column.kind, decimals), formats[column.kind])


def _number(value: int, kind: Kind, decimals: int) -> Decimal:
    return Decimal(value).scaleb(-{Kind.QUANTITY: THOUSANDTHS, Kind.MONEY: decimals}.get(kind, 0))
