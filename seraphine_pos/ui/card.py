"""A frame with a border and round corners that holds one thing."""

from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

Surface = Literal["card", "raised", "bad", "warn", "info", "brand", "popup", "bar", "rail", "foot", "rule"]


class Card(QFrame):
    """A surface of the style sheet with a layout of its own, `box`, downwards or across."""

    box: QVBoxLayout | QHBoxLayout

    def __init__(
        self,
        parent: QWidget | None = None,
        *,
        surface: Surface = "card",
        across: bool = False,
        margins: tuple[int, int, int, int] = (18, 16, 18, 16),
        spacing: int = 8,
    ) -> None:
        """Make an empty card; margins are left, top, right, bottom in pixels."""
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setProperty("frame", surface)
        self.box = QHBoxLayout(self) if across else QVBoxLayout(self)
        self.box.setContentsMargins(*margins)
        self.box.setSpacing(spacing)

    def set_surface(self, surface: Surface) -> None:
        """Dress the card as another surface."""
        self.setProperty("frame", surface)
        self.style().unpolish(self)
        self.style().polish(self)


def rule(parent: QWidget | None = None) -> QFrame:
    """Return a hairline across."""
    line = QFrame(parent)
    line.setProperty("frame", "rule")
    return line
