"""A card of facts: what each one is called, and what it is."""

from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QWidget

from seraphine_pos.ui.card import Card, rule
from seraphine_pos.ui.label import Label, Tone
from seraphine_pos.ui.theme import SEMIBOLD, Theme

_NAME_PX = 128


@dataclass(frozen=True, slots=True)
class Fact:
    """A name and its value."""

    name: str
    value: str
    tone: Tone = "ink"


class Facts(Card):
    """Facts under a title; values can be selected and copied."""

    def __init__(self, theme: Theme, title: str, parent: QWidget | None = None) -> None:
        """Make a card without facts."""
        super().__init__(parent, margins=(18, 14, 18, 14), spacing=0)
        self._theme = theme
        self._rows: list[QWidget] = []
        self.box.addWidget(Label(theme, title, weight=SEMIBOLD))
        self.box.addSpacing(6)

    def show_facts(self, facts: tuple[Fact, ...]) -> None:
        """Show these facts."""
        for row in self._rows:
            self.box.removeWidget(row)
            row.deleteLater()
        self._rows = [self._row(fact, last=fact is facts[-1]) for fact in facts]
        for place, row in enumerate(self._rows):
            self.box.insertWidget(2 + place, row)

    def _row(self, fact: Fact, *, last: bool) -> QWidget:
        row = Card(self, margins=(0, 0, 0, 0), spacing=0)
        row.setProperty("frame", "")
        words = QHBoxLayout()
        words.setContentsMargins(0, 7, 0, 7)
        words.setSpacing(12)
        name = Label(self._theme, fact.name, tone="muted")
        name.setFixedWidth(_NAME_PX)
        value = Label(self._theme, fact.value, tone=fact.tone, wraps=True)
        value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        words.addWidget(name, 0, Qt.AlignmentFlag.AlignTop)
        words.addWidget(value, 1)
        row.box.addLayout(words)
        if not last:
            row.box.addWidget(rule())
        return row
