"""A person's and a scanner's keystrokes without either: real key events with their own times, for tours and tests."""

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QEvent, QEventLoop, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from seraphine_pos.devices.scanner import GAP_MS_MAX

SCAN_PACE_MS: Final = 3
TYPING_PACE_MS: Final = 180
SETTLE_MS: Final = GAP_MS_MAX + 30
_NO_KEYS: Final = Qt.KeyboardModifier.NoModifier


class Keyboard:
    """Sends keys to the window that has the focus; times are its own, so that a busy machine changes nothing."""

    def __init__(self, window: QWidget) -> None:
        self._window = window
        self._at_ms = 1_000_000

    def scan(self, code: str) -> None:
        """Send a code as a scanner does, ended by Enter."""
        self._at_ms += 10 * TYPING_PACE_MS
        for letter in code:
            self._send(letter, Qt.Key.Key_unknown, SCAN_PACE_MS)
        self._send("\r", Qt.Key.Key_Return, SCAN_PACE_MS)
        QApplication.processEvents()

    def type(self, words: str) -> None:
        """Type words at a person's pace; a key that does nothing lets the last letter arrive."""
        for letter in words:
            self._send(letter, _key_of(letter), TYPING_PACE_MS)
        self._send("", Qt.Key.Key_F35, TYPING_PACE_MS)
        QApplication.processEvents()

    def press(self, sequence: str) -> None:
        """Press one key with its modifiers, by Qt's name: "F9", "Ctrl+Del"."""
        combination = QKeySequence(sequence)[0]  # type: ignore[index]  # the stubs lack what QKeySequence has
        QTest.keyClick(self._window.window().windowHandle(), combination.key(), combination.keyboardModifiers())
        QApplication.processEvents()

    def settle(self, milliseconds: int = SETTLE_MS) -> None:
        """Let the window work for a moment."""
        loop = QEventLoop()
        QTimer.singleShot(milliseconds, loop.quit)
        loop.exec()

    def wait_for(self, condition: Callable[[], bool], rounds: int = 200) -> bool:
        """Let the window work until something is so; tell whether it came."""
        for _round in range(rounds):
            if condition():
                return True
            self.settle(50)
        return condition()

    def _send(self, text: str, key: Qt.Key, after_ms: int) -> None:
        self._at_ms += after_ms
        for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            event = QKeyEvent(kind, key, _NO_KEYS, text)
            event.setTimestamp(self._at_ms)
            QApplication.sendEvent(self._window.window().windowHandle(), event)


def _key_of(letter: str) -> Qt.Key:
    """Return the key of a letter; Qt names keys by the code of their upper-case letter."""
    code = ord(letter.upper()) if len(letter.upper()) == 1 else 0
    return Qt.Key(code) if 0x20 <= code <= 0x7E else Qt.Key.Key_unknown
