"""The lines of a ticket, with how many of each come back; chosen by touch or by arrows."""

from collections.abc import Mapping
from typing import Final

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from seraphine_pos.domain.money import ONE
from seraphine_pos.domain.refund import Choice
from seraphine_pos.domain.sale import Line
from seraphine_pos.till.refund import Refundable
from seraphine_pos.ui import text
from seraphine_pos.ui.text import tr
from seraphine_pos.ui.theme import BOLD, REGULAR, SEMIBOLD, Theme

ROW_HEIGHT: Final = 60
_STEP: Final = 44
_RIGHT: Final = 16
_MIDDLE: Final = Qt.AlignmentFlag.AlignVCenter
_BY_KEY: Final = {Qt.Key.Key_Right: 1, Qt.Key.Key_Plus: 1, Qt.Key.Key_Left: -1, Qt.Key.Key_Minus: -1}


class RefundLines(QWidget):
    """Painted rows with a − and a + each; `changed` tells that the choice is another."""

    changed = Signal()

    def __init__(self, theme: Theme, decimals: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._decimals = decimals
        self._found: Refundable | None = None
        self._chosen: dict[int, int] = {}
        self._row = 0
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    @property
    def choices(self) -> tuple[Choice, ...]:
        """What comes back."""
        return tuple(Choice(no, quantity) for no, quantity in self._chosen.items() if quantity)

    @property
    def chosen(self) -> Mapping[int, int]:
        """The quantity (thousandths) chosen of each line number."""
        return self._chosen

    def show_ticket(self, found: Refundable) -> None:
        """Show a ticket, nothing chosen."""
        self._found = found
        self._chosen = {}
        self._row = 0
        self.setFixedHeight(len(found.ticket.lines) * ROW_HEIGHT)
        self.update()
        self.changed.emit()

    def choose_all(self) -> None:
        """Choose everything that can still come back."""
        if self._found is not None:
            self._chosen = {line.no: self._found.left(line.no) for line in self._found.ticket.lines}
            self._tell()

    def choose_product(self, product_id: str) -> bool:
        """Choose one more of the line with this product; tell whether there is one."""
        for place, line in enumerate(self._lines()):
            if line.product_id == product_id and self._chosen.get(line.no, 0) < self._left(line):
                self._row = place
                self._add(line, ONE)
                return True
        return False

    def holds(self, product_id: str) -> bool:
        """Tell whether the product was sold on this ticket."""
        return any(line.product_id == product_id for line in self._lines())

    def can_choose(self, product_id: str) -> bool:
        """Tell whether some of the product can still come back, chosen or not."""
        return any(line.product_id == product_id and self._left(line) > 0 for line in self._lines())

    def sizeHint(self) -> QSize:
        """Return the room of all rows."""
        return QSize(400, len(self._lines()) * ROW_HEIGHT)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move by up and down, choose by left and right."""
        key = Qt.Key(event.key())
        lines = self._lines()
        if key in (Qt.Key.Key_Up, Qt.Key.Key_Down) and lines:
            self._row = min(max(self._row + (1 if key == Qt.Key.Key_Down else -1), 0), len(lines) - 1)
            self.update()
        elif key in _BY_KEY and lines:
            self._add(lines[self._row], _BY_KEY[key] * ONE)
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take a touch on −, on +, or on the row for all of it."""
        row = int(event.position().y()) // ROW_HEIGHT
        lines = self._lines()
        if row >= len(lines):
            return
        self._row = row
        line = lines[row]
        from_right = self.width() - _RIGHT - int(event.position().x())
        if from_right < _STEP:
            self._add(line, ONE)
        elif 2 * _STEP < from_right < 3 * _STEP + 8:
            self._add(line, -ONE)
        else:
            self._add(line, -self._chosen[line.no] if self._chosen.get(line.no) else self._left(line))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the rows."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for place, line in enumerate(self._lines()):
            self._paint_line(painter, place, line)
        painter.end()

    def _lines(self) -> tuple[Line, ...]:
        return self._found.ticket.lines if self._found is not None else ()

    def _left(self, line: Line) -> int:
        return self._found.left(line.no) if self._found is not None else 0

    def _add(self, line: Line, quantity: int) -> None:
        """Choose more or fewer, between nothing and what is left; a rest below one counts as one step."""
        wanted = min(max(self._chosen.get(line.no, 0) + quantity, 0), self._left(line))
        self._chosen[line.no] = wanted
        self._tell()

    def _tell(self) -> None:
        self.update()
        self.changed.emit()

    def _paint_line(self, painter: QPainter, place: int, line: Line) -> None:
        top, width = place * ROW_HEIGHT, self.width()
        chosen, left = self._chosen.get(line.no, 0), self._left(line)
        if chosen:
            painter.fillRect(0, top, width, ROW_HEIGHT, self._theme.colour("brand-soft"))
        if place == self._row and self.hasFocus():
            painter.fillRect(0, top, 4, ROW_HEIGHT, self._theme.colour("brand"))
        painter.fillRect(0, top + ROW_HEIGHT - 1, width, 1, self._theme.colour("line"))
        room = width - 3 * _STEP - _RIGHT - 160
        tone = "ink" if left else "faint"
        self._write(painter, "line", SEMIBOLD, tone, QRect(20, top + 8, room, 22), line.name)
        self._write(painter, "small", REGULAR, "muted", QRect(20, top + 32, room, 20), self._detail(line, left))
        amount = text.amount(line.amount, self._decimals)
        where = QRect(width - 3 * _STEP - _RIGHT - 140, top, 112, ROW_HEIGHT)
        self._write(painter, "line", SEMIBOLD, tone, where, amount, Qt.AlignmentFlag.AlignRight)
        if left:
            self._paint_steps(painter, top, chosen)

    def _paint_steps(self, painter: QPainter, top: int, chosen: int) -> None:
        first = self.width() - _RIGHT - 3 * _STEP
        for place, sign in ((0, "minus"), (2, "plus")):
            box = QRect(first + place * _STEP + 4, top + 12, 36, 36)
            painter.setPen(self._theme.colour("line-strong"))
            painter.setBrush(self._theme.colour("surface"))
            painter.drawRoundedRect(box, 10, 10)
            painter.drawPixmap(box.left() + 9, box.top() + 9, self._theme.pixmap(sign, "ink", 18))
        where = QRect(first + _STEP, top, _STEP, ROW_HEIGHT)
        self._write(painter, "line", BOLD, "brand-deep", where, text.quantity(chosen), Qt.AlignmentFlag.AlignHCenter)

    def _detail(self, line: Line, left: int) -> str:
        sold = tr(
            "{quantity} × {price}",
            quantity=text.quantity(line.quantity),
            price=text.amount(line.unit_price, self._decimals),
        )
        if left == line.quantity:
            return sold
        if not left:
            return f"{sold} · {tr('déjà remboursé')}"
        return f"{sold} · {tr('reste {left} à rembourser', left=text.quantity(left))}"

    def _write(
        self, painter: QPainter, size: str, weight: int, tone: str, where: QRect, words: str,
        align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft,
    ) -> None:  # fmt: skip
        painter.setFont((self._theme.font if words[:1].isdigit() else self._theme.words_font)(size, weight))
        painter.setPen(self._theme.colour(tone))
        shown = QFontMetrics(painter.font()).elidedText(words, Qt.TextElideMode.ElideRight, where.width())
        painter.drawText(where, align | _MIDDLE, shown)
