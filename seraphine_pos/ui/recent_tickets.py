"""The last tickets of this till, for a customer who comes back without the receipt in hand."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from seraphine_pos.store.tickets import TicketRow
from seraphine_pos.ui import text
from seraphine_pos.ui.theme import REGULAR, SEMIBOLD, Theme

ROW_HEIGHT: Final = 52


class RecentTickets(QWidget):
    """Painted rows; `picked` tells a receipt number."""

    picked = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._rows: tuple[tuple[str, str, str], ...] = ()
        self._marked = 0

    def show_tickets(
        self, tickets: Sequence[TicketRow], times: Sequence[datetime], today: date, currency: str, decimals: int
    ) -> None:
        """Show tickets with their times, the newest first."""
        self._rows = tuple(
            (
                ticket.receipt,
                f"{text.moment(at, today)} · {text.tr_count(ticket.lines, '{count} ligne', '{count} lignes')}",
                text.money(ticket.total, currency, decimals),
            )
            for ticket, at in zip(tickets, times, strict=True)
        )
        self._marked = 0
        self.setFixedHeight(max(len(self._rows), 1) * ROW_HEIGHT)
        self.update()

    def step(self, by: int) -> None:
        """Move the mark."""
        if self._rows:
            self._marked = min(max(self._marked + by, 0), len(self._rows) - 1)
            self.update()

    def pick(self) -> None:
        """Pick the marked ticket."""
        if self._rows:
            self.picked.emit(self._rows[self._marked][0])

    def sizeHint(self) -> QSize:
        """Return the room of all rows."""
        return QSize(400, max(len(self._rows), 1) * ROW_HEIGHT)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move by up and down."""
        if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.step(1 if event.key() == Qt.Key.Key_Down else -1)
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Pick the touched ticket."""
        row = int(event.position().y()) // ROW_HEIGHT
        if row < len(self._rows):
            self._marked = row
            self.pick()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the rows, or that there is none."""
        painter = QPainter(self)
        room = QRect(20, 0, self.width() - 40, ROW_HEIGHT)
        if not self._rows:
            self._write(
                painter, "body", REGULAR, "muted", room, text.tr("Aucune vente sur cette caisse pour l’instant.")
            )
        for place, (receipt, detail, total) in enumerate(self._rows):
            row = room.translated(0, place * ROW_HEIGHT)
            if place == self._marked:
                painter.fillRect(0, row.top(), self.width(), ROW_HEIGHT, self._theme.colour("brand-soft"))
            painter.fillRect(0, row.bottom(), self.width(), 1, self._theme.colour("line"))
            self._write(painter, "line", SEMIBOLD, "ink", row, receipt)
            self._write(painter, "body", REGULAR, "muted", row.adjusted(210, 0, -150, 0), detail)
            self._write(painter, "line", SEMIBOLD, "ink", row, total, Qt.AlignmentFlag.AlignRight)
        painter.end()

    def _write(
        self, painter: QPainter, size: str, weight: int, tone: str, where: QRect, words: str,
        align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft,
    ) -> None:  # fmt: skip
        painter.setFont(self._theme.font(size, weight))
        painter.setPen(self._theme.colour(tone))
        painter.drawText(where, align | Qt.AlignmentFlag.AlignVCenter, words)
