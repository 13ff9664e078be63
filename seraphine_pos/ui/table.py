"""A table of the owner's screens: whole rows, sortable by its headings, read by keys."""

from typing import Final

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from seraphine_pos.ui.table_model import KEY_ROLE, TableModel
from seraphine_pos.ui.table_state import TableState
from seraphine_pos.ui.theme import Theme

ROW_PX: Final = 35
NEAR_END_ROWS: Final = 20


class Table(QTableView):
    """Rows without a grid.

    `moved` says the key of the row that is chosen now, `opened` of one that was pressed twice, by Space, or in a last
    cell that leads somewhere; `near_end` that little is left to scroll.
    """

    opened = Signal(str)
    moved = Signal(str)
    near_end = Signal()

    def __init__(self, theme: Theme, *, sortable: bool = True, parent: QWidget | None = None) -> None:
        """Make an empty table."""
        super().__init__(parent)
        self._model = TableModel(theme, self)
        self.setModel(self._model)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(ROW_PX)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionsClickable(sortable)
        header.setMinimumSectionSize(40)
        self._sortable = sortable
        self._opens = False
        self.doubleClicked.connect(self._on_opened)
        self.clicked.connect(self._on_clicked)
        self.selectionModel().currentRowChanged.connect(self._on_moved)
        self.verticalScrollBar().valueChanged.connect(self._on_scrolled)

    def show_table(self, state: TableState) -> None:
        """Show these rows; the same columns keep the order a person chose."""
        header = self.horizontalHeader()
        kept = header.sortIndicatorSection(), header.sortIndicatorOrder()
        same = self._model.columnCount() == len(state.columns) and self.isSortingEnabled()
        self.setSortingEnabled(False)
        self._model.show_table(state)
        self._opens = state.opens
        for place, column in enumerate(state.columns):
            mode = QHeaderView.ResizeMode.Stretch if column.wide else QHeaderView.ResizeMode.Fixed
            header.setSectionResizeMode(place, mode)
            header.resizeSection(place, column.px)
        if self._sortable:
            header.setSortIndicator(*(kept if same else (-1, Qt.SortOrder.DescendingOrder)))
            self.setSortingEnabled(True)

    def add_rows(self, state: TableState) -> None:
        """Show more rows below; what is chosen stays."""
        self._model.add_rows(state)

    def choose_first(self) -> None:
        """Choose the first row, where there is one."""
        if self._model.rowCount():
            self.setCurrentIndex(self._model.index(0, 0))

    def chosen(self) -> str | None:
        """The key of the row that is selected."""
        index = self.currentIndex()
        return str(index.data(KEY_ROLE)) if index.isValid() else None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Open the chosen row by Space."""
        if event.key() == Qt.Key.Key_Space and self.currentIndex().isValid():
            self._on_opened(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def _on_clicked(self, index: QModelIndex) -> None:
        if self._opens and index.column() == self._model.columnCount() - 1:
            self._on_opened(index)

    def _on_moved(self, index: QModelIndex) -> None:
        if index.isValid():
            self.moved.emit(index.data(KEY_ROLE))

    def _on_scrolled(self, value: int) -> None:
        if self.verticalScrollBar().maximum() - value < NEAR_END_ROWS * ROW_PX:
            self.near_end.emit()

    def _on_opened(self, index: QModelIndex) -> None:
        if index.data(KEY_ROLE):
            self.opened.emit(index.data(KEY_ROLE))
