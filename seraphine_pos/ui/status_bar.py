"""The chips that never move: shift, person, scanner, printer, sync, and the clock at the end."""

from datetime import datetime

from PySide6.QtWidgets import QWidget

from seraphine_pos.ui import text
from seraphine_pos.ui.card import Card
from seraphine_pos.ui.chip import Chip, Dot
from seraphine_pos.ui.label import Label
from seraphine_pos.ui.text import tr
from seraphine_pos.ui.theme import SEMIBOLD, Theme

HEIGHT = 48


class StatusBar(Card):
    """Says how the till stands; each chip has its own place."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent, surface="bar", across=True, margins=(20, 0, 20, 0), spacing=8)
        self.setFixedHeight(HEIGHT)
        self.shift = Chip(theme, "sunrise")
        self.person = Chip(theme, "user-round")
        self.scanner = Chip(theme, "scan-line")
        self.printer = Chip(theme, "printer")
        self.sync = Chip(theme, "cloud")
        for chip in (self.shift, self.person, self.scanner, self.printer, self.sync):
            self.box.addWidget(chip)
        self.box.addStretch()
        self._clock = Label(theme, "", size="body", weight=SEMIBOLD)
        self.box.addWidget(self._clock)

    def show_shift(self, opened: datetime | None) -> None:
        """Show since when the shift is open; it opens by itself with the first sale."""
        if opened is None:
            self.shift.show_words(tr("Poste à ouvrir"))
        else:
            self.shift.show_words(tr("Poste ouvert") + " ", (text.clock_time(opened), True))

    def show_person(self, name: str, role: str) -> None:
        """Show who is at the till."""
        self.person.show_words((f"{name} · {role}" if role else name, True))

    def show_scanner(self, *, heard: bool) -> None:
        """Show the scanner: ready, and green once it has been heard."""
        self.scanner.show_words(tr("Lecteur prêt"), dot="good" if heard else "faint")

    def show_printer(self, words: str, dot: Dot) -> None:
        """Show where tickets go."""
        self.printer.show_words(words, dot=dot)

    def show_time(self, now: datetime) -> None:
        """Show the time of day."""
        self._clock.setText(text.clock_time(now))
