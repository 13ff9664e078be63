"""A report as titled tables of typed cells: what a workbook and a printed page show alike."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from enum import Enum, auto
from itertools import groupby
from typing import Final

from seraphine_pos.domain.report import Figures, Report, Row
from seraphine_pos.domain.report_csv import METHODS
from sync_server.exports import wording


class Kind(Enum):
    """What a column holds: text, a number of tickets or lines, thousandths, or minor units of money."""

    TEXT = auto()
    COUNT = auto()
    QUANTITY = auto()
    MONEY = auto()


@dataclass(frozen=True, slots=True)
class Column:
    """A column and its heading."""

    heading: str
    kind: Kind


Cells = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A table of the report, and what its rows come to; no total where nobody would want one."""

    title: str
    columns: Sequence[Column]
    rows: Sequence[Cells]
    total: Cells | None = None


_SALES: Final = (Column("Ventes", Kind.COUNT), Column("Retours", Kind.COUNT))
# A ticket has several lines, and perhaps several payments: these are more than there are sales.
_LINES: Final = (Column("Lignes", Kind.COUNT), Column("Retours", Kind.COUNT))
_PAYMENTS: Final = (Column("Paiements", Kind.COUNT), Column("Retours", Kind.COUNT))
_QUANTITY: Final = Column("Quantité", Kind.QUANTITY)
_MONEY: Final = (Column("Brut", Kind.MONEY), Column("Remboursé", Kind.MONEY), Column("Net", Kind.MONEY))
_TAX: Final = Column("Taxe", Kind.MONEY)
_BEFORE: Final = Column("Net avant", Kind.MONEY)
_ORDER: Final = tuple(METHODS)


def sections(report: Report, names: Mapping[str, str], days_max: int | None = None) -> Sequence[Section]:
    """Return the tables of a report; ``names`` are the people's by their ids.

    A report of more days than ``days_max`` is told by months.
    """
    whole = Row("", "Total", report.total, report.before)
    taxes = sorted(report.by_tax, key=_rate)
    days = _section("Par jour", "Jour", report.by_day, lambda row: wording.day_in_words(row.key))
    if days_max is not None and len(report.by_day) > days_max:
        days = _section("Par mois", "Mois", _months(report.by_day), lambda row: wording.month_in_words(row.key))
    return (
        replace(_section("Synthèse", "", [whole], lambda row: row.label), total=None),
        days,
        _section("Par heure", "Heure", report.by_hour, lambda row: wording.hour(row.key)),
        _payments(report),
        _section("Par personne", "Personne", report.by_operator, lambda row: names.get(row.key, row.label or row.key)),
        _section("Par taxe", "Taxe", taxes, lambda row: wording.rate(row.label, row.key), _LINES),
        replace(_section("Articles", "Article", report.products, lambda row: row.label or row.key, _LINES), total=None),
    )  # fmt: skip


def _section(
    title: str, key: str, rows: Sequence[Row], called: Callable[[Row], str], counts: Sequence[Column] = _SALES
) -> Section:
    columns = (Column(key, Kind.TEXT), *counts, _QUANTITY, *_MONEY, _TAX, _BEFORE)
    return _summed(Section(title, columns, [(called(row), *_cells(row.now, row.before)) for row in rows]))


def _payments(report: Report) -> Section:
    """Return the table of ways of paying, to which neither quantities nor taxes belong."""
    columns = (Column("Paiement", Kind.TEXT), *_PAYMENTS, *_MONEY, _BEFORE)
    rows = sorted(report.by_tender, key=lambda row: _ORDER.index(row.key) if row.key in _ORDER else len(_ORDER))
    cells = [
        (wording.method(row.key), row.now.sales, row.now.refunds, *_money(row.now), row.before.net) for row in rows
    ]
    return _summed(Section("Par paiement", columns, cells))


def _summed(section: Section) -> Section:
    figures = [[cell for cell in cells[1:] if isinstance(cell, int)] for cells in section.rows]
    return replace(section, total=("Total", *map(sum, zip(*figures, strict=True)))) if figures else section


def _months(days: Sequence[Row]) -> Sequence[Row]:
    """Return the rows of days as rows of their months."""
    grouped = [(month, list(of_month)) for month, of_month in groupby(days, key=lambda row: row.key[:7])]
    return [
        Row(month, month, _together(row.now for row in rows), _together(row.before for row in rows))
        for month, rows in grouped
    ]


def _together(figures: Iterable[Figures]) -> Figures:
    return Figures(*map(sum, zip(*map(astuple, figures), strict=True)))


def _rate(row: Row) -> tuple[int, str]:
    """Return what taxes are put in order by: their rate, which their cells bear as their label."""
    return int(row.label) if row.label.isascii() and row.label.isdecimal() else 0, row.key


def _cells(now: Figures, before: Figures) -> Cells:
    return now.sales, now.refunds, now.quantity, *_money(now), now.tax, before.net


def _money(now: Figures) -> tuple[int, int, int]:
    return now.gross, now.refunded, now.net
