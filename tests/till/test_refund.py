"""Giving back at this till: exactly what was charged, once, and with whose leave."""

from dataclasses import replace

import pytest

from seraphine_pos.domain.event import Kind
from seraphine_pos.domain.money import AMOUNT_MAX
from seraphine_pos.domain.refund import Choice
from seraphine_pos.domain.refusal import (
    AlreadyRecorded,
    InvalidPrice,
    InvalidQuantity,
    InvalidText,
    NotAllowed,
    NothingToRefund,
    NotSignedIn,
    RefundTooMuch,
    UnknownReceipt,
)
from seraphine_pos.domain.report import ReportQuery
from seraphine_pos.domain.sale import Method, Ticket
from seraphine_pos.store import verify
from seraphine_pos.till.refund import Loose
from tests.domain.examples import product
from tests.till.room import CASHIER, OWNER, Room


def sold(room: Room, *numbers: int) -> Ticket:
    for no in numbers:
        room.checkout.scan(product(no).code)
    ticket = room.checkout.pay(Method.CASH)
    assert ticket is not None
    return ticket


def test_a_ticket_is_given_back_in_two_steps_and_no_more(room: Room) -> None:
    ticket = sold(room, 1, 1, 1, 2)
    found = room.refunds.find(f" {ticket.where.receipt.lower()} ")
    first = room.refunds.refund(found, [Choice(1, 1000)], Method.CASH, reason=" abîmé ")
    assert (first.total, first.reason, first.where.number, first.refund) == (1250, "abîmé", 2, True)
    again = room.refunds.find(ticket.where.receipt)
    assert (again.left(1), again.left(2)) == (2000, 1000)
    with pytest.raises(RefundTooMuch):
        room.refunds.refund(again, [Choice(1, 3000)], Method.CASH)
    second = room.refunds.refund(again, [Choice(1, 2000), Choice(2, 1000)], Method.CARD)
    assert first.total + second.total == ticket.total
    assert first.tax + second.tax == ticket.tax
    for line in (1, 2):
        with pytest.raises(RefundTooMuch):
            room.refunds.refund(room.refunds.find(ticket.where.receipt), [Choice(line, 1)], Method.CASH)
    assert list(verify.ledger(room.store)) == []


def test_a_refund_found_before_another_one_is_checked_again(room: Room) -> None:
    ticket = sold(room, 1)
    early = room.refunds.find(ticket.where.receipt)
    room.refunds.refund(early, [Choice(1, 1000)], Method.CASH)
    with pytest.raises(RefundTooMuch):
        room.refunds.refund(early, [Choice(1, 1000)], Method.CASH)


def test_a_ticket_named_twice_in_one_refund_is_given_back_once(room: Room) -> None:
    ticket = sold(room, 1)
    found = room.refunds.find(ticket.where.receipt)
    twice = [(found, [Choice(1, 1000)]), (found, [Choice(1, 1000)])]
    with pytest.raises(RefundTooMuch):
        room.refunds.give_back(twice, [], Method.CASH)
    assert Kind.SALE_REFUNDED not in room.kinds()


def test_lines_of_several_tickets_are_given_back_together(room: Room) -> None:
    one, other = sold(room, 1), sold(room, 2, 2)
    parts = [(room.refunds.find(ticket.where.receipt), [Choice(1, 1000)]) for ticket in (one, other)]
    refund = room.refunds.give_back(parts, [], Method.CASH)
    assert [(line.no, line.origin and line.origin.event_id) for line in refund.lines] == [
        (1, one.event_id),
        (2, other.event_id),
    ]


def test_the_same_refund_is_recorded_once(room: Room) -> None:
    ticket = sold(room, 1, 1)
    found, event_id = room.refunds.find(ticket.where.receipt), room.refunds.new_id()
    room.refunds.refund(found, [Choice(1, 1000)], Method.CASH, event_id=event_id)
    with pytest.raises(AlreadyRecorded):
        room.refunds.refund(found, [Choice(1, 1000)], Method.CASH, event_id=event_id)
    assert room.refunds.find(ticket.where.receipt).left(1) == 1000


def test_goods_without_a_receipt_need_an_owner(room: Room) -> None:
    loose = [Loose(product(1), 2000, 1000)]
    for approver in (None, CASHIER):
        with pytest.raises(NotAllowed):
            room.refunds.give_back([], loose, Method.CASH, approved_by=approver)
    refund = room.refunds.give_back([], loose, Method.CASH, reason="sans ticket", approved_by=OWNER)
    (line,) = refund.lines
    assert (refund.total, refund.approved_by, line.origin, line.unit_price, line.list_price) == (
        2000, "omar", None, 1000, 1250,
    )  # fmt: skip
    room.staff.take_over(OWNER)
    assert room.refunds.give_back([], loose, Method.CASH).approved_by is None


def test_another_price_than_the_one_charged_needs_an_owner(room: Room) -> None:
    found = room.refunds.find(sold(room, 1).where.receipt)
    with pytest.raises(NotAllowed):
        room.refunds.refund(found, [Choice(1, 1000, unit_price=900)], Method.CASH)
    refund = room.refunds.refund(found, [Choice(1, 1000, unit_price=900)], Method.CASH, approved_by=OWNER)
    assert refund.total == 900


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"quantity": 0}, InvalidQuantity),
        ({"quantity": -1000}, InvalidQuantity),
        ({"unit_price": -1}, InvalidPrice),
        ({"unit_price": AMOUNT_MAX + 1}, InvalidPrice),
        ({"unit_price": AMOUNT_MAX, "quantity": 2000}, InvalidQuantity),
    ],
)
def test_goods_that_cannot_be_are_refused(room: Room, changes: dict[str, int], refusal: type[Exception]) -> None:
    room.staff.take_over(OWNER)
    loose = replace(Loose(product(1), 1000, 1250), **changes)  # type: ignore[arg-type]
    with pytest.raises(refusal):
        room.refunds.give_back([], [loose], Method.CASH)
    assert Kind.SALE_REFUNDED not in room.kinds()


def test_nothing_chosen_and_words_without_end_are_refused(room: Room) -> None:
    found = room.refunds.find(sold(room, 1).where.receipt)
    with pytest.raises(NothingToRefund):
        room.refunds.refund(found, [], Method.CASH)
    with pytest.raises(NothingToRefund):
        room.refunds.give_back([], [], Method.CASH)
    with pytest.raises(InvalidText):
        room.refunds.refund(found, [Choice(1, 1000)], Method.CASH, reason="x" * 10_000)


def test_a_receipt_of_elsewhere_or_of_a_refund_is_not_found(room: Room) -> None:
    found = room.refunds.find(sold(room, 1).where.receipt)
    refund = room.refunds.refund(found, [Choice(1, 1000)], Method.CASH)
    for receipt in ("", "A9-XYZ-000001", "x" * 10_000, refund.where.receipt):
        with pytest.raises(UnknownReceipt) as refused:
            room.refunds.find(receipt)
        assert len(str(refused.value)) < 100
    assert room.refunds.find_event(refund.event_id) is None
    assert room.refunds.find_event("nothing") is None
    assert room.refunds.find_event(found.ticket.event_id) is not None


def test_nobody_gives_back_without_signing_in(room: Room) -> None:
    found = room.refunds.find(sold(room, 1).where.receipt)
    room.session.operator = None
    with pytest.raises(NotSignedIn):
        room.refunds.refund(found, [Choice(1, 1000)], Method.CASH)


def test_a_sale_and_its_refund_leave_nothing_in_the_figures(room: Room) -> None:
    ticket = sold(room, 1, 2, 3)
    room.refunds.refund(room.refunds.find(ticket.where.receipt), [Choice(no, 1000) for no in (1, 2, 3)], Method.CASH)
    room.staff.take_over(OWNER)
    day = ticket.where.business_day
    total = room.reports.own(ReportQuery(day, day)).total
    assert (total.sales, total.refunds, total.net, total.tax, total.quantity) == (1, 1, 0, 0, 0)


def test_a_refund_that_costs_nothing_has_no_tender(room: Room) -> None:
    room.staff.take_over(OWNER)
    refund = room.refunds.give_back([], [Loose(product(1), 1000, 0)], Method.CASH)
    assert (refund.total, refund.tenders) == (0, ())
    assert list(verify.ledger(room.store)) == []
