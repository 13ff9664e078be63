"""The sales log: filters, paging, the ticket beside the list, and what each role sees."""

from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QThreadPool
from PySide6.QtWidgets import QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

from seraphine_pos.domain.receipt import Row
from seraphine_pos.domain.refusal import UnknownReceipt
from seraphine_pos.store.tickets import TicketRow
from seraphine_pos.ui.choice import Choice
from seraphine_pos.ui.label import Label
from seraphine_pos.ui.notice import Notice
from seraphine_pos.ui.period import Period
from seraphine_pos.ui.receipt_view import Paper
from seraphine_pos.ui.sales import Sales
from seraphine_pos.ui.sales_state import OpenTicket, SalesDesk, SalesPage, SalesQuery
from seraphine_pos.ui.sales_words import sales_table
from seraphine_pos.ui.span import Span
from seraphine_pos.ui.table import Table
from seraphine_pos.ui.theme import Theme
from tests.ui.report_sample import AROUND, at

TODAY = AROUND.today
PAGE = 100


def ticket(position: int) -> TicketRow:
    return TicketRow(
        position, f"e{position}", f"A1-7QK-{position:06d}", at(8, 0) + position, position % 10 == 0, "2026-11-22",
        "o2", 2, 1_000 + position, 1_000, 0, position, position < 240,
    )  # fmt: skip


class Log:
    """A till with 250 tickets."""

    def __init__(self, folder: Path) -> None:
        self.asked: list[tuple[SalesQuery, int | None]] = []
        self.sees_all = True
        self.folder = folder
        self.total = 250

    def read(self, query: SalesQuery, before: int | None) -> SalesPage:
        """Read a page."""
        self.asked.append((query, before))
        last = (before or self.total + 1) - 1
        rows = [ticket(position) for position in range(last, max(last - PAGE, 0), -1)]
        if query.receipt or query.named:
            rows = rows[:1]
        return SalesPage(sales_table(rows, AROUND), rows[-1].position if len(rows) == PAGE else None)

    def open(self, receipt: str) -> OpenTicket:
        """Open a ticket; refunds cannot be refunded."""
        number = int(receipt[-6:])
        return OpenTicket(receipt, (Row("Ticket", receipt),), number % 10 != 0)

    def keep(self, receipt: str) -> Path:
        """Write a ticket."""
        if receipt.endswith("249"):
            raise UnknownReceipt(receipt=receipt)
        return self.folder / f"{receipt}.pdf"


@pytest.fixture
def log(tmp_path: Path) -> Log:
    return Log(tmp_path)


@pytest.fixture
def page(qtbot: QtBot, log: Log, pool: QThreadPool) -> Sales:
    desk = SalesDesk(
        log.read, log.open, log.keep, lambda: (("o1", "Nadia E."), ("o2", "Salma B.")), lambda: log.sees_all
    )
    page = Sales(Theme(), desk, lambda: TODAY, pool)
    qtbot.addWidget(page)
    page.resize(1282, 720)
    page.show()
    qtbot.waitExposed(page)
    page.refresh()
    qtbot.waitUntil(lambda: rows(page) == PAGE)
    return page


def rows(page: Sales) -> int:
    return page.findChildren(Table)[0].model().rowCount()


def shows(page: Sales, wanted: int) -> bool:
    return rows(page) == wanted


def words(page: Sales, row: int) -> list[str]:
    model = page.findChildren(Table)[0].model()
    return [model.index(row, column).data() for column in range(model.columnCount())]


def press(qtbot: QtBot, page: Sales, text: str) -> None:
    button = next(one for one in page.findChildren(QPushButton) if one.isVisible() and text in one.text())
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def paper(page: Sales) -> str:
    sheet = page.findChildren(Paper)[0]
    return sheet.accessibleName() if sheet.isVisible() else ""


def test_the_newest_ticket_stands_first_and_open(qtbot: QtBot, page: Sales, log: Log) -> None:
    assert words(page, 0) == ["08:00", "A1-7QK-000250", "Salma B.", "Retour", "−12,50", "attend"]
    assert words(page, 11)[3:] == ["Espèces + Autre", "12,39", "envoyé"]
    assert log.asked == [(SalesQuery(span=Span(TODAY, TODAY)), None)]
    qtbot.waitUntil(lambda: paper(page) == "Ticket A1-7QK-000250")


def test_keys_walk_the_tickets(qtbot: QtBot, page: Sales) -> None:
    table = page.findChildren(Table)[0]
    table.setFocus()
    qtbot.keyClick(table, Qt.Key.Key_Down)
    qtbot.waitUntil(lambda: paper(page) == "Ticket A1-7QK-000249")


def test_scrolling_reads_on_to_the_last_ticket(qtbot: QtBot, page: Sales, log: Log) -> None:
    table = page.findChildren(Table)[0]
    for wanted in (200, 250):
        table.verticalScrollBar().setValue(table.verticalScrollBar().maximum())
        qtbot.waitUntil(partial(shows, page, wanted))
    assert [before for _query, before in log.asked] == [None, 151, 51]
    assert words(page, 249)[1] == "A1-7QK-000001"


def test_filters_ask_again(qtbot: QtBot, page: Sales, log: Log) -> None:
    person, method = page.findChildren(Choice)
    person.setFocus()
    qtbot.keyClick(person, Qt.Key.Key_Down)
    qtbot.waitUntil(lambda: log.asked[-1][0].operator_id == "o1")
    method.setFocus()
    qtbot.keyClick(method, Qt.Key.Key_Down)
    qtbot.waitUntil(lambda: log.asked[-1][0].method == "cash")


def test_a_number_is_searched_in_all_days_once_typing_rests(qtbot: QtBot, page: Sales, log: Log) -> None:
    field = page.findChildren(QLineEdit)[0]
    field.setFocus()
    qtbot.keyClicks(field, "a1-7qk")
    qtbot.waitUntil(lambda: log.asked[-1][0] == SalesQuery(receipt="A1-7QK"))
    assert len(log.asked) == 2
    qtbot.waitUntil(lambda: rows(page) == 1)


def test_a_refund_hands_the_ticket_over(qtbot: QtBot, page: Sales) -> None:
    page.findChildren(Table)[0].setCurrentIndex(page.findChildren(Table)[0].model().index(1, 0))
    qtbot.waitUntil(lambda: paper(page) == "Ticket A1-7QK-000249")
    with qtbot.waitSignal(page.refund) as refund:
        press(qtbot, page, "Rembourser")
    assert refund.args == ["A1-7QK-000249"]


def test_a_refund_cannot_be_refunded(qtbot: QtBot, page: Sales) -> None:
    qtbot.waitUntil(lambda: paper(page) == "Ticket A1-7QK-000250")
    with qtbot.assertNotEmitted(page.refund):
        press(qtbot, page, "Rembourser")


def test_a_ticket_is_kept_as_pdf_or_the_page_says_why_not(qtbot: QtBot, page: Sales) -> None:
    notice = page.findChildren(Notice)[0]
    qtbot.waitUntil(lambda: paper(page) == "Ticket A1-7QK-000250")
    press(qtbot, page, "Ticket PDF")
    qtbot.waitUntil(lambda: "A1-7QK-000250.pdf" in notice.text)
    page.findChildren(Table)[0].setCurrentIndex(page.findChildren(Table)[0].model().index(1, 0))
    qtbot.waitUntil(lambda: paper(page) == "Ticket A1-7QK-000249")
    press(qtbot, page, "Ticket PDF")
    qtbot.waitUntil(lambda: "introuvable" in notice.text)


def test_the_sales_under_an_observation_stand_alone_until_left(qtbot: QtBot, page: Sales, log: Log) -> None:
    page.show_tickets(("e1", "e2"))
    qtbot.waitUntil(lambda: rows(page) == 1)
    assert log.asked[-1][0] == SalesQuery(named=("e1", "e2"))
    assert not page.findChildren(Period)[0].isVisible()
    press(qtbot, page, "2 ventes liées")
    qtbot.waitUntil(lambda: rows(page) == PAGE)
    assert page.findChildren(Period)[0].isVisible()


def test_a_cashier_sees_the_own_shift_without_filters_of_all(qtbot: QtBot, page: Sales, log: Log) -> None:
    log.sees_all = False
    page.refresh()
    qtbot.waitUntil(lambda: log.asked[-1][0] == SalesQuery())
    assert not page.findChildren(Period)[0].isVisible()
    assert any(label.text() == "votre poste" for label in page.findChildren(Label))


def test_no_ticket_is_said_with_words(qtbot: QtBot, page: Sales, log: Log) -> None:
    log.total = 0
    page.refresh()
    qtbot.waitUntil(
        lambda: any(label.text() == "Aucun ticket" and label.isVisible() for label in page.findChildren(Label))
    )
    assert paper(page) == ""


def test_a_ticket_paid_in_parts_names_all_of_them() -> None:
    row = replace(ticket(1), cash=5, card=5, other=0)
    assert sales_table([row], AROUND).rows[0][3].words == "Espèces + Carte"


def test_a_figure_of_a_report_opens_its_tickets(qtbot: QtBot, page: Sales, log: Log) -> None:
    query = SalesQuery(span=Span(TODAY, TODAY), operator_id="o2", method="card")
    page.show_query(query)
    qtbot.waitUntil(lambda: log.asked[-1] == (query, None))
    assert [one.key for one in page.findChildren(Choice)] == ["o2", "card"]


def test_filters_are_not_left_to_the_next_person(qtbot: QtBot, page: Sales, log: Log, pool: QThreadPool) -> None:
    yesterday = TODAY - timedelta(days=1)
    page.show_query(SalesQuery(span=Span(yesterday, yesterday), operator_id="o2", method="card"))
    qtbot.keyClicks(page.findChildren(QLineEdit)[0], "a1")
    page.show_tickets(("e1", "e2"))
    pool.waitForDone()
    page.signed_out()
    assert (rows(page), paper(page)) == (0, "")
    page.refresh()
    qtbot.waitUntil(lambda: log.asked[-1] == (SalesQuery(span=Span(TODAY, TODAY)), None))
    qtbot.waitUntil(lambda: rows(page) == PAGE)


def test_a_number_is_looked_for_on_all_days_and_the_page_says_so(qtbot: QtBot, page: Sales, log: Log) -> None:
    period, field = page.findChildren(Period)[0], page.findChildren(QLineEdit)[0]
    assert period.text().strip() == "Aujourd’hui"
    qtbot.keyClicks(field, "a1")
    assert period.text().strip() == "Toutes les dates"
    assert not period.isEnabled()
    qtbot.waitUntil(lambda: log.asked[-1][0] == SalesQuery(receipt="A1"))
    for _letter in "a1":
        qtbot.keyClick(field, Qt.Key.Key_Backspace)
    assert period.text().strip() == "Aujourd’hui"
    assert period.isEnabled()
    qtbot.waitUntil(lambda: log.asked[-1][0] == SalesQuery(span=Span(TODAY, TODAY)))
