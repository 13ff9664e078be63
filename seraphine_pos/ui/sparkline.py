"""A small line without axes that shows where a figure comes from."""

from typing import Final

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from seraphine_pos.ui.theme import Theme

_HEIGHT: Final = 42
_DOT: Final = 3.2
_INSET: Final = 4.5
_LINE: Final = 2.0
_GROUND: Final = 0.12
_FEWEST: Final = 2


class Sparkline(QWidget):
    """Values from old to new; the last one has a dot."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        """Make an empty line."""
        super().__init__(parent)
        self._theme = theme
        self._values: tuple[int, ...] = ()
        self._open_end = False
        self.setFixedHeight(_HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_values(self, values: tuple[int, ...], *, open_end: bool = False) -> None:
        """Show these values; fewer than two show nothing. With `open_end` the last one is still growing."""
        self._values = values
        self._open_end = open_end
        self.update()

    def sizeHint(self) -> QSize:
        """Return a comfortable size."""
        return QSize(228, _HEIGHT)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the ground, the line and the dot at its end."""
        if len(self._values) < _FEWEST:
            return
        line = self._polyline()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        brand = QColor(self._theme.colour("brand"))
        pen = QPen(brand, _LINE, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)
        self._paint_ground(painter, line, brand)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(pen)
        painter.drawPolyline(QPolygonF(line.toList()[:-1]) if self._open_end else line)
        self._paint_end(painter, line, pen)
        painter.end()

    def _paint_end(self, painter: QPainter, line: QPolygonF, pen: QPen) -> None:
        """A full dot; a hollow one at the end of a dotted line while the value still grows."""
        if self._open_end:
            pen.setStyle(Qt.PenStyle.DotLine)
            painter.setPen(pen)
            painter.drawLine(line.at(line.size() - 2), line.at(line.size() - 1))
            pen.setStyle(Qt.PenStyle.SolidLine)
            painter.setPen(pen)
            painter.setBrush(self._theme.colour("surface"))
        else:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(pen.color())
        painter.drawEllipse(line.at(line.size() - 1), _DOT, _DOT)

    def _polyline(self) -> QPolygonF:
        low, high = min(self._values), max(self._values)
        room = self.height() - 2 * _INSET - 4
        across = (self.width() - 2 * _INSET) / (len(self._values) - 1)
        return QPolygonF(
            [
                QPointF(_INSET + across * index, _INSET + room * (1 - _share(value - low, high - low)))
                for index, value in enumerate(self._values)
            ]
        )

    def _paint_ground(self, painter: QPainter, line: QPolygonF, brand: QColor) -> None:
        ground = QPolygonF(line)
        ground.append(QPointF(line.at(line.size() - 1).x(), self.height()))
        ground.append(QPointF(line.at(0).x(), self.height()))
        pale = QColor(brand)
        pale.setAlphaF(_GROUND)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(pale)
        painter.drawPolygon(ground)


def _share(part: int, all_of_it: int) -> float:
    return part / all_of_it if all_of_it else 0.5
