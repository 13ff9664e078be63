"""The sale in progress on the till's left: the last line or a strip, the cart, and what can be done with the sale."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from seraphine_pos.domain.cart import Cart
from seraphine_pos.ui import keys
from seraphine_pos.ui.card import Card
from seraphine_pos.ui.cart_view import CartView
from seraphine_pos.ui.key_button import KeyButton
from seraphine_pos.ui.last_line import HEIGHT, LastLine, LastLineText
from seraphine_pos.ui.strip import Notice, Strip
from seraphine_pos.ui.text import tr
from seraphine_pos.ui.theme import Theme


class SaleView(QWidget):
    """Head (last line, strip or prompt) over the cart with its foot of keys; nothing moves when the head changes."""

    quantity = Signal()
    remove = Signal()
    refund = Signal()
    void = Signal()
    left = Signal()

    def __init__(self, theme: Theme, currency: str, decimals: int) -> None:
        super().__init__()
        self.last_line = LastLine(theme)
        self.strip = Strip(theme, self.left.emit)
        self.cart = CartView(theme, currency, decimals)
        self._head = QStackedWidget()
        self._head.setFixedHeight(HEIGHT)
        self._head.addWidget(self.last_line)
        self._head.addWidget(self.strip)
        card = Card(margins=(2, 7, 2, 1), spacing=0)
        card.box.addWidget(self.cart, 1)
        card.box.addWidget(self._foot(theme))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(self._head)
        column.addWidget(card, 1)

    @property
    def has_prompt(self) -> bool:
        """Whether a prompt stands in the head."""
        return self._head.currentWidget() not in (self.last_line, self.strip)

    def show_cart(self, cart: Cart, touched_no: int, words: LastLineText | None) -> None:
        """Show the cart and, where a line was touched, its words."""
        if words is not None:
            self.last_line.show_words(words)
        self.cart.show_cart(cart, touched_no)

    def show_notice(self, notice: Notice) -> None:
        """Put a strip in the head."""
        self.strip.show_notice(notice)
        self._head.setCurrentWidget(self.strip)

    def show_prompt(self, prompt: QWidget) -> None:
        """Put a prompt in the head."""
        if self._head.indexOf(prompt) < 0:
            self._head.addWidget(prompt)
        self._head.setCurrentWidget(prompt)

    def show_last_line(self) -> None:
        """Take the strip or the prompt away."""
        self._head.setCurrentWidget(self.last_line)

    def _foot(self, theme: Theme) -> Card:
        foot = Card(surface="foot", across=True, margins=(12, 12, 12, 12), spacing=8)
        left = (
            (tr("Quantité"), keys.QUANTITY, "hash", self.quantity),
            (tr("Retirer"), keys.REMOVE, "minus", self.remove),
            (tr("Retour"), keys.REFUND, "undo-2", self.refund),
        )
        for words, key, icon, signal in left:
            button = KeyButton(theme, words, key=key.printed, icon=icon)
            button.clicked.connect(signal)
            foot.box.addWidget(button)
        foot.box.addStretch()
        void = KeyButton(theme, tr("Annuler la vente"), key=keys.VOID.printed, icon="x", kind="danger")
        void.clicked.connect(self.void)
        foot.box.addWidget(void)
        return foot
