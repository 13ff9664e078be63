"""What a person types at the till: a number waiting for its meaning, a name to search, a code by hand."""

from typing import Protocol

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from seraphine_pos.domain.money import ONE
from seraphine_pos.domain.product import Product
from seraphine_pos.domain.refusal import Failure
from seraphine_pos.ui.scan_line import ScanLine
from seraphine_pos.ui.search_list import SearchList
from seraphine_pos.ui.theme import Theme
from seraphine_pos.ui.typed import is_number, typed_quantity, wants_search

FOUND_MAX = 20


class Finder(Protocol):
    """What finds products by their words: the till's catalogue."""

    def search(self, text: str, limit: int = ...) -> list[Product]:
        """Return products whose names hold all these words."""
        ...


class Entry(QObject):
    """The scan line with its list of found products, and how many of the next article are meant."""

    code_entered = Signal(str)
    picked = Signal(object)
    assigned = Signal(object, str)
    quantity_given = Signal(object)  # an int of Qt has 32 bits, a quantity may have more
    failed = Signal(object)
    stepped = Signal(int)
    number_typed = Signal(str)

    def __init__(self, theme: Theme, finder: Finder, decimals: int, page: QWidget) -> None:
        super().__init__(page)
        self._finder = finder
        self._quantity = 0
        self._is_forced = False
        self._assigning = ""
        self.line = ScanLine(theme)
        self._found = SearchList(theme, decimals, page)
        self.line.changed.connect(self._typing)
        self.line.submitted.connect(self._submitted)
        self.line.stepped.connect(self._step)
        self.line.times.connect(self.times)
        self._found.picked.connect(self._pick)

    @property
    def typed(self) -> str:
        """What is typed on the line."""
        return self.line.text

    @property
    def is_busy(self) -> bool:
        """Whether there is something typed or found that a step back takes away first."""
        return bool(self.typed) or self._found.isVisible() or bool(self._assigning)

    @property
    def has_quantity(self) -> bool:
        """Whether the next article has its quantity already."""
        return bool(self._quantity)

    def clear(self) -> None:
        """Empty the line and take the found products away."""
        self._is_forced = False
        self._assigning = ""
        self.line.show_code("")
        self.line.clear()
        self._found.hide()

    def begin_search(self, assigning: str = "") -> None:
        """Search from now on, by digits too; the product picked may get a code."""
        self._is_forced = True
        self._assigning = assigning
        self.line.show_code(assigning)
        self.line.search()
        self._typing(self.typed)

    def times(self) -> None:
        """Take the typed number as a quantity."""
        try:
            quantity = typed_quantity(self.typed)
        except Failure as failure:
            if is_number(self.typed):
                # What is refused as a quantity must not stay to be taken as an amount.
                self.clear()
            self.failed.emit(failure)
            return
        self.clear()
        self.quantity_given.emit(quantity)

    def set_quantity(self, quantity: int) -> None:
        """Let the next article have this quantity, in thousandths; 0 is one as usual."""
        self._quantity = quantity
        self.line.show_times(quantity)

    def take_quantity(self) -> int:
        """Return how many of the next article are meant, and forget it."""
        quantity = self._quantity or ONE
        self.set_quantity(0)
        return quantity

    def place(self) -> None:
        """Keep the found products under the line."""
        below = self.line.geometry()
        self._found.setGeometry(below.left(), below.bottom() + 6, below.width(), self._found.height())

    def _typing(self, typed: str) -> None:
        self.number_typed.emit(typed if is_number(typed) else "")
        if not wants_search(typed, forced=self._is_forced):
            self._found.hide()
            return
        self._found.show_products(tuple(self._finder.search(typed, FOUND_MAX)), typed)
        self.place()

    def _submitted(self, typed: str) -> None:
        """Take Enter on the line: the marked product, else what is typed as a code."""
        if self._found.isVisible() and self._found.products:
            self._found.pick()
        elif typed:
            self.clear()
            self.code_entered.emit(typed)

    def _pick(self, product: Product) -> None:
        code = self._assigning
        self.clear()
        if code:
            self.assigned.emit(product, code)
        else:
            self.picked.emit(product)

    def _step(self, by: int) -> None:
        if self._found.isVisible():
            self._found.step(by)
        else:
            self.stepped.emit(by)
