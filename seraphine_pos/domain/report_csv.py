"""A report as a table of text that spreadsheets open: one row a figure's key, in sections."""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from typing import Final

from seraphine_pos.domain.cell import harmless
from seraphine_pos.domain.money import written
from seraphine_pos.domain.report import Figures, Report, Row

HEADINGS: Final = (
    "section", "cle", "libelle", "tickets", "remboursements", "quantite", "brut", "rembourse", "net", "taxe",
    "brut_avant", "rembourse_avant", "net_avant", "taxe_avant",
)  # fmt: skip
ROWS_AT_ONCE: Final = 200
AT_LEAST: Final = "écritures non comptées : ventes et remboursements sont au moins ceux-ci"


@dataclass(frozen=True, slots=True)
class Dialect:
    """How figures and cells are separated."""

    delimiter: str
    mark: str


# What a spreadsheet set to French opens without asking.
FOR_PEOPLE: Final = Dialect(";", ",")
FOR_PROGRAMS: Final = Dialect(",", ".")


def to_csv(report: Report, decimals: int, names: Mapping[str, str], dialect: Dialect) -> str:
    """Return the report as CSV with CRLF line ends; ``names`` are the people's by their ids."""
    return "".join(lines(report, decimals, names, dialect))


def lines(report: Report, decimals: int, names: Mapping[str, str], dialect: Dialect) -> Iterator[str]:
    """Yield the report's CSV, some rows at a time."""
    query = report.data.query
    whole = Row(f"{query.start}/{query.end}", report.data.source, report.total, report.before)
    yield _written([HEADINGS], dialect)
    for section, rows in (
        ("total", (whole,)),
        ("jour", report.by_day),
        ("heure", report.by_hour),
        ("paiement", report.by_tender),
        ("personne", _named(report.by_operator, names)),
        ("taxe", report.by_tax),
        ("article", report.products),
    ):
        for start in range(0, len(rows), ROWS_AT_ONCE):
            block = rows[start : start + ROWS_AT_ONCE]
            yield _written((_line(section, row, decimals, dialect.mark) for row in block), dialect)
    said = AT_LEAST if report.data.at_least else ""
    yield _written([("non_compris", "", said, report.data.not_included, *[""] * (len(HEADINGS) - 4))], dialect)


def _written(rows: Iterable[Sequence[object]], dialect: Dialect) -> str:
    out = StringIO()
    csv.writer(out, delimiter=dialect.delimiter).writerows(rows)
    return out.getvalue()


def _named(rows: Iterable[Row], names: Mapping[str, str]) -> tuple[Row, ...]:
    return tuple(Row(row.key, names.get(row.key, row.label), row.now, row.before) for row in rows)


def _line(section: str, row: Row, decimals: int, mark: str) -> tuple[str | int, ...]:
    now, before = row.now, row.before
    quantity = _number(now.quantity, 3, mark)
    return (
        section, harmless(row.key), harmless(row.label), now.sales, now.refunds, quantity,
        *(_number(value, decimals, mark) for value in (*_money(now), *_money(before))),
    )  # fmt: skip


def _money(figures: Figures) -> tuple[int, int, int, int]:
    return figures.gross, figures.refunded, figures.net, figures.tax


def _number(value: int, decimals: int, mark: str) -> str:
    return written(value, decimals, mark=mark, group="")
