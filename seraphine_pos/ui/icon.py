"""An icon that stands alone and follows the theme."""

from PySide6.QtCore import QPoint, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from seraphine_pos.ui.theme import Theme


class Icon(QWidget):
    """One icon in a token's colour; `tile` names the colour of a rounded square behind it."""

    def __init__(
        self,
        theme: Theme,
        name: str,
        tone: str = "ink",
        *,
        size: int = 20,
        tile: str = "",
        tile_size: int = 0,
        parent: QWidget | None = None,
    ) -> None:
        """Make an icon by its Lucide name."""
        super().__init__(parent)
        self._theme = theme
        self._name = name
        self._tone = tone
        self._size = size
        self._tile = tile
        self._room = tile_size or (size + 14 if tile else size)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def show_icon(self, name: str, tone: str, tile: str = "") -> None:
        """Show another icon in the same room."""
        self._name, self._tone, self._tile = name, tone, tile
        self.update()

    def sizeHint(self) -> QSize:
        """Return the icon's size with its tile."""
        return QSize(self._room, self._room)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the tile and the icon in its middle."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._tile:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.colour(self._tile))
            painter.drawRoundedRect(QRectF(self.rect()), 8, 8)
        corner = QPoint((self.width() - self._size) // 2, (self.height() - self._size) // 2)
        painter.drawPixmap(corner, self._theme.pixmap(self._name, self._tone, self._size))
        painter.end()
