"""A line chart: a line over a pale ground for now, a dotted one for the period before."""

from typing import Final

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter, QPen, QPolygonF

from seraphine_pos.ui.chart import Chart

_INSET: Final = 10.0
_LINE: Final = 2.4
_DOT: Final = 4.5
_GROUND: Final = 0.10


class Lines(Chart):
    """Points joined by straight lines, evenly apart."""

    def _x(self, index: int) -> float:
        area = self._area()
        gaps = len(self._series.points) - 1
        if gaps < 1:
            return area.width() / 2
        return _INSET + (area.width() - 2 * _INSET) * index / gaps

    def _aside(self) -> float:
        return 12.0

    def _paint_points(self, painter: QPainter) -> None:
        now = self._polyline([point.value for point in self._series.points])
        before = self._polyline([point.before for point in self._series.points])
        self._paint_ground(painter, now)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if self._series.against:
            painter.setPen(QPen(self._theme.colour("muted"), 1.4, Qt.PenStyle.DotLine, Qt.PenCapStyle.RoundCap))
            painter.drawPolyline(before)
        joined = Qt.PenJoinStyle.RoundJoin
        painter.setPen(QPen(self._theme.colour("brand"), _LINE, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, joined))
        if self._series.open_end and now.size() > 1:
            painter.drawPolyline(QPolygonF(now.toList()[:-1]))
            self._paint_open_end(painter, now)
        else:
            painter.drawPolyline(now)
        if now.size() == 1:
            self._paint_dot(painter, now.at(0))
        if self._chosen is not None:
            self._paint_chosen(painter, self._chosen)

    def _polyline(self, values: list[int | None]) -> QPolygonF:
        known = [(index, value) for index, value in enumerate(values) if value is not None]
        return QPolygonF([QPointF(self._x(index), self._y(value)) for index, value in known])

    def _paint_ground(self, painter: QPainter, line: QPolygonF) -> None:
        if line.size() < 1:
            return
        foot = self._area().bottom()
        ground = QPolygonF(line)
        ground.append(QPointF(line.at(line.size() - 1).x(), foot))
        ground.append(QPointF(line.at(0).x(), foot))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._pale("brand", _GROUND))
        painter.drawPolygon(ground)

    def _paint_open_end(self, painter: QPainter, now: QPolygonF) -> None:
        """A dotted line to a hollow dot: this day is not over."""
        brand, end = self._theme.colour("brand"), now.at(now.size() - 1)
        painter.setPen(QPen(brand, _LINE, Qt.PenStyle.DotLine, Qt.PenCapStyle.RoundCap))
        painter.drawLine(now.at(now.size() - 2), end)
        painter.setPen(QPen(brand, 2))
        painter.setBrush(self._theme.colour("surface"))
        painter.drawEllipse(end, _DOT, _DOT)

    def _paint_chosen(self, painter: QPainter, index: int) -> None:
        x = self._x(index)
        area = self._area()
        painter.setPen(QPen(self._theme.colour("line-strong"), 1))
        painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
        value = self._series.points[index].value
        if value is not None:
            self._paint_dot(painter, QPointF(x, self._y(value)))

    def _paint_dot(self, painter: QPainter, where: QPointF) -> None:
        painter.setPen(QPen(self._theme.colour("surface"), 2))
        painter.setBrush(self._theme.colour("brand"))
        painter.drawEllipse(where, _DOT, _DOT)
