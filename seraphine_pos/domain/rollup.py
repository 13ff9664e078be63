"""The one fold from entries to figures, used by the till's own reports and by the server.

A delta is what one entry adds to one cell (day, till, facet, key). All figures add up, so any
order, batch or replica gives the same cells; the label is the greatest one seen, for the same reason.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
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


class Tally:
    """Figures added up entry by entry: what a batch of any length comes to, one delta a cell.

    It is the fold itself, made for a server that counts a thousand tickets at a time.
    """

    def __init__(self) -> None:
        self._days: dict[tuple[str, str], dict[str, dict[str, list[Any]]]] = {}

    def add(self, kind: str, version: int, body: Mapping[str, object]) -> None:
        """Add what an entry changes, all of it or, raising Unreadable, nothing."""
        check_body(kind, version, body)
        self.add_checked(kind, body)

    def add_checked(self, kind: str, body: Mapping[str, object]) -> None:
        """Add what an entry changes whose body is known to have its shape."""
        if kind == Kind.SALE_COMPLETED:
            self._add_ticket(cast("dict[str, Any]", body), 1)
        elif kind == Kind.SALE_REFUNDED:
            self._add_ticket(cast("dict[str, Any]", body), -1)

    def days(self) -> set[str]:
        """Return the business days that have a cell."""
        return {day for day, _ in self._days}

    def deltas(self, of_day: str | None = None) -> list[Delta]:
        """Return the cells in their order, all of them or those of one day."""
        return [
            Delta(day, till_id, facet, key, *facets[facet][key])
            for (day, till_id), facets in sorted(one for one in self._days.items() if of_day in {None, one[0][0]})
            for facet in sorted(facets)
            for key in sorted(facets[facet])
        ]

    def _add_ticket(self, body: dict[str, Any], sign: int) -> None:
        quantity, total, tax = _sums(body)
        day, hour, till_id = _day(body["business_day"]), _hour(body["hour"]), body["till_id"]
        facets = self._days.get((day, till_id))
        if facets is None:
            facets = self._days[day, till_id] = {facet: {} for facet in FACETS}
        products, taxes = facets[PRODUCT], facets[TAX]
        for line in body["lines"]:
            units, amount, part = line["quantity"], line["amount"], line["tax"]
            _count(products, line["product_id"], line["name"], sign, units, amount, part)
            _count(taxes, line["tax_code"], str(line["tax_rate"]), sign, units, amount, part)
        for tender in body["tenders"]:
            _count(facets[TENDER], tender["method"], "", sign, 0, tender["amount"], 0)
        for facet, key in ((TOTAL, ""), (HOUR, hour), (OPERATOR, body["operator_id"])):
            _count(facets[facet], key, "", sign, quantity, total, tax)


def fold(kind: str, version: int, body: Mapping[str, object]) -> list[Delta]:
    """Return what one entry adds to the figures; raise Unreadable when it cannot be counted."""
    tally = Tally()
    tally.add(kind, version, body)
    return tally.deltas()


def _sums(body: dict[str, Any]) -> tuple[int, int, int]:
    """Return a ticket's quantity, total and tax; raise Unreadable unless lines and tenders come to them."""
    quantity = amounts = taxes = paid = 0
    for line in body["lines"]:
        quantity += line["quantity"]
        amounts += line["amount"]
        taxes += line["tax"]
    for tender in body["tenders"]:
        paid += tender["amount"]
    total: int = body["total"]
    if amounts != total or paid != total or taxes != body["tax"]:
        message = f"the ticket does not add up: lines {amounts}, tenders {paid}, total {total}"
        raise Unreadable(message)
    return quantity, total, taxes


def _count(cells: dict[str, list[Any]], key: str, label: str, sign: int, units: int, amount: int, tax: int) -> None:
    """Add one line, tender or ticket to the cell of a key: label, sales, refunds, quantity, gross, refunded, tax."""
    cell = cells.get(key)
    if cell is None:
        cell = cells[key] = [label, 0, 0, 0, 0, 0, 0]
    elif label > cell[0]:
        cell[0] = label
    if sign > 0:
        cell[1] += 1
        cell[3] += units
        cell[4] += amount
        cell[6] += tax
    else:
        cell[2] += 1
        cell[3] -= units
        cell[5] += amount
        cell[6] -= tax


@lru_cache(maxsize=1024)
def _day(day: str) -> str:
    """Return a business day; one that no report can ask for would be counted and never seen."""
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
