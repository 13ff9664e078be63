"""A field that offers a few answers; its chevron follows the theme."""

from typing import Final

from PySide6.QtCore import QEvent
from PySide6.QtGui import QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QComboBox, QWidget

from seraphine_pos.ui.theme import Theme

_CHEVRON: Final = 16
_PADDING: Final = 12


class Choice(QComboBox):
    """One of several answers, each with a key of its own; the wheel does not change it by accident."""

    def __init__(
        self, theme: Theme, name: str, answers: tuple[tuple[str, str], ...] = (), parent: QWidget | None = None
    ) -> None:
        """Make a field of (key, words); `name` is what a screen reader says."""
        super().__init__(parent)
        self._theme = theme
        self.setAccessibleName(name)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.offer(answers)

    @property
    def key(self) -> str:
        """The key of the chosen answer, empty where there is none."""
        return str(self.currentData() or "")

    def offer(self, answers: tuple[tuple[str, str], ...]) -> None:
        """Offer other answers; the chosen one stays chosen where it still exists."""
        chosen = self.key
        self.clear()
        for key, words in answers:
            self.addItem(words, key)
        self.choose(chosen)

    def choose(self, key: str) -> None:
        """Choose an answer by its key, the first one where there is no such key."""
        self.setCurrentIndex(max(self.findData(key), 0) if self.count() else -1)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave the wheel to the page."""
        event.ignore()

    def changeEvent(self, event: QEvent) -> None:
        """Paint again when the look changes."""
        super().changeEvent(event)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the field, then the chevron that the style sheet leaves out."""
        super().paintEvent(event)
        painter = QPainter(self)
        chevron = self._theme.pixmap("chevron-down", "ink" if self.isEnabled() else "faint", _CHEVRON)
        painter.drawPixmap(self.width() - _CHEVRON - _PADDING, (self.height() - _CHEVRON) // 2, chevron)
        painter.end()
