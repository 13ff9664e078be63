"""Giving back: lines of an earlier ticket at what was charged, or goods without a receipt."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from seraphine_pos.domain import refund as rules
from seraphine_pos.domain import sale
from seraphine_pos.domain.card_mask import mask
from seraphine_pos.domain.cart import priced
from seraphine_pos.domain.clock import Clock, RandomBytes, new_id
from seraphine_pos.domain.money import AMOUNT_MAX, checked_quantity
from seraphine_pos.domain.product import Product, tidy
from seraphine_pos.domain.refund import Choice, Given
from seraphine_pos.domain.refusal import (
    AlreadyRecorded,
    InvalidPrice,
    InvalidText,
    NothingToRefund,
    RefundReceipt,
    UnknownReceipt,
)
from seraphine_pos.domain.sale import Circumstances, Line, Method, Tender, Ticket
from seraphine_pos.domain.staff import Operator, Right
from seraphine_pos.store.catalogue import Catalogue
from seraphine_pos.store.journal import Journal
from seraphine_pos.store.ledger import Ledger
from seraphine_pos.till.checkout import REASON_MAX, record_ticket
from seraphine_pos.till.session import Session
from seraphine_pos.till.shift import Shifts


@dataclass(frozen=True, slots=True)
class Refundable:
    """A ticket, and what was already given back of each of its lines."""

    ticket: Ticket
    given: dict[int, Given]

    def left(self, no: int) -> int:
        """Return the quantity of a line that can still be given back."""
        line = next(line for line in self.ticket.lines if line.no == no)
        return rules.left(line, self.given.get(no, Given()))


@dataclass(frozen=True, slots=True)
class Loose:
    """Goods brought back without a receipt: a quantity and the price that is given back."""

    product: Product
    quantity: int
    unit_price: int


class Refunds:
    """The refunds made at this till."""

    def __init__(
        self, journal: Journal, ledger: Ledger, catalogue: Catalogue, shifts: Shifts, session: Session,
        *, currency: str, clock: Clock, random_bytes: RandomBytes,
    ) -> None:  # fmt: skip
        """Refund from this ledger."""
        self._journal = journal
        self._ledger = ledger
        self._catalogue = catalogue
        self._shifts = shifts
        self._session = session
        self._currency = currency
        self._clock = clock
        self._chance = random_bytes

    def find(self, receipt: str) -> Refundable:
        """Return the sale with this receipt number; raise UnknownReceipt, RefundReceipt."""
        ticket = self._ledger.ticket(receipt.strip().upper())
        if ticket is None:
            raise UnknownReceipt(receipt=receipt.strip()[:40])
        if ticket.refund:
            raise RefundReceipt(receipt=ticket.where.receipt)
        return Refundable(ticket, self._ledger.given(ticket.event_id))

    def find_event(self, event_id: str) -> Refundable | None:
        """Return the sale with this event id, if it is this till's."""
        ticket = self._ledger.ticket_of(event_id)
        if ticket is None or ticket.refund:
            return None
        return Refundable(ticket, self._ledger.given(event_id))

    def new_id(self) -> str:
        """Return an id for a refund that begins; the same id never gives back twice."""
        return new_id(self._clock.now_ms(), self._chance)

    def refund(
        self, found: Refundable, choices: Sequence[Choice], method: Method, *, reason: str = "",
        approved_by: Operator | None = None, event_id: str | None = None,
    ) -> Ticket:  # fmt: skip
        """Give back lines of one ticket; raise RefundTooMuch, NothingToRefund, NotAllowed."""
        return self.give_back([(found, choices)], [], method, reason=reason, approved_by=approved_by, event_id=event_id)

    def give_back(
        self, parts: Sequence[tuple[Refundable, Sequence[Choice]]], loose: Sequence[Loose], method: Method,
        *, reason: str = "", approved_by: Operator | None = None, event_id: str | None = None,
    ) -> Ticket:  # fmt: skip
        """Give back lines of earlier tickets and goods without a receipt in one refund.

        Goods without a receipt and prices other than the one charged need an owner.
        """
        operator = self._session.require(Right.REFUND)
        special = bool(loose) or any(choice.unit_price is not None for _, choices in parts for choice in choices)
        approver = self._session.approver(Right.REFUND_WITHOUT_RECEIPT, approved_by) if special else None
        reason = mask(tidy(reason))
        if len(reason) > REASON_MAX:
            raise InvalidText(longest=REASON_MAX)
        lines: list[Line] = []
        for found, choices in _by_ticket(parts):
            # Read again: another refund of this ticket may have come in between.
            given = self._ledger.given(found.ticket.event_id)
            lines += rules.lines_of(found.ticket, choices, given, len(lines) + 1)
        lines += [self._loose(one, len(lines) + place) for place, one in enumerate(loose, 1)]
        if not lines:
            raise NothingToRefund
        rules.check_size(lines)
        return self._record(event_id or self.new_id(), lines, method, reason, operator, approver)

    def _loose(self, one: Loose, no: int) -> Line:
        if not 0 <= one.unit_price <= AMOUNT_MAX:
            raise InvalidPrice
        product, tax = one.product, self._catalogue.tax(one.product.tax_code)
        return priced(
            Line(
                no=no, product_id=product.product_id, code=product.code, name=product.name,
                quantity=checked_quantity(one.quantity), unit_price=one.unit_price, list_price=product.price,
                tax_code=tax.code, tax_rate=tax.rate, tax_included=tax.included, amount=0, tax=0,
            )
        )  # fmt: skip

    def _record(
        self, event_id: str, lines: Sequence[Line], method: Method, reason: str, operator: Operator,
        approver: str | None,
    ) -> Ticket:  # fmt: skip
        if self._ledger.has(event_id):
            raise AlreadyRecorded
        total = sum(line.amount for line in lines)
        with self._journal.action() as action:
            shift, hour = self._shifts.during(action, operator)
            number, label, tag = action.next_receipt()
            ticket = Ticket(
                event_id=event_id, at_ms=action.at_ms, refund=True,
                where=Circumstances(
                    shift.till_id, shift.shift_id, shift.business_day, hour, operator.staff_id, number,
                    sale.receipt_number(label, tag, number), self._currency,
                ),
                lines=tuple(replace(line, approved_by=approver or line.approved_by) for line in lines),
                tenders=(Tender(method, total, total),) if total else (), total=total,
                tax=sum(line.tax for line in lines), reason=reason, approved_by=approver,
            )  # fmt: skip
            record_ticket(action, ticket)
        self._shifts.settled(shift)
        return ticket


def _by_ticket(parts: Sequence[tuple[Refundable, Sequence[Choice]]]) -> list[tuple[Refundable, list[Choice]]]:
    """Return the choices of each ticket together, so that no line is given back twice in one refund."""
    together: dict[str, tuple[Refundable, list[Choice]]] = {}
    for found, choices in parts:
        together.setdefault(found.ticket.event_id, (found, []))[1].extend(choices)
    return list(together.values())
