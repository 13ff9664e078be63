"""Refunds: partial ones add up to exactly what was charged, and never to more."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seraphine_pos.domain.cart import priced
from seraphine_pos.domain.money import AMOUNT_MAX
from seraphine_pos.domain.product import Product
from seraphine_pos.domain.refund import Choice, Given, check_size, left, lines_of
from seraphine_pos.domain.refusal import (
    InvalidPrice,
    InvalidQuantity,
    NothingToRefund,
    RefundTooMuch,
    TicketFull,
    UnknownLine,
)
from seraphine_pos.domain.sale import Origin
from seraphine_pos.domain.tax import Tax
from tests.domain.examples import VAT_10_UPON, cart_of, product, sold, ticket_of, tickets

THREE = ticket_of(cart_of((product(1, 100), 3000), (product(2, 99), 1000)))


@given(tickets, st.data())
def test_random_parts_add_up_to_what_was_charged(choice: list[tuple[Product, Tax, int]], data: st.DataObject) -> None:
    sale = sold(choice)
    given_back: dict[int, Given] = {}
    for line in sale.lines:
        while (rest := left(line, given_back.get(line.no, Given()))) > 0:
            part = data.draw(st.one_of(st.integers(max(1, rest // 3), rest), st.just(rest)))
            (back,) = lines_of(sale, [Choice(line.no, part)], given_back)
            before = given_back.get(line.no, Given())
            now = Given(before.quantity + back.quantity, before.amount + back.amount, before.tax + back.tax)
            assert back.amount >= 0
            assert back.tax >= 0
            assert now.amount <= line.amount
            assert now.tax <= line.tax
            given_back[line.no] = now
        assert given_back[line.no] == Given(line.quantity, line.amount, line.tax)
        with pytest.raises(RefundTooMuch):
            lines_of(sale, [Choice(line.no, 1)], given_back)


def test_a_third_each_time_loses_no_cent() -> None:
    thirds = []
    given_back = Given()
    sale = ticket_of(cart_of((product(1, 100), 300)))
    for _ in range(3):
        (back,) = lines_of(sale, [Choice(1, 100)], {1: given_back})
        given_back = Given(given_back.quantity + 100, given_back.amount + back.amount, given_back.tax + back.tax)
        thirds.append((back.amount, back.tax))
    assert thirds == [(10, 2), (10, 2), (10, 1)]


def test_a_refund_line_names_its_origin_and_is_numbered_afresh() -> None:
    back = lines_of(THREE, [Choice(2, 1000), Choice(1, 2000)], {}, first_no=5)
    assert [(line.no, line.origin, line.amount) for line in back] == [
        (5, Origin("sale-1", 2), 99),
        (6, Origin("sale-1", 1), 200),
    ]


def test_one_line_chosen_twice_counts_twice() -> None:
    with pytest.raises(RefundTooMuch) as refused:
        lines_of(THREE, [Choice(1, 2000), Choice(1, 2000)], {})
    assert "il reste 1 à rembourser" in str(refused.value)


@pytest.mark.parametrize("tax", [Tax("TVA20", "", 2000), VAT_10_UPON])
def test_another_price_is_taxed_like_a_sale_at_that_price(tax: Tax) -> None:
    sale = ticket_of(cart_of((product(1, 1250), 3000), tax=tax))
    (back,) = lines_of(sale, [Choice(1, 2000, unit_price=1000)], {})
    (rung,) = cart_of((product(1, 1000), 2000), tax=tax).lines
    assert (back.unit_price, back.amount, back.tax) == (1000, rung.amount, rung.tax)
    assert priced(back).amount == back.amount


def test_after_another_price_the_rest_never_gives_back_too_much() -> None:
    (dear,) = lines_of(THREE, [Choice(1, 2000, unit_price=140)], {})
    (rest,) = lines_of(THREE, [Choice(1, 1000)], {1: Given(2000, dear.amount, dear.tax)})
    assert (dear.amount, rest.amount) == (280, 20)


@pytest.mark.parametrize(
    ("choices", "refusal"),
    [
        ([], NothingToRefund),
        ([Choice(9, 1000)], UnknownLine),
        ([Choice(1, 0)], InvalidQuantity),
        ([Choice(1, -1000)], InvalidQuantity),
        ([Choice(1, 3001)], RefundTooMuch),
        ([Choice(1, 1000, unit_price=-1)], InvalidPrice),
        ([Choice(1, 1000, unit_price=AMOUNT_MAX + 1)], InvalidPrice),
    ],
)
def test_what_cannot_be_given_back_is_refused(choices: list[Choice], refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        lines_of(THREE, choices, {})


def test_a_refund_beyond_what_a_till_counts_or_an_entry_holds_is_refused() -> None:
    (line,) = lines_of(THREE, [Choice(2, 1000)], {})
    check_size([line])
    with pytest.raises(InvalidQuantity):
        check_size([replace(line, amount=AMOUNT_MAX), line])
    with pytest.raises(TicketFull):
        check_size([line] * 2000)
