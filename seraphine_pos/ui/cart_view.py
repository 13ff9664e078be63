"""The lines of the sale, the newest on top; only what changed is painted anew.

The model holds ready text and the delegate draws it: nothing is formatted while painting.
"""

from dataclasses import dataclass
from typing import Any, Final

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QMouseEvent, QPainter, QPaintEvent, QStaticText, QTransform
from PySide6.QtWidgets import QAbstractItemView, QListView, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from seraphine_pos.domain.cart import Cart
from seraphine_pos.domain.sale import Line
from seraphine_pos.ui.cart_row import CartRow, cart_row
from seraphine_pos.ui.text import tr
from seraphine_pos.ui.theme import BOLD, REGULAR, SEMIBOLD, Theme

ROW_HEIGHT: Final = 60
_QUANTITY_LEFT: Final = 20
_NAME_LEFT: Final = 82
_RIGHT: Final = 20
_AMOUNT_WIDTH: Final = 130
_DRAWN_MAX: Final = 64

_Index = QModelIndex | QPersistentModelIndex
_ROOT: Final = QModelIndex()


class CartModel(QAbstractListModel):
    """The rows of the cart, newest first, and which line stands out."""

    def __init__(self, currency: str, decimals: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._currency = currency
        self._decimals = decimals
        self._lines: tuple[Line, ...] = ()
        self._rows: list[CartRow] = []

    def rowCount(self, parent: _Index = _ROOT) -> int:
        """Return the number of lines."""
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a row's name, for readers of the screen; the delegate takes whole rows."""
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            row = self.row(index.row())
            return f"{row.quantity} {row.name} {row.amount}"
        return None

    def row(self, place: int) -> CartRow:
        """Return the row at a place from the top."""
        return self._rows[-1 - place]

    def place_of(self, no: int) -> int:
        """Return how far from the top a line stands, −1 where it is not."""
        return next((place for place in range(len(self._rows)) if self.row(place).no == no), -1)

    def show_cart(self, cart: Cart) -> None:
        """Show the cart, changing only what differs from the one shown before."""
        old, new = self._lines, cart.lines
        if new is old:
            return
        self._lines = new
        if len(new) == len(old) + 1 and new[-2:-1] == old[-1:]:
            self.beginInsertRows(_ROOT, 0, 0)
            self._rows.append(self._made(new[-1]))
            self.endInsertRows()
        elif len(new) == len(old):
            self._show_changed(old, new)
        elif len(new) == len(old) - 1:
            self._show_removed(old, new)
        else:
            self._show_all(new)

    def _show_changed(self, old: tuple[Line, ...], new: tuple[Line, ...]) -> None:
        for place, (before, after) in enumerate(zip(old, new, strict=True)):
            if before is not after:
                self._rows[place] = self._made(after)
                index = self.index(len(new) - 1 - place)
                self.dataChanged.emit(index, index)

    def _show_removed(self, old: tuple[Line, ...], new: tuple[Line, ...]) -> None:
        gone = next((place for place, line in enumerate(new) if line is not old[place]), len(new))
        from_top = len(old) - 1 - gone
        self.beginRemoveRows(_ROOT, from_top, from_top)
        del self._rows[gone]
        self.endRemoveRows()

    def _show_all(self, lines: tuple[Line, ...]) -> None:
        self.beginResetModel()
        self._rows = [self._made(line) for line in lines]
        self.endResetModel()

    def _made(self, line: Line) -> CartRow:
        return cart_row(line, self._currency, self._decimals)


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
        self._name_font = theme.font("line", SEMIBOLD)
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
        area: QRect = option.rect  # type: ignore[attr-defined]  # Qt's stubs do not know the option's fields
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
        room = width - _RIGHT - _AMOUNT_WIDTH - _NAME_LEFT
        name = self._name_metrics.elidedText(row.name, Qt.TextElideMode.ElideRight, room)
        detail = _static(row.detail, self._detail_font)
        amount = _static(row.amount, self._amount_font)
        return _Drawn(
            row,
            width,
            _static(row.quantity, self._quantity_font),
            _static(name, self._name_font),
            detail,
            _static(f"\u00a0· {row.remark}", self._remark_font) if row.remark else None,
            round(detail.size().width()),
            amount,
            _RIGHT + round(amount.size().width()),
        )


def _static(words: str, font: QFont) -> QStaticText:
    """Return words laid out in a font."""
    static = QStaticText(words)
    static.setTextFormat(Qt.TextFormat.PlainText)
    static.setPerformanceHint(QStaticText.PerformanceHint.AggressiveCaching)
    static.prepare(QTransform(), font)
    return static


class CartView(QListView):
    """The list of the cart's lines; it never takes the focus, `chosen` tells a touched line (0: none)."""

    chosen = Signal(int)

    def __init__(self, theme: Theme, currency: str, decimals: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._model = CartModel(currency, decimals, self)
        self._delegate = CartDelegate(theme, self._model, self)
        self.setModel(self._model)
        self.setItemDelegate(self._delegate)
        self.setUniformItemSizes(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        theme.changed.connect(self._delegate.take_colours)

    @property
    def chosen_no(self) -> int:
        """The number of the chosen line, 0 where none is."""
        return self._delegate.chosen_no

    @property
    def marked_no(self) -> int:
        """The number of the line touched last, 0 where none is."""
        return self._delegate.marked_no

    def row_at(self, place: int) -> CartRow:
        """Return the row at a place from the top."""
        return self._model.row(place)

    def show_cart(self, cart: Cart, touched_no: int = 0) -> None:
        """Show the cart with the line just touched standing out."""
        before = self._delegate.marked_no
        self._delegate.marked_no = touched_no
        self._model.show_cart(cart)
        if touched_no != before:
            self._repaint_line(before)
        if touched_no and (place := self._place_of(touched_no)) >= 0:
            self.scrollTo(self._model.index(place))

    def choose(self, no: int) -> None:
        """Choose a line by its number; 0 chooses none."""
        if no == self._delegate.chosen_no:
            return
        before, self._delegate.chosen_no = self._delegate.chosen_no, no
        self._repaint_line(before)
        self._repaint_line(no)
        if no and (place := self._place_of(no)) >= 0:
            self.scrollTo(self._model.index(place))
        self.chosen.emit(no)

    def step(self, by: int) -> None:
        """Choose the next line downwards (1) or upwards (−1)."""
        count = self._model.rowCount()
        if not count:
            return
        now = self._place_of(self.chosen_no) if self.chosen_no else -1
        self.choose(self._model.row(min(max(now + by, 0), count - 1)).no)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the rows; an empty sale says how it begins."""
        painter = QPainter(self.viewport())
        painter.fillRect(event.rect(), self._theme.colour("surface"))
        if self._model.rowCount():
            painter.end()
            super().paintEvent(event)
            return
        middle = self.viewport().rect().center()
        painter.drawPixmap(middle.x() - 28, middle.y() - 64, self._theme.pixmap("scan-barcode", "line-strong", 56))
        painter.setFont(self._theme.font("line"))
        painter.setPen(self._theme.colour("muted"))
        words = tr("Scannez un premier article, ou tapez son nom")
        painter.drawText(QRect(0, middle.y() + 12, self.viewport().width(), 30), Qt.AlignmentFlag.AlignCenter, words)
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the touched line; touched again, it is let go."""
        index = self.indexAt(event.position().toPoint())
        no = self._model.row(index.row()).no if index.isValid() else 0
        self.choose(0 if no == self.chosen_no else no)

    def _place_of(self, no: int) -> int:
        if self._model.rowCount() and self._model.row(0).no == no:
            return 0
        return self._model.place_of(no)

    def _repaint_line(self, no: int) -> None:
        if no and (place := self._place_of(no)) >= 0:
            self.update(self._model.index(place))
