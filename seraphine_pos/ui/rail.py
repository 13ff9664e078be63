"""The rail at the side: where one can go, and who is there. What a role may not open is not shown."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from seraphine_pos.ui.avatar import Avatar
from seraphine_pos.ui.card import Card
from seraphine_pos.ui.theme import BOLD, SEMIBOLD, Theme

WIDTH = 84


@dataclass(frozen=True, slots=True)
class Place:
    """A page by its name in the program, its icon and its word on the rail."""

    name: str
    icon: str
    words: str


class _Button(QAbstractButton):
    """One place on the rail."""

    def __init__(self, theme: Theme, place: Place) -> None:
        super().__init__()
        self._theme = theme
        self._icon = place.icon
        self.setText(place.words)
        self.setAccessibleName(place.words)
        self.setCheckable(True)
        self.setAutoExclusive(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """Return a place's size."""
        return QSize(72, 62)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint icon and word, on a soft ground where one is."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.isChecked() or self.underMouse():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.colour("brand-soft" if self.isChecked() else "raised"))
            painter.drawRoundedRect(QRectF(self.rect()), 12, 12)
        tone = "brand-deep" if self.isChecked() else "muted"
        painter.drawPixmap(QPoint((self.width() - 22) // 2, 10), self._theme.pixmap(self._icon, tone, 22))
        painter.setFont(self._theme.font("tiny", SEMIBOLD))
        painter.setPen(self._theme.colour(tone))
        painter.drawText(QRect(0, 36, self.width(), 18), Qt.AlignmentFlag.AlignCenter, self.text())
        painter.end()


class _Mark(QWidget):
    """The product's letter."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setFixedSize(40, 40)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the letter on its tile."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.colour("brand"))
        painter.drawRoundedRect(QRectF(self.rect()), 11, 11)
        painter.setPen(self._theme.colour("brand-ink"))
        painter.setFont(self._theme.font("key", BOLD))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, "S")
        painter.end()


class Rail(Card):
    """The places one above the other; `went` tells a place's name, `leaving` that the avatar was touched."""

    went = Signal(str)
    leaving = Signal()

    def __init__(self, theme: Theme, places: Sequence[Place], parent: QWidget | None = None) -> None:
        super().__init__(parent, surface="rail", margins=(0, 14, 0, 12), spacing=4)
        self.setFixedWidth(WIDTH)
        self._buttons = {place.name: _Button(theme, place) for place in places}
        self._avatar = Avatar(theme)
        self.box.addWidget(_Mark(theme), 0, Qt.AlignmentFlag.AlignHCenter)
        self.box.addSpacing(12)
        for name, button in self._buttons.items():
            self.box.addWidget(button, 0, Qt.AlignmentFlag.AlignHCenter)
            button.clicked.connect(lambda _checked=False, name=name: self.went.emit(name))
        self.box.addStretch()
        self.box.addWidget(self._avatar, 0, Qt.AlignmentFlag.AlignHCenter)
        self._avatar.clicked.connect(self.leaving)

    @property
    def shown(self) -> tuple[str, ...]:
        """The names of the places shown."""
        return tuple(name for name, button in self._buttons.items() if not button.isHidden())

    def show_for(self, name: str, open_to: frozenset[str]) -> None:
        """Show a person and the places open to them."""
        self._avatar.show_name(name)
        for place, button in self._buttons.items():
            button.setVisible(place in open_to)

    def mark(self, name: str) -> None:
        """Mark the place where one is."""
        self._buttons[name].setChecked(True)
