"""The small printed key on a button: which key of the keyboard does the same."""

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from seraphine_pos.ui.theme import SEMIBOLD, Theme

HEIGHT = 18
_PADDING = 6
_RADIUS = 5


def keycap_size(theme: Theme, text: str) -> QSize:
    """Return the room a printed key takes."""
    metrics = QFontMetrics(theme.font("tiny", SEMIBOLD))
    return QSize(metrics.horizontalAdvance(text) + 2 * _PADDING, HEIGHT)


def paint_keycap(painter: QPainter, theme: Theme, rect: QRect, text: str, colour: QColor | None = None) -> None:
    """Print a key in `rect`, in the muted colour or in one that stands on a filled button."""
    ink = colour or theme.colour("muted")
    border = QColor(ink)
    border.setAlphaF(0.45)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(border if colour else theme.colour("line-strong"), 1))
    painter.setBrush(Qt.BrushStyle.NoBrush if colour else theme.colour("raised"))
    painter.drawRoundedRect(QRectF(rect).adjusted(0.5, 0.5, -0.5, -0.5), _RADIUS, _RADIUS)
    painter.setFont(theme.font("tiny", SEMIBOLD))
    painter.setPen(ink)
    painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, text)
    painter.restore()


class Keycap(QWidget):
    """A printed key that stands alone, in a form or on the help sheet."""

    def __init__(self, theme: Theme, text: str, parent: QWidget | None = None) -> None:
        """Print a key's name, for example "Ctrl K"."""
        super().__init__(parent)
        self._theme = theme
        self._text = text
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """Return the key's own size."""
        return keycap_size(self._theme, self._text)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the key."""
        painter = QPainter(self)
        paint_keycap(painter, self._theme, self.rect(), self._text)
        painter.end()
