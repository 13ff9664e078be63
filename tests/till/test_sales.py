"""The sales log: an owner sees every ticket, a cashier the own ones of the shift."""

import pytest

from seraphine_pos.domain import journal as form
from seraphine_pos.domain.event import Kind
from seraphine_pos.domain.refusal import NotSignedIn, UnknownReceipt
from seraphine_pos.domain.sale import Method, Ticket
from seraphine_pos.domain.staff import Operator
from seraphine_pos.store.tickets import TicketFilter
from tests.domain.examples import product
from tests.till.room import CASHIER, OTHER, OWNER, Room

DAY_MS = 86_400_000


def sold(room: Room, operator: Operator, method: Method = Method.CASH) -> Ticket:
    room.staff.take_over(operator)
    room.checkout.scan(product(1).code)
    ticket = room.checkout.pay(method)
    assert ticket is not None
    return ticket


def log(room: Room, operator: Operator, **wanted: object) -> list[str]:
    room.staff.take_over(operator)
    return [row.receipt for row in room.sales.page(TicketFilter(**wanted))]  # type: ignore[arg-type]


def test_an_owner_sees_all_and_a_cashier_the_own_shift(room: Room) -> None:
    yesterday = sold(room, CASHIER)
    room.clock.pass_ms(DAY_MS)
    mine, other = sold(room, CASHIER), sold(room, OTHER, Method.CARD)
    every = [ticket.where.receipt for ticket in (other, mine, yesterday)]
    assert log(room, OWNER) == every
    assert log(room, CASHIER) == every[1:2]
    assert log(room, OTHER) == every[:1]
    assert log(room, OWNER, operator_id="amina") == every[1:]
    assert log(room, OWNER, method="card") == every[:1]
    assert log(room, OWNER, start=mine.where.business_day) == every[:2]
    assert log(room, CASHIER, operator_id="bilal") == every[1:2]


def test_before_the_first_shift_a_cashier_sees_nothing(room: Room) -> None:
    assert log(room, CASHIER) == []


def test_the_last_sales_are_there_without_the_refunds(room: Room) -> None:
    first, second = sold(room, CASHIER), sold(room, OWNER)
    assert [row.receipt for row in room.sales.recent()] == [second.where.receipt, first.where.receipt]
    assert len(room.sales.recent(limit=1)) == 1


def test_a_ticket_is_found_by_its_receipt_in_any_letters(room: Room) -> None:
    ticket = sold(room, CASHIER)
    assert room.sales.ticket(f" {ticket.where.receipt.lower()} ") == ticket
    for receipt in ("", "nothing", "x" * 5000):
        with pytest.raises(UnknownReceipt):
            room.sales.ticket(receipt)


def test_a_receipt_drawn_again_is_noted(room: Room) -> None:
    ticket = sold(room, CASHIER)
    room.sales.reprinted(ticket)
    entry = room.store.journal.unsent(100, 1 << 20)[-1]
    assert entry.kind == Kind.RECEIPT_REPRINTED
    assert form.parse(entry.body) == {
        "sale_id": ticket.event_id,
        "operator_id": "amina",
        "receipt": ticket.where.receipt,
    }


def test_nobody_reads_the_log_without_signing_in(room: Room) -> None:
    room.session.operator = None
    with pytest.raises(NotSignedIn):
        room.sales.page(TicketFilter())
