"""The last line rung, large enough to be read from the customer's side."""

from dataclasses import dataclass

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from seraphine_pos.domain.sale import Line
from seraphine_pos.ui import text
from seraphine_pos.ui.cart_row import remark, tax_words
from seraphine_pos.ui.theme import REGULAR, SEMIBOLD, Theme

HEIGHT = 84
_PADDING = 24


@dataclass(frozen=True, slots=True)
class LastLineText:
    """The words of the panel."""

    heading: str = ""
    name: str = ""
    price: str = ""
    detail: str = ""
    remark: str = ""


def last_line_text(line: Line, at: str, currency: str, decimals: int) -> LastLineText:
    """Return the words for a line rung at a time of day."""
    unit = text.amount(line.unit_price, decimals)
    total = text.money(line.amount, currency, decimals)
    return LastLineText(
        text.tr("Dernier article · {at}", at=at),
        line.name,
        f"{text.quantity(line.quantity)} × {unit}",
        " · ".join(part for part in (total, tax_words(line)) if part),
        remark(line, decimals),
    )


class LastLine(QWidget):
    """A painted panel: heading and name, and on the other side quantity × price, amount and tax."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._words = LastLineText()
        self.setFixedHeight(HEIGHT)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    @property
    def words(self) -> LastLineText:
        """The words shown."""
        return self._words

    def show_words(self, words: LastLineText) -> None:
        """Show a line's words."""
        if words != self._words:
            self._words = words
            self.setAccessibleName(f"{words.name} {words.price}")
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the panel with its mark at the side."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.colour("bg"))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_ground(painter)
        if self._words.name:
            self._paint_words(painter)
        else:
            self._write(
                painter, "line", REGULAR, "muted", self.rect().adjusted(_PADDING, 0, -_PADDING, 0), self._words.heading
            )
        painter.end()

    def _paint_ground(self, painter: QPainter) -> None:
        radius = self._theme.radius("card")
        path = QPainterPath()
        path.addRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)
        painter.fillPath(path, self._theme.colour("surface"))
        if self._words.name:
            painter.save()
            painter.setClipPath(path)
            painter.fillRect(QRect(0, 0, 5, self.height()), self._theme.colour("brand"))
            painter.restore()
        painter.setPen(QPen(self._theme.colour("line"), 1))
        painter.drawPath(path)

    def _paint_words(self, painter: QPainter) -> None:
        words = self._words
        figure = QFontMetrics(self._theme.font("figure", SEMIBOLD)).horizontalAdvance(words.price)
        small = QFontMetrics(self._theme.font("body", REGULAR))
        aside = small.horizontalAdvance(words.detail) + (
            small.horizontalAdvance(f" · {words.remark}") + 6 if words.remark else 0
        )
        right = max(figure, aside) + 2
        room = self.width() - 2 * _PADDING - right - 16
        name_font = self._theme.words_font("title", SEMIBOLD)
        name = QFontMetrics(name_font).elidedText(words.name, Qt.TextElideMode.ElideRight, room)
        self._write(painter, "body", REGULAR, "muted", QRect(_PADDING, 12, room, 24), words.heading)
        painter.setFont(name_font)
        painter.setPen(self._theme.colour("ink"))
        painter.drawText(
            QRect(_PADDING, 38, room, 32), Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, name
        )
        edge = self.width() - _PADDING
        to_right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        self._write(painter, "figure", SEMIBOLD, "ink", QRect(edge - right, 10, right, 40), words.price, to_right)
        if words.remark:
            width = QFontMetrics(self._theme.font("body", SEMIBOLD)).horizontalAdvance(f" · {words.remark}")
            self._write(
                painter, "body", SEMIBOLD, "warn", QRect(edge - width, 50, width, 22), f" · {words.remark}", to_right
            )
            edge -= width
        self._write(painter, "body", REGULAR, "muted", QRect(edge - right, 50, right, 22), words.detail, to_right)

    def _write(
        self, painter: QPainter, size: str, weight: int, tone: str, where: QRect, words: str,
        align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter,
    ) -> None:  # fmt: skip
        painter.setFont(self._theme.font(size, weight))
        painter.setPen(self._theme.colour(tone))
        painter.drawText(where, align, words)
