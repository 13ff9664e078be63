"""Four round amounts that customers hand over, worked out from what is due."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from seraphine_pos.domain.cash import QUICK_NOTES
from seraphine_pos.ui import text
from seraphine_pos.ui.key_button import KeyButton
from seraphine_pos.ui.keys import NOTES
from seraphine_pos.ui.theme import Theme


class QuickNotes(QWidget):
    """Four keys in a row; `given` tells the amount in minor units."""

    given = Signal(object)  # an int of Qt has 32 bits, an amount may have more

    def __init__(self, theme: Theme, decimals: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._decimals = decimals
        self._amounts: tuple[int, ...] = ()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        self._buttons = [KeyButton(theme, "", size="line", stacked=True, height=56) for _ in NOTES[:QUICK_NOTES]]
        for place, button in enumerate(self._buttons):
            button.stand_on("bg")
            button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            button.clicked.connect(lambda _checked=False, place=place: self.give(place))
            row.addWidget(button)

    @property
    def amounts(self) -> tuple[int, ...]:
        """The amounts on the keys, in minor units."""
        return self._amounts

    def show_amounts(self, amounts: tuple[int, ...]) -> None:
        """Print other amounts on the keys; a key without one is bare, since it does nothing."""
        if amounts == self._amounts:
            return
        if len(amounts) != len(self._amounts):
            for place, (button, key) in enumerate(zip(self._buttons, NOTES, strict=False)):
                button.set_key(key.printed if place < len(amounts) else "")
        self._amounts = amounts
        unit = 10**self._decimals
        for button in self._buttons[len(amounts) :]:
            button.show_words("")
        for button, amount in zip(self._buttons, amounts, strict=False):
            whole = amount % unit == 0
            button.show_words(text.whole(amount // unit) if whole else text.amount(amount, self._decimals))

    def give(self, place: int) -> None:
        """Hand over the note at a place of the row."""
        if place < len(self._amounts):
            self.given.emit(self._amounts[place])
