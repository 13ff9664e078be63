"""A card that has nothing to show yet, and says what will stand there."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from seraphine_pos.ui.card import Card
from seraphine_pos.ui.icon import Icon
from seraphine_pos.ui.label import Label
from seraphine_pos.ui.theme import SEMIBOLD, Theme


class Empty(Card):
    """An icon, a title and a sentence in the middle."""

    def __init__(self, theme: Theme, icon: str, *, centred: bool = False, parent: QWidget | None = None) -> None:
        """Make the card; `icon` is a Lucide name, `centred` puts all of it in the middle of a large room."""
        super().__init__(parent, across=True, margins=(20, 18, 20, 18), spacing=16)
        self._title = Label(theme, weight=SEMIBOLD)
        self._detail = Label(theme, tone="muted", wraps=True)
        words = QVBoxLayout()
        words.setSpacing(4)
        words.addStretch(1)
        words.addWidget(self._title)
        words.addWidget(self._detail)
        words.addStretch(1)
        self.box.addWidget(
            Icon(theme, icon, "brand", size=22, tile="brand-soft", tile_size=44), 0, Qt.AlignmentFlag.AlignVCenter
        )
        self.box.addLayout(words, 0 if centred else 1)
        if centred:
            self.box.insertStretch(0, 1)
            self.box.addStretch(1)
            for label in (self._title, self._detail):
                label.setWordWrap(False)

    def say(self, title: str, detail: str = "") -> None:
        """Say what is missing and what brings it."""
        self._title.setText(title)
        self._detail.setText(detail)
        self._detail.setVisible(bool(detail))
        self.setAccessibleName(f"{title}. {detail}")
