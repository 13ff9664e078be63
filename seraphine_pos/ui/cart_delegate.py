"""Draws a line of the cart from its ready text, laid out once: nothing is formatted or measured while painting."""

from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QStaticText, QTransform
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem, QWidget

from seraphine_pos.ui.cart_model import CartModel
from seraphine_pos.ui.cart_row import CartRow
from seraphine_pos.ui.theme import BOLD, REGULAR, SEMIBOLD, Theme

ROW_HEIGHT: Final = 60
_QUANTITY_LEFT: Final = 20
_NAME_LEFT: Final = 82
_RIGHT: Final = 20
_AMOUNT_WIDTH: Final = 130
_GAP: Final = 12
_DRAWN_MAX: Final = 64

_Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class _Drawn:
    """A row's texts laid out once for a width; `right` is where the amount begins, from the right."""

    row: CartRow
    width: int
    quantity: QStaticText
    name: QStaticText
    detail: QStaticText
    remark: QStaticText | None
    after: int
    amount: QStaticText
    right: int


class CartDelegate(QStyledItemDelegate):
    """Draws a row from its ready text, laid out once."""

    def __init__(self, theme: Theme, model: CartModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._model = model
        self.marked_no = 0
        self.chosen_no = 0
        self._quantity_font = theme.font("line", BOLD)
        self._name_font = theme.words_font("line", SEMIBOLD)
        self._detail_font = theme.font("small", REGULAR)
        self._remark_font = theme.font("small", SEMIBOLD)
        self._amount_font = theme.font("key", SEMIBOLD)
        self._name_metrics = QFontMetrics(self._name_font)
        self._size = QSize(0, ROW_HEIGHT)
        self._drawn: dict[int, _Drawn] = {}
        self._colours: dict[str, QColor] = {}
        self.take_colours()

    def take_colours(self) -> None:
        """Read the colours again, after the theme has changed."""
        names = ("ink", "muted", "warn", "line", "raised", "surface", "brand-deep", "brand-soft", "brand")
        self._colours = {name: self._theme.colour(name) for name in names}

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        """Return the one size of every row."""
        return self._size

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Draw quantity, name, detail and amount."""
        area: QRect = option.rect
        colours = self._colours
        left, top, width = area.left(), area.top(), area.width()
        drawn = self._laid_out(self._model.row(index.row()), width)
        no = drawn.row.no
        if no == self.chosen_no:
            painter.fillRect(area, colours["brand-soft"])
            painter.fillRect(left, top, 4, ROW_HEIGHT, colours["brand"])
        else:
            painter.fillRect(area, colours["raised" if no == self.marked_no else "surface"])
        painter.fillRect(left, top + ROW_HEIGHT - 1, width, 1, colours["line"])
        painter.setFont(self._quantity_font)
        painter.setPen(colours["brand-deep"])
        painter.drawStaticText(left + _QUANTITY_LEFT, top + 20, drawn.quantity)
        painter.setFont(self._name_font)
        painter.setPen(colours["ink"])
        painter.drawStaticText(left + _NAME_LEFT, top + 9, drawn.name)
        painter.setFont(self._amount_font)
        painter.drawStaticText(left + width - drawn.right, top + 17, drawn.amount)
        painter.setFont(self._detail_font)
        painter.setPen(colours["muted"])
        painter.drawStaticText(left + _NAME_LEFT, top + 34, drawn.detail)
        if drawn.remark is not None:
            painter.setFont(self._remark_font)
            painter.setPen(colours["warn"])
            painter.drawStaticText(left + _NAME_LEFT + drawn.after, top + 34, drawn.remark)

    def _laid_out(self, row: CartRow, width: int) -> _Drawn:
        drawn = self._drawn.get(row.no)
        if drawn is None or drawn.row is not row or drawn.width != width:
            if len(self._drawn) > _DRAWN_MAX:
                self._drawn.clear()
            drawn = self._drawn[row.no] = self._lay_out(row, width)
        return drawn

    def _lay_out(self, row: CartRow, width: int) -> _Drawn:
        amount = _static(row.amount, self._amount_font)
        right = _RIGHT + round(amount.size().width())
        room = width - max(_RIGHT + _AMOUNT_WIDTH, right + _GAP) - _NAME_LEFT
        name = self._name_metrics.elidedText(row.name, Qt.TextElideMode.ElideRight, room)
        detail = _static(row.detail, self._detail_font)
        return _Drawn(
            row,
            width,
            _static(row.quantity, self._quantity_font),
            _static(name, self._name_font),
            detail,
            _static(f"\u00a0· {row.remark}", self._remark_font) if row.remark else None,
            round(detail.size().width()),
            amount,
            right,
        )


def _static(words: str, font: QFont) -> QStaticText:
    """Return words laid out in a font."""
    static = QStaticText(words)
    static.setTextFormat(Qt.TextFormat.PlainText)
    static.setPerformanceHint(QStaticText.PerformanceHint.AggressiveCaching)
    static.prepare(QTransform(), font)
    return static
