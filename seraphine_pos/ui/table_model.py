"""A Qt model over frozen rows, with one role for the words and one for sorting."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor, QFont

from seraphine_pos.ui.table_state import Cell, TableState
from seraphine_pos.ui.theme import REGULAR, SEMIBOLD, Theme

SORT_ROLE: Final = Qt.ItemDataRole.UserRole
KEY_ROLE: Final = Qt.ItemDataRole.UserRole + 1
_LEFT: Final = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT: Final = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter

_Index = QModelIndex | QPersistentModelIndex


class TableModel(QAbstractTableModel):
    """Shows a `TableState`; sorting keeps each row's key beside it."""

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        """Make an empty model."""
        super().__init__(parent)
        self._theme = theme
        self._state = TableState()
        self._order: list[int] = []

    def show_table(self, state: TableState) -> None:
        """Show other rows, in their own order."""
        self.beginResetModel()
        self._state = state
        self._order = list(range(len(state.rows)))
        self.endResetModel()

    def add_rows(self, state: TableState) -> None:
        """Show more rows below those that are shown, in their own order."""
        if not state.rows:
            return
        first = len(self._order)
        self.beginInsertRows(QModelIndex(), first, first + len(state.rows) - 1)
        self._order += range(first, first + len(state.rows))
        rows, keys = self._state.rows + state.rows, self._state.keys + state.keys
        self._state = replace(self._state, rows=rows, keys=keys)
        self.endInsertRows()

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008  Qt's own default
        """Return how many rows there are."""
        return 0 if parent.isValid() else len(self._order)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008  Qt's own default
        """Return how many columns there are."""
        return 0 if parent.isValid() else len(self._state.columns)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return what a role wants of a cell."""
        if not index.isValid():
            return None
        read = _ROLES.get(role)
        return None if read is None else read(self, index.row(), index.column())

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> Any:
        """Return the heading of a column."""
        if orientation is not Qt.Orientation.Horizontal or section >= len(self._state.columns):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._state.columns[section].title
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if self._state.columns[section].figures else _LEFT
        return None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Order the rows by a column; equal ones stay as they are."""
        if not 0 <= column < len(self._state.columns):
            return
        self.layoutAboutToBeChanged.emit()
        self._order.sort(
            key=lambda row: _sortable(self._state.rows[row][column].sort),
            reverse=order is Qt.SortOrder.DescendingOrder,
        )
        self.layoutChanged.emit()

    def _words(self, row: int, column: int) -> str:
        return self._cell(row, column).words

    def _sort_key(self, row: int, column: int) -> int | str:
        return self._cell(row, column).sort

    def _key(self, row: int, _column: int) -> str:
        return self._state.keys[self._order[row]]

    def _alignment(self, _row: int, column: int) -> Qt.AlignmentFlag:
        return _RIGHT if self._state.columns[column].figures else _LEFT

    def _colour(self, row: int, column: int) -> QColor:
        return self._theme.colour(self._cell(row, column).tone)

    def _font(self, row: int, column: int) -> QFont:
        return self._theme.font("body", SEMIBOLD if self._cell(row, column).strong else REGULAR)

    def _cell(self, row: int, column: int) -> Cell:
        return self._state.rows[self._order[row]][column]


_ROLES: Final[dict[int, Callable[[TableModel, int, int], object]]] = {
    Qt.ItemDataRole.DisplayRole: TableModel._words,  # noqa: SLF001  its own table
    SORT_ROLE: TableModel._sort_key,  # noqa: SLF001
    KEY_ROLE: TableModel._key,  # noqa: SLF001
    Qt.ItemDataRole.TextAlignmentRole: TableModel._alignment,  # noqa: SLF001
    Qt.ItemDataRole.ForegroundRole: TableModel._colour,  # noqa: SLF001
    Qt.ItemDataRole.FontRole: TableModel._font,  # noqa: SLF001
}


def _sortable(value: int | str) -> tuple[int, str]:
    """Numbers by size, words by letter, without ever comparing one with the other."""
    return (value, "") if isinstance(value, int) else (0, value.casefold())
