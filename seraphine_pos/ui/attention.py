"""What waits for the owner: words from the counter, entries set aside, trouble with sending."""

from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from seraphine_pos.ui.button import Button
from seraphine_pos.ui.card import Card, rule
from seraphine_pos.ui.icon import Icon
from seraphine_pos.ui.label import Label, Tone
from seraphine_pos.ui.text import tr
from seraphine_pos.ui.theme import SEMIBOLD, Theme


@dataclass(frozen=True, slots=True)
class Matter:
    """One thing to look at; `goal` names where pressing `action` leads, empty where there is nothing to press."""

    icon: str
    text: str
    aside: str = ""
    tone: Tone = "muted"
    action: str = ""
    goal: str = ""


class Attention(Card):
    """A short list, each entry with its way out."""

    opened = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        """Make an empty list."""
        super().__init__(parent, margins=(18, 14, 18, 14), spacing=0)
        self._theme = theme
        self._rows: list[QWidget] = []
        self.box.addWidget(Label(theme, tr("À traiter"), weight=SEMIBOLD))
        self.box.addSpacing(6)
        self.box.addStretch(1)

    def show_matters(self, matters: tuple[Matter, ...]) -> None:
        """Show these entries, or that all is well."""
        for row in self._rows:
            self.box.removeWidget(row)
            row.deleteLater()
        shown = matters or (Matter("circle-check", tr("Rien ne vous attend.")),)
        self._rows = [self._row(matter) for matter in shown]
        for place, row in enumerate(self._rows):
            self.box.insertWidget(2 + place, row)

    def _row(self, matter: Matter) -> QWidget:
        row = Card(self, margins=(0, 0, 0, 0), spacing=0)
        row.setProperty("frame", "")
        words = QHBoxLayout()
        words.setContentsMargins(0, 8, 0, 8)
        words.setSpacing(10)
        words.addWidget(Icon(self._theme, matter.icon, "muted", size=18))
        text = Label(self._theme, matter.text, wraps=True)
        words.addWidget(text, 1)
        if matter.aside:
            words.addWidget(Label(self._theme, matter.aside, tone=matter.tone))
        if matter.action:
            words.addWidget(self._action(matter))
        row.box.addLayout(words)
        row.box.addWidget(rule())
        return row

    def _action(self, matter: Matter) -> Button:
        button = Button(self._theme, matter.action, kind="link")
        button.clicked.connect(lambda: self.opened.emit(matter.goal))
        return button
