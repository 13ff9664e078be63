"""A button with its icon, its words and the printed key that does the same."""

from typing import Literal

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QAbstractButton, QSizePolicy

from seraphine_pos.ui.keycap import HEIGHT as CAP_HEIGHT
from seraphine_pos.ui.keycap import keycap_size, paint_keycap
from seraphine_pos.ui.theme import SEMIBOLD, Theme

Kind = Literal["plain", "primary", "danger", "quiet", "pad", "link"]

_ICON = 18
_GAP = 8
_PADDING = 13
_CAP_GAP = 3
_SMALLER = ("button", "chip", "tiny")
_FILLS = {"plain": "surface", "primary": "brand", "danger": "surface", "quiet": "raised", "pad": "surface", "link": ""}
_BORDERS = {
    "plain": "line-strong",
    "primary": "brand",
    "danger": "line-strong",
    "quiet": "line",
    "pad": "line",
    "link": "",
}
_INKS = {"plain": "ink", "primary": "brand-ink", "danger": "bad", "quiet": "muted", "pad": "ink", "link": "brand"}


class KeyButton(QAbstractButton):
    """A button painted from tokens; it never takes the focus, so no key of a scanner can press it.

    `stacked` puts the printed key below the words, as on the pay keys.
    """

    def __init__(
        self,
        theme: Theme,
        text: str,
        *,
        key: str = "",
        icon: str = "",
        kind: Kind = "plain",
        size: str = "button",
        stacked: bool = False,
        height: int = 44,
    ) -> None:
        """Make a button; `key` is printed as it stands ("F9 · compte juste"), `icon` is a Lucide name."""
        super().__init__()
        self._theme = theme
        self._key = key
        self._icon = icon
        self._kind = kind
        self._stacked = stacked
        self._type_size = size
        self._ground = ""
        self._face: tuple[object, QPixmap] = ((), QPixmap())
        self._fitted: tuple[object, QFont] = ((), self._font())
        self._words = text
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setMinimumHeight(height)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(f"{text} {key}".strip())

    def stand_on(self, ground: str) -> None:
        """Paint the colour the button stands on, too, so that what is behind is not painted for it."""
        self._ground = ground
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    @property
    def words(self) -> str:
        """The words on the button."""
        return self._words

    def show_words(self, words: str) -> None:
        """Write other words in the same room; `setText` would lay the page out again."""
        self._words = words
        self.setAccessibleName(f"{words} {self._key}".strip())
        self.update()

    def set_key(self, key: str) -> None:
        """Print another key."""
        self._key = key
        self.update()

    def set_kind(self, kind: Kind) -> None:
        """Dress the button as another kind."""
        self._kind = kind
        self.update()

    def sizeHint(self) -> QSize:
        """Return the room the words, the icon and the key take."""
        words = self._words_width()
        cap = keycap_size(self._theme, self._key).width() if self._key else 0
        icon = _ICON + _GAP if self._icon else 0
        width = max(words + icon, cap) if self._stacked else words + icon + (cap + _GAP if cap else 0)
        return QSize(width + 2 * _PADDING, self.minimumHeight())

    def minimumSizeHint(self) -> QSize:
        """Return the size hint: words on a button are never cut."""
        return self.sizeHint()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the button as it stands: resting, pressed, checked or out of use."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._stacked and self._key:
            painter.drawPixmap(0, 0, self._stacked_face())
            self._paint_words(painter, QRect(0, self._stacked_top(), self.width(), self._line_height()))
        else:
            self._paint_face(painter)
            self._paint_in_a_row(painter)
        painter.end()

    def _stacked_face(self) -> QPixmap:
        """Return the face with its printed key, drawn once for each way the button can stand."""
        state = (
            self.size(), self.devicePixelRatioF(), self._theme.mode, self._key, self._kind,
            self.isEnabled(), self.isChecked(), self.isDown(), self.underMouse(),
        )  # fmt: skip
        if self._face[0] != state:
            ratio = self.devicePixelRatioF()
            face = QPixmap(self.size() * ratio)
            face.setDevicePixelRatio(ratio)
            face.fill(self._theme.colour(self._ground) if self._ground else Qt.GlobalColor.transparent)
            painter = QPainter(face)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._paint_face(painter)
            cap = keycap_size(self._theme, self._key)
            top = self._stacked_top() + self._line_height() + _CAP_GAP
            self._paint_cap(painter, QRect((self.width() - cap.width()) // 2, top, cap.width(), CAP_HEIGHT))
            painter.end()
            self._face = (state, face)
        return self._face[1]

    def _line_height(self) -> int:
        return QFontMetrics(self._font()).height()

    def _stacked_top(self) -> int:
        return (self.height() - self._line_height() - CAP_HEIGHT - _CAP_GAP) // 2

    def _font(self) -> QFont:
        return self._theme.font(self._type_size, SEMIBOLD)

    def _fitting_font(self) -> QFont:
        """Return the font of the words, smaller where the button was given less room than they take."""
        wanted = (self._words, self.width())
        if self._fitted[0] != wanted:
            smaller = (self._theme.font(size, SEMIBOLD) for size in _SMALLER)
            own = self._font()
            fonts = [own, *(font for font in smaller if font.pixelSize() < own.pixelSize())]
            fitting = (font for font in fonts if QFontMetrics(font).horizontalAdvance(self._words) <= self.width() - 4)
            self._fitted = (wanted, next(fitting, fonts[-1]))
        return self._fitted[1]

    def _words_width(self) -> int:
        return QFontMetrics(self._font()).horizontalAdvance(self._words)

    def _ink(self) -> str:
        if not self.isEnabled():
            return "faint"
        if self.isChecked():
            return "brand-deep"
        return _INKS[self._kind]

    def _paint_face(self, painter: QPainter) -> None:
        fill, border = _FILLS[self._kind], _BORDERS[self._kind]
        if not fill:
            return
        if not self.isEnabled():
            fill, border = "raised", "line"
        face = QColor(self._theme.colour("brand-soft" if self.isChecked() else fill))
        if self.isDown():
            face = self._theme.colour("brand-deep" if self._kind == "primary" else "brand-soft")
        elif self.underMouse() and self.isEnabled():
            face = face.darker(103) if not self._theme.is_dark else face.lighter(112)
        painter.setPen(QPen(self._theme.colour("brand" if self.isDown() or self.isChecked() else border), 1))
        painter.setBrush(face)
        radius = self._theme.radius("key" if self._stacked or self.height() > 50 else "button")
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)

    def _paint_in_a_row(self, painter: QPainter) -> None:
        cap = keycap_size(self._theme, self._key)
        icon = _ICON + _GAP if self._icon else 0
        words = self._words_width()
        content = icon + words + (cap.width() + _GAP if self._key else 0)
        left = max((self.width() - content) // 2, 4)
        middle = self.height() // 2
        if self._icon:
            painter.drawPixmap(QPoint(left, middle - _ICON // 2), self._theme.pixmap(self._icon, self._ink(), _ICON))
        self._paint_words(painter, QRect(left + icon, 0, words + 2, self.height()))
        if self._key:
            where = QRect(left + icon + words + _GAP, middle - CAP_HEIGHT // 2, cap.width(), CAP_HEIGHT)
            self._paint_cap(painter, where)

    def _paint_words(self, painter: QPainter, where: QRect) -> None:
        painter.setFont(self._fitting_font())
        painter.setPen(self._theme.colour(self._ink()))
        painter.drawText(where, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextDontClip, self._words)

    def _paint_cap(self, painter: QPainter, where: QRect) -> None:
        on_fill = self._kind == "primary" and self.isEnabled()
        paint_keycap(painter, self._theme, where, self._key, self._theme.colour("brand-ink") if on_fill else None)
