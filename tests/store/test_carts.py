"""A cart survives whatever ends the program."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seraphine_pos.domain import cart as carts
from seraphine_pos.domain.cart import Cart
from seraphine_pos.domain.sale import Method, Tender
from seraphine_pos.store.carts import Carts
from seraphine_pos.store.till import TillStore
from tests.domain.examples import VAT_20, cart_of, product
from tests.store.folder import Folder, complete

PAID = Tender(Method.CASH, 1000, 2000, 1000)


def keep(kept: Carts, *steps: Cart) -> None:
    """Keep one cart after the other, from none."""
    before = Cart("before")
    for after in steps:
        kept.save(before, after, "amina", 5)
        before = after


def test_a_cart_is_there_again_with_every_word_of_it(folder: Folder) -> None:
    store = folder.open()
    rung = cart_of((product(1), 1000), (product(2, name="Café « vrac »"), 355))
    rung = carts.set_price(carts.add(rung, product(3), VAT_20, 6000, code="PACK-6"), 3, 900, "omar")
    paid = carts.pay(rung, PAID)
    keep(store.carts, rung, paid)
    folder.close()
    found = folder.open().carts.latest()
    assert found is not None
    assert found == replace(paid, cart_id=found.cart_id)


def test_two_copies_of_a_cart_in_progress_are_two_sales(folder: Folder, tmp_path: Path) -> None:
    store = folder.open()
    keep(store.carts, cart_of((product(1), 1000)))
    folder.close()
    copy = folder.copy_to(tmp_path / "copy")
    ids = [one.cart_id for one in (folder.open().carts.latest(), copy.open().carts.latest()) if one is not None]
    copy.close()
    assert len(set(ids)) == 2


def test_without_a_cart_there_is_none(store: TillStore) -> None:
    assert store.carts.latest() is None


def test_the_newest_cart_is_taken_up(store: TillStore) -> None:
    store.carts.save(Cart("a"), cart_of((product(1), 1000)), "amina", 5)
    newer = carts.add(Cart("cart-2"), product(2), VAT_20, 1000)
    store.carts.save(Cart("b"), newer, "amina", 6)
    assert store.carts.latest() == newer


def test_a_cart_goes_with_its_sale_and_stays_without_it(store: TillStore) -> None:
    cart = cart_of((product(1), 1000))
    keep(store.carts, cart)
    with pytest.raises(ZeroDivisionError):
        sell_cart(store, cart, 0)
    assert store.carts.latest() == cart
    sell_cart(store, cart, 1)
    assert store.carts.latest() is None
    with store.database.read() as connection:
        assert connection.execute("SELECT count(*) FROM cart_line").fetchone()[0] == 0


def sell_cart(store: TillStore, cart: Cart, divisor: int) -> None:
    """Sell a cart in one action that may end badly."""
    with store.journal.action() as action:
        complete(action, cart)
        store.carts.forget(action.connection, cart.cart_id)
        assert 1 // divisor


@settings(max_examples=25)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(1, 4), st.integers(1, 5000)), max_size=15))
def test_what_is_kept_is_the_cart_after_every_change(
    tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[int, int, int]]
) -> None:
    folder = Folder(tmp_path_factory.mktemp("till") / "till")
    store = folder.open()
    cart = before = Cart("cart-1")
    for what, which, quantity in changes:
        numbers = [line.no for line in cart.lines]
        if what == 0 and which in numbers:
            cart = carts.remove(cart, which)
        elif what == 1 and which in numbers:
            cart = carts.set_quantity(cart, which, quantity)
        else:
            cart = carts.add(cart, product(which), VAT_20, quantity)
        store.carts.save(before, cart, "amina", 5)
        before = cart
        assert store.carts.latest() == cart
    folder.close()
