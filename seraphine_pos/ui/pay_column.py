"""The till's right column: total, quick notes, keypad and the pay keys; it never scrolls and never moves."""

from PySide6.QtWidgets import QVBoxLayout, QWidget

from seraphine_pos.domain.cart import Cart
from seraphine_pos.domain.cash import quick_notes
from seraphine_pos.ui import text
from seraphine_pos.ui.keypad import Keypad
from seraphine_pos.ui.quick_notes import QuickNotes
from seraphine_pos.ui.tender_keys import TenderKeys
from seraphine_pos.ui.text import tr
from seraphine_pos.ui.theme import Theme
from seraphine_pos.ui.total_panel import TotalPanel, TotalText, total_text

WIDTH = 384


class PayColumn(QWidget):
    """Composes the four parts; they are wired by the till."""

    def __init__(self, theme: Theme, currency: str, decimals: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._currency = currency
        self._decimals = decimals
        self.setFixedWidth(WIDTH)
        self.total = TotalPanel(theme)
        self.notes = QuickNotes(theme, decimals)
        self.keypad = Keypad(theme)
        self.tenders = TenderKeys(theme)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(self.total)
        column.addWidget(self.notes)
        column.addWidget(self.keypad, 1)
        column.addWidget(self.tenders)

    def show_cart(self, cart: Cart) -> None:
        """Show what is due, and the notes for it."""
        self.total.show_words(total_text(cart, self._currency, self._decimals))
        self.tenders.show_sale()
        self.notes.show_amounts(quick_notes(cart.due, self._currency))

    def show_refund(self, total: int) -> None:
        """Show what would be given back; the notes have no meaning then."""
        words = TotalText(tr("À rembourser"), text.amount(total, self._decimals), self._currency)
        self.total.show_words(words)
        self.notes.show_amounts(())
        self.tenders.show_refund()
