"""The digits, for a finger: they write into the scan line."""

from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QWidget

from seraphine_pos.ui.key_button import KeyButton
from seraphine_pos.ui.theme import Theme

BACKSPACE: Final = "⌫"
CLEAR: Final = "C"
TIMES: Final = "×"
_ROWS: Final = (("7", "8", "9", BACKSPACE), ("4", "5", "6", CLEAR), ("1", "2", "3", TIMES), ("0", "00", ",", ""))


class Keypad(QWidget):
    """Fifteen large keys; `pressed` tells the text of one."""

    pressed = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(8)
        for row, keys in enumerate(_ROWS):
            for column, key in enumerate(keys):
                if key:
                    rows = 2 if key == TIMES else 1
                    grid.addWidget(self._made(theme, key), row, column, rows, 1)
        for place in range(4):
            grid.setRowStretch(place, 1)
            grid.setColumnStretch(place, 1)

    def _made(self, theme: Theme, key: str) -> KeyButton:
        is_digit = key.isdigit() or key == ","
        words = f"{TIMES} Qté" if key == TIMES else key
        button = KeyButton(
            theme, words, kind="pad" if is_digit else "quiet", size="digit" if is_digit else "button", height=56
        )
        button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
        button.clicked.connect(lambda: self.pressed.emit(key))
        return button
