"""A file of invoice lines as another shop's system wrote them: read, uncleaned, into lines and what is no line.

Money of the file is exact here, as the file writes it; the till's own amounts come later.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Final

from seraphine_pos.domain import barcode
from seraphine_pos.domain.csv_rows import Row, parse
from seraphine_pos.domain.money import AMOUNT_MAX, ONE, QUANTITY_MAX
from seraphine_pos.domain.product import NAME_MAX, tidy
from seraphine_pos.domain.reason import Reason, Wording, because
from seraphine_pos.domain.refusal import InvalidCode
from seraphine_pos.till.csv_file import CsvFile, refused

LINES_MAX: Final = 5_000_000
PROGRESS_LINES: Final = 1000
DIGITS_MAX: Final = 15

MISSING_COLUMNS = Wording(
    "colonnes absentes : {missing} ; il faut {needed}", "the columns {missing} are missing; a replay needs {needed}"
)
NO_LINES = Wording("aucune ligne de facture", "there is no invoice line in it")
TOO_MANY_LINES = Wording("plus de {limit} lignes", "there are more than {limit} lines; split it into several files")

WRONG_WIDTH = Wording("nombre de colonnes", "the row has not as many columns as the header")
NO_INVOICE = Wording("pas de numéro de facture", "there is no invoice number")
NO_CODE = Wording("pas de code article, ou code illisible", "there is no stock code, or none a till can hold")
BAD_QUANTITY = Wording("quantité illisible", "the quantity cannot be read")
ZERO_QUANTITY = Wording("quantité nulle", "the quantity is zero")
BAD_PRICE = Wording("prix illisible", "the price cannot be read")
NEGATIVE_PRICE = Wording("prix négatif", "the price is below zero")
BAD_TIME = Wording("date illisible", "the time cannot be read (wanted: 2010-12-01 08:26:00)")

COLUMNS: Final = {
    "invoice": ("invoiceno", "invoice"),
    "code": ("stockcode",),
    "name": ("description",),
    "quantity": ("quantity",),
    "at": ("invoicedate",),
    "price": ("unitprice", "price"),
    "customer": ("customerid",),
}
NEEDED: Final = "InvoiceNo, StockCode, Description, Quantity, InvoiceDate, UnitPrice, CustomerID"
_NUMBER: Final = re.compile(r"[+-]?\d{1,15}(?:\.\d{1,15})?")

OnProgress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """One line of the file: ``quantity`` in thousandths, below zero for a return; ``price`` exact."""

    line: int
    invoice: str
    code: str
    name: str
    quantity: int
    at: datetime
    price: Decimal
    customer: str

    @property
    def exact(self) -> Decimal:
        """Return quantity times price, exactly; below zero for a return."""
        return self.price * self.quantity / ONE


@dataclass(frozen=True, slots=True)
class SetAside:
    """A line that cannot be rung, with its reason and its exact amount where that can be read."""

    line: int
    reason: Reason
    exact: Decimal | None


@dataclass(frozen=True, slots=True)
class Transactions:
    """A whole file: its lines in order, and the ones set aside."""

    lines: tuple[InvoiceLine, ...]
    set_aside: tuple[SetAside, ...]


class _Unreadable(Exception):
    def __init__(self, reason: Reason) -> None:
        super().__init__()
        self.reason = reason


def read(path: Path, on_progress: OnProgress, *, encoding: str = "utf-8") -> Transactions:
    """Read the whole file; raise InvalidFile when it cannot be used."""
    lines: list[InvoiceLine] = []
    set_aside: list[SetAside] = []
    with CsvFile(path, encoding=encoding) as file:
        rows = parse(file.lines())
        header = next(rows, None)
        if header is None:
            raise refused(path, NO_LINES)
        places = _places(path, header.fields)
        for count, row in enumerate(rows, 1):
            try:
                lines.append(_line(row, places, len(header.fields)))
            except _Unreadable as error:
                set_aside.append(SetAside(row.line, error.reason, _exact(row.fields, places)))
            if count % PROGRESS_LINES == 0:
                on_progress(file.position, file.size)
            if count > LINES_MAX:
                raise refused(path, TOO_MANY_LINES, limit=LINES_MAX)
        on_progress(file.size, file.size)
    if not lines and not set_aside:
        raise refused(path, NO_LINES)
    return Transactions(tuple(lines), tuple(set_aside))


def _places(path: Path, header: Sequence[str]) -> dict[str, int]:
    plain = [re.sub(r"[\s_]", "", title).casefold() for title in header]
    places: dict[str, int] = {}
    for name, titles in COLUMNS.items():
        found = [plain.index(title) for title in titles if title in plain]
        if found:
            places[name] = found[0]
    missing = [titles[0] for name, titles in COLUMNS.items() if name not in places]
    if missing:
        raise refused(path, MISSING_COLUMNS, missing=", ".join(missing), needed=NEEDED)
    return places


def _line(row: Row, places: dict[str, int], width: int) -> InvoiceLine:
    if row.fault is not None:
        raise _Unreadable(row.fault)
    if len(row.fields) != width:
        raise _Unreadable(because(WRONG_WIDTH))
    text = {name: row.fields[place].strip() for name, place in places.items()}
    if not text["invoice"]:
        raise _Unreadable(because(NO_INVOICE))
    return InvoiceLine(
        line=row.line,
        invoice=text["invoice"],
        code=_code(text["code"]),
        name=tidy(text["name"])[:NAME_MAX],
        quantity=_quantity(text["quantity"]),
        at=_time(text["at"]),
        price=_price(text["price"]),
        customer=text["customer"],
    )


def _code(text: str) -> str:
    try:
        return barcode.key_of(text)
    except InvalidCode:
        raise _Unreadable(because(NO_CODE)) from None


def _quantity(text: str) -> int:
    number = _number(text)
    thousandths = None if number is None else number * ONE
    if thousandths is None or thousandths != int(thousandths) or abs(thousandths) > QUANTITY_MAX:
        raise _Unreadable(because(BAD_QUANTITY))
    if not thousandths:
        raise _Unreadable(because(ZERO_QUANTITY))
    return int(thousandths)


def _price(text: str) -> Decimal:
    number = _number(text)
    if number is None or abs(number) > AMOUNT_MAX:
        raise _Unreadable(because(BAD_PRICE))
    if number < 0:
        raise _Unreadable(because(NEGATIVE_PRICE))
    return number


def _time(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        raise _Unreadable(because(BAD_TIME)) from None


def _number(text: str) -> Decimal | None:
    return Decimal(text) if _NUMBER.fullmatch(text) and text.isascii() else None


def _exact(fields: Sequence[str], places: dict[str, int]) -> Decimal | None:
    """Return the amount of a line that is set aside, if the line says one."""
    try:
        quantity, price = (_number(fields[places[name]].strip()) for name in ("quantity", "price"))
    except (IndexError, InvalidOperation):
        return None
    return None if quantity is None or price is None else quantity * price
