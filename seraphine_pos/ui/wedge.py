"""Catches a scanner that types, wherever the focus is, before any widget sees its keys.

Characters are held for the blink that tells a scanner from a person, then dropped as a scan or handed to the window
they were typed into. The decision is `devices/scanner.py`'s; this file only moves Qt's events. It watches windows, not
widgets: every key passes a window first, and painting stays free of it.
"""

from collections.abc import Callable
from time import monotonic_ns

import shiboken6
from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QWindow

from seraphine_pos.devices.scanner import GAP_MS_MAX, Act, Scanner, Step

_TERMINATORS = frozenset({Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab})
_MODIFIERS = frozenset(
    {Qt.Key.Key_Shift, Qt.Key.Key_Control, Qt.Key.Key_Alt, Qt.Key.Key_AltGr, Qt.Key.Key_Meta, Qt.Key.Key_CapsLock}
)
_KINDS = frozenset({QEvent.Type.KeyPress, QEvent.Type.KeyRelease, QEvent.Type.ShortcutOverride})
_COMMANDS = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier
_ALT_GR = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier


def _monotonic_ms() -> int:
    return monotonic_ns() // 1_000_000


class Wedge(QObject):
    """An event filter on each window that gets the focus; it emits each scan."""

    scanned = Signal(str)
    too_long = Signal(int)

    def __init__(self, app: QGuiApplication, now_ms: Callable[[], int] = _monotonic_ms) -> None:
        super().__init__(app)
        self._app = app
        self._is_on = True
        self._watched: list[QWindow] = []
        self._scanner = Scanner()
        self._now_ms = now_ms
        self._held: list[tuple[QWindow, QKeyEvent]] = []
        self._releasing = False
        self._drop_release_of: int | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._after_silence)
        app.focusWindowChanged.connect(self.watch)
        self.watch(app.focusWindow())

    def watch(self, window: QWindow | None) -> None:
        """Watch a window's keys, too."""
        self._watched = [known for known in self._watched if shiboken6.isValid(known)]
        if window is not None and window not in self._watched:
            self._watched.append(window)
            window.installEventFilter(self)

    def stop(self) -> None:
        """Watch nothing any more."""
        if not self._is_on:
            return
        self._is_on = False
        self._app.focusWindowChanged.disconnect(self.watch)
        self._timer.stop()
        for window in self._watched:
            if shiboken6.isValid(window):
                window.removeEventFilter(self)
        self._watched.clear()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Hold, drop or pass one event; True keeps it from everybody else."""
        kind = event.type()
        if kind not in _KINDS or self._releasing:
            return False
        if not isinstance(watched, QWindow) or not isinstance(event, QKeyEvent):
            return False
        if kind == QEvent.Type.ShortcutOverride:
            self._before_shortcut(watched, event)
            return False
        return self._pressed(watched, event) if kind == QEvent.Type.KeyPress else self._let_go(watched, event)

    def _before_shortcut(self, watched: QWindow, event: QKeyEvent) -> None:
        """Hand typed characters over before a key that may be a shortcut acts on what is typed."""
        if event.key() not in _MODIFIERS | _TERMINATORS and not _is_typed(event):
            self._follow(self._scanner.other_key(), watched, event)

    def _pressed(self, watched: QWindow, event: QKeyEvent) -> bool:
        key = event.key()
        if key in _MODIFIERS:
            return False
        if key in _TERMINATORS or event.text() in {"\r", "\n", "\t"}:
            return self._follow(self._scanner.terminator(self._at_ms(event)), watched, event)
        if _is_typed(event):
            return self._follow(self._scanner.character(event.text(), self._at_ms(event)), watched, event)
        self._follow(self._scanner.other_key(), watched, event)
        return False

    def _let_go(self, watched: QWindow, event: QKeyEvent) -> bool:
        if self._drop_release_of == event.key():
            self._drop_release_of = None
            return True
        if any(held.key() == event.key() for _window, held in self._held):
            self._held.append((watched, event.clone()))
            return True
        return False

    def _follow(self, step: Step, watched: QWindow, event: QKeyEvent) -> bool:
        match step.act:
            case Act.HOLD | Act.AFRESH:
                if step.act is Act.AFRESH:
                    self._release()
                self._held.append((watched, event.clone()))
                self._timer.start(GAP_MS_MAX)
                return True
            case Act.TYPED:
                self._release()
                return False
            case Act.NOTHING:
                return False
            case _:
                self._drop_release_of = event.key()
                self._tell(step)
                return True

    def _tell(self, step: Step) -> None:
        self._timer.stop()
        self._held.clear()
        if step.act is Act.SCAN:
            self.scanned.emit(step.code)
        elif step.act is Act.TOO_LONG:
            self.too_long.emit(step.length)

    def _after_silence(self) -> None:
        """Decide only when keys that arrived while the window was busy have been seen."""
        QTimer.singleShot(0, self, self._decide)

    def _decide(self) -> None:
        if self._timer.isActive():
            return
        step = self._scanner.silence()
        if step.act is Act.TYPED:
            self._release()
        elif step.act is not Act.NOTHING:
            self._tell(step)

    def _release(self) -> None:
        """Hand what was held to the window it was typed into, in order."""
        self._timer.stop()
        held, self._held = self._held, []
        self._releasing = True
        try:
            for window, event in held:
                if shiboken6.isValid(window):
                    QGuiApplication.sendEvent(window, event)
        finally:
            self._releasing = False

    def _at_ms(self, event: QKeyEvent) -> int:
        return event.timestamp() or self._now_ms()


def _is_typed(event: QKeyEvent) -> bool:
    """Whether the key writes a character; a key held down repeats as fast as a scanner, so it is none."""
    commands = event.modifiers() & _COMMANDS
    writes = commands in {Qt.KeyboardModifier.NoModifier, _ALT_GR}
    return writes and event.text().isprintable() and bool(event.text()) and not event.isAutoRepeat()
