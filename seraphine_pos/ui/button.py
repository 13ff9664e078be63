"""A push button of the owner's screens: reached by Tab, pressed by Space, its icon in the theme's colours."""

from typing import Final, Literal

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QPushButton, QWidget

from seraphine_pos.ui.theme import Theme

Kind = Literal["plain", "primary", "danger", "link", "tab"]

_ICON: Final = 18
_GAP: Final = 6
_RATIO: Final = 2
_INKS: Final[dict[Kind, str]] = {
    "plain": "ink",
    "primary": "brand-ink",
    "danger": "bad",
    "link": "brand",
    "tab": "muted",
}


class Button(QPushButton):
    """A button dressed by the style sheet; Enter never presses it, so no scanner can."""

    def __init__(
        self, theme: Theme, text: str, *, icon: str = "", kind: Kind = "plain", parent: QWidget | None = None
    ) -> None:
        """Make a button; `icon` is a Lucide name."""
        super().__init__(text, parent)
        self._theme = theme
        self._icon = icon
        self._kind: Kind = kind
        self.setProperty("kind", kind)
        self.setIconSize(QSize(_ICON + _GAP, _ICON))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAutoDefault(False)
        self._paint_icon()
        theme.changed.connect(self._paint_icon)

    def show_icon(self, icon: str) -> None:
        """Show another icon."""
        self._icon = icon
        self._paint_icon()

    def _paint_icon(self) -> None:
        if self._icon:
            self.setIcon(QIcon(self._spaced()))

    def _spaced(self) -> QPixmap:
        """The icon with the gap before the words, which the style sheet cannot give."""
        room = QPixmap((_ICON + _GAP) * _RATIO, _ICON * _RATIO)
        room.setDevicePixelRatio(_RATIO)
        room.fill(Qt.GlobalColor.transparent)
        painter = QPainter(room)
        painter.drawPixmap(0, 0, self._theme.pixmap(self._icon, _INKS[self._kind], _ICON, _RATIO))
        painter.end()
        return room
