"""The wizard's side: the product's name, and how far one is."""

from typing import Final

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from seraphine_pos.ui.text import tr
from seraphine_pos.ui.theme import BOLD, REGULAR, SEMIBOLD, Theme

WIDTH: Final = 440
_LEFT: Final = 56
_TOP: Final = 236
_STEP: Final = 56
_MARK: Final = 32


class WizardPoster(QWidget):
    """Green in the light and in the dark; the steps of joining are fewer."""

    def __init__(self, theme: Theme) -> None:
        """Make a poster without steps."""
        super().__init__()
        self._theme = theme
        self._steps: tuple[str, ...] = ()
        self._at = 0
        self.setFixedWidth(WIDTH)

    def show_steps(self, steps: tuple[str, ...], at: int) -> None:
        """Show the steps, one of them now."""
        self._steps, self._at = steps, at
        where = tr("Étape {number} sur {count} : {name}", number=at + 1, count=len(steps), name=steps[at])
        self.setAccessibleName(where)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the name, then the steps."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground, ink, _soft = self._inks()
        painter.fillRect(self.rect(), self._theme.colour(ground))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.colour(ink))
        painter.drawRoundedRect(_LEFT, 56, 40, 40, 11, 11)
        self._write(painter, "key", BOLD, ground, QRect(_LEFT, 56, 40, 40), "S", centred=True)
        self._write(painter, "key", SEMIBOLD, ink, QRect(_LEFT + 54, 56, 300, 40), "Seraphine")
        for place, name in enumerate(self._steps):
            self._paint_step(painter, place, name)
        painter.end()

    def _paint_step(self, painter: QPainter, place: int, name: str) -> None:
        ground, ink, soft = self._inks()
        top = _TOP + place * _STEP
        mark = QRectF(_LEFT, top, _MARK, _MARK)
        reached = place <= self._at
        if place < len(self._steps) - 1:
            painter.setPen(QPen(self._faded(soft, 0.35), 2))
            middle = _LEFT + _MARK // 2
            painter.drawLine(middle, top + _MARK + 4, middle, top + _STEP - 4)
        painter.setPen(QPen(self._theme.colour(ink) if reached else self._faded(soft, 0.6), 2))
        painter.setBrush(self._theme.colour(ink) if reached else Qt.BrushStyle.NoBrush)
        painter.drawEllipse(mark.adjusted(1, 1, -1, -1))
        if place < self._at:
            painter.drawPixmap(_LEFT + 8, top + 8, self._theme.pixmap("check", ground, 16))
        else:
            tone = ground if reached else soft
            self._write(painter, "body", SEMIBOLD, tone, mark.toRect(), str(place + 1), centred=True)
        weight = SEMIBOLD if place == self._at else REGULAR
        tone = ink if place == self._at else soft
        self._write(painter, "line", weight, tone, QRect(_LEFT + _MARK + 18, top, 300, _MARK), name)

    def _inks(self) -> tuple[str, str, str]:
        """The tokens of ground, ink and soft ink."""
        return ("brand-soft", "ink", "muted") if self._theme.is_dark else ("brand-deep", "brand-ink", "brand-soft")

    def _faded(self, token: str, share: float) -> QColor:
        colour = QColor(self._theme.colour(token))
        colour.setAlphaF(share)
        return colour

    def _write(
        self, painter: QPainter, size: str, weight: int, token: str, where: QRect, words: str, *, centred: bool = False
    ) -> None:
        painter.setFont(self._theme.font(size, weight))
        painter.setPen(self._theme.colour(token))
        flags = Qt.AlignmentFlag.AlignCenter if centred else Qt.AlignmentFlag.AlignVCenter
        painter.drawText(where, flags, words)
