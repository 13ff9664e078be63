"""A few words in a rounded outline, such as how sure an observation is."""

from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from seraphine_pos.ui.theme import SEMIBOLD, Theme

_HEIGHT: Final = 22
_PADDING: Final = 9


class Pill(QWidget):
    """Words in an outline; `tone` and `ground` name tokens."""

    def __init__(
        self, theme: Theme, text: str = "", *, tone: str = "muted", ground: str = "", parent: QWidget | None = None
    ) -> None:
        """Make a pill."""
        super().__init__(parent)
        self._theme = theme
        self._text = text
        self._tone = tone
        self._ground = ground
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    @property
    def text(self) -> str:
        """The words."""
        return self._text

    def show_words(self, text: str, tone: str = "muted", ground: str = "") -> None:
        """Show other words, in another tone where one is named."""
        self._text, self._tone, self._ground = text, tone, ground
        self.setVisible(bool(text))
        self.setAccessibleName(text)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Return the room the words take."""
        words = QFontMetrics(self._theme.font("tiny", SEMIBOLD)).horizontalAdvance(self._text)
        return QSize(words + 2 * _PADDING, _HEIGHT)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the outline and the words."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._theme.colour(self._ground or "line-strong"), 1))
        painter.setBrush(self._theme.colour(self._ground) if self._ground else Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), _HEIGHT / 2, _HEIGHT / 2)
        painter.setFont(self._theme.font("tiny", SEMIBOLD))
        painter.setPen(self._theme.colour(self._tone))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self._text)
        painter.end()
