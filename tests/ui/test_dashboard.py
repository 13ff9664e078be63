"""The owner's first screen: figures, observations, what waits, and what each of them opens."""

from dataclasses import replace
from datetime import date

import pytest
from PySide6.QtCore import Qt, QThreadPool
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from seraphine_pos.domain.refusal import StorageBusy
from seraphine_pos.ui.attention import Matter
from seraphine_pos.ui.chart import Point, Series
from seraphine_pos.ui.dashboard import Dashboard
from seraphine_pos.ui.dashboard_state import DashboardState
from seraphine_pos.ui.figure import Figure, FigureState
from seraphine_pos.ui.insight_card import InsightCard, InsightState
from seraphine_pos.ui.label import Label
from seraphine_pos.ui.notice import Notice
from seraphine_pos.ui.span import Span
from seraphine_pos.ui.theme import Theme

TODAY = date(2026, 11, 22)
VARIANCE = InsightState(
    "cashVariance",
    "Écart de caisse",
    "Poste de Karim : −20,00 MAD",
    "Le ticket a été encaissé en carte.",
    "Confiance 82 %",
    "Analyse locale · il y a 12 min",
    ("A1-7QK-004217", "A1-7QK-004218"),
    "2 ventes →",
)
STATE = DashboardState(
    "Bonjour Nadia",
    "dimanche 22 novembre",
    figures=(
        FigureState("Ventes du jour", "8 412,60", "MAD", "+12,4 %", "good", "vs hier", (1, 3, 2)),
        FigureState("Tickets", "184"),
        FigureState("Panier moyen", "45,72", "MAD"),
        FigureState("Remboursements", "0,00", "MAD"),
    ),
    insights=(VARIANCE,),
    hours=Series("Ventes par heure", (Point("8h", "8 h", 100, 50),), "MAD", 2, "hier"),
    matters=(Matter("file-warning", "2 entrées mises de côté", action="Voir", goal="reports"),),
)


class Shop:
    """Answers with the state it holds, or fails as told."""

    def __init__(self) -> None:
        self.state = STATE
        self.failure: StorageBusy | None = None
        self.asked: list[Span] = []

    def read(self, span: Span) -> DashboardState:
        """Read the day."""
        self.asked.append(span)
        if self.failure:
            raise self.failure
        return self.state


@pytest.fixture
def shop() -> Shop:
    return Shop()


@pytest.fixture
def dashboard(qtbot: QtBot, shop: Shop, pool: QThreadPool) -> Dashboard:
    dashboard = Dashboard(Theme(), shop.read, lambda: TODAY, pool)
    qtbot.addWidget(dashboard)
    dashboard.resize(1282, 720)
    dashboard.show()
    qtbot.waitExposed(dashboard)
    dashboard.refresh()
    qtbot.waitUntil(lambda: "Bonjour Nadia" in texts(dashboard))
    return dashboard


def texts(dashboard: Dashboard) -> list[str]:
    return [label.text() for label in dashboard.findChildren(Label) if label.isVisible()]


def button(dashboard: Dashboard, words: str) -> QPushButton:
    return next(
        one for one in dashboard.findChildren(QPushButton) if one.isVisible() and one.text().strip().startswith(words)
    )


def test_before_the_first_answer_nothing_is_claimed(qtbot: QtBot, shop: Shop, pool: QThreadPool) -> None:
    fresh = Dashboard(Theme(), shop.read, lambda: TODAY, pool)
    qtbot.addWidget(fresh)
    fresh.show()
    qtbot.waitExposed(fresh)
    assert texts(fresh).count("Lecture des chiffres…") == 3
    assert "Rien ne vous attend." not in texts(fresh)
    assert shop.asked == []


def test_figures_stand_with_what_they_are_compared_with(dashboard: Dashboard) -> None:
    first = dashboard.findChildren(Figure)[0]
    assert first.accessibleName() == "Ventes du jour\xa08 412,60\xa0MAD\xa0+12,4 %\xa0vs hier"


def test_an_observation_opens_its_sales(qtbot: QtBot, dashboard: Dashboard) -> None:
    with qtbot.waitSignal(dashboard.open_tickets) as opened:
        qtbot.mouseClick(button(dashboard, "2 ventes"), Qt.MouseButton.LeftButton)
    assert opened.args == [VARIANCE.sales]


def test_sales_of_another_till_are_no_link(qtbot: QtBot, dashboard: Dashboard, shop: Shop) -> None:
    shop.state = replace(STATE, insights=(replace(VARIANCE, sales=(), link="2 ventes sur la caisse A1"),))
    dashboard.refresh()
    qtbot.waitUntil(lambda: "2 ventes sur la caisse A1" in texts(dashboard))
    assert not [one for one in dashboard.findChildren(QPushButton) if one.isVisible() and "vente" in one.text()]


def test_what_waits_leads_somewhere(qtbot: QtBot, dashboard: Dashboard) -> None:
    with qtbot.waitSignal(dashboard.open_goal) as opened:
        qtbot.mouseClick(button(dashboard, "Voir"), Qt.MouseButton.LeftButton)
    assert opened.args == ["reports"]


def test_the_report_of_the_day_is_one_press_away(qtbot: QtBot, dashboard: Dashboard) -> None:
    report = button(dashboard, "Rapport du jour")
    report.setFocus()
    with qtbot.waitSignal(dashboard.open_report) as opened:
        qtbot.keyClick(report, Qt.Key.Key_Space)
    assert opened.args == [Span(TODAY, TODAY)]


def test_enter_from_a_scanner_presses_nothing(qtbot: QtBot, dashboard: Dashboard) -> None:
    report = button(dashboard, "Rapport du jour")
    report.setFocus()
    with qtbot.assertNotEmitted(dashboard.open_report):
        qtbot.keyClick(report, Qt.Key.Key_Return)


def test_a_stale_observation_is_greyed(qtbot: QtBot, dashboard: Dashboard, shop: Shop) -> None:
    shop.state = replace(STATE, insights=(replace(VARIANCE, stale=True, origin="Dernière mise à jour hier"),))
    dashboard.refresh()
    qtbot.waitUntil(lambda: "Dernière mise à jour hier" in texts(dashboard))
    card = next(card for card in dashboard.findChildren(InsightCard) if card.isVisible())
    assert card.property("frame") == "raised"


def test_without_observations_the_screen_says_what_will_stand_there(
    qtbot: QtBot, dashboard: Dashboard, shop: Shop
) -> None:
    shop.state = replace(STATE, insights=(), insights_note="Elles se posent ici.", matters=())
    dashboard.refresh()
    qtbot.waitUntil(lambda: "Pas encore d’observation" in texts(dashboard))
    assert "Elles se posent ici." in texts(dashboard)
    qtbot.waitUntil(lambda: "Rien ne vous attend." in texts(dashboard))
    assert not [card for card in dashboard.findChildren(InsightCard) if card.isVisible()]


def test_a_failed_read_keeps_the_figures_and_can_be_tried_again(qtbot: QtBot, dashboard: Dashboard, shop: Shop) -> None:
    notice = dashboard.findChildren(Notice)[0]
    shop.failure = StorageBusy()
    dashboard.refresh()
    qtbot.waitUntil(lambda: "occupé" in notice.text)
    assert "Bonjour Nadia" in texts(dashboard)
    shop.failure = None
    qtbot.mouseClick(button(dashboard, "Réessayer"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: notice.text == "")


def test_figures_are_renewed_while_they_are_looked_at(qtbot: QtBot, shop: Shop, pool: QThreadPool) -> None:
    page = Dashboard(Theme(), shop.read, lambda: TODAY, pool, renew_ms=5)
    qtbot.addWidget(page)
    page.show()
    qtbot.waitUntil(lambda: len(shop.asked) >= 2)
    page.hide()
    pool.waitForDone()
    asked = len(shop.asked)
    page.show()
    qtbot.waitUntil(lambda: len(shop.asked) > asked)
    page.hide()


def test_a_change_of_the_feed_is_read_again_only_where_it_matters(
    qtbot: QtBot, dashboard: Dashboard, shop: Shop
) -> None:
    asked = len(shop.asked)
    dashboard.feed_changed(frozenset({"product"}))
    assert len(shop.asked) == asked
    dashboard.feed_changed(frozenset({"insight"}))
    qtbot.waitUntil(lambda: len(shop.asked) == asked + 1)
