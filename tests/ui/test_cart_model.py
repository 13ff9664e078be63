"""The cart's rows: the newest first, ready text, and only what changed is told."""

import pytest
from PySide6.QtCore import QModelIndex, Qt
from pytestqt.qtbot import QtBot

from seraphine_pos.domain import cart as carts
from seraphine_pos.domain.cart import Cart
from seraphine_pos.domain.tax import Tax
from seraphine_pos.ui.cart_model import CartModel
from tests.domain.examples import product

TAX = Tax("TVA20", "TVA 20 %", 2000)


class Told:
    """A model and what it told its view."""

    def __init__(self) -> None:
        self.model = CartModel("MAD", 2)
        self.log: list[tuple[str, int]] = []
        self.model.rowsInserted.connect(lambda _parent, first, _last: self.log.append(("in", first)))
        self.model.rowsRemoved.connect(lambda _parent, first, _last: self.log.append(("out", first)))
        self.model.dataChanged.connect(self._changed)
        self.model.modelReset.connect(lambda: self.log.append(("all", 0)))

    def _changed(self, first: QModelIndex, _last: QModelIndex, _roles: list[int]) -> None:
        self.log.append(("same", first.row()))

    def show(self, cart: Cart) -> list[tuple[str, int]]:
        """Show a cart and return what was told of it."""
        self.log.clear()
        self.model.show_cart(cart)
        return list(self.log)

    @property
    def names(self) -> list[str]:
        """The names from the top."""
        return [self.model.row(place).name for place in range(self.model.rowCount())]


@pytest.fixture
def told(qtbot: QtBot) -> Told:
    return Told()


def rung(*numbers: int) -> Cart:
    cart = Cart("c")
    for no in numbers:
        cart = carts.add(cart, product(no), TAX, 1000)
    return cart


def test_each_change_of_the_cart_is_told_as_one_change_of_the_list(told: Told) -> None:
    cart = rung(1)
    assert told.show(cart) == [("in", 0)]
    cart = carts.add(cart, product(2), TAX, 1000)
    assert told.show(cart) == [("in", 0)]
    assert told.names == ["Article 2", "Article 1"]
    cart = carts.add(cart, product(1), TAX, 1000)
    assert told.show(cart) == [("same", 1)]
    cart = carts.set_quantity(cart, 2, 5000)
    assert told.show(cart) == [("same", 0)]
    cart = carts.remove(cart, 1)
    assert told.show(cart) == [("out", 1)]
    assert told.names == ["Article 2"]


def test_the_same_cart_tells_nothing(told: Told) -> None:
    cart = rung(1, 2)
    told.show(cart)
    assert told.show(cart) == []


def test_another_sale_is_told_whole(told: Told) -> None:
    told.show(rung(1, 2, 3))
    assert told.show(rung(4)) == [("all", 0)]
    assert told.names == ["Article 4"]


def test_a_row_is_ready_text(told: Told) -> None:
    cart = carts.set_price(rung(1), 1, 1000, "nadia")
    told.show(cart)
    row = told.model.row(0)
    assert (row.quantity, row.amount, row.remark) == ("1\u202f×", "10,00", "au lieu de 12,50")
    assert row.detail.endswith("10,00\xa0MAD · TVA 20\u202f%")


def test_a_reader_of_the_screen_hears_quantity_name_and_amount(told: Told) -> None:
    told.show(rung(1))
    heard = told.model.data(told.model.index(0), Qt.ItemDataRole.AccessibleTextRole)
    assert heard == "1\u202f× Article 1 12,50"


def test_a_line_is_found_by_its_number(told: Told) -> None:
    told.show(carts.remove(rung(1, 2, 3), 2))
    assert [told.model.place_of(no) for no in (1, 2, 3)] == [1, -1, 0]
