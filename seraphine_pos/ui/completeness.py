"""How far each till's entries are in the figures, and how many were set aside."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QWidget

from seraphine_pos.ui.card import Card, rule
from seraphine_pos.ui.label import Label
from seraphine_pos.ui.report_state import Completeness
from seraphine_pos.ui.text import tr
from seraphine_pos.ui.theme import SEMIBOLD, Theme


class CompletenessCard(Card):
    """One row a till."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        """Make an empty card."""
        super().__init__(parent, margins=(18, 14, 18, 14), spacing=0)
        self._theme = theme
        self._rows: list[QWidget] = []
        self.box.addWidget(Label(theme, tr("Complet jusqu’à"), weight=SEMIBOLD))
        self.box.addSpacing(8)
        self.box.addStretch(1)

    def show_tills(self, tills: tuple[Completeness, ...]) -> None:
        """Show these rows."""
        for row in self._rows:
            self.box.removeWidget(row)
            row.deleteLater()
        self._rows = [self._row(till) for till in tills]
        for place, row in enumerate(self._rows):
            self.box.insertWidget(2 + place, row)

    def _row(self, till: Completeness) -> QWidget:
        row = Card(self, margins=(0, 0, 0, 0), spacing=0)
        row.setProperty("frame", "")
        words = QHBoxLayout()
        words.setContentsMargins(0, 7, 0, 2 if till.control else 7)
        words.setSpacing(12)
        words.addWidget(Label(self._theme, till.label), 1)
        words.addWidget(Label(self._theme, till.words, tone=till.tone))
        row.box.addLayout(words)
        if till.control:
            control = Label(self._theme, till.control, tone=till.tone)
            control.setAlignment(Qt.AlignmentFlag.AlignRight)
            row.box.addWidget(control)
            row.box.addSpacing(7)
        row.box.addWidget(rule())
        return row
