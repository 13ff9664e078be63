"""The reports page by keys and mouse: days, tables, source, export, and what it says when it cannot."""

import threading
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import QDate, Qt, QThreadPool
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from seraphine_pos.domain.refusal import Failure, StorageBusy, StorageFull
from seraphine_pos.domain.report import THIS_TILL, shape
from seraphine_pos.ui.figure import Figure
from seraphine_pos.ui.label import Label
from seraphine_pos.ui.lines import Lines
from seraphine_pos.ui.notice import Notice
from seraphine_pos.ui.period import Period
from seraphine_pos.ui.report_state import ReportState
from seraphine_pos.ui.report_words import put_in_words
from seraphine_pos.ui.reports import Reports
from seraphine_pos.ui.sales_state import SalesQuery
from seraphine_pos.ui.span import Span
from seraphine_pos.ui.table import Table
from seraphine_pos.ui.theme import Theme
from tests.ui.report_sample import AROUND, report

TODAY = AROUND.today


class Owner:
    """Reads and exports as the till would; fails, or waits, as told."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.asked: list[Span] = []
        self.failure: Failure | None = None
        self.source = "store"
        self.sold = True
        self.gate = threading.Event()
        self.gate.set()

    def read(self, span: Span) -> ReportState:
        """Read the days."""
        self.asked.append(span)
        self.gate.wait(5)
        if self.failure:
            raise self.failure
        found = report(span.start.isoformat(), span.end.isoformat(), self.source)
        return put_in_words(found if self.sold else shape(replace(found.data, cells=(), previous=())), AROUND)

    def export(self, span: Span, path: Path) -> None:
        """Write a file."""
        if self.failure:
            raise self.failure
        path.write_text(f"{span.start} {span.end}", encoding="utf-8")

    def ask_path(self, name: str) -> Path:
        """Choose the proposed name."""
        return self.folder / name


@pytest.fixture
def owner(tmp_path: Path) -> Owner:
    return Owner(tmp_path)


@pytest.fixture
def page(qtbot: QtBot, owner: Owner, pool: QThreadPool) -> Reports:
    page = Reports(Theme(), owner.read, owner.export, owner.ask_path, lambda: TODAY, pool)
    qtbot.addWidget(page)
    page.resize(1282, 720)
    page.show()
    qtbot.waitExposed(page)
    page.refresh()
    qtbot.waitUntil(lambda: says(page, "Toute la boutique"))
    return page


def says(page: Reports, words: str) -> bool:
    return any(words in label.text() for label in page.findChildren(Label) if label.isVisible())


def press(qtbot: QtBot, page: Reports, words: str) -> None:
    button = next(one for one in page.findChildren(QPushButton) if one.isVisible() and words in one.text())
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def shown_table(page: Reports) -> Table:
    return next(table for table in page.findChildren(Table) if table.isVisible())


def first_row(page: Reports) -> list[str]:
    model = shown_table(page).model()
    return [model.index(0, column).data() for column in range(model.columnCount())]


def test_it_opens_on_today_with_figures_and_top_sellers(page: Reports, owner: Owner) -> None:
    assert owner.asked == [Span(TODAY, TODAY)]
    assert page.findChildren(Figure)[2].accessibleName().startswith("Ventes nettes\xa01\u202f180,00")
    assert first_row(page)[1] == "Lait infantile"
    assert says(page, "2 écritures ne sont pas comptées : les ventes brutes sont d’au moins 1\u202f200,00\xa0MAD")


def test_a_tab_opens_its_table(qtbot: QtBot, page: Reports) -> None:
    press(qtbot, page, "Paiements")
    qtbot.waitUntil(lambda: first_row(page)[0] == "Carte")
    press(qtbot, page, "Heures")
    qtbot.waitUntil(lambda: first_row(page)[0] == "de 9 h à 10 h")


def test_a_preset_is_chosen_by_keys(qtbot: QtBot, page: Reports, owner: Owner) -> None:
    period = page.findChildren(Period)[0]
    period.setFocus()
    qtbot.keyClick(period, Qt.Key.Key_Space)
    menu = period.menu_of_presets()
    qtbot.waitUntil(menu.isVisible)
    for _step in range(3):
        qtbot.keyClick(menu, Qt.Key.Key_Down)
    qtbot.keyClick(menu, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: owner.asked[-1] == Span(date(2026, 11, 16), TODAY))
    assert period.text().startswith("7 jours")
    qtbot.waitUntil(lambda: says(page, "Ventes par jour"))


def test_any_two_dates_make_a_period(qtbot: QtBot, page: Reports, owner: Owner) -> None:
    period = page.findChildren(Period)[0]
    period.menu_of_presets().actions()[-1].trigger()
    dates = period.dates()
    qtbot.waitUntil(dates.isVisible)
    start, end = dates.fields()
    start.setDate(QDate(2026, 11, 9))
    end.setDate(QDate(2026, 11, 3))
    qtbot.mouseClick(dates.findChildren(QPushButton)[-1], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: owner.asked[-1] == Span(date(2026, 11, 3), date(2026, 11, 9)))
    assert not dates.isVisible()


def test_the_window_goes_on_while_figures_are_read(qtbot: QtBot, page: Reports, owner: Owner) -> None:
    owner.gate.clear()
    page.show_span(Span(date(2026, 11, 1), TODAY))
    assert says(page, "Lecture des chiffres")
    press(qtbot, page, "TVA")
    assert first_row(page)[0] == "TVA 20\u202f%"
    owner.gate.set()
    qtbot.waitUntil(lambda: says(page, "Toute la boutique"))


def test_without_the_server_it_says_that_it_is_one_till(qtbot: QtBot, page: Reports, owner: Owner) -> None:
    owner.source = THIS_TILL
    page.refresh()
    qtbot.waitUntil(lambda: says(page, "Cette caisse seulement, complet jusqu’à"))


def test_a_report_that_cannot_be_read_says_so_and_can_be_tried_again(qtbot: QtBot, page: Reports, owner: Owner) -> None:
    notice = page.findChildren(Notice)[0]
    owner.failure = StorageBusy()
    page.refresh()
    qtbot.waitUntil(lambda: "occupé" in notice.text)
    owner.failure = None
    press(qtbot, page, "Réessayer")
    qtbot.waitUntil(lambda: notice.text == "")


def test_the_export_is_written_and_its_place_said(qtbot: QtBot, page: Reports, owner: Owner) -> None:
    press(qtbot, page, "Exporter")
    file = owner.folder / "rapport-2026-11-22_2026-11-22.csv"
    qtbot.waitUntil(lambda: str(file) in page.findChildren(Notice)[0].text)
    assert file.read_text(encoding="utf-8") == "2026-11-22 2026-11-22"


def test_an_export_that_fails_is_said(qtbot: QtBot, page: Reports, owner: Owner) -> None:
    owner.failure = StorageFull()
    press(qtbot, page, "Exporter")
    qtbot.waitUntil(lambda: "pas enregistré" in page.findChildren(Notice)[0].text)


def test_a_day_of_the_chart_opens_that_day(qtbot: QtBot, page: Reports, owner: Owner) -> None:
    page.show_span(Span(date(2026, 11, 16), TODAY))
    qtbot.waitUntil(lambda: says(page, "Ventes par jour"))
    chart = next(one for one in page.findChildren(Lines) if one.isVisible())
    chart.setFocus()
    qtbot.keyClick(chart, Qt.Key.Key_Home)
    qtbot.keyClick(chart, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: owner.asked[-1] == Span(date(2026, 11, 16), date(2026, 11, 16)))
    qtbot.waitUntil(lambda: says(page, "Ventes par heure"))


def test_a_person_and_a_way_of_paying_open_their_tickets(qtbot: QtBot, page: Reports) -> None:
    press(qtbot, page, "Équipe")
    table = shown_table(page)
    last = table.model().index(1, table.model().columnCount() - 1)
    with qtbot.waitSignal(page.open_sales) as opened:
        qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=table.visualRect(last).center())
    assert opened.args == [SalesQuery(span=Span(TODAY, TODAY), operator_id="o2")]
    press(qtbot, page, "Paiements")
    table.setFocus()
    qtbot.keyClick(table, Qt.Key.Key_Down)
    with qtbot.waitSignal(page.open_sales) as opened:
        qtbot.keyClick(table, Qt.Key.Key_Space)
    assert opened.args[0].method in {"card", "cash"}


def test_an_hour_has_no_tickets_of_its_own_to_open(qtbot: QtBot, page: Reports) -> None:
    press(qtbot, page, "Heures")
    table = shown_table(page)
    table.setFocus()
    qtbot.keyClick(table, Qt.Key.Key_Down)
    with qtbot.assertNotEmitted(page.open_sales):
        qtbot.keyClick(table, Qt.Key.Key_Space)


def test_days_and_figures_are_not_left_to_the_next_person(
    qtbot: QtBot, page: Reports, owner: Owner, pool: QThreadPool
) -> None:
    yesterday = TODAY - timedelta(days=1)
    page.show_span(Span(yesterday, yesterday))
    press(qtbot, page, "Équipe")
    qtbot.waitUntil(lambda: shown_table(page).model().rowCount() > 0)
    pool.waitForDone()
    page.signed_out()
    assert all(table.model().rowCount() == 0 for table in page.findChildren(Table) if table.isVisible())
    assert page.findChildren(Figure)[2].accessibleName() == "Ventes nettes\xa0…"
    page.refresh()
    qtbot.waitUntil(lambda: owner.asked[-1] == Span(TODAY, TODAY))
    qtbot.waitUntil(lambda: shown_table(page).model().rowCount() > 0)
    assert first_row(page)[1] == "Lait infantile"


def test_a_table_without_a_sale_says_so(qtbot: QtBot, page: Reports, owner: Owner) -> None:
    press(qtbot, page, "Équipe")
    assert not says(page, "Aucune vente")
    owner.sold = False
    page.refresh()
    qtbot.waitUntil(lambda: says(page, "Aucune vente"))
    assert not [table for table in page.findChildren(Table) if table.isVisible()]
