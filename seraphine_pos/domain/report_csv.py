"""A report as a table of text that spreadsheets open: one row a figure's key, in sections."""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from io import StringIO
from typing import Final

from seraphine_pos.domain.cell import harmless
from seraphine_pos.domain.money import written
from seraphine_pos.domain.report import STORE, THIS_TILL, Figures, Report, Row
from seraphine_pos.domain.sale import Method

HEADINGS: Final = (
    "section", "cle", "libelle", "tickets", "remboursements", "quantite", "brut", "rembourse", "net", "taxe",
    "brut_avant", "rembourse_avant", "net_avant", "taxe_avant",
)  # fmt: skip
# The same as people read them.
WORDS: Final = (
    "section", "clé", "libellé", "tickets", "remboursements", "quantité", "brut", "remboursé", "net", "taxe",
    "brut avant", "remboursé avant", "net avant", "taxe avant",
)  # fmt: skip
METHODS: Final[Mapping[str, str]] = {Method.CASH: "Espèces", Method.CARD: "Carte", Method.OTHER: "Autre"}
SOURCES: Final[Mapping[str, str]] = {STORE: "tout le magasin", THIS_TILL: "cette caisse"}
NOT_COUNTED: Final = "non_compris"
PERCENT: Final = 100
ROWS_AT_ONCE: Final = 200
AT_LEAST: Final = "écritures non comptées : ventes et remboursements sont au moins ceux-ci"


@dataclass(frozen=True, slots=True)
class Dialect:
    """How figures and cells are separated, and whether the words are those of people."""

    delimiter: str
    mark: str
    in_words: bool = False


# What a spreadsheet set to French opens without asking.
FOR_PEOPLE: Final = Dialect(";", ",", in_words=True)
FOR_PROGRAMS: Final = Dialect(",", ".")


def to_csv(report: Report, decimals: int, names: Mapping[str, str], dialect: Dialect) -> str:
    """Return the report as CSV with CRLF line ends; ``names`` are the people's by their ids."""
    return "".join(lines(report, decimals, names, dialect))


def lines(report: Report, decimals: int, names: Mapping[str, str], dialect: Dialect) -> Iterator[str]:
    """Yield the report's CSV, some rows at a time."""
    query = report.data.query
    whole = Row(f"{query.start}/{query.end}", report.data.source, report.total, report.before)
    yield _written([WORDS if dialect.in_words else HEADINGS], dialect)
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
            if dialect.in_words:
                block = tuple(_in_words(section, row) for row in block)
            yield _written((_line(section, row, decimals, dialect.mark) for row in block), dialect)
    said = AT_LEAST if report.data.at_least else ""
    last = NOT_COUNTED.replace("_", " ") if dialect.in_words else NOT_COUNTED
    yield _written([(last, "", said, report.data.not_included, *[""] * (len(HEADINGS) - 4))], dialect)


def percent(hundredths: int) -> str:
    """Return a rate as French writes it: “5,5 %”."""
    whole, rest = divmod(hundredths, PERCENT)
    fraction = f"{rest:02d}".rstrip("0")
    return f"{whole},{fraction} %" if fraction else f"{whole} %"


def _in_words(section: str, row: Row) -> Row:
    """Return a row with what people call its key and its label."""
    if section == "total":
        return replace(row, label=SOURCES.get(row.label, row.label))
    if section == "paiement" and row.key in METHODS:
        return replace(row, key=METHODS[row.key], label=METHODS[row.key])
    if section == "taxe" and row.label.isascii() and row.label.isdecimal():
        return replace(row, label=percent(int(row.label)))
    return row


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
