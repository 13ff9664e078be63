"""A day at the counter, by key events on the real window, through a real server process, the network cut in the middle.

From sign-in to the owner's report: everything rung while the wire was cut is in the report afterwards, once.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from seraphine_pos.app import in_use
from seraphine_pos.domain.feedback import Message, Scope, Sentiment
from seraphine_pos.domain.report import STORE, THIS_TILL, ReportQuery
from seraphine_pos.domain.shift import local_time
from seraphine_pos.shop import Shop, open_shop
from seraphine_pos.store.tickets import TicketFilter
from seraphine_pos.ui.frame import Frame
from seraphine_pos.ui.keyboard import Keyboard
from seraphine_pos.ui.theme import Theme
from seraphine_pos.ui.window import Window
from tests.faults.proxy import Proxy
from tests.faults.toxics import refused
from tests.journeys.conftest import CASHIER_ID, CASHIER_PIN, OWNER_ID, OWNER_PIN, PRODUCTS, JoinedTill

WITHIN_ROUNDS = 1200
TEA, COFFEE = PRODUCTS[0][0], PRODUCTS[1][0]
TEA_PRICE, COFFEE_PRICE = PRODUCTS[0][2], PRODUCTS[1][2]


class Person:
    """Somebody at the window, who has keys, a scanner and eyes."""

    def __init__(self, window: Window, shop: Shop) -> None:
        self.window = window
        self.shop = shop
        self.keys = Keyboard(window)

    def sign_in(self, staff_id: str, pin: str) -> None:
        """Choose a person, type the PIN, confirm."""
        people = [person.staff_id for person in self.window.sign_in.people]
        for _ in people:
            self.keys.press("Left")
        for _ in range(people.index(staff_id)):
            self.keys.press("Right")
        self.keys.type(pin)
        self.keys.press("F12")

    def reads(self, words: str) -> bool:
        """Tell whether these words are anywhere on the screen."""
        return any(words in seen for seen in _texts(self.window))

    def sees(self, words: str) -> None:
        """Wait until these words are on the screen."""
        come = self.keys.wait_for(lambda: self.reads(words), WITHIN_ROUNDS)
        assert come, f"no {words!r} among {sorted(set(_texts(self.window)))}"

    def waits_for_sent(self) -> None:
        """Wait until the server has acknowledged everything."""
        assert self.keys.wait_for(lambda: self.shop.stored.journal.state().waiting == 0, WITHIN_ROUNDS)


def _texts(window: Window) -> list[str]:
    """Return what stands on the screen, as a screen reader is told it, with plain spaces."""
    seen = [widget for widget in window.findChildren(QWidget) if widget.isVisible()]
    texts = [widget.text() for widget in seen if isinstance(widget, QLabel)] + [one.accessibleName() for one in seen]
    return [re.sub("[\u202f\xa0]", " ", text) for text in texts if text]


@pytest.fixture
def person(qtbot: QtBot, joined_till: JoinedTill) -> Iterator[Person]:
    """Open the till as the program does and stand before it."""
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    theme = Theme()
    theme.apply(application)
    frame = Frame(theme)
    qtbot.addWidget(frame)
    with qtbot.waitExposed(frame):
        frame.show()
    with (
        open_shop(joined_till.home, keys=joined_till.keys) as shop,
        in_use(application, theme, frame, shop, "") as window,
    ):
        frame.activateWindow()
        qtbot.waitUntil(lambda: QApplication.focusWidget() is not None)
        yield Person(window, shop)


@dataclass(frozen=True, slots=True)
class Rung:
    """What a day came to, in minor units."""

    sales: int
    gross: int
    refunded: int


def sell_online(person: Person) -> str:
    """Ring tea and coffee, exact cash in one key; return the receipt's number."""
    person.keys.scan(TEA)
    person.keys.scan(COFFEE)
    person.keys.press("F9")
    ticket = person.shop.sales.recent()[0]
    assert ticket.total == TEA_PRICE + COFFEE_PRICE
    return ticket.receipt


def sell_offline(person: Person) -> None:
    """Ring two sales, an unknown code among the scans, one with change and one by card."""
    keys = person.keys
    keys.scan(TEA)
    keys.scan("6111242100992")
    assert person.reads("Code inconnu : 6111242100992")
    keys.scan(TEA)
    keys.type("50")
    keys.press("F9")
    ticket = person.shop.sales.recent()[0]
    assert (ticket.total, ticket.cash) == (2 * TEA_PRICE, 2 * TEA_PRICE)
    person.sees("25,00")
    keys.scan(COFFEE)
    keys.press("F10")
    ticket = person.shop.sales.recent()[0]
    assert (ticket.total, ticket.card) == (COFFEE_PRICE, COFFEE_PRICE)


def give_back_offline(person: Person, receipt: str) -> int:
    """Scan a receipt, give its first line back in cash, and return the amount."""
    person.keys.scan(receipt)
    person.keys.press("Right")
    person.keys.press("F9")
    person.keys.press("Shift+F3")
    newest = person.shop.sales.page(TicketFilter(), limit=1)[0]
    assert newest.refund
    assert newest.total in {TEA_PRICE, COFFEE_PRICE}
    return newest.total


def agree(shop: Shop, rung: Rung) -> None:
    """Hold the server's report and the till's own against what was rung, to the cent."""
    today = local_time(shop.clock.now_ms(), shop.store.time_zone).date().isoformat()
    query = ReportQuery(today, today)
    everywhere, here = shop.reports.report(query), shop.reports.own(query)
    assert (everywhere.data.source, here.data.source) == (STORE, THIS_TILL)
    assert everywhere.data.cells == here.data.cells
    total = everywhere.total
    assert (total.sales, total.refunds, total.gross, total.refunded) == (rung.sales, 1, rung.gross, rung.refunded)


@pytest.mark.timeout(300)
def test_from_sign_in_to_the_owners_report_with_the_network_cut_in_the_middle(person: Person, wire: Proxy) -> None:
    shop = person.shop
    person.sign_in(CASHIER_ID, CASHIER_PIN)
    assert person.window.shell.current == "till"
    receipt = sell_online(person)
    person.waits_for_sent()

    wire.suffer(refused)
    sell_offline(person)
    refunded = give_back_offline(person, receipt)
    shop.feedback.submit(Message(Scope.POS, Sentiment.POSITIVE, "Le scanner suit bien."))
    person.keys.press("F12")
    person.sign_in(OWNER_ID, OWNER_PIN)
    assert shop.stored.journal.state().waiting > 0
    person.window.shell.go("reports")
    person.sees("Cette caisse seulement")

    wire.heal()
    shop.sync.wake()
    person.waits_for_sent()
    gross = 3 * TEA_PRICE + 2 * COFFEE_PRICE
    agree(shop, Rung(3, gross, refunded))
    person.window.shell.go("till")
    person.window.shell.go("reports")
    person.sees("Toute la boutique")
    person.sees(f"{(gross - refunded) / 100:.2f}".replace(".", ","))
    assert [remark.text for remark in shop.server.feedback()] == ["Le scanner suit bien."]
