"""A PIN on a pad: dots and digits; typed on the keyboard or touched, confirmed by a key that no scanner sends."""

from typing import Final

from PySide6.QtCore import QEvent, QPointF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QVBoxLayout, QWidget

from seraphine_pos.ui.key_button import KeyButton
from seraphine_pos.ui.keypad import BACKSPACE
from seraphine_pos.ui.keys import LOCK
from seraphine_pos.ui.theme import Theme

PIN_MIN: Final = 4
PIN_MAX: Final = 6
_OK: Final = "OK"
_KEYS: Final = (("1", "2", "3"), ("4", "5", "6"), ("7", "8", "9"), (BACKSPACE, "0", _OK))


class PinDots(QWidget):
    """How many digits are in, never which."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._filled = 0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_count(self, filled: int) -> None:
        """Show this many digits."""
        self._filled = filled
        self.update()

    def sizeHint(self) -> QSize:
        """Return a row of dots."""
        return QSize(200, 24)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint at least four dots."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        count = max(PIN_MIN, self._filled)
        left = (self.width() - (count - 1) * 32) / 2
        for place in range(count):
            filled = place < self._filled
            painter.setPen(QPen(self._theme.colour("brand" if filled else "line-strong"), 2))
            painter.setBrush(self._theme.colour("brand") if filled else Qt.BrushStyle.NoBrush)
            painter.drawEllipse(QPointF(left + place * 32, self.height() / 2), 7, 7)
        painter.end()


class PinPad(QWidget):
    """Dots over twelve keys; `entered` tells a PIN of four to six digits, `typed` that a digit came."""

    entered = Signal(str)
    typed = Signal()

    def __init__(self, theme: Theme, *, key_height: int = 72, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pin = ""
        self._dots = PinDots(theme, self)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(24)
        column.addWidget(self._dots)
        grid = QGridLayout()
        grid.setSpacing(10)
        column.addLayout(grid)
        for row, keys in enumerate(_KEYS):
            for place, key in enumerate(keys):
                grid.addWidget(self._button(theme, key, key_height), row, place)

    @property
    def count(self) -> int:
        """How many digits are in."""
        return len(self._pin)

    def set_key_height(self, height: int) -> None:
        """Make the keys taller or lower, for the room there is."""
        for button in self.findChildren(KeyButton):
            button.setMinimumHeight(height)
            button.updateGeometry()

    def clear(self) -> None:
        """Forget the digits."""
        self._pin = ""
        self._dots.show_count(0)

    def press(self, key: str) -> None:
        """Take a digit, the way back, or OK."""
        if key == _OK:
            self.confirm()
        elif key == BACKSPACE:
            self._set(self._pin[:-1])
        elif len(self._pin) < PIN_MAX:
            self._set(self._pin + key)

    def confirm(self) -> None:
        """Tell the PIN if it is long enough, and forget it."""
        if len(self._pin) >= PIN_MIN:
            pin = self._pin
            self.clear()
            self.entered.emit(pin)

    def event(self, event: QEvent) -> bool:
        """Keep F12 for OK while the pad is in use, before the window takes it as the lock."""
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and event.key() == Qt.Key.Key_F12
        ):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take digits, Backspace and F12; Enter, which a scanner sends, does nothing."""
        if event.text().isdigit() and event.text().isascii():
            self.press(event.text())
        elif event.key() == Qt.Key.Key_Backspace:
            self.press(BACKSPACE)
        elif event.key() == Qt.Key.Key_F12 and not event.isAutoRepeat():
            self.confirm()
        else:
            super().keyPressEvent(event)

    def _set(self, pin: str) -> None:
        self._pin = pin
        self._dots.show_count(len(pin))
        self.typed.emit()

    def _button(self, theme: Theme, key: str, height: int) -> KeyButton:
        is_ok = key == _OK
        button = KeyButton(
            theme, key, key=LOCK.printed if is_ok else "", kind="primary" if is_ok else "pad", size="digit",
            stacked=is_ok, height=height,
        )  # fmt: skip
        button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        button.clicked.connect(lambda: self.press(key))
        return button
