"""The products found while a name is typed, over the cart and gone with the words."""

from typing import Any, Final

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter
from PySide6.QtWidgets import QListView, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from seraphine_pos.domain.product import Product
from seraphine_pos.ui import text
from seraphine_pos.ui.card import Card
from seraphine_pos.ui.label import Label
from seraphine_pos.ui.text import tr
from seraphine_pos.ui.theme import REGULAR, SEMIBOLD, Theme

ROW_HEIGHT: Final = 52
ROWS_SHOWN: Final = 8
_Index = QModelIndex | QPersistentModelIndex
_ROOT: Final = QModelIndex()
_MIDDLE: Final = Qt.AlignmentFlag.AlignVCenter


class _Model(QAbstractListModel):
    """The products found."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.products: tuple[Product, ...] = ()

    def rowCount(self, parent: _Index = _ROOT) -> int:
        """Return how many were found."""
        return 0 if parent.isValid() else len(self.products)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the name, for readers of the screen."""
        return self.products[index.row()].name if role == Qt.ItemDataRole.DisplayRole else None

    def show_products(self, products: tuple[Product, ...]) -> None:
        """Show others."""
        self.beginResetModel()
        self.products = products
        self.endResetModel()


class _Delegate(QStyledItemDelegate):
    """Draws name, code and price."""

    def __init__(self, theme: Theme, decimals: int, model: _Model, view: QListView) -> None:
        super().__init__(view)
        self._theme = theme
        self._decimals = decimals
        self._model = model
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        """Return the one size of every row."""
        return QSize(0, ROW_HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Draw one product."""
        area: QRect = option.rect
        product = self._model.products[index.row()]
        if index.row() == self._view.currentIndex().row():
            painter.fillRect(area, self._theme.colour("brand-soft"))
        room = area.adjusted(16, 0, -16, 0)
        price = text.amount(product.price, self._decimals)
        painter.setFont(self._theme.font("line", SEMIBOLD))
        painter.setPen(self._theme.colour("ink"))
        painter.drawText(room, Qt.AlignmentFlag.AlignRight | _MIDDLE, price)
        painter.setFont(self._theme.words_font("line", SEMIBOLD))
        width = room.width() - 120
        name = QFontMetrics(painter.font()).elidedText(product.name, Qt.TextElideMode.ElideRight, width)
        painter.drawText(QRect(room.left(), area.top() + 5, width, 24), _MIDDLE, name)
        painter.setFont(self._theme.font("small", REGULAR))
        painter.setPen(self._theme.colour("muted"))
        detail = " · ".join(part for part in (product.code, product.category) if part)
        painter.drawText(QRect(room.left(), area.top() + 28, width, 20), _MIDDLE, detail)


class SearchList(Card):
    """A card of at most eight products; `picked` tells the one chosen."""

    picked = Signal(object)

    def __init__(self, theme: Theme, decimals: int, parent: QWidget | None = None) -> None:
        super().__init__(parent, surface="popup", margins=(2, 8, 2, 8), spacing=0)
        self._view = QListView(self)
        self._view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._view.setUniformItemSizes(True)
        self._model = _Model(self._view)
        self._view.setModel(self._model)
        self._view.setItemDelegate(_Delegate(theme, decimals, self._model, self._view))
        self._view.clicked.connect(lambda index: self.picked.emit(self._model.products[index.row()]))
        self._none = Label(theme, "", size="body", tone="muted")
        self._none.setContentsMargins(16, 10, 16, 10)
        self.box.addWidget(self._none)
        self.box.addWidget(self._view)
        self.hide()

    @property
    def products(self) -> tuple[Product, ...]:
        """The products shown."""
        return self._model.products

    def show_products(self, products: tuple[Product, ...], words: str) -> None:
        """Show what was found for these words, or that nothing was."""
        self._model.show_products(products)
        self._none.setText(tr("Aucun article pour « {words} »", words=words))
        self._none.setVisible(not products)
        self._view.setVisible(bool(products))
        rows = min(len(products), ROWS_SHOWN)
        self.setFixedHeight(rows * ROW_HEIGHT + 18 if rows else 54)
        if products:
            self._view.setCurrentIndex(self._model.index(0))
        self.show()
        self.raise_()

    def step(self, by: int) -> None:
        """Move the mark down (1) or up (−1)."""
        row = min(max(self._view.currentIndex().row() + by, 0), len(self.products) - 1)
        self._view.setCurrentIndex(self._model.index(row))

    def pick(self) -> None:
        """Pick the marked product."""
        if self.products:
            self.picked.emit(self.products[max(self._view.currentIndex().row(), 0)])
