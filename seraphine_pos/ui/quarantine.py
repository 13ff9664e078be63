"""The entries that count in no report: a list for the owner, and below it what the chosen one is.

Shows a `QuarantineState` that a callable reads off the window's thread; knows neither till nor server.
"""

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QThreadPool, Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from seraphine_pos.domain.refusal import Failure
from seraphine_pos.ui import keys
from seraphine_pos.ui.button import Button
from seraphine_pos.ui.card import Card
from seraphine_pos.ui.empty import Empty
from seraphine_pos.ui.icon import Icon
from seraphine_pos.ui.label import Label
from seraphine_pos.ui.notice import Notice
from seraphine_pos.ui.page import Page
from seraphine_pos.ui.quarantine_state import QuarantineState
from seraphine_pos.ui.set_aside import SetAside
from seraphine_pos.ui.shortcuts import bind
from seraphine_pos.ui.table import Table
from seraphine_pos.ui.table_state import TableState
from seraphine_pos.ui.task import Task
from seraphine_pos.ui.text import tr
from seraphine_pos.ui.theme import BOLD, Theme

DETAIL_PX: Final = 284
CAME_FROM: Final = "reports"


class Quarantine(Page):
    """A table above, the chosen entry below; `open_goal` names where pressing leads."""

    open_goal = Signal(str)

    def __init__(self, theme: Theme, read: Callable[[], QuarantineState], pool: QThreadPool) -> None:
        """Make an empty page; `read` runs in the pool and may take seconds."""
        super().__init__()
        self._read = read
        self._task = Task(pool, self)
        self._state = QuarantineState("")
        self._back = Button(theme, tr("Rapports"), icon="arrow-left")
        self._again = Button(theme, tr("Relire"), icon="refresh-cw")
        self._source_icon = Icon(theme, "cloud-check", "muted", size=16)
        self._source = Label(theme, size="small", tone="muted", wraps=True)
        self._notice = Notice(theme)
        self._table = Table(theme)
        self._detail = SetAside(theme)
        self._nothing = Empty(theme, "circle-check", centred=True)
        self._pages = QStackedWidget()
        self.focus_first = self._table
        self._build(theme)
        self._back.clicked.connect(self._leave)
        self._again.clicked.connect(self.refresh)
        self._notice.pressed.connect(self.refresh)
        self._table.moved.connect(self._on_moved)
        self._table.model().layoutChanged.connect(self._on_sorted)
        bind(self, {keys.BACK: self._leave})

    def refresh(self) -> None:
        """Read the list again; what is shown stays until the answer is there."""
        self._source.setText(tr("Lecture des écritures…"))
        self._task.start(self._read, self._show, self._show_failure)

    def signed_out(self) -> None:
        """Put the list away."""
        self._task.forget()
        self._notice.hide()
        self._show(QuarantineState("", table=TableState()))

    def _build(self, theme: Theme) -> None:
        page = QVBoxLayout(self)
        page.setContentsMargins(20, 18, 20, 18)
        page.setSpacing(12)
        head = QHBoxLayout()
        head.setSpacing(14)
        head.addWidget(self._back)
        head.addWidget(Label(theme, tr("Écritures non comptées"), size="title", weight=BOLD))
        head.addStretch(1)
        head.addWidget(self._again)
        page.addLayout(head)
        source = QHBoxLayout()
        source.setSpacing(7)
        source.addWidget(self._source_icon)
        source.addWidget(self._source, 1)
        page.addLayout(source)
        page.addWidget(self._notice)
        page.addWidget(self._pages, 1)
        self._pages.addWidget(self._listed())
        self._pages.addWidget(self._nothing)

    def _listed(self) -> QWidget:
        listed = QWidget()
        column = QVBoxLayout(listed)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        card = Card(margins=(14, 6, 14, 8))
        card.box.addWidget(self._table)
        column.addWidget(card, 1)
        self._detail.setFixedHeight(DETAIL_PX)
        column.addWidget(self._detail)
        return listed

    def _show(self, state: QuarantineState) -> None:
        self._state = state
        self._notice.hide()
        self._source.setText(state.source)
        self._source.set_tone("warn" if state.offline else "muted")
        self._source_icon.show_icon(*(("cloud-off", "warn") if state.offline else ("cloud-check", "muted")))
        self._table.show_table(state.table)
        self._nothing.say(tr("Tout est compté") if state.nothing else "", state.nothing)
        self._pages.setCurrentIndex(0 if state.opened or not state.nothing else 1)
        self._detail.show_entry(None)
        self._table.choose_first()

    def _show_failure(self, failure: Failure) -> None:
        self._source.setText("")
        self._notice.say(tr("La liste ne peut pas être lue."), tr(failure), action=tr("Réessayer"))

    def _on_moved(self, key: str) -> None:
        self._detail.show_entry(self._state.opened.get(key))

    def _on_sorted(self) -> None:
        """Open what stands in the chosen row by now: in another order it is another entry."""
        self._on_moved(self._table.chosen() or "")

    def _leave(self) -> None:
        self.open_goal.emit(CAME_FROM)
