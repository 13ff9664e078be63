"""A report: which days are asked for, the cells that answer, and the figures a person reads.

Both sides shape their own cells here; where the cells come from is not known.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Final

from seraphine_pos.domain import rollup
from seraphine_pos.domain.refusal import InvalidPeriod
from seraphine_pos.domain.rollup import Delta

STORE: Final = "store"
THIS_TILL: Final = "till"
TOP_SELLERS_MAX: Final = 50
DAYS_MAX: Final = 3660


@dataclass(frozen=True, slots=True)
class ReportQuery:
    """Business days from ``start`` to ``end``, both included, as YYYY-MM-DD; all tills or one."""

    start: str
    end: str
    till_id: str | None = None

    def __post_init__(self) -> None:
        """Refuse days that are none, in the wrong order, or more than ten years of them."""
        try:
            written = (date.fromisoformat(self.start).isoformat(), date.fromisoformat(self.end).isoformat())
            possible = written == (self.start, self.end) and 0 < self.days <= DAYS_MAX
        except ValueError:
            possible = False
        if not possible:
            raise InvalidPeriod(start=self.start[:40], end=self.end[:40])

    @property
    def days(self) -> int:
        """Return how many days are asked for."""
        return (date.fromisoformat(self.end) - date.fromisoformat(self.start)).days + 1

    def previous(self) -> "ReportQuery":
        """Return the period of the same length just before."""
        first = date.fromisoformat(self.start)
        try:
            start, end = first - timedelta(days=self.days), first - timedelta(days=1)
        except OverflowError:
            raise InvalidPeriod(start=self.start, end=self.end) from None
        return ReportQuery(start.isoformat(), end.isoformat(), self.till_id)


@dataclass(frozen=True, slots=True)
class TillState:
    """Up to when a till's entries are in a report: Unix ms of its last entry, None for none yet."""

    till_id: str
    label: str
    through_ms: int | None
    waiting: int = 0


@dataclass(frozen=True, slots=True)
class ReportData:
    """The cells of a period and of the one before it, and how complete they are.

    ``cells`` of the facet ``total`` keep their day; those of the other facets are added up over
    the period and have an empty day. ``source`` is ``store`` or ``till``; ``not_included`` counts
    entries in quarantine, whatever their day.
    """

    query: ReportQuery
    source: str
    cells: tuple[Delta, ...]
    previous: tuple[Delta, ...]
    tills: tuple[TillState, ...]
    not_included: int = 0

    @property
    def at_least(self) -> bool:
        """Tell whether sales and refunds are at least what the cells say, and may be more."""
        return self.not_included > 0


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of one period, day or row; money in minor units, quantity in thousandths."""

    sales: int = 0
    refunds: int = 0
    quantity: int = 0
    gross: int = 0
    refunded: int = 0
    tax: int = 0

    @property
    def net(self) -> int:
        """Return sales less refunds."""
        return self.gross - self.refunded

    @property
    def average(self) -> int:
        """Return gross sales per ticket, rounded down to a minor unit; 0 without tickets."""
        return self.gross // self.sales if self.sales else 0


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table: the figures of a key now and in the period before."""

    key: str
    label: str
    now: Figures
    before: Figures


@dataclass(frozen=True, slots=True)
class Report:
    """What a person reads: figures, series and tables, each beside the period before."""

    data: ReportData
    total: Figures
    before: Figures
    by_day: tuple[Row, ...]
    by_hour: tuple[Row, ...]
    by_tender: tuple[Row, ...]
    by_operator: tuple[Row, ...]
    by_tax: tuple[Row, ...]
    products: tuple[Row, ...]


def condense(cells: Iterable[Delta]) -> tuple[Delta, ...]:
    """Add cells up over days and tills as ReportData wants them."""
    return tuple(
        rollup.gather(cell._replace(day=cell.day if cell.facet == rollup.TOTAL else "", till_id="") for cell in cells)
    )


def shape(data: ReportData) -> Report:
    """Shape the cells into a report."""
    total, before = _sum(data.cells), _sum(data.previous)
    products = sorted(_rows(data, rollup.PRODUCT), key=lambda row: (-row.now.net, row.label, row.key))
    return Report(
        data=data,
        total=total,
        before=before,
        by_day=_days(data),
        by_hour=_rows(data, rollup.HOUR),
        by_tender=_rows(data, rollup.TENDER),
        by_operator=_rows(data, rollup.OPERATOR),
        by_tax=_rows(data, rollup.TAX),
        products=tuple(row for row in products if row.now != Figures())[:TOP_SELLERS_MAX],
    )


def _figures(cell: Delta | None) -> Figures:
    return Figures() if cell is None else Figures(*cell[5:])


def _sum(cells: Sequence[Delta]) -> Figures:
    totals = [cell[5:] for cell in cells if cell.facet == rollup.TOTAL]
    return Figures(*map(sum, zip(*totals, strict=True))) if totals else Figures()


def _rows(data: ReportData, facet: str) -> tuple[Row, ...]:
    now = {cell.key: cell for cell in data.cells if cell.facet == facet}
    before = {cell.key: cell for cell in data.previous if cell.facet == facet}
    return tuple(
        Row(
            key,
            (now.get(key) or before[key]).label,
            _figures(now.get(key)),
            _figures(before.get(key)),
        )
        for key in sorted(now.keys() | before.keys())
    )


def _days(data: ReportData) -> tuple[Row, ...]:
    now = {cell.day: cell for cell in data.cells if cell.facet == rollup.TOTAL}
    before = {cell.day: cell for cell in data.previous if cell.facet == rollup.TOTAL}
    first = date.fromisoformat(data.query.start)
    first_before = date.fromisoformat(data.query.previous().start)
    rows = []
    for offset in range(data.query.days):
        day = (first + timedelta(days=offset)).isoformat()
        day_before = (first_before + timedelta(days=offset)).isoformat()
        rows.append(Row(day, day, _figures(now.get(day)), _figures(before.get(day_before))))
    return tuple(rows)


def to_wire(data: ReportData) -> dict[str, object]:
    """Write report data for the wire."""
    return {
        "query": asdict(data.query),
        "source": data.source,
        "cells": [list(cell) for cell in data.cells],
        "previous": [list(cell) for cell in data.previous],
        "tills": [asdict(till) for till in data.tills],
        "not_included": data.not_included,
    }


def from_wire(wire: Mapping[str, object]) -> ReportData:
    """Read report data from the wire; raise ValueError, KeyError or TypeError when it is none."""
    query, tills = wire["query"], wire["tills"]
    if not isinstance(query, dict) or not isinstance(tills, list):
        message = "not a report"
        raise ValueError(message)  # noqa: TRY004  the answer is wrong, not the caller
    return ReportData(
        ReportQuery(**query),
        str(wire["source"]),
        _cells(wire["cells"]),
        _cells(wire["previous"]),
        tuple(TillState(**till) for till in tills),
        int(str(wire["not_included"])),
    )


def _cells(wire: object) -> tuple[Delta, ...]:
    if not isinstance(wire, list):
        message = "not a list of cells"
        raise ValueError(message)  # noqa: TRY004  the answer is wrong, not the caller
    cells = tuple(Delta._make(cell) for cell in wire)
    for cell in cells:
        if not all(type(value) is str for value in cell[:5]) or not all(type(value) is int for value in cell[5:]):
            message = "not a cell"
            raise ValueError(message)
    return cells
