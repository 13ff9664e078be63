"""The feedback form over the till, from a finished sale; gone by Esc, by its cross, or once the word is kept.

A scan puts it aside with what is written, so that the keys are the till's again.
"""

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from seraphine_pos.domain.feedback import Message, Scope
from seraphine_pos.ui.button import Button
from seraphine_pos.ui.card import Card
from seraphine_pos.ui.feedback import Feedback
from seraphine_pos.ui.pay_column import WIDTH
from seraphine_pos.ui.text import tr
from seraphine_pos.ui.theme import Theme

_HEIGHT: Final = 420
_RIGHT: Final = 20
_BELOW: Final = 16


class FeedbackSheet(Card):
    """A card in the window, not a box of its own: scans still reach the till below it; `left` tells that it goes."""

    left = Signal()

    def __init__(self, theme: Theme, submit: Callable[[Message], object], sale_id: str, parent: QWidget) -> None:
        """Make a sheet about one sale."""
        super().__init__(parent, margins=(0, 8, 0, 8), spacing=0)
        form = Feedback(theme, submit)
        form.about(Scope.POS, sale_id or None)
        form.setProperty("frame", "")
        form.sent.connect(self.close)
        leave = Button(theme, tr("Fermer"), icon="x", kind="link")
        leave.clicked.connect(self.close)
        head = QHBoxLayout()
        head.addStretch(1)
        head.addWidget(leave)
        self.box.addLayout(head)
        self.box.addWidget(form, 1)
        self._form = form
        self._below = parent
        self.setFixedSize(WIDTH, _HEIGHT)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)

    def open(self) -> None:
        """Stand over the pay column, which a paid sale does not need, beside the change due; take the keys."""
        room = self._below.rect()
        self.move(max(room.width() - self.width() - _RIGHT, 0), max(room.height() - self.height() - _BELOW, 0))
        self.show()
        self.raise_()
        self._form.begin()

    def step_aside(self) -> None:
        """Give the keys back; what is written waits for the next opening."""
        if self._form.has_words:
            self.hide()
        else:
            self.close()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Tell that the sheet goes for good."""
        super().closeEvent(event)
        self.left.emit()

    def event(self, event: QEvent) -> bool:
        """Keep Esc from the till below while the sheet is open."""
        is_override = event.type() == QEvent.Type.ShortcutOverride
        if is_override and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave by Esc."""
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        else:
            super().keyPressEvent(event)
