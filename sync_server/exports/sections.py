"""A report as titled tables of typed cells: what a workbook and a printed page show alike."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from seraphine_pos.domain.report import Figures, Report, Row
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
    """A table of the report."""

    title: str
    columns: Sequence[Column]
    rows: Sequence[Cells]


_SALES: Final = Column("Ventes", Kind.COUNT)
_REFUNDS: Final = Column("Retours", Kind.COUNT)
_FIGURES: Final = (
    Column("Quantité", Kind.QUANTITY), Column("Brut", Kind.MONEY), Column("Remboursé", Kind.MONEY),
    Column("Net", Kind.MONEY), Column("Taxe", Kind.MONEY), Column("Net avant", Kind.MONEY),
)  # fmt: skip


def sections(report: Report, names: Mapping[str, str]) -> Sequence[Section]:
    """Return the tables of a report; ``names`` are the people's by their ids."""
    whole = Row("", "Total", report.total, report.before)
    return (
        _section("Synthèse", "", [whole], lambda row: row.label),
        _section("Par jour", "Jour", report.by_day, lambda row: wording.day_in_words(row.key)),
        _section("Par heure", "Heure", report.by_hour, lambda row: wording.hour(row.key)),
        _section("Par paiement", "Paiement", report.by_tender, lambda row: wording.method(row.key)),
        _section("Par personne", "Personne", report.by_operator, lambda row: names.get(row.key, row.label or row.key)),
        _section("Par taxe", "Taxe", report.by_tax, lambda row: wording.rate(row.label, row.key)),
        _section("Articles", "Article", report.products, lambda row: row.label or row.key),
    )


def _section(title: str, key: str, rows: Sequence[Row], called: Callable[[Row], str]) -> Section:
    columns = (Column(key, Kind.TEXT), _SALES, _REFUNDS, *_FIGURES)
    return Section(title, columns, [(called(row), *_cells(row.now, row.before)) for row in rows])


def _cells(now: Figures, before: Figures) -> Cells:
    return now.sales, now.refunds, now.quantity, now.gross, now.refunded, now.net, now.tax, before.net
