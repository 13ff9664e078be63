"""Paying by real keys where it is not plain: very large amounts, notes of several payments, odd change, weights."""

import pytest
from PySide6.QtGui import QFontMetrics

from seraphine_pos.domain.sale import Method
from seraphine_pos.ui.cart_delegate import _NAME_LEFT as NAME_LEFT
from seraphine_pos.ui.cart_delegate import CartDelegate
from tests.ui.counter import OWNER_PIN, Counter

DEAR = "6111242100992"
BEYOND_32_BITS = 2_500_000_000


def sell_new(counter: Counter, price: str, code: str = DEAR) -> None:
    """Create a product at this price by keys, which puts it into the sale."""
    board = counter.keyboard
    board.scan(code)
    board.press("Shift+F4")
    board.type("Article neuf")
    board.press("Tab")
    board.type(price)
    board.press("Shift+F4")
    board.type(OWNER_PIN)
    board.press("F12")


def change_detail(counter: Counter) -> str:
    assert counter.till.panel is counter.till._change
    return counter.till._change.words.detail


def test_an_amount_beyond_32_bits_is_paid_by_a_quick_note_and_given_back(till: Counter) -> None:
    sell_new(till, "25000000")
    till.keyboard.press("Shift+F9")
    (ticket,) = till.tickets()
    assert ticket.total == BEYOND_32_BITS
    till.keyboard.scan(ticket.where.receipt)
    till.keyboard.press("F3")
    assert till.till._pay.total.words.figure == "25\u202f000\u202f000,00"
    till.keyboard.press("F9")
    till.keyboard.press("Shift+F3")
    assert till.tickets()[-1].total == BEYOND_32_BITS
    assert till.tickets()[-1].refund


def test_a_quantity_beyond_32_bits_is_taken_as_it_was_typed(till: Counter) -> None:
    given: list[int] = []
    till.till._entry.quantity_given.connect(given.append)
    till.till._entry.quantity_given.emit(BEYOND_32_BITS)
    assert given == [BEYOND_32_BITS]


def test_two_other_payments_keep_both_notes(till: Counter) -> None:
    till.scan(1)
    till.keyboard.type("5")
    for note in ("bon A", "bon B"):
        till.keyboard.press("F11")
        till.keyboard.type(note)
        till.keyboard.press("F11")
    (ticket,) = till.tickets()
    assert ticket.note == "bon A · bon B"


@pytest.mark.parametrize(("key", "method"), [("F9", Method.CASH), ("F10", Method.CARD), ("Shift+F9", Method.CASH)])
def test_a_note_typed_stays_with_the_sale_however_it_is_paid(till: Counter, key: str, method: Method) -> None:
    till.scan(1)
    till.keyboard.press("F11")
    till.keyboard.type("Bon 17")
    till.keyboard.press(key)
    (ticket,) = till.tickets()
    assert (ticket.tenders[0].method, ticket.note) == (method, "Bon 17")


def test_a_note_of_a_payment_that_is_tried_again_is_written_once(till: Counter) -> None:
    till.scan(1)
    till.keyboard.type("20")
    for _attempt in range(2):
        till.keyboard.press("F11")
        till.keyboard.type("Bon 17")
        till.keyboard.press("F11")
    assert till.tickets() == []
    till.keyboard.press("Esc")
    till.keyboard.press("F10")
    assert [ticket.note for ticket in till.tickets()] == ["Bon 17"]


def test_change_that_no_coin_pays_is_said_whole(till: Counter) -> None:
    sell_new(till, "7,47")
    till.keyboard.type("10")
    till.keyboard.press("F9")
    assert change_detail(till) == "reçu 10,00 · 1 × 2 · 1 × 0,50 · et 0,03"


def test_goods_by_weight_are_no_units(till: Counter) -> None:
    till.keyboard.type("0,5")
    till.keyboard.type("*")
    till.scan(1)
    assert till.till._pay.total.words.heading == "1 article"
    till.keyboard.press("Del")
    till.scan(1, 1)
    assert till.till._pay.total.words.heading == "1 article · 2 unités"


def test_a_number_refused_as_a_quantity_is_no_amount_afterwards(till: Counter) -> None:
    till.keyboard.type("0")
    till.keyboard.press("F3")
    assert till.till._entry.typed == ""
    till.scan(1)
    till.keyboard.press("F9")
    assert [ticket.total for ticket in till.tickets()] == [1250]


def test_a_very_large_amount_stands_beside_its_name_and_on_its_keys(till: Counter) -> None:
    board = till.keyboard
    board.scan(DEAR)
    board.press("Shift+F4")
    board.type("Article de très grande valeur avec un nom qui prend toute la place que la ligne lui laisse")
    board.press("Tab")
    board.type("2500000000")
    board.press("Shift+F4")
    board.type(OWNER_PIN)
    board.press("F12")
    view = till.till._sale.cart
    delegate = next(child for child in view.findChildren(CartDelegate))
    width = view.viewport().width()
    drawn = delegate._lay_out(view.row_at(0), width)
    assert NAME_LEFT + drawn.name.size().width() < width - drawn.right
    for button in till.till._pay.notes._buttons:
        font = button._fitting_font()
        assert QFontMetrics(font).horizontalAdvance(button.words) <= button.width()
