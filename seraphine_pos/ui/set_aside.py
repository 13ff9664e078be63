"""One entry that counts nowhere: what it is, why, what to do about it, and what stands in it."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from seraphine_pos.ui.card import Card
from seraphine_pos.ui.facts import Facts
from seraphine_pos.ui.label import Label
from seraphine_pos.ui.quarantine_state import SetAsideState
from seraphine_pos.ui.text import tr
from seraphine_pos.ui.theme import SEMIBOLD, Theme


class SetAside(QWidget):
    """Facts on the left, advice and content on the right; empty until an entry is chosen."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        """Make an empty panel."""
        super().__init__(parent)
        self._facts = Facts(theme, tr("L’écriture choisie"))
        self._facts.box.addStretch(1)
        self._reason = Label(theme, weight=SEMIBOLD, wraps=True)
        self._advice = Label(theme, wraps=True)
        self._content = QPlainTextEdit()
        self._content.setReadOnly(True)
        self._content.setTabChangesFocus(True)
        self._content.setAccessibleName(tr("Contenu de l’écriture"))
        self._content.setFont(theme.font("small"))
        right = Card(margins=(18, 14, 18, 14), spacing=6)
        right.box.addWidget(self._reason)
        right.box.addWidget(self._advice)
        right.box.addSpacing(4)
        right.box.addWidget(Label(theme, tr("Ce qui y est écrit"), size="small", tone="muted"))
        right.box.addWidget(self._content, 1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(14)
        left = QVBoxLayout()
        left.addWidget(self._facts)
        row.addLayout(left, 1)
        row.addWidget(right, 1)
        self._advice.setAlignment(Qt.AlignmentFlag.AlignTop)

    def show_entry(self, entry: SetAsideState | None) -> None:
        """Show an entry, or that none is chosen."""
        shown = entry or SetAsideState((), "", tr("Choisissez une écriture pour la lire ici."), "")
        self._reason.setText(shown.reason)
        self._reason.setVisible(bool(shown.reason))
        self._facts.show_facts(shown.facts)
        self._advice.setText(shown.advice)
        self._content.setPlainText(shown.content)
