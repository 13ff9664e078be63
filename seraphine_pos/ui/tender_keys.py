"""The three ways to pay; the keys never move, whatever the sale is."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from seraphine_pos.ui import keys
from seraphine_pos.ui.key_button import KeyButton
from seraphine_pos.ui.text import tr
from seraphine_pos.ui.theme import Theme


class TenderKeys(QWidget):
    """Cash, card and other."""

    cash = Signal()
    card = Signal()
    other = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        self._typed = ""
        self._printed = exact = f"{keys.CASH.printed} · {tr('compte juste')}"
        self._cash = KeyButton(theme, tr("Espèces"), key=exact, kind="primary", size="key", stacked=True, height=72)
        card = KeyButton(theme, tr("Carte"), key=keys.CARD.printed, size="key", stacked=True, height=72)
        other = KeyButton(theme, tr("Autre"), key=keys.OTHER.printed, size="key", stacked=True, height=72)
        for button, signal, share in ((self._cash, self.cash, 2), (card, self.card, 1), (other, self.other, 1)):
            button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            button.clicked.connect(signal)
            row.addWidget(button, share)

    def show_typed(self, amount: str) -> None:
        """Print on the cash key what it will take: the typed amount, or the exact one."""
        self._typed = amount
        self._print(self._typed or tr("compte juste"))

    def show_sale(self) -> None:
        """Print that the keys pay the sale."""
        self._print(self._typed or tr("compte juste"))

    def show_refund(self) -> None:
        """Print that the keys give back."""
        self._print(tr("rembourser"))

    def _print(self, meaning: str) -> None:
        key = f"{keys.CASH.printed} · {meaning}"
        if key != self._printed:
            self._printed = key
            self._cash.set_key(key)
