"""What every painted chart shares: its points, the value axis, and the point a person looks at by mouse or by keys.

Knows amounts and labels, never where they come from.
"""

from abc import abstractmethod
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QColor,
    QFocusEvent,
    QFontMetrics,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QWidget

from seraphine_pos.ui.scale import Scale, axis_label, scale_for
from seraphine_pos.ui.text import amount, tr, whole
from seraphine_pos.ui.theme import REGULAR, SEMIBOLD, Theme

_AXIS_ROOM: Final = 52
_LABEL_ROOM: Final = 26
_TOP_ROOM: Final = 8
_LABEL_GAP: Final = 14
_TAG_PADDING: Final = 10
_TAG_LINE: Final = 19


@dataclass(frozen=True, slots=True)
class Point:
    """One place on the axis: its short label, its full name, its value now and before; None is not yet.

    `before_name` names the place that `before` stood at, where the series does not say it for all.
    """

    label: str
    name: str
    value: int | None
    before: int = 0
    before_name: str = ""


@dataclass(frozen=True, slots=True)
class Series:
    """What a chart shows; values are minor units of `unit`, or counts when it has no decimals and no unit.

    With `open_end` the last value still grows.
    """

    title: str
    points: tuple[Point, ...] = ()
    unit: str = ""
    decimals: int = 0
    against: str = ""
    nothing: str = ""
    open_end: bool = False

    @property
    def highest(self) -> int:
        """The highest value of both periods."""
        return max((max(point.value or 0, point.before) for point in self.points), default=0)

    def written(self, value: int) -> str:
        """Write a value as people read it."""
        return f"{amount(value, self.decimals)}\xa0{self.unit}" if self.unit else whole(value)

    def reading(self, index: int) -> tuple[str, ...]:
        """Say one point in words: its name, its value, the value before."""
        point = self.points[index]
        now = tr("pas encore") if point.value is None else self.written(point.value)
        against = point.before_name or self.against
        before = (f"{against}\xa0: {self.written(point.before)}",) if self.against else ()
        return (point.name, now, *before)


class Chart(QWidget):
    """A chart that can be read by pointing, by arrow keys and by a screen reader.

    `opened` tells the place of a point that was pressed, or chosen and opened by Space.
    """

    opened = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        """Make an empty chart."""
        super().__init__(parent)
        self._theme = theme
        self._series = Series("")
        self._scale = Scale(1, 3)
        self._chosen: int | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setMinimumSize(200, 90)

    def show_series(self, series: Series) -> None:
        """Show these points."""
        self._series = series
        self._scale = scale_for(series.highest, series.decimals)
        self.setAccessibleName(series.title)
        self.choose(None)

    def reading(self) -> str:
        """What the chosen point says, or the chart's title where none is chosen."""
        if self._chosen is None:
            return self._series.title
        return ", ".join(self._series.reading(self._chosen))

    def choose(self, index: int | None) -> None:
        """Look at one point, or at none."""
        self._chosen = index if index is not None and 0 <= index < len(self._series.points) else None
        self.setAccessibleDescription(self.reading())
        QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.DescriptionChanged))
        self.update()

    def sizeHint(self) -> QSize:
        """Return a comfortable size."""
        return QSize(560, 200)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Look at the point under the pointer."""
        self.choose(self._index_at(event.position().x()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Open the point under the pointer."""
        index = self._index_at(event.position().x())
        if index is not None and event.button() == Qt.MouseButton.LeftButton:
            self.opened.emit(index)

    def leaveEvent(self, _event: QEvent) -> None:
        """Look at nothing once the pointer is gone."""
        self.choose(None)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Start at the newest point that has a value."""
        known = [index for index, point in enumerate(self._series.points) if point.value is not None]
        if event.reason() in {Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason} and known:
            self.choose(known[-1])
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Look at nothing without the focus."""
        self.choose(None)
        super().focusOutEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Walk the points by the arrow keys, Home and End; open one by Space."""
        if event.key() == Qt.Key.Key_Space and self._chosen is not None:
            self.opened.emit(self._chosen)
            return
        last = len(self._series.points) - 1
        chosen = last if self._chosen is None else self._chosen
        goals = {
            Qt.Key.Key_Left: max(chosen - 1, 0),
            Qt.Key.Key_Right: min(chosen + 1, last),
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: last,
        }
        goal = goals.get(Qt.Key(event.key()))
        if goal is None:
            super().keyPressEvent(event)
        else:
            self.choose(goal)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the axis, the points and what is said about the chosen one."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._series.points:
            self._paint_axis(painter)
            self._paint_labels(painter)
            self._paint_points(painter)
        if not self._series.highest:
            self._paint_nothing(painter)
        if self._chosen is not None:
            self._paint_tag(painter, self._chosen)
        painter.end()

    @abstractmethod
    def _paint_points(self, painter: QPainter) -> None:
        """Paint the points; each chart in its own way."""

    @abstractmethod
    def _x(self, index: int) -> float:
        """The middle of a point's place."""

    @abstractmethod
    def _aside(self) -> float:
        """How far from a point's middle its words stand."""

    def _area(self) -> QRectF:
        return QRectF(0, _TOP_ROOM, self.width() - _AXIS_ROOM, self.height() - _LABEL_ROOM - _TOP_ROOM)

    def _y(self, value: int) -> float:
        area = self._area()
        return area.bottom() - self._scale.share(value) * area.height()

    def _index_at(self, x: float) -> int | None:
        places = range(len(self._series.points))
        return min(places, key=lambda index: abs(self._x(index) - x), default=None)

    def _paint_axis(self, painter: QPainter) -> None:
        area = self._area()
        painter.setFont(self._theme.font("tiny"))
        for mark in self._scale.marks():
            y = round(self._y(mark)) + 0.5
            painter.setPen(QPen(self._theme.colour("line"), 1))
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            painter.setPen(self._theme.colour("muted"))
            where = QRectF(area.right() + 8, y - 10, _AXIS_ROOM - 8, 20)
            painter.drawText(where, Qt.AlignmentFlag.AlignVCenter, axis_label(mark, self._series.decimals))

    def _paint_labels(self, painter: QPainter) -> None:
        painter.setFont(self._theme.font("tiny"))
        metrics = QFontMetrics(painter.font())
        widest = max(metrics.horizontalAdvance(point.label) for point in self._series.points)
        places = len(self._series.points)
        every = max(1, -(-places * (widest + _LABEL_GAP) // max(1, int(self._area().width()))))
        for index in range(0, places, every):
            bold = index == self._chosen
            painter.setFont(self._theme.font("tiny", SEMIBOLD if bold else REGULAR))
            painter.setPen(self._theme.colour("ink" if bold else "muted"))
            painter.drawText(
                self._label_place(index, widest), Qt.AlignmentFlag.AlignCenter, self._series.points[index].label
            )

    def _label_place(self, index: int, widest: int) -> QRectF:
        width = widest + _LABEL_GAP
        left = min(max(self._x(index) - width / 2, -_LABEL_GAP / 2), self.width() - width)
        return QRectF(left, self._area().bottom() + 6, width, _LABEL_ROOM - 6)

    def _paint_nothing(self, painter: QPainter) -> None:
        painter.setFont(self._theme.font("body"))
        painter.setPen(self._theme.colour("muted"))
        painter.drawText(self._area(), Qt.AlignmentFlag.AlignCenter, self._series.nothing)

    def _paint_tag(self, painter: QPainter, index: int) -> None:
        lines = self._series.reading(index)
        fonts = [self._theme.font("tiny"), self._theme.font("small", SEMIBOLD), self._theme.font("tiny")]
        tones = ["muted", "ink", "muted"]
        widths = [QFontMetrics(font).horizontalAdvance(line) for font, line in zip(fonts, lines, strict=False)]
        place = self._tag_place(index, max(widths) + 2 * _TAG_PADDING, len(lines) * _TAG_LINE + _TAG_PADDING)
        painter.setPen(QPen(self._theme.colour("line-strong"), 1))
        painter.setBrush(self._theme.colour("raised"))
        painter.drawRoundedRect(QRectF(place).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
        for number, line in enumerate(lines):
            painter.setFont(fonts[number])
            painter.setPen(self._theme.colour(tones[number]))
            top = place.top() + _TAG_PADDING // 2 + number * _TAG_LINE
            where = QRect(place.left() + _TAG_PADDING, top, place.width(), _TAG_LINE)
            painter.drawText(where, Qt.AlignmentFlag.AlignVCenter, line)

    def _tag_place(self, index: int, width: int, height: int) -> QRect:
        """Beside the point, so that it covers neither the point nor its label."""
        right = self._x(index) + self._aside()
        left = right if right + width <= self.width() else self._x(index) - self._aside() - width
        return QRect(round(max(left, 0)), 0, width, height)

    def _pale(self, token: str, share: float) -> QColor:
        colour = QColor(self._theme.colour(token))
        colour.setAlphaF(share)
        return colour
