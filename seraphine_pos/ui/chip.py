"""A chip of the status bar: an icon, a few words of which some are strong, and a dot for the state."""

from typing import Literal

from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from seraphine_pos.ui.theme import MEDIUM, SEMIBOLD, Theme

Dot = Literal["", "good", "warn", "bad", "info", "faint"]

_HEIGHT = 30
_ICON = 16
_PADDING = 12
_GAP = 6
_DOT = 8


class Chip(QWidget):
    """A rounded chip; its words are (text, strong) pieces."""

    def __init__(self, theme: Theme, icon: str = "", *, parent: QWidget | None = None) -> None:
        """Make an empty chip."""
        super().__init__(parent)
        self._theme = theme
        self._icon = icon
        self._pieces: tuple[tuple[str, bool], ...] = ()
        self._dot: Dot = ""
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    @property
    def text(self) -> str:
        """The words of the chip."""
        return "".join(text for text, _strong in self._pieces)

    def show_words(self, *pieces: str | tuple[str, bool], dot: Dot = "", icon: str = "") -> None:
        """Show other words; a piece that is a pair (text, True) is strong."""
        shown = tuple((piece, False) if isinstance(piece, str) else piece for piece in pieces)
        icon = icon or self._icon
        if (shown, dot, icon) == (self._pieces, self._dot, self._icon):
            return
        self._pieces, self._dot, self._icon = shown, dot, icon
        self.setAccessibleName(self.text)
        # A layout makes room one pass later; until then the last words would be cut.
        self.setFixedWidth(self.sizeHint().width())
        self.update()

    def sizeHint(self) -> QSize:
        """Return the room the words take."""
        words = sum(self._width(text, strong=strong) for text, strong in self._pieces)
        icon = _ICON + _GAP if self._icon else 0
        return QSize(2 * _PADDING + icon + words + (_DOT + _GAP if self._dot else 0), _HEIGHT)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the chip."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._theme.colour("line"), 1))
        painter.setBrush(self._theme.colour("raised"))
        radius = self._theme.radius("chip")
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)
        left = self._paint_words(painter, self._paint_icon(painter))
        if self._dot:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.colour(self._dot))
            painter.drawEllipse(QPointF(left + _GAP + _DOT / 2, self.height() / 2), _DOT / 2, _DOT / 2)
        painter.end()

    def _width(self, text: str, *, strong: bool) -> int:
        return QFontMetrics(self._theme.font("chip", SEMIBOLD if strong else MEDIUM)).horizontalAdvance(text)

    def _paint_icon(self, painter: QPainter) -> int:
        if not self._icon:
            return _PADDING
        corner = QPoint(_PADDING, (self.height() - _ICON) // 2)
        painter.drawPixmap(corner, self._theme.pixmap(self._icon, "muted", _ICON))
        return _PADDING + _ICON + _GAP

    def _paint_words(self, painter: QPainter, left: int) -> int:
        for text, strong in self._pieces:
            width = self._width(text, strong=strong)
            painter.setFont(self._theme.font("chip", SEMIBOLD if strong else MEDIUM))
            painter.setPen(self._theme.colour("ink" if strong else "muted"))
            painter.drawText(left, 0, width + 2, self.height(), Qt.AlignmentFlag.AlignVCenter, text)
            left += width
        return left
