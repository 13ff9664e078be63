"""The one fold from entries to figures, used by the till's own reports and by the server.

A delta is what one entry adds to one cell (day, till, facet, key). All figures add up, so any
order, batch or replica gives the same cells; the label is the greatest one seen, for the same reason.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Final, NamedTuple, cast

from seraphine_pos.domain.event import Kind, Unreadable, check_body

TOTAL: Final = "total"
HOUR: Final = "hour"
TENDER: Final = "tender"
OPERATOR: Final = "operator"
PRODUCT: Final = "product"
TAX: Final = "tax"
HOURS: Final = 24
FACETS: Final = (TOTAL, HOUR, TENDER, OPERATOR, PRODUCT, TAX)

COUNTED: Final = frozenset({Kind.SALE_COMPLETED, Kind.SALE_REFUNDED})
SILENT: Final = frozenset(Kind) - COUNTED

Cell = tuple[str, str, str, str]


class Delta(NamedTuple):
    """What is added to a cell: counts, thousandths of quantity, minor units of money.

    ``quantity`` and ``tax`` are net of refunds; net sales are ``gross - refunded``.
    """

    day: str
    till_id: str
    facet: str
    key: str
    label: str
    sales: int
    refunds: int
    quantity: int
    gross: int
    refunded: int
    tax: int


def fold(kind: str, version: int, body: Mapping[str, object]) -> list[Delta]:
    """Return what an entry adds to the figures; raise Unreadable when it cannot be counted."""
    check_body(kind, version, body)
    if kind == Kind.SALE_COMPLETED:
        return _ticket(cast("dict[str, object]", body), 1)
    if kind == Kind.SALE_REFUNDED:
        return _ticket(cast("dict[str, object]", body), -1)
    return []


def _ticket(body: dict[str, object], sign: int) -> list[Delta]:
    lines = cast("list[dict[str, object]]", body["lines"])
    tenders = cast("list[dict[str, object]]", body["tenders"])
    total = cast("int", body["total"])
    day, hour, till_id = _day(body["business_day"]), _hour(body["hour"]), cast("str", body["till_id"])
    sales, refunds = (1, 0) if sign > 0 else (0, 1)
    deltas: list[Delta] = []
    quantity = amounts = taxes = 0

    def add(facet: str, key: str, label: str, units: int, amount: int, tax: int) -> None:
        gross, refunded = (amount, 0) if sign > 0 else (0, amount)
        deltas.append(Delta(day, till_id, facet, key, label, sales, refunds, sign * units, gross, refunded, sign * tax))

    for line in lines:
        units, amount, tax = cast("tuple[int, int, int]", (line["quantity"], line["amount"], line["tax"]))
        quantity, amounts, taxes = quantity + units, amounts + amount, taxes + tax
        add(PRODUCT, cast("str", line["product_id"]), cast("str", line["name"]), units, amount, tax)
        add(TAX, cast("str", line["tax_code"]), str(line["tax_rate"]), units, amount, tax)
    paid = 0
    for tender in tenders:
        paid += cast("int", tender["amount"])
        add(TENDER, cast("str", tender["method"]), "", 0, cast("int", tender["amount"]), 0)
    if amounts != total or paid != total or taxes != body["tax"]:
        message = f"the ticket does not add up: lines {amounts}, tenders {paid}, total {total}"
        raise Unreadable(message)
    add(TOTAL, "", "", quantity, total, taxes)
    add(HOUR, hour, "", quantity, total, taxes)
    add(OPERATOR, cast("str", body["operator_id"]), "", quantity, total, taxes)
    return deltas


def _day(value: object) -> str:
    """Return a business day; one that no report can ask for would be counted and never seen."""
    day = cast("str", value)
    try:
        written = date.fromisoformat(day).isoformat()
    except ValueError:
        written = None
    if day != written:
        message = f"{day!r:.40} is not a day"
        raise Unreadable(message)
    return day


def _hour(value: object) -> str:
    hour = cast("int", value)
    if not 0 <= hour < HOURS:
        message = f"{hour} is not an hour"
        raise Unreadable(message)
    return f"{hour:02d}"


def gather(deltas: Iterable[Delta]) -> list[Delta]:
    """Add up the deltas of each cell; the result is in the order of the cells.

    A ticket counts once in a cell however many of its lines fall there only for the facets that
    see it once; for products, taxes and tenders ``sales`` counts lines.
    """
    cells: dict[Cell, list[Any]] = {}
    for delta in deltas:
        cell = cells.get(delta[:4])
        if cell is None:
            cells[delta[:4]] = list(delta)
            continue
        cell[4] = max(cell[4], delta.label)
        for place in range(5, 11):
            cell[place] += delta[place]
    return [Delta._make(cells[cell]) for cell in sorted(cells)]
