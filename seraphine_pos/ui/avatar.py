"""A person's two letters in a soft circle; the colour follows the name, so that a person keeps it."""

from zlib import crc32

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from seraphine_pos.ui.text import initials
from seraphine_pos.ui.theme import BOLD, Theme

_COLOURS = (("line", "muted"), ("info-soft", "info"), ("warn-soft", "warn"), ("bad-soft", "bad"))


class Avatar(QAbstractButton):
    """A round button with a person's initials."""

    def __init__(self, theme: Theme, name: str = "", *, size: int = 40, parent: QWidget | None = None) -> None:
        """Make an avatar; an empty name paints nothing."""
        super().__init__(parent)
        self._theme = theme
        self._size = size
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.show_name(name)

    def show_name(self, name: str) -> None:
        """Show another person."""
        self.setText(name)
        self.setAccessibleName(name)
        self.update()

    def sizeHint(self) -> QSize:
        """Return the circle's size."""
        return QSize(self._size, self._size)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the circle and the letters."""
        if not self.text():
            return
        soft, ink = _COLOURS[crc32(self.text().encode()) % len(_COLOURS)]
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.colour(soft))
        painter.drawEllipse(self.rect())
        painter.setPen(self._theme.colour(ink))
        painter.setFont(self._theme.font("button" if self._size < 46 else "line", BOLD))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, initials(self.text()))
        painter.end()
