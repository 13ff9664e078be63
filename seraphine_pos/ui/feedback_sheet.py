"""The feedback form over the till, opened from a finished sale and closed by Esc or once the word is kept."""

from collections.abc import Callable
from typing import Final

from PySide6.QtWidgets import QDialog, QVBoxLayout, QWidget

from seraphine_pos.domain.feedback import Message, Scope
from seraphine_pos.ui.feedback import Feedback
from seraphine_pos.ui.text import tr
from seraphine_pos.ui.theme import Theme

_WIDTH: Final = 520
_HEIGHT: Final = 380


class FeedbackSheet(QDialog):
    """Opened with `open()`: it never holds the program up, and the next sale goes on below it."""

    def __init__(self, theme: Theme, submit: Callable[[Message], object], sale_id: str, parent: QWidget) -> None:
        """Make a sheet about one sale."""
        super().__init__(parent)
        self.setWindowTitle(tr("Un mot sur la caisse ?"))
        self.setFixedSize(_WIDTH, _HEIGHT)
        form = Feedback(theme, submit)
        form.about(Scope.POS, sale_id or None)
        form.sent.connect(self.accept)
        box = QVBoxLayout(self)
        box.setContentsMargins(14, 14, 14, 14)
        box.addWidget(form)
