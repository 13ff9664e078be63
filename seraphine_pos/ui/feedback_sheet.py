"""The feedback form over the till, from a finished sale; gone by Esc, by its cross, or once the word is kept."""

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from seraphine_pos.domain.feedback import Message, Scope
from seraphine_pos.ui.button import Button
from seraphine_pos.ui.card import Card
from seraphine_pos.ui.feedback import Feedback
from seraphine_pos.ui.text import tr
from seraphine_pos.ui.theme import Theme

_WIDTH: Final = 520
_HEIGHT: Final = 400
_MARGIN: Final = 20


class FeedbackSheet(Card):
    """A card in the window, not a box of its own: scans still reach the till below it."""

    def __init__(self, theme: Theme, submit: Callable[[Message], object], sale_id: str, parent: QWidget) -> None:
        """Make a sheet about one sale."""
        super().__init__(parent, margins=(8, 8, 8, 8), spacing=0)
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
        self.setFixedSize(_WIDTH, _HEIGHT)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)

    def open(self) -> None:
        """Stand in the middle of the parent and take the keys."""
        room = self._below.rect()
        self.move(max((room.width() - self.width()) // 2, _MARGIN), max((room.height() - self.height()) // 2, _MARGIN))
        self.show()
        self.raise_()
        self._form.begin()

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
