"""A piece of text in a named size, weight and tone."""

from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget

from seraphine_pos.ui.theme import REGULAR, Theme

Tone = Literal["ink", "muted", "faint", "brand", "brand-ink", "brand-deep", "warn", "bad", "info", "good"]


class Label(QLabel):
    """Plain text (never markup) in tokens of the theme."""

    def __init__(
        self,
        theme: Theme,
        text: str = "",
        *,
        size: str = "body",
        weight: int = REGULAR,
        tone: Tone = "ink",
        wraps: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        """Make a label; size is a name of the theme's type sizes, weight 300 to 700."""
        super().__init__(text, parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setFont(theme.font(size, weight))
        self.setProperty("tone", tone)
        self.setWordWrap(wraps)
        if wraps:
            # Qt asks for the width of the longest word, and a scanner can read a word of 128 letters.
            self.setMinimumWidth(1)

    def set_tone(self, tone: Tone) -> None:
        """Show the text in another tone."""
        if self.property("tone") != tone:
            self.setProperty("tone", tone)
            self.style().unpolish(self)
            self.style().polish(self)
