"""What a file of invoices asks a till to do: which sales, which refunds, and of which earlier lines.

Pure: the same file gives the same plan with the same event ids, so a replay goes on where it stopped.
"""

import hashlib
import uuid
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from seraphine_pos.domain.cart import WEIGHT_MAX
from seraphine_pos.replay.transactions import InvoiceLine

# The ids of replayed events are of version 5 in this space, which is the project's own.
EVENTS: Final = uuid.UUID("5f2b63a4-6a4e-5a53-9d0c-3b8a1f0f7e11")
LINE_WEIGHT: Final = 235


@dataclass(frozen=True, slots=True)
class Selling:
    """A line to be rung: one code at one price, with the lines of the file that it stands for."""

    code: str
    quantity: int
    unit_price: int
    lines: tuple[InvoiceLine, ...]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where goods that come back were sold: the event, the price they were sold at."""

    event_id: str
    unit_price: int


@dataclass(frozen=True, slots=True)
class Returning:
    """A line to be given back, whole or part of a line of the file; without origin there is no receipt."""

    line: InvoiceLine
    quantity: int
    unit_price: int
    origin: Origin | None

    @property
    def code(self) -> str:
        """Return the code of what comes back."""
        return self.line.code


@dataclass(frozen=True, slots=True)
class Ring:
    """One ticket to be rung: a sale or a refund of one invoice, at the invoice's own time."""

    event_id: str
    invoice: str
    at: datetime
    sold: tuple[Selling, ...] = ()
    returned: tuple[Returning, ...] = ()

    @property
    def day(self) -> str:
        """Return the calendar day of the invoice, as YYYY-MM-DD."""
        return self.at.date().isoformat()


@dataclass(slots=True)
class _Lot:
    """Goods sold to a customer and not brought back yet."""

    origin: Origin
    left: int


@dataclass(frozen=True, slots=True)
class _Invoice:
    number: str
    at: datetime
    lines: list[InvoiceLine] = field(default_factory=list)


def plan(lines: Sequence[InvoiceLine], decimals: int) -> Iterator[Ring]:
    """Yield the tickets in the order of their time; ``decimals`` is the currency's.

    A return has a receipt when as much of the same code was sold earlier to the same customer and
    is not brought back yet; it then takes from the sales at its own price first, the oldest first.
    """
    lots: dict[tuple[str, str], deque[_Lot]] = defaultdict(deque)
    for invoice in _invoices(lines):
        identity = _identity(invoice)
        sold = [line for line in invoice.lines if line.quantity > 0]
        for number, part in enumerate(_tickets(sold)):
            event_id = _event_id(identity, "sale", number)
            yield Ring(event_id, invoice.number, invoice.at, sold=tuple(_selling(part, decimals)))
            for line in part:
                origin = Origin(event_id, minor(line.price, decimals))
                lots[line.code, line.customer].append(_Lot(origin, line.quantity))
        back = [line for line in invoice.lines if line.quantity < 0]
        for number, part in enumerate(_tickets(back)):
            returned = tuple(one for line in part for one in _returning(line, lots, decimals))
            yield Ring(_event_id(identity, "refund", number), invoice.number, invoice.at, returned=returned)


def minor(price: Decimal, decimals: int) -> int:
    """Return a price in minor units, half away from zero."""
    return int(price.scaleb(decimals).quantize(Decimal(1), ROUND_HALF_UP))


def _invoices(lines: Iterable[InvoiceLine]) -> list[_Invoice]:
    """Group the lines by invoice number, wherever they stand; an invoice's time is its first line's."""
    found: dict[str, _Invoice] = {}
    for line in lines:
        found.setdefault(line.invoice, _Invoice(line.invoice, line.at)).lines.append(line)
    return sorted(found.values(), key=lambda invoice: invoice.at)


def _identity(invoice: _Invoice) -> str:
    """Return what tells this invoice from any other: all it says, so a copy or a longer file has the same."""
    said = "\n".join(
        f"{line.code}\t{line.name}\t{line.quantity}\t{line.at}\t{line.price}\t{line.customer}" for line in invoice.lines
    )
    return hashlib.sha256(f"{invoice.number}\n{said}".encode()).hexdigest()


def _event_id(identity: str, what: str, number: int) -> str:
    return str(uuid.uuid5(EVENTS, f"{identity} {what} {number}"))


def _tickets(lines: Sequence[InvoiceLine]) -> Iterator[list[InvoiceLine]]:
    """Cut the lines where a ticket would be too large for one entry of the journal."""
    ticket: list[InvoiceLine] = []
    weight = 0
    for line in lines:
        weighs = LINE_WEIGHT + len(line.name.encode()) + 2 * len(line.code.encode())
        if ticket and weight + weighs > WEIGHT_MAX:
            yield ticket
            ticket, weight = [], 0
        ticket.append(line)
        weight += weighs
    if ticket:
        yield ticket


def _selling(lines: Iterable[InvoiceLine], decimals: int) -> Iterator[Selling]:
    """Put together what a till puts on one line: the same code at the same price."""
    together: dict[tuple[str, int], list[InvoiceLine]] = {}
    for line in lines:
        together.setdefault((line.code, minor(line.price, decimals)), []).append(line)
    for (code, price), parts in together.items():
        yield Selling(code, sum(part.quantity for part in parts), price, tuple(parts))


def _returning(line: InvoiceLine, lots: dict[tuple[str, str], deque[_Lot]], decimals: int) -> Iterator[Returning]:
    wanted = -line.quantity
    price = minor(line.price, decimals)
    open_lots = lots[line.code, line.customer]
    if sum(lot.left for lot in open_lots) < wanted:
        yield Returning(line, wanted, price, None)
        return
    for lot in sorted(open_lots, key=lambda lot: lot.origin.unit_price != price):
        taken = min(wanted, lot.left)
        lot.left -= taken
        wanted -= taken
        yield Returning(line, taken, price, lot.origin)
        if not wanted:
            break
    lots[line.code, line.customer] = deque(lot for lot in open_lots if lot.left)
