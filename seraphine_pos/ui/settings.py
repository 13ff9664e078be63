"""This till: where it stands, how it looks, who works here, and a word about it.

Shows a `SettingsState` read through a `SettingsDesk`; the shop's own settings are changed on its server.
"""

from typing import Final

from PySide6.QtCore import Qt, QThreadPool, Signal
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from seraphine_pos.domain.feedback import Scope
from seraphine_pos.domain.refusal import Failure
from seraphine_pos.ui.button import Button
from seraphine_pos.ui.card import Card
from seraphine_pos.ui.choice import Choice
from seraphine_pos.ui.facts import Facts
from seraphine_pos.ui.feedback import Feedback
from seraphine_pos.ui.label import Label
from seraphine_pos.ui.notice import Notice
from seraphine_pos.ui.page import Page
from seraphine_pos.ui.settings_state import SettingsDesk, SettingsState
from seraphine_pos.ui.tabs import Tabs
from seraphine_pos.ui.task import Task
from seraphine_pos.ui.text import tr
from seraphine_pos.ui.theme import BOLD, SEMIBOLD, Theme

FEEDBACK_PX: Final = 318
UNCOUNTED: Final = "quarantine"
_MODES: Final = (("system", "Comme le PC"), ("light", "Clair"), ("dark", "Sombre"))


class Settings(Page):
    """Cards in two columns; `mode_chosen` tells the look a person chose."""

    mode_chosen = Signal(str)
    open_goal = Signal(str)

    def __init__(self, theme: Theme, desk: SettingsDesk, pool: QThreadPool) -> None:
        """Make an empty page."""
        super().__init__()
        self._desk = desk
        self._task = Task(pool, self)
        self._notice = Notice(theme)
        self._till = Facts(theme, tr("Cette caisse"))
        self._hint = Label(theme, size="small", tone="muted", wraps=True)
        self._uncounted = Button(theme, tr("Écritures non comptées"), icon="file-warning", kind="link")
        self._people = Facts(theme, tr("Équipe"))
        self._about = Facts(theme, tr("À propos"))
        self._modes = Tabs(theme, tuple((key, tr(words)) for key, words in _MODES))
        self._language = Choice(theme, tr("Langue"))
        self._language_row = _row(theme, tr("Langue"), self._language)
        self._feedback = Feedback(theme, desk.submit)
        self._feedback.about(Scope.SETTINGS)
        self._build(theme)
        self._modes.chosen.connect(self._on_mode)
        self._language.activated.connect(self._on_language)
        self._notice.pressed.connect(self.refresh)
        self._uncounted.clicked.connect(lambda: self.open_goal.emit(UNCOUNTED))

    def refresh(self) -> None:
        """Read the page again, for whoever is signed in now."""
        self._task.start(self._desk.read, self._show, self._show_failure)

    def feed_changed(self, kinds: frozenset[str]) -> None:
        """Read again when people or the shop have changed."""
        if kinds & {"staff", "setting"}:
            self.refresh()

    def signed_out(self) -> None:
        """Put the word in the making and the people away."""
        self._task.forget()
        self._notice.hide()
        self._people.show_facts(())
        self._hint.hide()
        self._uncounted.hide()
        self._feedback.begin_anew()
        self._feedback.about(Scope.SETTINGS)

    def _build(self, theme: Theme) -> None:
        page = QVBoxLayout(self)
        page.setContentsMargins(20, 18, 20, 18)
        page.setSpacing(14)
        page.addWidget(Label(theme, tr("Réglages"), size="title", weight=BOLD))
        page.addWidget(self._notice)
        columns = QWidget()
        row = QHBoxLayout(columns)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(14)
        self._till.box.addWidget(self._hint)
        self._uncounted.hide()
        self._till.box.addSpacing(4)
        self._till.box.addWidget(self._uncounted, 0, Qt.AlignmentFlag.AlignLeft)
        row.addLayout(_column([self._till, self._look(theme), self._about]), 1)
        row.addLayout(_column([self._feedback, self._people]), 1)
        self._feedback.setFixedHeight(FEEDBACK_PX)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setWidget(columns)
        page.addWidget(area, 1)

    def _look(self, theme: Theme) -> Card:
        card = Card(margins=(18, 14, 18, 14), spacing=8)
        card.box.addWidget(Label(theme, tr("Apparence"), weight=SEMIBOLD))
        card.box.addWidget(_row(theme, tr("Couleurs"), self._modes))
        card.box.addWidget(self._language_row)
        return card

    def _show(self, state: SettingsState) -> None:
        self._notice.hide()
        self._till.show_facts(state.till)
        self._hint.setText(state.till_hint)
        self._hint.setVisible(bool(state.till_hint))
        self._about.show_facts(state.about)
        self._people.show_facts(state.people)
        for owners in (self._people, self._uncounted):
            owners.setVisible(bool(state.people))
        self._modes.choose(state.mode)
        self._language.offer(state.languages)
        self._language.choose(state.language)
        self._language_row.setVisible(len(state.languages) > 1)

    def _show_failure(self, failure: Failure) -> None:
        self._notice.say(tr("Cela n’a pas abouti."), tr(failure), action=tr("Réessayer"))

    def _on_mode(self, mode: str) -> None:
        try:
            self._desk.choose_mode(mode)
        except Failure as failure:
            self._show_failure(failure)
        self.mode_chosen.emit(mode)

    def _on_language(self, _place: int) -> None:
        try:
            self._desk.choose_language(self._language.key)
        except Failure as failure:
            self._show_failure(failure)
            return
        self._notice.say(tr("La langue change au prochain démarrage de la caisse."), surface="info")


def _column(cards: list[Card]) -> QVBoxLayout:
    column = QVBoxLayout()
    column.setSpacing(14)
    for card in cards:
        column.addWidget(card)
    column.addStretch(1)
    return column


def _row(theme: Theme, name: str, widget: QWidget) -> QWidget:
    row = QWidget()
    box = QHBoxLayout(row)
    box.setContentsMargins(0, 0, 0, 0)
    label = Label(theme, name, tone="muted")
    label.setFixedWidth(128)
    box.addWidget(label)
    box.addWidget(widget, 1)
    return row
