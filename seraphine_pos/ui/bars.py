"""A bar chart: solid bars for now, pale ones behind them for the period before."""

from typing import Final

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPen

from seraphine_pos.ui.chart import Chart

_BAR_MAX: Final = 28.0
_BAR_SHARE: Final = 0.62
_RADIUS: Final = 5.0
_LEAST: Final = 3.0
_PALE: Final = 0.24
_NOTCH: Final = 2


class Bars(Chart):
    """Bars from zero; where now is above before, a notch in the bar says where before was."""

    def _slot(self) -> float:
        return self._area().width() / max(1, len(self._series.points))

    def _x(self, index: int) -> float:
        return self._slot() * (index + 0.5)

    def _aside(self) -> float:
        return self._slot() / 2 + 6

    def _paint_points(self, painter: QPainter) -> None:
        width = min(_BAR_MAX, self._slot() * _BAR_SHARE)
        if self._chosen is not None:
            self._paint_column(painter, self._chosen)
        for index, point in enumerate(self._series.points):
            left = self._x(index) - width / 2
            self._paint_bar(painter, left, width, point.before, "brand", _PALE)
            if point.value is not None:
                self._paint_bar(painter, left, width, point.value, "brand", 1.0)
                self._paint_notch(painter, left, width, point.before, point.value)

    def _paint_column(self, painter: QPainter, index: int) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._pale("brand-soft", 0.7))
        area = self._area()
        painter.drawRoundedRect(QRectF(self._x(index) - self._slot() / 2, 0, self._slot(), area.bottom()), 8, 8)

    def _paint_bar(self, painter: QPainter, left: float, width: float, value: int, token: str, share: float) -> None:
        if value <= 0:
            return
        foot = self._area().bottom()
        height = max(foot - self._y(value), _LEAST)
        painter.setPen(Qt.PenStyle.NoPen)
        if share < 1:
            painter.setBrush(self._theme.colour("surface"))
            painter.drawPath(_column(left, foot - height, width, height))
        painter.setBrush(self._pale(token, share))
        painter.drawPath(_column(left, foot - height, width, height))

    def _paint_notch(self, painter: QPainter, left: float, width: float, before: int, value: int) -> None:
        if 0 < before < value:
            y = round(self._y(before))
            painter.setPen(QPen(self._pale("surface", 0.75), _NOTCH))
            painter.drawLine(round(left) + 4, y, round(left + width) - 4, y)


def _column(left: float, top: float, width: float, height: float) -> QPainterPath:
    """A bar whose upper corners are round and whose foot stands flat."""
    radius = min(_RADIUS, width / 2, height)
    path = QPainterPath()
    path.addRoundedRect(QRectF(left, top, width, height + radius), radius, radius)
    ground = QPainterPath()
    ground.addRect(QRectF(left - 1, top - 1, width + 2, height + 1))
    return path.intersected(ground)
