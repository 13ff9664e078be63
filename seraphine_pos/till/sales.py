"""The sales log of this till."""

from dataclasses import replace

from seraphine_pos.domain.event import Kind
from seraphine_pos.domain.refusal import UnknownReceipt
from seraphine_pos.domain.sale import Ticket
from seraphine_pos.domain.staff import Right
from seraphine_pos.store.journal import Journal
from seraphine_pos.store.ledger import Ledger
from seraphine_pos.store.tickets import TicketFilter, TicketRow
from seraphine_pos.till.session import Session
from seraphine_pos.till.shift import Shifts


class Sales:
    """The tickets rung at this till."""

    def __init__(self, ledger: Ledger, journal: Journal, shifts: Shifts, session: Session) -> None:
        """Read this ledger."""
        self._ledger = ledger
        self._journal = journal
        self._shifts = shifts
        self._session = session

    def page(self, wanted: TicketFilter, *, before: int | None = None, limit: int = 100) -> list[TicketRow]:
        """Return tickets, the newest first; a cashier sees the tickets of the own shift only."""
        operator = self._session.require(Right.OWN_SALES)
        if not operator.may(Right.ALL_SALES):
            shift = self._shifts.current
            if shift is None:
                return []
            wanted = replace(wanted, shift_id=shift.shift_id, operator_id=operator.staff_id)
        return self._ledger.tickets(wanted, before=before, limit=limit)

    def recent(self, limit: int = 20) -> list[TicketRow]:
        """Return this till's last sales, for a customer who comes back without a receipt in hand."""
        self._session.require(Right.SELL)
        return [row for row in self._ledger.tickets(TicketFilter(), limit=limit) if not row.refund]

    def last(self) -> Ticket | None:
        """Return this till's last sale, None before there is any."""
        rows = self.recent()
        return self._ledger.ticket_of(rows[0].event_id) if rows else None

    def ticket(self, receipt: str) -> Ticket:
        """Return a ticket by its receipt number; raise UnknownReceipt."""
        ticket = self._ledger.ticket(receipt.strip().upper())
        if ticket is None:
            raise UnknownReceipt(receipt=receipt.strip()[:40])
        return ticket

    def reprinted(self, ticket: Ticket) -> None:
        """Note that a receipt was drawn once more."""
        operator = self._session.require(Right.SELL)
        body = {
            "sale_id": ticket.event_id,
            "operator_id": operator.staff_id,
            "receipt": ticket.where.receipt,
        }
        with self._journal.action() as action:
            action.record(Kind.RECEIPT_REPRINTED, body)
