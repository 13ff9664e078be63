"""A large answer of the wizard: icon, title, one sentence; checked when chosen."""

from typing import Final

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from seraphine_pos.ui.theme import SEMIBOLD, Theme

_HEIGHT: Final = 84
_TILE: Final = 44
_ICON: Final = 22
_MARGIN: Final = 20
_MARK: Final = 20


class Option(QAbstractButton):
    """One of several; `key` is what choosing it means."""

    def __init__(
        self, theme: Theme, key: str, icon: str, title: str, detail: str, parent: QWidget | None = None
    ) -> None:
        """Make an answer; `icon` is a Lucide name."""
        super().__init__(parent)
        self._theme = theme
        self.key = key
        self._icon = icon
        self._detail = detail
        self.setText(title)
        self.setCheckable(True)
        self.setAutoExclusive(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(title)
        self.setAccessibleDescription(detail)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(_HEIGHT)

    def sizeHint(self) -> QSize:
        """Return a comfortable size."""
        return QSize(480, _HEIGHT)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the card, its icon, its words and the mark."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_face(painter)
        self._paint_icon(painter)
        self._paint_words(painter)
        self._paint_mark(painter)
        painter.end()

    def _paint_face(self, painter: QPainter) -> None:
        chosen = self.isChecked()
        strong = chosen or self.hasFocus()
        painter.setPen(QPen(self._theme.colour("brand" if strong else "line-strong"), 2 if strong else 1))
        painter.setBrush(self._theme.colour("brand-soft" if chosen else "surface"))
        radius = self._theme.radius("card")
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), radius, radius)

    def _paint_icon(self, painter: QPainter) -> None:
        tile = QRect(_MARGIN, (_HEIGHT - _TILE) // 2, _TILE, _TILE)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.colour("surface" if self.isChecked() else "brand-soft"))
        painter.drawRoundedRect(tile, 10, 10)
        corner = QPoint(tile.left() + (_TILE - _ICON) // 2, tile.top() + (_TILE - _ICON) // 2)
        painter.drawPixmap(corner, self._theme.pixmap(self._icon, "brand", _ICON))

    def _paint_words(self, painter: QPainter) -> None:
        left = _MARGIN + _TILE + 16
        room = self.width() - left - 2 * _MARGIN - _MARK
        for words, size, weight, tone, top in (
            (self.text(), "field", SEMIBOLD, "ink", 17),
            (self._detail, "small", 400, "muted", 43),
        ):
            font = self._theme.font(size, weight)
            painter.setFont(font)
            painter.setPen(self._theme.colour(tone))
            shown = QFontMetrics(font).elidedText(words, Qt.TextElideMode.ElideRight, room)
            painter.drawText(QRect(left, top, room, 24), Qt.AlignmentFlag.AlignVCenter, shown)

    def _paint_mark(self, painter: QPainter) -> None:
        mark = QRectF(self.width() - _MARGIN - _MARK, (_HEIGHT - _MARK) / 2, _MARK, _MARK)
        if self.isChecked():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.colour("brand"))
            painter.drawEllipse(mark)
            corner = QPoint(round(mark.left()) + 3, round(mark.top()) + 3)
            painter.drawPixmap(corner, self._theme.pixmap("check", "brand-ink", 14))
            return
        painter.setPen(QPen(self._theme.colour("line-strong"), 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(mark.adjusted(1, 1, -1, -1))
