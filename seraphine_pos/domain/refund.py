"""What may be given back: the lines of a ticket, at what was charged, never more than was sold."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from seraphine_pos.domain import money
from seraphine_pos.domain.cart import WEIGHT_MAX, priced, weight_of
from seraphine_pos.domain.refusal import (
    InvalidPrice,
    InvalidQuantity,
    NothingToRefund,
    RefundTooMuch,
    TicketFull,
    UnknownLine,
)
from seraphine_pos.domain.sale import Line, Origin, Ticket


@dataclass(frozen=True, slots=True)
class Given:
    """What was already given back of a line: thousandths, minor units, minor units of tax."""

    quantity: int = 0
    amount: int = 0
    tax: int = 0


@dataclass(frozen=True, slots=True)
class Choice:
    """A quantity (thousandths) of a ticket's line that the customer brings back.

    ``unit_price`` other than None gives back another price than the one charged, which an owner
    approves.
    """

    no: int
    quantity: int
    unit_price: int | None = None


def left(line: Line, given: Given) -> int:
    """Return the quantity of a line that can still be given back."""
    return line.quantity - given.quantity


def lines_of(ticket: Ticket, choices: Sequence[Choice], given: Mapping[int, Given], first_no: int = 1) -> list[Line]:
    """Return the refund's lines for the choices made on a sale; raise a Refusal.

    The last of a line gives back exactly what remains of its amount, so that partial refunds of
    a line add up to what was charged, to the cent.
    """
    if not choices:
        raise NothingToRefund
    lines: list[Line] = []
    taken: dict[int, Given] = dict(given)
    for choice in choices:
        sold = next((line for line in ticket.lines if line.no == choice.no), None)
        if sold is None:
            raise UnknownLine
        before = taken.get(choice.no, Given())
        line = _line(ticket.event_id, sold, choice, before)
        taken[choice.no] = Given(before.quantity + line.quantity, before.amount + line.amount, before.tax + line.tax)
        lines.append(replace(line, no=first_no + len(lines)))
    return lines


def check_size(lines: Sequence[Line]) -> None:
    """Refuse a refund that a till cannot count or one entry cannot hold: raise InvalidQuantity, TicketFull."""
    if sum(line.amount for line in lines) > money.AMOUNT_MAX:
        raise InvalidQuantity
    if sum(map(weight_of, lines)) > WEIGHT_MAX:
        raise TicketFull(lines=len(lines))


def _line(event_id: str, sold: Line, choice: Choice, given: Given) -> Line:
    quantity = money.checked_quantity(choice.quantity)
    remaining = left(sold, given)
    if quantity > remaining:
        raise RefundTooMuch(name=sold.name, left=money.written_quantity(max(remaining, 0)))
    if choice.unit_price is not None and choice.unit_price != sold.unit_price:
        if not 0 <= choice.unit_price <= money.AMOUNT_MAX:
            raise InvalidPrice
        line = priced(replace(sold, quantity=quantity, unit_price=choice.unit_price, discount=0))
        amount, tax, price = line.amount, line.tax, line.unit_price
    else:
        amount = _share(sold.amount, sold.quantity, given.amount, given.quantity, quantity)
        tax = _share(sold.tax, sold.quantity, given.tax, given.quantity, quantity)
        price = sold.unit_price
    return replace(
        sold, quantity=quantity, unit_price=price, amount=amount, tax=tax, discount=0,
        approved_by=None, origin=Origin(event_id, sold.no),
    )  # fmt: skip


def _share(whole: int, sold: int, given: int, given_quantity: int, quantity: int) -> int:
    """Return the share of an amount for a quantity, so that all shares add up to the whole."""
    if given_quantity + quantity == sold:
        return max(whole - given, 0)
    return min(money.divide(whole * quantity, sold), max(whole - given, 0))
