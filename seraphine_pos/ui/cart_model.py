"""The lines of the sale as a list of ready rows, the newest first; only what changed is told."""

from typing import Any, Final

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtWidgets import QWidget

from seraphine_pos.domain.cart import Cart
from seraphine_pos.domain.sale import Line
from seraphine_pos.ui.cart_row import CartRow, cart_row

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
