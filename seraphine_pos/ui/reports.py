"""The reports of any days: figures, chart and tables, each against the period before, and how complete they are.

Shows a `ReportState` that a callable reads off the window's thread; knows neither till nor server.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Final

from PySide6.QtCore import QThreadPool, Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from seraphine_pos.domain.refusal import Failure
from seraphine_pos.ui.bars import Bars
from seraphine_pos.ui.button import Button
from seraphine_pos.ui.card import Card
from seraphine_pos.ui.chart_card import ChartCard
from seraphine_pos.ui.completeness import CompletenessCard
from seraphine_pos.ui.empty import Empty
from seraphine_pos.ui.figure import Figure, FigureState
from seraphine_pos.ui.icon import Icon
from seraphine_pos.ui.label import Label
from seraphine_pos.ui.lines import Lines
from seraphine_pos.ui.notice import Notice
from seraphine_pos.ui.page import Page
from seraphine_pos.ui.period import Period
from seraphine_pos.ui.report_state import ReportState, Tab
from seraphine_pos.ui.sales_state import SalesQuery
from seraphine_pos.ui.span import Span
from seraphine_pos.ui.table import Table
from seraphine_pos.ui.table_state import TableState
from seraphine_pos.ui.tabs import Tabs
from seraphine_pos.ui.task import Task
from seraphine_pos.ui.text import tr
from seraphine_pos.ui.theme import Theme

FIGURES: Final = 6
CHART_PX: Final = 236
UNCOUNTED: Final = "quarantine"
_LOADING: Final = tuple(
    FigureState(tr(label), "…")
    for label in ("Ventes brutes", "Remboursements", "Ventes nettes", "dont TVA", "Tickets", "Panier moyen")
)
_TABS: Final = (
    (Tab.SUMMARY, "Synthèse"),
    (Tab.PRODUCTS, "Articles"),
    (Tab.HOURS, "Heures"),
    (Tab.OPERATORS, "Équipe"),
    (Tab.TENDERS, "Paiements"),
    (Tab.TAXES, "TVA"),
    (Tab.PROOFS, "Contrôle"),
)


class Reports(Page):
    """Days chosen above, figures below them, tables under tabs."""

    open_sales = Signal(object)
    open_goal = Signal(str)

    def __init__(
        self,
        theme: Theme,
        read: Callable[[Span], ReportState],
        export: Callable[[Span, Path], None],
        ask_path: Callable[[str], Path | None],
        today: Callable[[], date],
        pool: QThreadPool,
    ) -> None:
        """Make an empty page; `read` and `export` run in the pool and may take seconds."""
        super().__init__()
        self._read, self._export, self._ask_path = read, export, ask_path
        self._reading, self._exporting = Task(pool, self), Task(pool, self)
        self._state = ReportState("")
        self._tabs = Tabs(theme, tuple((key.value, tr(words)) for key, words in _TABS))
        self._period = Period(theme, today)
        self._export_button = Button(theme, tr("Exporter"), icon="download", kind="primary")
        self._source_icon = Icon(theme, "cloud-check", "muted", size=16)
        self._source = Label(theme, size="small", tone="muted")
        self._notice, self._at_least = Notice(theme), Notice(theme)
        self._figures = [Figure(theme) for _place in range(FIGURES)]
        self._days = ChartCard(theme, Lines(theme), tr("Ventes par jour"), tr("pointillé"))
        self._hours = ChartCard(theme, Bars(theme), tr("Ventes par heure"), tr("pâle"))
        self._tills = CompletenessCard(theme)
        self._top, self._table = Table(theme), Table(theme)
        self._nothing = Empty(theme, "receipt-text", centred=True)
        self._pages = QStackedWidget()
        self._build()
        self._connect()
        self._show(ReportState("", figures=_LOADING))

    def refresh(self) -> None:
        """Read the days again; what is shown stays until the answer is there."""
        self._source.setText(tr("Lecture des chiffres…"))
        self._reading.start(partial(self._read, self._period.span), self._show, self._show_failure)

    def show_span(self, span: Span) -> None:
        """Read other days."""
        self._period.show_span(span)
        self.refresh()

    def feed_changed(self, kinds: frozenset[str]) -> None:
        """Read again when a person or the shop's settings have changed."""
        if kinds & {"staff", "setting"}:
            self.refresh()

    def signed_out(self) -> None:
        """Put the days, the tab and the figures away."""
        self._reading.forget()
        self._exporting.forget()
        self._period.begin_anew()
        self._tabs.choose(Tab.SUMMARY)
        self._show(ReportState("", figures=_LOADING, tables={tab: TableState() for tab in Tab}))

    def _build(self) -> None:
        page = QVBoxLayout(self)
        page.setContentsMargins(20, 16, 20, 16)
        page.setSpacing(12)
        head = QHBoxLayout()
        head.setSpacing(10)
        for widget in (self._tabs, self._period, self._export_button):
            head.addWidget(widget)
        page.addLayout(head)
        self._source.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        source = QHBoxLayout()
        source.setSpacing(7)
        source.addWidget(self._source_icon)
        source.addWidget(self._source, 1)
        page.addLayout(source)
        page.addWidget(self._notice)
        page.addWidget(self._at_least)
        figures = QHBoxLayout()
        figures.setSpacing(12)
        for figure in self._figures:
            figures.addWidget(figure, 1)
        page.addLayout(figures)
        page.addWidget(self._pages, 1)
        self._pages.addWidget(self._summary())
        self._pages.addWidget(_framed(self._table))
        self._pages.addWidget(self._nothing)
        self._nothing.say(tr("Aucune vente"), tr("Il n’y a rien eu à compter sur cette période."))

    def _summary(self) -> QWidget:
        summary = QWidget()
        column = QVBoxLayout(summary)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        for chart in (self._days, self._hours):
            chart.setFixedHeight(CHART_PX)
            column.addWidget(chart)
        self._hours.hide()
        below = QHBoxLayout()
        below.setSpacing(14)
        below.addWidget(_framed(self._top), 862)
        below.addWidget(self._tills, 366)
        column.addLayout(below, 1)
        return summary

    def _connect(self) -> None:
        self._period.chosen.connect(self.refresh)
        self._notice.pressed.connect(self.refresh)
        self._at_least.pressed.connect(lambda: self.open_goal.emit(UNCOUNTED))
        self._tabs.chosen.connect(self._show_table)
        self._export_button.clicked.connect(self._on_export)
        self._days.chart.opened.connect(self._on_day)
        self._table.opened.connect(self._on_row)

    def _show(self, state: ReportState) -> None:
        self._state = state
        self._notice.hide()
        self._at_least.setVisible(bool(state.at_least))
        if state.at_least:
            self._at_least.say(state.at_least, action=tr("Voir lesquelles"), surface="warn")
        self._source.setText(state.source)
        self._source.set_tone("warn" if state.offline else "muted")
        icon = ("cloud-off", "warn") if state.offline else ("cloud-check", "muted")
        self._source_icon.show_icon(*icon)
        for figure, words in zip(self._figures, state.figures, strict=False):
            figure.show_figure(words)
        shown, hidden = (self._hours, self._days) if state.one_day else (self._days, self._hours)
        hidden.hide()
        shown.show_series(state.chart)
        shown.show()
        self._tills.show_tills(state.tills)
        self._show_table(self._tabs.key)

    def _show_table(self, tab: str) -> None:
        summary = tab == Tab.SUMMARY
        table = self._state.tables.get(Tab(tab))
        self._pages.setCurrentIndex(0 if summary else 1 if table is None or table.rows else 2)
        if table is not None:
            (self._top if summary else self._table).show_table(table)

    def _show_failure(self, failure: Failure) -> None:
        self._source.setText("")
        self._notice.say(tr("Le rapport ne peut pas être lu."), tr(failure), action=tr("Réessayer"))

    def _on_day(self, place: int) -> None:
        day = self._period.span.start + timedelta(days=place)
        self.show_span(Span(day, day))

    def _on_row(self, key: str) -> None:
        """Open the tickets under a person, a way of paying, or a day that differs."""
        query = SalesQuery(span=self._period.span)
        if self._tabs.key == Tab.OPERATORS:
            self.open_sales.emit(replace(query, operator_id=key))
        elif self._tabs.key == Tab.TENDERS:
            self.open_sales.emit(replace(query, method=key))
        elif self._tabs.key == Tab.PROOFS:
            self.open_sales.emit(SalesQuery(named=tuple(key.split())))

    def _on_export(self) -> None:
        span = self._period.span
        path = self._ask_path(f"rapport-{span.start.isoformat()}_{span.end.isoformat()}.csv")
        if path is not None:
            self._exporting.start(partial(self._exported, span, path), self._show_exported, self._show_not_exported)

    def _exported(self, span: Span, path: Path) -> Path:
        self._export(span, path)
        return path

    def _show_exported(self, path: Path) -> None:
        self._notice.say(tr("Rapport enregistré"), str(path), surface="info")

    def _show_not_exported(self, failure: Failure) -> None:
        self._notice.say(tr("Le rapport n’est pas enregistré."), tr(failure))


def _framed(table: Table) -> Card:
    card = Card(margins=(14, 6, 14, 8))
    card.box.addWidget(table)
    return card
