"""The lines of the sale on the screen, the newest on top."""

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractItemView, QListView, QWidget

from seraphine_pos.domain.cart import Cart
from seraphine_pos.ui.cart_delegate import CartDelegate
from seraphine_pos.ui.cart_model import CartModel
from seraphine_pos.ui.cart_row import CartRow
from seraphine_pos.ui.text import tr
from seraphine_pos.ui.theme import Theme


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
        # For the list's own canvas PySide would make a Python class of every kind of widget first: 10 ms.
        self._canvas = QWidget()
        self._canvas.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setViewport(self._canvas)
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
        painter = QPainter(self._canvas)
        painter.fillRect(event.rect(), self._theme.colour("surface"))
        if self._model.rowCount():
            painter.end()
            super().paintEvent(event)
            return
        middle = self._canvas.rect().center()
        painter.drawPixmap(middle.x() - 28, middle.y() - 64, self._theme.pixmap("scan-barcode", "line-strong", 56))
        painter.setFont(self._theme.font("line"))
        painter.setPen(self._theme.colour("muted"))
        words = tr("Scannez un premier article, ou tapez son nom")
        painter.drawText(QRect(0, middle.y() + 12, self._canvas.width(), 30), Qt.AlignmentFlag.AlignCenter, words)
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
