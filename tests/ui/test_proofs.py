"""The owner looks whether both sides hold the same, in the real window by keys, with the real server's answers."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from seraphine_pos.domain.day_proof import DayTickets, StoreProofs
from seraphine_pos.domain.journal import FIRST_HASH
from seraphine_pos.domain.refusal import ServerUnavailable
from seraphine_pos.domain.report import ReportData, ReportQuery
from seraphine_pos.till.proofs import Proofs
from seraphine_pos.till.reports import Reports
from seraphine_pos.ui import places
from seraphine_pos.ui.label import Label
from seraphine_pos.ui.table import Table
from sync_server.store_server import DeviceServer
from tests.sync_server.shop import Shop, found_shop
from tests.ui.counter import Counter

TABS = ("Synthèse", "Articles", "Heures", "Équipe", "Paiements", "TVA")


class Line:
    """The way to a server, which can be cut."""

    def __init__(self, server: DeviceServer) -> None:
        self.server = server
        self.cut = False

    def report(self, query: ReportQuery) -> ReportData:
        """Ask for a report."""
        return self._there().report(query)

    def proofs(self, query: ReportQuery) -> StoreProofs:
        """Ask for the proofs."""
        return self._there().proofs(query)

    def day_tickets(self, till_id: str, day: str, after: str) -> DayTickets:
        """Ask for the tickets of a day."""
        return self._there().day_tickets(till_id, day, after)

    def _there(self) -> DeviceServer:
        if self.cut:
            raise ServerUnavailable(reason="coupé")
        return self.server


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Shop]:
    made = found_shop(f"sqlite:///{tmp_path / 'server.db'}")
    yield made
    made.database.close()


@pytest.fixture
def line(store: Shop, counter: Counter) -> Line:
    device = store.till().server
    # The till under test was enrolled elsewhere: this store knows it all the same.
    with store.database.write() as connection:
        connection.exec_driver_sql("INSERT INTO tills SELECT store_id, 'till-1', 'B1', machine, 0 FROM tills")
    line = Line(replace(device, device=replace(device.device, till_id="till-1")))
    shop = counter.shop
    shop.reports = Reports(shop.stored.ledger, shop.stored.journal, shop.session, line.report)
    shop.proofs = Proofs(shop.stored.ledger, shop.session, line)
    return line


def sell_and_send(counter: Counter, line: Line) -> list[str]:
    """Ring three tickets by keys, send the journal, and return their numbers."""
    counter.sign_in("nadia")
    for no in (1, 2, 3):
        counter.scan(no)
        counter.keyboard.press("F9")
    journal = counter.stored.journal
    head = line.server.push(journal.state().journal_id, 0, FIRST_HASH, journal.unsent(100, 1 << 20))
    journal.acknowledge(head.seq, head.durable)
    return [ticket.where.receipt for ticket in counter.tickets()]


def open_reports(qtbot: QtBot, counter: Counter) -> None:
    counter.window.shell.go(places.TILL)
    counter.window.shell.go(places.REPORTS)
    qtbot.waitUntil(counter.window.is_at_rest)


def choose_proofs(counter: Counter) -> None:
    """Reach the tabs by Tab and the last of them by arrows."""
    for _step in range(60):
        focused = QApplication.focusWidget()
        words = focused.text() if isinstance(focused, QPushButton) else ""
        if words == "Contrôle":
            counter.keyboard.press("Space")
            return
        counter.keyboard.press("Right" if words in TABS else "Tab")
    pytest.fail("the tab was not reached")


def table_of(counter: Counter) -> Table:
    page = counter.window.shell.page(counter.window.shell.current)
    return next(table for table in page.findChildren(Table) if table.isVisible())


def first_row(counter: Counter) -> list[str]:
    model = table_of(counter).model()
    return [str(model.index(0, column).data()) for column in range(model.columnCount())]


def says(counter: Counter, words: str) -> bool:
    page = counter.window.shell.page(counter.window.shell.current)
    return any(words in label.text() for label in page.findChildren(Label) if label.isVisible())


def test_an_owner_sees_that_the_day_is_equal(qtbot: QtBot, counter: Counter, line: Line) -> None:
    sell_and_send(counter, line)
    open_reports(qtbot, counter)
    qtbot.waitUntil(lambda: says(counter, "3 tickets sur\xa03, identiques"))
    choose_proofs(counter)
    assert first_row(counter)[1:] == ["A1", "3 tickets sur\xa03", "37,50", "identiques", ""]


def test_a_ticket_that_the_server_lacks_is_named_and_opened(
    qtbot: QtBot, counter: Counter, line: Line, store: Shop
) -> None:
    _, lost, _ = sell_and_send(counter, line)
    with store.database.write() as connection:
        connection.exec_driver_sql(f"DELETE FROM sales WHERE receipt = '{lost}'")
        connection.exec_driver_sql("UPDATE proofs SET tickets = tickets - 1, net = net - 1250")
    open_reports(qtbot, counter)
    qtbot.waitUntil(lambda: says(counter, "1 jour diffère"))
    choose_proofs(counter)
    assert first_row(counter)[2:] == ["2 tickets sur\xa03", "37,50", f"{lost} manque sur le serveur", "Voir →"]
    table = table_of(counter)
    table.setFocus()
    counter.keyboard.press("Down")
    counter.keyboard.press("Space")
    qtbot.waitUntil(lambda: counter.window.shell.current == places.SALES)
    qtbot.waitUntil(lambda: table_of(counter).model().rowCount() == 1)
    assert lost in first_row(counter)


def test_without_the_server_nothing_is_claimed(qtbot: QtBot, counter: Counter, line: Line) -> None:
    sell_and_send(counter, line)
    line.cut = True
    open_reports(qtbot, counter)
    qtbot.waitUntil(lambda: says(counter, "journées pas encore comparées"))
    choose_proofs(counter)
    assert first_row(counter)[2:5] == ["3 tickets", "37,50", "pas encore comparés : le serveur n’a pas répondu"]
