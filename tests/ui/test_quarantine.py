"""The owner's way to what counts nowhere, in the real window by keys: from a report, to an entry, and back."""

import pytest
from PySide6.QtWidgets import QApplication, QPlainTextEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from seraphine_pos.domain.quarantine import Quarantine as Found
from seraphine_pos.domain.quarantine import SetAside
from seraphine_pos.domain.refusal import Failure, NotAllowed, ServerUnavailable, StorageBusy
from seraphine_pos.domain.report import STORE, ReportData, ReportQuery
from seraphine_pos.domain.rollup import Delta
from seraphine_pos.till.quarantine import Quarantine
from seraphine_pos.till.reports import Reports
from seraphine_pos.ui import places
from seraphine_pos.ui.label import Label
from seraphine_pos.ui.notice import Notice
from seraphine_pos.ui.table import Table
from tests.ui.counter import Counter
from tests.ui.quarantine_sample import ALL, LIST

AWAY = ServerUnavailable(reason="pas de connexion")


class Server:
    """Answers reports and the list, or fails."""

    def __init__(self, found: Found = LIST) -> None:
        self.found = found
        self.failure: Failure | None = None

    def report(self, query: ReportQuery) -> ReportData:
        """One sale of 1 200,00, and what is not included."""
        self._fail()
        cell = Delta(query.end, "", "total", "", "", 3, 1, 5000, 120_000, 2_000, 15_000)
        return ReportData(query, STORE, (cell,), (), (), self.found.count)

    def listed(self) -> Found:
        """The list."""
        self._fail()
        return self.found

    def _fail(self) -> None:
        if self.failure is not None:
            raise self.failure


@pytest.fixture
def server(counter: Counter) -> Server:
    server = Server()
    shop = counter.shop
    shop.reports = Reports(shop.stored.ledger, shop.stored.journal, shop.session, server.report)
    shop.quarantine = Quarantine(shop.session, server.listed, shop.stored.ledger.set_aside)
    return server


@pytest.fixture
def owner(qtbot: QtBot, counter: Counter, server: Server) -> Counter:
    """An owner who reads the reports, while six entries are not counted."""
    counter.sign_in("nadia")
    go(qtbot, counter, places.REPORTS)
    assert server.found.count == len(ALL)
    return counter


def go(qtbot: QtBot, counter: Counter, name: str) -> None:
    counter.window.shell.go(name)
    qtbot.waitUntil(counter.window.is_at_rest)


def page(counter: Counter) -> QWidget:
    return counter.window.shell.page(counter.window.shell.current)


def says(counter: Counter, words: str) -> bool:
    labels = [label.text() for label in page(counter).findChildren(Label) if label.isVisible()]
    return any(words in text for text in labels)


def tab_to(counter: Counter, words: str) -> None:
    """Reach a button by Tab and press it by Space."""
    for _step in range(60):
        focus = QApplication.focusWidget()
        if isinstance(focus, QPushButton) and words in focus.text():
            counter.keyboard.press("Space")
            return
        counter.keyboard.press("Tab")
    pytest.fail(f"no button “{words}” was reached by Tab")


def shown_buttons(counter: Counter) -> list[str]:
    return [one.text() for one in page(counter).findChildren(QPushButton) if one.isVisible()]


def table(counter: Counter) -> Table:
    return next(one for one in page(counter).findChildren(Table) if one.isVisible())


def content(counter: Counter) -> str:
    return next(one for one in page(counter).findChildren(QPlainTextEdit) if one.isVisible()).toPlainText()


def open_list(qtbot: QtBot, counter: Counter) -> None:
    qtbot.waitUntil(lambda: says(counter, "6 écritures ne sont pas comptées"))
    tab_to(counter, "Voir lesquelles")
    qtbot.waitUntil(lambda: counter.window.shell.current == places.QUARANTINE)
    qtbot.waitUntil(lambda: says(counter, "6 écritures, gardées entières"))


def test_a_report_says_that_it_holds_the_least(qtbot: QtBot, owner: Counter, server: Server) -> None:
    least = "les ventes brutes sont d’au moins 1\u202f200,00\xa0MAD, les remboursements d’au moins 20,00\xa0MAD"
    qtbot.waitUntil(lambda: says(owner, least))
    server.found = Found(STORE, 0, ())
    go(qtbot, owner, places.REPORTS)
    qtbot.waitUntil(lambda: not says(owner, "ne sont pas comptées"))


def test_the_list_is_opened_walked_and_left_by_keys(qtbot: QtBot, owner: Counter) -> None:
    open_list(qtbot, owner)
    assert table(owner).hasFocus()
    qtbot.waitUntil(lambda: says(owner, "A1-7QK-000042 · 120,00\xa0MAD"))
    assert '"total": 12000' in content(owner)
    owner.keyboard.press("Down")
    qtbot.waitUntil(lambda: says(owner, "Type « sale.exchanged »"))
    assert says(owner, "Mettez à jour le programme sur le PC du serveur")
    owner.keyboard.press("Esc")
    assert owner.window.shell.current == places.REPORTS


def test_an_order_by_another_column_opens_what_is_chosen_there(qtbot: QtBot, owner: Counter) -> None:
    open_list(qtbot, owner)
    table(owner).sortByColumn(3, table(owner).horizontalHeader().sortIndicatorOrder())
    owner.keyboard.press("Home")
    chosen = table(owner).currentIndex()
    named = table(owner).model().index(chosen.row(), 2).data()
    place = next(place for place, one in enumerate(ALL) if one.receipt and one.receipt in named)
    qtbot.waitUntil(lambda: says(owner, ALL[place].receipt))


def test_the_rail_stays_on_the_reports(qtbot: QtBot, owner: Counter) -> None:
    open_list(qtbot, owner)
    assert places.QUARANTINE not in owner.window.shell.rail.shown
    tab_to(owner, "Rapports")
    qtbot.waitUntil(lambda: owner.window.shell.current == places.REPORTS)


def test_without_the_server_it_says_so_and_reads_again_when_asked(qtbot: QtBot, owner: Counter, server: Server) -> None:
    open_list(qtbot, owner)
    server.failure = AWAY
    tab_to(owner, "Relire")
    qtbot.waitUntil(lambda: says(owner, "Tout est compté"))
    assert says(owner, "Le serveur est hors de portée")
    assert says(owner, "Les rapports de cette caisse comptent tout ce qu’elle a vendu.")
    server.failure = None
    tab_to(owner, "Relire")
    qtbot.waitUntil(lambda: says(owner, "6 écritures, gardées entières"))


def test_a_list_that_cannot_be_read_says_so_and_can_be_tried_again(
    qtbot: QtBot, owner: Counter, server: Server
) -> None:
    open_list(qtbot, owner)
    owner.shop.quarantine = Quarantine(owner.shop.session, server.listed, busy)
    server.failure = AWAY
    tab_to(owner, "Relire")
    notice = page(owner).findChildren(Notice)[0]
    qtbot.waitUntil(lambda: "La liste ne peut pas être lue." in notice.text)
    server.failure = None
    tab_to(owner, "Réessayer")
    qtbot.waitUntil(lambda: notice.text == "")


def busy() -> list[SetAside]:
    raise StorageBusy


def test_nothing_set_aside_is_said_in_so_many_words(qtbot: QtBot, owner: Counter, server: Server) -> None:
    server.found = Found(STORE, 0, ())
    go(qtbot, owner, places.QUARANTINE)
    qtbot.waitUntil(lambda: says(owner, "Tout est compté"))


def test_a_scan_goes_to_the_till_from_here_too(qtbot: QtBot, owner: Counter) -> None:
    open_list(qtbot, owner)
    owner.scan(1)
    assert owner.window.shell.current == places.TILL
    assert owner.quantities() == [("Article 1", 1000)]


def test_nothing_is_left_for_the_next_person(qtbot: QtBot, owner: Counter) -> None:
    open_list(qtbot, owner)
    left = page(owner)
    owner.keyboard.press("F12")
    assert all(one.model().rowCount() == 0 for one in left.findChildren(Table))
    assert all(not one.toPlainText() for one in left.findChildren(QPlainTextEdit))
    owner.sign_in("salma")
    with pytest.raises(NotAllowed):
        owner.shop.quarantine.listed()


@pytest.mark.parametrize("name", [places.HOME, places.SETTINGS])
def test_home_and_settings_lead_there_too(qtbot: QtBot, owner: Counter, name: str) -> None:
    words = "Voir" if name == places.HOME else "Écritures non comptées"
    go(qtbot, owner, name)
    qtbot.waitUntil(lambda: words in shown_buttons(owner))
    tab_to(owner, words)
    qtbot.waitUntil(lambda: owner.window.shell.current == places.QUARANTINE)


def test_a_cashier_s_settings_do_not_lead_there(qtbot: QtBot, counter: Counter, server: Server) -> None:
    counter.sign_in("salma")
    go(qtbot, counter, places.SETTINGS)
    assert server.found.count
    assert "Écritures non comptées" not in shown_buttons(counter)
