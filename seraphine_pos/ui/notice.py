"""A strip in the flow of a page: what happened, what it means, and one thing to press."""

from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from seraphine_pos.ui.button import Button
from seraphine_pos.ui.card import Card, Surface
from seraphine_pos.ui.icon import Icon
from seraphine_pos.ui.label import Label
from seraphine_pos.ui.theme import SEMIBOLD, Theme

_ICONS: Final[dict[Surface, tuple[str, str]]] = {
    "bad": ("triangle-alert", "bad"),
    "warn": ("circle-alert", "warn"),
    "info": ("info", "info"),
}


class Notice(Card):
    """Hidden until something is to be said; it pushes the page down instead of covering it."""

    pressed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        """Make a strip that says nothing yet."""
        super().__init__(parent, surface="bad", across=True, margins=(16, 10, 12, 10), spacing=14)
        self._icon = Icon(theme, "triangle-alert", "bad", size=22)
        self._title = Label(theme, weight=SEMIBOLD, wraps=True)
        self._detail = Label(theme, size="small", tone="muted", wraps=True)
        self._button = Button(theme, "")
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self._title)
        words.addWidget(self._detail)
        self.box.addWidget(self._icon)
        self.box.addLayout(words, 1)
        self.box.addWidget(self._button)
        self._button.clicked.connect(self.pressed)
        self.hide()

    def say(self, title: str, detail: str = "", *, action: str = "", surface: Surface = "bad") -> None:
        """Say it, with a button when `action` names one."""
        self.set_surface(surface)
        self._icon.show_icon(*_ICONS[surface])
        self._title.setText(title)
        self._detail.setText(detail)
        self._detail.setVisible(bool(detail))
        self._button.setText(action)
        self._button.setVisible(bool(action))
        self.setAccessibleName(f"{title} {detail}".strip())
        self.show()

    @property
    def text(self) -> str:
        """What is said, empty while the strip is hidden."""
        return "" if self.isHidden() else self.accessibleName()
