"""A row of tabs of which one is chosen."""

from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QWidget

from seraphine_pos.ui.button import Button
from seraphine_pos.ui.theme import Theme

_GAP: Final = 4


class Tabs(QWidget):
    """Buttons that exclude each other, reached by Tab and arrow keys; `chosen` tells what a person chose."""

    chosen = Signal(str)

    def __init__(self, theme: Theme, tabs: tuple[tuple[str, str], ...], parent: QWidget | None = None) -> None:
        """Make a row of (key, words); the first one is chosen."""
        super().__init__(parent)
        self._group = QButtonGroup(self)
        self.keys = tuple(key for key, _words in tabs)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(_GAP)
        for place, (_key, words) in enumerate(tabs):
            button = Button(theme, words, kind="tab")
            button.setCheckable(True)
            button.setChecked(place == 0)
            self._group.addButton(button, place)
            row.addWidget(button)
        row.addStretch(1)
        self._group.idClicked.connect(self._on_clicked)

    @property
    def key(self) -> str:
        """The key of the chosen tab."""
        return self.keys[self._group.checkedId()]

    def choose(self, key: str) -> None:
        """Choose a tab without a person; nothing is emitted."""
        self._group.button(self.keys.index(key)).setChecked(True)

    def press(self, key: str) -> None:
        """Press a tab as a person does."""
        self._group.button(self.keys.index(key)).click()

    def _on_clicked(self, place: int) -> None:
        self.chosen.emit(self.keys[place])
