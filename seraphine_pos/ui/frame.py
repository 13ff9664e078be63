"""The one window of the system: shows that the till opens, then what it is given. Loads nothing of the shop."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QMainWindow, QVBoxLayout, QWidget

from seraphine_pos.ui.card import Card
from seraphine_pos.ui.icon import Icon
from seraphine_pos.ui.key_button import KeyButton
from seraphine_pos.ui.label import Label
from seraphine_pos.ui.text import tr
from seraphine_pos.ui.theme import BOLD, REGULAR, SEMIBOLD, Theme

WIDTH = 1366
HEIGHT = 768


class _Opening(QWidget):
    """The first picture: the product's name on its green."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the name and that the till opens."""
        theme, dark = self._theme, self._theme.is_dark
        ink = theme.colour("ink" if dark else "brand-ink")
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), theme.colour("brand-soft" if dark else "brand-deep"))
        middle = self.rect().center()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ink)
        painter.drawRoundedRect(middle.x() - 32, middle.y() - 96, 64, 64, 18, 18)
        for words, size, weight, colour, top in (
            ("S", "figure", BOLD, "brand-soft" if dark else "brand-deep", -96),
            ("Seraphine", "figure", SEMIBOLD, "", -18),
            (tr("Ouverture de la caisse…"), "line", REGULAR, "", 34),
        ):
            painter.setFont(theme.font(size, weight))
            painter.setPen(theme.colour(colour) if colour else ink)
            painter.drawText(
                0, middle.y() + top, self.width(), 64 if top == -96 else 44, Qt.AlignmentFlag.AlignCenter, words
            )
        painter.end()


class _Stopped(QWidget):
    """Why the till cannot open, and the one thing to do."""

    leaving = Signal()

    def __init__(self, theme: Theme, title: str, sentence: str) -> None:
        super().__init__()
        self.setProperty("page", True)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        card = Card(margins=(36, 32, 36, 32), spacing=16)
        card.setFixedWidth(640)
        card.box.addWidget(Icon(theme, "triangle-alert", "bad", size=28, tile="bad-soft", tile_size=52))
        card.box.addWidget(Label(theme, title, size="title", weight=SEMIBOLD, wraps=True))
        card.box.addWidget(Label(theme, sentence, size="line", tone="muted", wraps=True))
        card.box.addSpacing(8)
        leave = KeyButton(theme, tr("Fermer"), kind="primary")
        leave.clicked.connect(self.leaving)
        card.box.addWidget(leave, 0, Qt.AlignmentFlag.AlignLeft)
        column = QVBoxLayout(self)
        column.addWidget(card, 0, Qt.AlignmentFlag.AlignCenter)


class Frame(QMainWindow):
    """Holds one thing at a time; `closed` tells that the person closed it."""

    closed = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setWindowTitle("Seraphine")
        self.resize(WIDTH, HEIGHT)
        self.setCentralWidget(_Opening(theme))

    def show_page(self, page: QWidget, title: str) -> None:
        """Hold another page."""
        self.setWindowTitle(title)
        self.setCentralWidget(page)
        page.setFocus()

    def show_stopped(self, sentence: str) -> None:
        """Say why the till cannot open."""
        stopped = _Stopped(self._theme, tr("La caisse ne peut pas s’ouvrir"), sentence)
        stopped.leaving.connect(self.close)
        self.show_page(stopped, "Seraphine")

    def closeEvent(self, event: QCloseEvent) -> None:
        """Let go."""
        super().closeEvent(event)
        self.closed.emit()
