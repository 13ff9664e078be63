"""Who is at the till: a person, a PIN, nothing else. Knows no cart."""

from collections.abc import Sequence
from datetime import datetime

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from seraphine_pos.domain.staff import Operator
from seraphine_pos.ui import text
from seraphine_pos.ui.label import Label, Tone
from seraphine_pos.ui.person_card import PersonCard
from seraphine_pos.ui.pin_pad import PinPad
from seraphine_pos.ui.text import tr
from seraphine_pos.ui.theme import BOLD, LIGHT_WEIGHT, SEMIBOLD, Theme

_IN_A_ROW = 5


class _Poster(QWidget):
    """The shop's side of the screen: its name, the time and the day."""

    def __init__(self, theme: Theme, store_name: str, till_words: str) -> None:
        super().__init__()
        self._theme = theme
        self._store_name = store_name
        self._till_words = till_words
        self._time = ""
        self._day = ""

    def show_time(self, now: datetime) -> None:
        """Show the time and the day."""
        self._time, self._day = text.clock_time(now), text.day_long(now.date())
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the poster; it is deep green in the light and in the dark."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme = self._theme
        dark = theme.is_dark
        painter.fillRect(self.rect(), theme.colour("brand-soft" if dark else "brand-deep"))
        ink = theme.colour("ink" if dark else "brand-ink")
        soft = theme.colour("muted" if dark else "brand-soft")
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ink)
        painter.drawRoundedRect(56, 56, 40, 40, 11, 11)
        middle = self.height() // 2
        lines = (
            ("key", BOLD, theme.colour("brand-soft" if dark else "brand-deep"), 56, 56, 40, "S"),
            ("key", SEMIBOLD, ink, 110, 56, 0, "Seraphine"),
            ("clock", LIGHT_WEIGHT, ink, 54, middle - 96, 0, self._time),
            ("key", 400, soft, 56, middle + 4, 0, self._day),
            ("shop", BOLD, ink, 56, self.height() - 146, 0, self._store_name),
            ("field", 400, soft, 56, self.height() - 87, 0, self._till_words),
        )
        for size, weight, colour, left, top, width, words in lines:
            painter.setFont(theme.font(size, weight))
            painter.setPen(colour)
            height = {"clock": 96, "shop": 58}.get(size, 40)
            align = Qt.AlignmentFlag.AlignHCenter if width else Qt.AlignmentFlag.AlignLeft
            painter.drawText(
                left, top, width or self.width() - left - 24, height, align | Qt.AlignmentFlag.AlignVCenter, words
            )
        painter.end()


class SignIn(QWidget):
    """Poster, people and PIN pad; `signing_in` tells the person's id and the PIN."""

    signing_in = Signal(str, str)

    def __init__(self, theme: Theme, store_name: str, till_words: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("page", True)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._theme = theme
        self._cards: list[PersonCard] = []
        self._poster = _Poster(theme, store_name, till_words)
        self._people = QGridLayout()
        self._people.setSpacing(8)
        self._pad = PinPad(theme)
        self._hint = Label(theme, "", tone="faint", wraps=True)
        self._hint.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._hint.setMinimumHeight(44)
        self._notice = Label(theme, "", size="small", tone="faint", wraps=True)
        self._notice.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        side = QWidget()
        side.setFixedWidth(503)
        column = QVBoxLayout(side)
        column.setSpacing(26)
        column.addStretch()
        column.addLayout(self._people)
        column.addWidget(self._pad)
        column.addWidget(self._hint)
        column.addWidget(self._notice)
        column.addStretch()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._poster, 1)
        row.addWidget(side, 1, Qt.AlignmentFlag.AlignHCenter)
        row.setStretch(0, 1)
        row.setStretch(1, 1)
        self.setFocusProxy(self._pad)
        self._pad.entered.connect(self._entered)
        self._pad.typed.connect(self._rest)
        self._notice.hide()
        self._rest()

    @property
    def people(self) -> tuple[Operator, ...]:
        """The people shown, in order."""
        return tuple(card.person for card in self._cards)

    def show_people(self, people: Sequence[Operator], chosen_id: str = "") -> None:
        """Show who may sign in, one of them chosen."""
        for card in self._cards:
            self._people.removeWidget(card)
            card.hide()
            card.deleteLater()
        many = len(people) > _IN_A_ROW
        self._cards = [PersonCard(self._theme, person, compact=many) for person in people]
        self._pad.set_key_height(60 if many else 72)
        for place, card in enumerate(self._cards):
            self._people.addWidget(card, place // _IN_A_ROW, place % _IN_A_ROW)
            card.clicked.connect(self._chose)
        chosen = next((card for card in self._cards if card.person.staff_id == chosen_id), None)
        if chosen is None and self._cards:
            chosen = self._cards[0]
        if chosen is not None:
            chosen.setChecked(True)
        self._pad.clear()

    def show_time(self, now: datetime) -> None:
        """Show the time on the poster."""
        self._poster.show_time(now)

    def show_notice(self, words: str) -> None:
        """Show a line under the pad, for the sample store's PINs."""
        self._notice.setText(words)
        self._notice.setVisible(bool(words))

    def show_problem(self, words: str) -> None:
        """Say why nobody is signed in, and begin the PIN anew."""
        self._pad.clear()
        self._say(words, "bad")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move between the people with the arrows."""
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: -_IN_A_ROW, Qt.Key.Key_Down: _IN_A_ROW}
        if event.key() in steps:
            self._step(steps[Qt.Key(event.key())])
        else:
            super().keyPressEvent(event)

    def _step(self, by: int) -> None:
        now = next((place for place, card in enumerate(self._cards) if card.isChecked()), 0)
        if 0 <= now + by < len(self._cards):
            self._cards[now + by].setChecked(True)
            self._chose()

    def _chose(self) -> None:
        self._pad.clear()
        self._rest()
        self._pad.setFocus()

    def _entered(self, pin: str) -> None:
        chosen = next((card for card in self._cards if card.isChecked()), None)
        if chosen is not None:
            self.signing_in.emit(chosen.person.staff_id, pin)

    def _rest(self) -> None:
        self._say(tr("Code à 4 à 6 chiffres, puis OK"), "faint")

    def _say(self, words: str, tone: Tone) -> None:
        self._hint.setText(words)
        self._hint.set_tone(tone)
