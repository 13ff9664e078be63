"""Rows as CSV that a spreadsheet set to French opens at once: semicolons, decimal commas, UTF-8 with its mark."""

import csv
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from io import StringIO
from zoneinfo import ZoneInfo

from seraphine_pos.domain.cell import harmless
from seraphine_pos.domain.clock import CALENDAR_END_MS
from seraphine_pos.domain.money import written
from seraphine_pos.domain.report_csv import FOR_PEOPLE

# A spreadsheet would not know UTF-8 without it.
MARK = "\ufeff"


class Figure(str):
    """A number as it is written in a cell: it stays a number there, below zero too."""

    __slots__ = ()


def figure(value: int, decimals: int) -> Figure:
    """Return a number of minor units as a cell holds it."""
    return Figure(written(value, decimals, mark=FOR_PEOPLE.mark, group=""))


def moment(at_ms: int, zone: ZoneInfo) -> str:
    """Return a moment as the shop's clock showed it, empty for one that is in no calendar."""
    if not 0 <= at_ms < CALENDAR_END_MS:
        return ""
    return datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")


def block(rows: Iterable[Sequence[str | int]]) -> str:
    """Return rows as CSV with CRLF line ends; a text is never a formula."""
    out = StringIO()
    writer = csv.writer(out, delimiter=FOR_PEOPLE.delimiter)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return out.getvalue()


def _cell(value: str | int) -> str | int:
    return value if isinstance(value, int | Figure) else harmless(value)
