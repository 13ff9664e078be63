"""The owner's first screen: the day in figures, what was observed, and what waits.

Shows a `DashboardState` that a callable reads off the window's thread; knows neither till nor server.
"""

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Final

from PySide6.QtCore import QThreadPool, QTimer, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout

from seraphine_pos.domain.refusal import Failure
from seraphine_pos.ui.attention import Attention, Matter
from seraphine_pos.ui.bars import Bars
from seraphine_pos.ui.button import Button
from seraphine_pos.ui.card import Card
from seraphine_pos.ui.chart_card import ChartCard
from seraphine_pos.ui.dashboard_state import DashboardState
from seraphine_pos.ui.empty import Empty
from seraphine_pos.ui.figure import Figure, FigureState
from seraphine_pos.ui.insight_card import InsightCard
from seraphine_pos.ui.label import Label
from seraphine_pos.ui.notice import Notice
from seraphine_pos.ui.page import Page
from seraphine_pos.ui.period import Period
from seraphine_pos.ui.span import Preset, Span
from seraphine_pos.ui.task import Task
from seraphine_pos.ui.text import tr
from seraphine_pos.ui.theme import BOLD, Theme

FIGURES: Final = 4
INSIGHTS_SHOWN: Final = 3
_LOADING: Final = tuple(
    FigureState(tr(label), "…") for label in ("Ventes du jour", "Tickets", "Panier moyen", "Remboursements")
)
INSIGHT_PX: Final = 190
RENEW_MS: Final = 60_000


class Dashboard(Page):
    """One day on one screen; every part leads to what lies under it."""

    open_report = Signal(object)
    open_tickets = Signal(object)
    open_goal = Signal(str)

    def __init__(
        self,
        theme: Theme,
        read: Callable[[Span], DashboardState],
        today: Callable[[], date],
        pool: QThreadPool,
        *,
        renew_ms: int = RENEW_MS,
    ) -> None:
        """Make an empty dashboard; `read` runs in the pool, may take seconds, and is asked again while it is shown."""
        super().__init__()
        self._renewal = QTimer(self, interval=renew_ms)
        self._renewal.timeout.connect(self.refresh)
        self._read = read
        self._task = Task(pool, self)
        self._greeting = Label(theme, size="title", weight=BOLD)
        self._subtitle = Label(theme, tone="muted")
        self._period = Period(theme, today, presets=(Preset.TODAY, Preset.YESTERDAY), free=False)
        self._report = Button(theme, tr("Rapport du jour"), icon="chart-no-axes-column", kind="primary")
        self._notice = Notice(theme)
        self._figures = [Figure(theme, large=True) for _place in range(FIGURES)]
        self._insights = [InsightCard(theme) for _place in range(INSIGHTS_SHOWN)]
        self._no_insight = Empty(theme, "lightbulb")
        self._hours = ChartCard(theme, Bars(theme), tr("Ventes par heure"), tr("pâle"))
        self._attention = Attention(theme)
        self._build()
        self._connect()
        self._show_loading()

    def refresh(self) -> None:
        """Read the day again; what is shown stays until the answer is there."""
        self._task.start(partial(self._read, self._period.span), self._show, self._show_failure)

    def feed_changed(self, kinds: frozenset[str]) -> None:
        """Read again when an observation, a word from the counter or a person has changed."""
        if kinds & {"insight", "feedback", "staff", "setting"}:
            self.refresh()

    def showEvent(self, event: QShowEvent) -> None:
        """Keep the figures young while they are looked at."""
        super().showEvent(event)
        self._renewal.start()

    def hideEvent(self, event: QHideEvent) -> None:
        """Ask nothing while nobody looks."""
        self._renewal.stop()
        super().hideEvent(event)

    def signed_out(self) -> None:
        """Put the day and its figures away."""
        self._task.forget()
        self._period.begin_anew()
        self._show_loading()

    def _build(self) -> None:
        page = QVBoxLayout(self)
        page.setContentsMargins(20, 18, 20, 18)
        page.setSpacing(14)
        page.addLayout(self._head())
        page.addWidget(self._notice)
        page.addLayout(_row(self._figures))
        page.addLayout(_row([*self._insights, self._no_insight]))
        page.addLayout(_row([self._hours, self._attention], (640, 588)), 1)
        for card in self._insights:
            card.setFixedHeight(INSIGHT_PX)

    def _head(self) -> QHBoxLayout:
        self._subtitle.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        head = QHBoxLayout()
        head.setSpacing(10)
        head.addWidget(self._greeting)
        head.addWidget(self._subtitle, 1)
        head.addWidget(self._period)
        head.addWidget(self._report)
        return head

    def _connect(self) -> None:
        self._period.chosen.connect(self.refresh)
        self._notice.pressed.connect(self.refresh)
        self._report.clicked.connect(lambda: self.open_report.emit(self._period.span))
        self._attention.opened.connect(self.open_goal)
        for card in self._insights:
            card.opened.connect(self.open_tickets)

    def _show_loading(self) -> None:
        """The empty day, until the first answer is there."""
        reading = tr("Lecture des chiffres…")
        self._show(DashboardState(tr("Bonjour"), reading, figures=_LOADING, matters=(Matter("hourglass", reading),)))
        self._no_insight.say(tr("Observations"), reading)

    def _show(self, state: DashboardState) -> None:
        self._greeting.setText(state.greeting)
        self._subtitle.setText(state.subtitle)
        self._subtitle.set_tone("warn" if state.offline else "muted")
        self._notice.hide()
        for place, figure in enumerate(state.figures[:FIGURES]):
            self._figures[place].show_figure(figure)
        self._show_insights(state)
        self._hours.show_series(state.hours)
        self._attention.show_matters(state.matters)

    def _show_insights(self, state: DashboardState) -> None:
        shown = state.insights[:INSIGHTS_SHOWN]
        for card, insight in zip(self._insights, shown, strict=False):
            card.show_insight(insight)
        for place, card in enumerate(self._insights):
            card.setVisible(place < len(shown))
        self._no_insight.setVisible(not shown)
        self._no_insight.say(tr("Pas encore d’observation"), state.insights_note)

    def _show_failure(self, failure: Failure) -> None:
        self._notice.say(tr("Les chiffres ne peuvent pas être lus."), tr(failure), action=tr("Réessayer"))


def _row(widgets: list[Card] | list[Figure], stretch: tuple[int, ...] = ()) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(14)
    for place, widget in enumerate(widgets):
        row.addWidget(widget, stretch[place] if stretch else 1)
    return row
