"""The lines of the sale, the newest on top; only what changed is painted anew.

The model holds ready text and the delegate draws it: nothing is formatted while painting.
"""

from typing import Any, Final

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QMouseEvent, QPainter, QPainterPath
from PySide6.QtWidgets import QAbstractItemView, QListView, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from seraphine_pos.domain.cart import Cart
from seraphine_pos.domain.sale import Line
from seraphine_pos.ui.cart_row import CartRow, cart_row
from seraphine_pos.ui.theme import BOLD, REGULAR, SEMIBOLD, Theme

ROW_HEIGHT: Final = 60
_QUANTITY_LEFT: Final = 20
_NAME_LEFT: Final = 82
_RIGHT: Final = 20
_AMOUNT_WIDTH: Final = 130
_CORNER: Final = 13

_Index = QModelIndex | QPersistentModelIndex
_ROOT: Final = QModelIndex()
_LEFT_TOP: Final = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT_MIDDLE: Final = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


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


class CartDelegate(QStyledItemDelegate):
    """Draws a row from its ready text."""

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
        self._detail_metrics = QFontMetrics(self._detail_font)
        self._colours: dict[str, QColor] = {}
        self.take_colours()

    def take_colours(self) -> None:
        """Read the colours again, after the theme has changed."""
        names = ("ink", "muted", "faint", "warn", "line", "raised", "brand-deep", "brand-soft", "brand")
        self._colours = {name: self._theme.colour(name) for name in names}

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        """Return the one size of every row."""
        return QSize(0, ROW_HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Draw quantity, name, detail and amount."""
        row = self._model.row(index.row())
        area: QRect = option.rect  # type: ignore[attr-defined]  # Qt's stubs do not know the option's fields
        colours = self._colours
        left, top, right = area.left(), area.top(), area.right()
        if row.no == self.chosen_no:
            self._fill(painter, area, "brand-soft")
            inset = 0 if top else _CORNER
            painter.fillRect(left, top + inset, 4, ROW_HEIGHT - inset, colours["brand"])
        elif row.no == self.marked_no:
            self._fill(painter, area, "raised")
        painter.fillRect(left, area.bottom(), area.width(), 1, colours["line"])
        self._write(painter, self._quantity_font, "brand-deep", QRect(left + _QUANTITY_LEFT, top, 62, ROW_HEIGHT), row.quantity)
        width = right - _RIGHT - _AMOUNT_WIDTH - left - _NAME_LEFT
        name = row.name
        if self._name_metrics.horizontalAdvance(name) > width:
            name = self._name_metrics.elidedText(name, Qt.TextElideMode.ElideRight, width)
        self._write(painter, self._name_font, "ink", QRect(left + _NAME_LEFT, top + 8, width, 22), name)
        self._write(painter, self._detail_font, "muted", QRect(left + _NAME_LEFT, top + 32, width, 20), row.detail)
        if row.remark:
            after = left + _NAME_LEFT + self._detail_metrics.horizontalAdvance(row.detail)
            self._write(painter, self._remark_font, "warn", QRect(after, top + 32, width, 20), f" · {row.remark}")
        painter.setFont(self._amount_font)
        painter.setPen(colours["ink"])
        painter.drawText(QRect(right - _RIGHT - _AMOUNT_WIDTH, top, _AMOUNT_WIDTH, ROW_HEIGHT - 2), _RIGHT_MIDDLE, row.amount)

    def _fill(self, painter: QPainter, area: QRect, colour: str) -> None:
        """Fill a row's ground; the uppermost one keeps inside the card's round corners."""
        if area.top() > 0:
            painter.fillRect(area, self._colours[colour])
            return
        path = QPainterPath()
        path.addRoundedRect(QRectF(area.adjusted(0, 0, 0, _CORNER)), _CORNER, _CORNER)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setClipRect(area)
        painter.fillPath(path, self._colours[colour])
        painter.restore()

    def _write(self, painter: QPainter, font: QFont, colour: str, where: QRect, words: str) -> None:
        painter.setFont(font)
        painter.setPen(self._colours[colour])
        painter.drawText(where, _LEFT_TOP, words)


class CartView(QListView):
    """The list of the cart's lines; it never takes the focus, `chosen` tells a touched line (0: none)."""

    chosen = Signal(int)

    def __init__(self, theme: Theme, currency: str, decimals: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = CartModel(currency, decimals, self)
        self._delegate = CartDelegate(theme, self._model, self)
        self.setModel(self._model)
        self.setItemDelegate(self._delegate)
        self.setUniformItemSizes(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
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
