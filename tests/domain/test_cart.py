"""The cart: totals that are kept equal totals that are worked out afresh, whatever is done to it."""

from collections.abc import Callable
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from seraphine_pos.domain import cart as carts
from seraphine_pos.domain import money
from seraphine_pos.domain.cart import Cart
from seraphine_pos.domain.journal import BODY_BYTES_MAX, canonical
from seraphine_pos.domain.product import Product
from seraphine_pos.domain.refund import Choice, lines_of
from seraphine_pos.domain.refusal import (
    InvalidPrice,
    InvalidQuantity,
    PartlyPaid,
    Refusal,
    TicketFull,
    UnknownLine,
)
from seraphine_pos.domain.sale import Line, Method, Tender, to_body
from seraphine_pos.domain.tax import Tax, tax_upon, tax_within
from tests.domain.examples import (
    VAT_10_UPON,
    VAT_20,
    cart_of,
    prices,
    product,
    products,
    quantities,
    refund_of,
    taxes,
    ticket_of,
)

TEN_DIRHAMS = Tender(Method.CASH, 1000, 1000)


def amount_of(line: Line) -> tuple[int, int]:
    """Work a line out by hand: what is paid and the tax in it."""
    base = money.divide(line.unit_price * line.quantity, 1000) - line.discount
    if line.tax_included:
        return base, tax_within(base, line.tax_rate)
    return base + tax_upon(base, line.tax_rate), tax_upon(base, line.tax_rate)


class CartUnderHands(RuleBasedStateMachine):
    """Random hands on one cart, beside a plain list of what it should hold."""

    def __init__(self) -> None:
        super().__init__()
        self.cart = Cart("cart-1")
        self.units: dict[str, int] = {}

    @rule(one=products, tax=taxes, quantity=quantities)
    def scan(self, one: Product, tax: Tax, quantity: int) -> None:
        before = self.cart
        self.cart = carts.add(before, one, tax, quantity)
        self.units[one.product_id] = self.units.get(one.product_id, 0) + quantity
        changed = carts.touched(before, self.cart)
        assert changed is not None
        assert changed.product_id == one.product_id
        assert changed.list_price == one.price

    @rule(one=products, price=prices)
    def scan_at_another_price(self, one: Product, price: int) -> None:
        self.cart = carts.add(self.cart, one, VAT_20, 1000, unit_price=price, approved_by="omar")
        self.units[one.product_id] = self.units.get(one.product_id, 0) + 1000

    @precondition(lambda self: self.cart.lines)
    @rule(data=st.data(), quantity=quantities)
    def set_quantity(self, data: st.DataObject, quantity: int) -> None:
        line = data.draw(st.sampled_from(self.cart.lines))
        before = self.cart
        self.cart = carts.set_quantity(before, line.no, quantity)
        self.units[line.product_id] += quantity - line.quantity
        changed = carts.touched(before, self.cart)
        assert changed == self.cart.line(line.no)

    @precondition(lambda self: self.cart.lines)
    @rule(data=st.data(), price=prices)
    def set_price(self, data: st.DataObject, price: int) -> None:
        line = data.draw(st.sampled_from(self.cart.lines))
        self.cart = carts.set_price(self.cart, line.no, price, "omar")
        assert self.cart.line(line.no).unit_price == price

    @precondition(lambda self: self.cart.lines)
    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        line = data.draw(st.sampled_from(self.cart.lines))
        before = self.cart
        self.cart = carts.remove(before, line.no)
        self.units[line.product_id] -= line.quantity
        assert carts.touched(before, self.cart) is None
        with pytest.raises(UnknownLine):
            self.cart.line(line.no)

    @invariant()
    def kept_totals_are_the_totals(self) -> None:
        lines = self.cart.lines
        assert [(line.amount, line.tax) for line in lines] == [amount_of(line) for line in lines]
        assert self.cart.total == sum(line.amount for line in lines) == self.cart.due
        assert self.cart.tax == sum(line.tax for line in lines)
        assert self.cart.units == sum(line.quantity for line in lines) == sum(self.units.values())
        assert self.cart.weight == sum(map(carts.weight_of, lines))

    @invariant()
    def a_line_number_is_never_used_twice(self) -> None:
        numbers = [line.no for line in self.cart.lines]
        assert numbers == sorted(set(numbers))
        assert max(numbers, default=0) <= self.cart.last_no


TestCartUnderHands = CartUnderHands.TestCase


def test_the_same_product_grows_its_line() -> None:
    cart = cart_of((product(1), 1000), (product(2), 1000), (product(1), 2500))
    assert [(line.no, line.quantity) for line in cart.lines] == [(1, 3500), (2, 1000)]


def test_an_earlier_cart_stays_what_it_was() -> None:
    before = cart_of((product(1), 1000))
    carts.remove(carts.add(before, product(1), VAT_20, 1000), 1)
    assert before == cart_of((product(1), 1000))


@pytest.mark.parametrize(
    ("tax", "one"),
    [
        (VAT_10_UPON, product(1)),
        (Tax("TVA20", "TVA 20 %", 2000, included=False), product(1)),
        (Tax("OTHER", "TVA 20 %", 2000), product(1)),
        (VAT_20, product(1, price=1300)),
    ],
)
def test_what_is_charged_otherwise_has_its_own_line(tax: Tax, one: Product) -> None:
    cart = carts.add(cart_of((product(1), 1000)), one, tax, 1000)
    assert len(cart.lines) == 2


def test_another_price_than_the_catalogue_keeps_both_and_who_allowed_it() -> None:
    (line,) = carts.add(Cart("c"), product(1), VAT_20, 1000, unit_price=900, approved_by="omar").lines
    assert (line.unit_price, line.list_price, line.approved_by, line.amount) == (900, 1250, "omar", 900)


def test_a_code_that_was_scanned_stands_on_its_line() -> None:
    (line,) = carts.add(Cart("c"), product(1), VAT_20, 6000, code="PACK-6").lines
    assert line.code == "PACK-6"


@given(taxes, prices, quantities)
def test_tax_included_stays_in_the_price_and_tax_added_comes_upon_it(tax: Tax, price: int, quantity: int) -> None:
    (line,) = cart_of((product(1, price), quantity), tax=tax).lines
    shelf = money.extend(price, quantity)
    assert line.amount == (shelf if tax.included else shelf + line.tax)


@pytest.mark.parametrize("quantity", [0, -1000, money.QUANTITY_MAX + 1])
def test_a_quantity_that_no_line_can_hold_changes_nothing(quantity: int) -> None:
    cart = cart_of((product(1), 1000))
    for change in (
        partial(carts.add, cart, product(1), VAT_20, quantity),
        partial(carts.set_quantity, cart, 1, quantity),
    ):
        with pytest.raises(InvalidQuantity):
            change()


def test_a_line_cannot_grow_beyond_what_a_line_can_hold() -> None:
    cart = cart_of((product(1, 1), money.QUANTITY_MAX))
    with pytest.raises(InvalidQuantity):
        carts.add(cart, product(1, 1), VAT_20, 1)


@pytest.mark.parametrize("price", [-1, money.AMOUNT_MAX + 1])
def test_an_impossible_price_is_refused(price: int) -> None:
    cart = cart_of((product(1), 1000))
    for change in (
        partial(carts.add, cart, product(2), VAT_20, 1000, unit_price=price),
        partial(carts.set_price, cart, 1, price, None),
    ):
        with pytest.raises(InvalidPrice):
            change()


def test_a_total_beyond_what_a_till_counts_is_refused() -> None:
    dear = cart_of((product(1, money.AMOUNT_MAX), 1000))
    for change in (
        partial(carts.add, dear, product(2, 1), VAT_20, 1000),
        partial(carts.set_quantity, dear, 1, 2000),
    ):
        with pytest.raises(InvalidQuantity):
            change()


def filled(one: Callable[[int], Product], quantity: int) -> Cart:
    """Return a cart that takes no line more."""
    cart = Cart("cart-1")
    for no in range(10_000):
        try:
            cart = carts.add(cart, one(no), VAT_20, quantity)
        except TicketFull as full:
            assert f"({no} lignes)" in str(full)  # noqa: PT017  the cart that was full is wanted, too
            return cart
    pytest.fail("a ticket takes any number of lines")


@pytest.mark.parametrize(
    ("one", "quantity"),
    [
        (lambda no: product(no, 99_999, f"{no} מוצר" + "é" * 60), 999_999),
        (lambda no: Product(str(no), "A", 99_999_999, "TVA20"), 9999),
    ],
    ids=["long names", "short names"],
)
def test_a_full_ticket_still_fits_into_one_entry_and_so_does_its_refund(
    one: Callable[[int], Product], quantity: int
) -> None:
    sale = ticket_of(filled(one, quantity), "0" * 36)
    assert BODY_BYTES_MAX // 2 < len(canonical(to_body(sale, "0" * 64)).encode()) < BODY_BYTES_MAX
    back = lines_of(sale, [Choice(line.no, line.quantity) for line in sale.lines], {})
    assert len(canonical(to_body(refund_of(sale, back), "0" * 64)).encode()) <= BODY_BYTES_MAX


def test_part_payments_close_the_cart() -> None:
    cart = carts.pay(cart_of((product(1), 2000)), TEN_DIRHAMS)
    assert (cart.paid, cart.due) == (1000, 1500)
    for change in (
        partial(carts.add, cart, product(1), VAT_20, 1000),
        partial(carts.set_quantity, cart, 1, 1000),
        partial(carts.set_price, cart, 1, 1, None),
        partial(carts.remove, cart, 1),
    ):
        with pytest.raises(PartlyPaid):
            change()
    assert carts.pay(cart, Tender(Method.CARD, 1500, 1500)).due == 0


@given(st.integers(-5, 5))
def test_a_line_that_is_not_there_is_refused(no: int) -> None:
    cart = cart_of((product(1), 1000))
    if no != 1:
        for change in (partial(carts.set_quantity, cart, no, 1), partial(carts.remove, cart, no)):
            with pytest.raises(Refusal):
                change()
