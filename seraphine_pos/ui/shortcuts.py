"""Binds keys of the table to what they do, while their page is shown."""

from collections.abc import Callable, Mapping

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from seraphine_pos.ui.keys import Key


def bind(page: QWidget, actions: Mapping[Key, Callable[[], None]]) -> None:
    """Let each key do its action while the page is visible; a key held down acts once."""
    for key, act in actions.items():
        shortcut = QShortcut(QKeySequence(key.sequence), page)
        shortcut.setContext(Qt.ShortcutContext.WindowShortcut)
        shortcut.setAutoRepeat(False)
        shortcut.activated.connect(act)
