"""The owner's pages fit beside the rail of a 1366×768 screen, whatever stands in them."""

from dataclasses import replace

from PySide6.QtCore import QThreadPool
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from seraphine_pos.till.insights import Insight
from seraphine_pos.ui.dashboard import Dashboard
from seraphine_pos.ui.dashboard_state import DashboardState
from seraphine_pos.ui.dashboard_words import put_day_in_words
from seraphine_pos.ui.label import Label
from seraphine_pos.ui.report_state import ReportState
from seraphine_pos.ui.report_words import put_in_words
from seraphine_pos.ui.reports import Reports
from seraphine_pos.ui.span import Span
from seraphine_pos.ui.theme import Theme
from tests.ui.report_sample import AROUND, report
from tests.ui.test_dashboard_words import DAY, NOW_MS

WIDTH, HEIGHT = 1282, 720
LONG = "Une très longue observation qui ne finit pas et qui dit tout ce qu’elle sait. " * 4


def settled(qtbot: QtBot, page: QWidget, words: str) -> None:
    page.resize(WIDTH, HEIGHT)
    page.show()
    qtbot.waitUntil(lambda: any(words in label.text() for label in page.findChildren(Label)))
    qtbot.waitUntil(lambda: page.minimumSizeHint().isValid())


def test_the_first_screen_fits(qtbot: QtBot, pool: QThreadPool) -> None:
    insight = Insight("i", "topSeller", LONG, LONG, 910, "run-" * 20, NOW_MS, tuple(map(str, range(500))))
    state = put_day_in_words(replace(DAY, insights=(insight,) * 3, report=report()), AROUND, NOW_MS)
    state = replace(state, subtitle=LONG)

    def read(_span: Span) -> DashboardState:
        return state

    page = Dashboard(Theme(), read, lambda: AROUND.today, pool)
    qtbot.addWidget(page)
    page.refresh()
    settled(qtbot, page, "Bonjour Nadia")
    assert page.minimumSizeHint().width() <= WIDTH
    assert page.minimumSizeHint().height() <= HEIGHT


def test_a_report_of_millions_over_two_months_fits(qtbot: QtBot, pool: QThreadPool) -> None:
    state = put_in_words(report("2026-09-28", "2026-10-31"), AROUND)
    figures = tuple(replace(one, value="12\u202f345\u202f678,90") for one in state.figures)

    def read(_span: Span) -> ReportState:
        return replace(state, figures=figures, source=LONG[:200])

    page = Reports(Theme(), read, lambda _span, _path: None, lambda _name: None, lambda: AROUND.today, pool)
    qtbot.addWidget(page)
    page.refresh()
    settled(qtbot, page, "12\u202f345\u202f678,90")
    assert page.minimumSizeHint().width() <= WIDTH
    assert page.minimumSizeHint().height() <= HEIGHT
