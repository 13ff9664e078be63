"""One person to choose at sign-in."""

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from seraphine_pos.domain.staff import Operator, Role
from seraphine_pos.ui.avatar import Avatar
from seraphine_pos.ui.text import short_name, tr
from seraphine_pos.ui.theme import REGULAR, SEMIBOLD, Theme


def role_words(role: Role) -> str:
    """Return a role as the shop says it."""
    return tr("Gérance") if role is Role.OWNER else tr("Caisse")


class PersonCard(QAbstractButton):
    """A card with the avatar, the name and the role; checked when chosen."""

    def __init__(self, theme: Theme, person: Operator, *, compact: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._compact = compact
        self.person = person
        self.setCheckable(True)
        self.setAutoExclusive(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setText(person.name)
        self.setAccessibleName(f"{person.name}, {role_words(person.role)}")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._avatar = Avatar(theme, person.name, size=48, parent=self)
        self._avatar.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def sizeHint(self) -> QSize:
        """Return a card's size."""
        return QSize(92, 108 if self._compact else 132)

    def minimumSizeHint(self) -> QSize:
        """Return the size hint: a card is never squeezed."""
        return self.sizeHint()

    def resizeEvent(self, _event: object) -> None:
        """Keep the avatar in the middle."""
        self._avatar.setGeometry((self.width() - 48) // 2, 6 if self._compact else 15, 48, 48)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the card."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colour = self._theme.colour
        painter.setPen(QPen(colour("brand"), 2) if self.isChecked() else QPen(colour("line"), 1))
        painter.setBrush(colour("brand-soft" if self.isChecked() else "surface"))
        radius = self._theme.radius("card")
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), radius, radius)
        room = QRect(4, 56 if self._compact else 70, self.width() - 8, 22)
        painter.setFont(self._theme.font("button", SEMIBOLD))
        painter.setPen(colour("ink"))
        name = QFontMetrics(painter.font()).elidedText(
            short_name(self.person.name), Qt.TextElideMode.ElideRight, room.width()
        )
        painter.drawText(room, Qt.AlignmentFlag.AlignCenter, name)
        painter.setFont(self._theme.font("body", REGULAR))
        painter.setPen(colour("muted"))
        painter.drawText(
            room.translated(0, 20 if self._compact else 24), Qt.AlignmentFlag.AlignCenter, role_words(self.person.role)
        )
        painter.end()
