"""Paying when the world says no: the sale stays, and the strip stays until it is read."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from seraphine_pos.domain.refusal import EmptyCart, Failure, StorageFull
from seraphine_pos.domain.sale import Method, Ticket
from seraphine_pos.till.checkout import Checkout
from seraphine_pos.ui.till_words import problem
from tests.fakes.clock import seeded_bytes
from tests.ui.counter import Counter


class FullDisk(Checkout):
    """A checkout whose disk is full until somebody makes room."""

    is_full = True

    def pay(self, method: Method, amount: int | None = None, *, confirmed: bool = False) -> Ticket | None:
        """Refuse while the disk is full."""
        if self.is_full:
            raise StorageFull
        return super().pay(method, amount, confirmed=confirmed)


@pytest.fixture
def counter(qtbot: QtBot, tmp_path: Path) -> Iterator[Counter]:
    """Give a counter whose disk is full when it pays."""
    made = Counter(qtbot, tmp_path)
    shop = made.shop
    shop.checkout = FullDisk(
        made.stored.journal, made.stored.catalogue, made.stored.carts, shop.shifts, shop.session,
        currency="MAD", clock=shop.clock, random_bytes=seeded_bytes(9),
    )  # fmt: skip
    made.sign_in()
    yield made
    made.close()


def test_a_full_disk_keeps_the_sale_and_says_what_to_do(counter: Counter) -> None:
    counter.scan(1)
    counter.keyboard.press("F9")
    notice = counter.till._notices.current
    assert notice is not None
    assert "Disque plein" in notice.title
    assert counter.quantities() == [("Article 1", 1000)]
    counter.scan(2)
    assert counter.till._notices.current == notice


def test_once_there_is_room_the_same_sale_is_paid(counter: Counter) -> None:
    counter.scan(1)
    counter.keyboard.press("F9")
    assert isinstance(counter.shop.checkout, FullDisk)
    counter.shop.checkout.is_full = False
    counter.keyboard.press("Esc")
    counter.keyboard.press("F9")
    assert [ticket.total for ticket in counter.tickets()] == [1250]


@pytest.mark.parametrize(("failure", "stays"), [(StorageFull(), True), (EmptyCart(), False)])
def test_what_the_world_refuses_stays_until_it_is_read(failure: Failure, stays: bool) -> None:
    assert problem(failure, "MAD", 2).stays is stays
