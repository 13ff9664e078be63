"""Text in at most so many lines; what does not fit ends in an ellipsis."""

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QTextLayout
from PySide6.QtWidgets import QSizePolicy, QWidget

from seraphine_pos.ui.theme import REGULAR, Theme


class Excerpt(QWidget):
    """A paragraph that never pushes its neighbours away."""

    def __init__(
        self,
        theme: Theme,
        lines: int,
        *,
        size: str = "body",
        weight: int = REGULAR,
        tone: str = "ink",
        parent: QWidget | None = None,
    ) -> None:
        """Make an empty paragraph of at most `lines` lines."""
        super().__init__(parent)
        self._theme = theme
        self._lines = lines
        self._font = theme.font(size, weight)
        self._tone = tone
        self._text = ""
        self._pitch = QFontMetrics(self._font).height() + 1
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(lines * self._pitch)

    @property
    def text(self) -> str:
        """The whole text, cut or not."""
        return self._text

    def show_text(self, text: str) -> None:
        """Show another text."""
        self._text = text
        self.setAccessibleName(text)
        self.update()

    def set_tone(self, tone: str) -> None:
        """Show the text in another tone."""
        self._tone = tone
        self.update()

    def sizeHint(self) -> QSize:
        """Return the height of all lines."""
        return QSize(240, self._lines * self._pitch)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint line by line; the last one is cut where more would follow."""
        painter = QPainter(self)
        painter.setFont(self._font)
        painter.setPen(self._theme.colour(self._tone))
        layout = QTextLayout(self._text, self._font)
        layout.beginLayout()
        for number in range(self._lines):
            line = layout.createLine()
            if not line.isValid():
                break
            line.setLineWidth(self.width())
            if number < self._lines - 1:
                line.draw(painter, QPointF(0, number * self._pitch))
            else:
                self._paint_last(painter, self._text[line.textStart() :], number)
        layout.endLayout()
        painter.end()

    def _paint_last(self, painter: QPainter, rest: str, number: int) -> None:
        metrics = QFontMetrics(self._font)
        words = metrics.elidedText(rest, Qt.TextElideMode.ElideRight, self.width())
        painter.drawText(QPointF(0, number * self._pitch + metrics.ascent()), words)
