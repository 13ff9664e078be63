"""A ticket and its body: what was rung is read back whole, by the shape that the journal checks."""

from dataclasses import replace

import pytest
from hypothesis import given

from seraphine_pos.domain import event, journal, sale
from seraphine_pos.domain.money import ROUNDING
from seraphine_pos.domain.product import Product
from seraphine_pos.domain.refund import Choice, lines_of
from seraphine_pos.domain.sale import Method, Tender
from seraphine_pos.domain.tax import Tax
from tests.domain.examples import cart_of, product, refund_of, sold, ticket_of, tickets


@given(tickets)
def test_a_sale_is_read_back_from_its_body(choice: list[tuple[Product, Tax, int]]) -> None:
    ticket = sold(choice)
    body = journal.parse(journal.canonical(sale.to_body(ticket, None)))
    event.check_body("sale.completed", 1, body)
    assert body["rounding"] == ROUNDING
    assert sale.from_body(ticket.event_id, ticket.at_ms, body, refund=False) == ticket


@given(tickets)
def test_a_refund_is_read_back_with_where_its_lines_came_from(choice: list[tuple[Product, Tax, int]]) -> None:
    ticket = sold(choice)
    back = lines_of(ticket, [Choice(line.no, line.quantity) for line in ticket.lines], {})
    refund = replace(refund_of(ticket, back), approved_by="omar", note="cassé")
    body = journal.parse(journal.canonical(sale.to_body(refund, "digest")))
    event.check_body("sale.refunded", 1, body)
    assert sale.from_body(refund.event_id, refund.at_ms, body, refund=True, note="cassé") == refund


def test_a_refund_without_receipt_has_lines_without_origin() -> None:
    refund = replace(ticket_of(cart_of((product(1), 1000))), refund=True, reason="sans ticket", approved_by="omar")
    body = sale.to_body(refund, None)
    event.check_body("sale.refunded", 1, body)
    assert sale.from_body(refund.event_id, refund.at_ms, body, refund=True) == refund


def test_change_and_cash_given_add_up_over_the_tenders() -> None:
    tenders = (Tender(Method.CARD, 500, 500), Tender(Method.CASH, 750, 1000, 250))
    ticket = replace(ticket_of(cart_of((product(1), 1000))), tenders=tenders)
    assert (ticket.given, ticket.change) == (1500, 250)


@pytest.mark.parametrize(
    ("number", "receipt"), [(1, "A1-7QK-000001"), (4218, "A1-7QK-004218"), (10**6, "A1-7QK-1000000")]
)
def test_a_receipt_number_names_till_journal_and_place(number: int, receipt: str) -> None:
    assert sale.receipt_number("A1", "7QK", number) == receipt
