"""One short question in the head of the sale, answered in a field and confirmed by a key that no scanner sends."""

from collections.abc import Callable

from PySide6.QtWidgets import QLineEdit, QWidget

from seraphine_pos.ui import keys
from seraphine_pos.ui.card import Card
from seraphine_pos.ui.key_button import KeyButton
from seraphine_pos.ui.keys import Key
from seraphine_pos.ui.label import Label
from seraphine_pos.ui.strip import HEIGHT
from seraphine_pos.ui.text import tr
from seraphine_pos.ui.theme import SEMIBOLD, Theme


class Prompt(Card):
    """A question with its field and two keys."""

    def __init__(
        self, theme: Theme, question: str, confirm: str, key: Key, on_answer: Callable[[str], None],
        on_leave: Callable[[], None], parent: QWidget | None = None,
    ) -> None:  # fmt: skip
        super().__init__(parent, surface="info", across=True, margins=(17, 6, 16, 6), spacing=12)
        self.setFixedHeight(HEIGHT)
        self._on_answer = on_answer
        self.field = QLineEdit()
        self.field.setMaxLength(200)
        self.field.setAccessibleName(question)
        self.setFocusProxy(self.field)
        confirm_button = KeyButton(theme, confirm, key=key.printed, kind="primary")
        leave_button = KeyButton(theme, tr("Revenir"), key=keys.BACK.printed)
        confirm_button.clicked.connect(self.confirm)
        leave_button.clicked.connect(on_leave)
        self.box.addWidget(Label(theme, question, size="line", weight=SEMIBOLD))
        self.box.addWidget(self.field, 1)
        self.box.addWidget(confirm_button)
        self.box.addWidget(leave_button)

    def ask(self) -> None:
        """Begin with an empty field."""
        self.field.clear()
        self.field.setFocus()

    def confirm(self) -> None:
        """Give the answer."""
        self._on_answer(self.field.text().strip())
