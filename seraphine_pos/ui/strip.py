"""A problem, or a question, in the flow of the screen: what happened, what it means for the sale, what to press."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from PySide6.QtWidgets import QVBoxLayout, QWidget

from seraphine_pos.ui import keys
from seraphine_pos.ui.card import Card
from seraphine_pos.ui.icon import Icon
from seraphine_pos.ui.key_button import KeyButton, Kind
from seraphine_pos.ui.keys import Key
from seraphine_pos.ui.label import Label
from seraphine_pos.ui.text import tr
from seraphine_pos.ui.theme import SEMIBOLD, Theme

HEIGHT = 84
Tone = Literal["bad", "warn", "info"]
_ICONS = {"bad": "triangle-alert", "warn": "circle-alert", "info": "info"}


@dataclass(frozen=True, slots=True)
class Choice:
    """One way out of the strip, with the key that takes it."""

    text: str
    key: Key
    act: Callable[[], None]
    kind: Kind = "plain"


@dataclass(frozen=True, slots=True)
class Notice:
    """What a strip says; one that `stays` is not taken away by the next thing that goes well."""

    title: str
    detail: str = ""
    tone: Tone = "bad"
    choices: tuple[Choice, ...] = ()
    leave: str = ""
    stays: bool = False


class Strip(Card):
    """Shows one notice; its keys work through `choose` and `leave`."""

    def __init__(self, theme: Theme, on_leave: Callable[[], None], parent: QWidget | None = None) -> None:
        super().__init__(parent, surface="bad", across=True, margins=(17, 6, 16, 6), spacing=12)
        self.setFixedHeight(HEIGHT)
        self._theme = theme
        self._on_leave = on_leave
        self._notice = Notice("")
        self._icon = Icon(theme, "triangle-alert", "bad", size=22)
        self._title = Label(theme, "", size="line", weight=SEMIBOLD, wraps=True)
        self._detail = Label(theme, "", size="small", tone="muted", wraps=True)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addStretch()
        words.addWidget(self._title)
        words.addWidget(self._detail)
        words.addStretch()
        self.box.addWidget(self._icon)
        self.box.addLayout(words, 1)
        self._buttons: list[KeyButton] = []

    @property
    def notice(self) -> Notice:
        """The notice shown."""
        return self._notice

    def show_notice(self, notice: Notice) -> None:
        """Show another notice."""
        self._notice = notice
        self._icon.show_icon(_ICONS[notice.tone], notice.tone)
        self.set_surface(notice.tone)
        self._title.setText(notice.title)
        self._detail.setText(notice.detail)
        self._detail.setVisible(bool(notice.detail))
        for button in self._buttons:
            button.hide()
            button.deleteLater()
        leave = Choice(notice.leave or tr("Compris"), keys.BACK, self._on_leave)
        self._buttons = [self._button(choice) for choice in (*notice.choices, leave)]
        for button in self._buttons:
            self.box.addWidget(button)

    def choose(self, place: int) -> None:
        """Take a choice by its place; a place without choice does nothing."""
        if place < len(self._notice.choices):
            self._notice.choices[place].act()

    def _button(self, choice: Choice) -> KeyButton:
        button = KeyButton(self._theme, choice.text, key=choice.key.printed, kind=choice.kind)
        button.clicked.connect(choice.act)
        return button
