"""The chosen ticket of the sales log, as its paper, with what can be done with it."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QWidget

from seraphine_pos.ui.button import Button
from seraphine_pos.ui.card import Card
from seraphine_pos.ui.label import Label
from seraphine_pos.ui.receipt_view import PAPER_WIDTH, Paper
from seraphine_pos.ui.sales_state import OpenTicket
from seraphine_pos.ui.text import tr
from seraphine_pos.ui.theme import Theme

_MARGIN = 12


class TicketPanel(Card):
    """Paper above, buttons below; they hand the ticket's number over."""

    refund = Signal(str)
    keep = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        """Make a panel without a ticket."""
        super().__init__(parent, margins=(_MARGIN, _MARGIN, _MARGIN, _MARGIN), spacing=10)
        self._receipt = ""
        self._paper = Paper(theme)
        self._refund = Button(theme, tr("Rembourser"), icon="undo-2")
        self._keep = Button(theme, tr("Ticket PDF"), icon="download")
        self._refund.clicked.connect(lambda: self.refund.emit(self._receipt))
        self._keep.clicked.connect(lambda: self.keep.emit(self._receipt))
        area = QScrollArea()
        area.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(self._paper)
        buttons = QHBoxLayout()
        buttons.setSpacing(10)
        buttons.addWidget(self._refund, 1)
        buttons.addWidget(self._keep, 1)
        self._hint = Label(theme, tr("Choisissez un ticket pour le lire ici."), tone="muted")
        self._hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._area = area
        self.box.addWidget(area, 1)
        self.box.addWidget(self._hint, 1)
        self.box.addLayout(buttons)
        self.setFixedWidth(PAPER_WIDTH + 2 * _MARGIN + 14)
        self.clear()

    def show_ticket(self, ticket: OpenTicket) -> None:
        """Show this ticket."""
        self._receipt = ticket.receipt
        self._paper.show_rows(ticket.rows)
        self._area.show()
        self._hint.hide()
        self._refund.setEnabled(ticket.refundable)
        self._keep.setEnabled(True)

    def clear(self) -> None:
        """Show no ticket."""
        self._receipt = ""
        self._area.hide()
        self._hint.show()
        self._refund.setEnabled(False)
        self._keep.setEnabled(False)
