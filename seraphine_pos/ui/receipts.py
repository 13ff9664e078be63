"""Receipts of this till: their rows for the screen and their PDF on the disk. Knows no widget."""

from pathlib import Path

from seraphine_pos.devices.receipt_pdf import write_receipt
from seraphine_pos.domain import receipt
from seraphine_pos.domain.receipt import Row
from seraphine_pos.domain.refusal import InvalidFile
from seraphine_pos.domain.sale import Ticket
from seraphine_pos.shop import Shop
from seraphine_pos.ui.disk_words import why
from seraphine_pos.ui.text import tr


class Receipts:
    """Draws tickets as receipts in the store's words."""

    def __init__(self, shop: Shop, fonts: Path) -> None:
        self._shop = shop
        self._fonts = fonts

    def rows(self, ticket: Ticket, *, copy: bool = False) -> tuple[Row, ...]:
        """Return a ticket's receipt; `copy` marks one that is drawn again."""
        names = {member.staff_id: member.name for member in self._shop.staff.members()}
        name = names.get(ticket.where.operator_id, "")
        gives_back = self._given_back(ticket)
        return receipt.rows(ticket, self._shop.store, name, translate=tr, copy=copy, gives_back=gives_back)

    def _given_back(self, ticket: Ticket) -> tuple[str, ...]:
        """Return the numbers of the sales whose lines a refund gives back, each once, in the lines' order."""
        events = dict.fromkeys(line.origin.event_id for line in ticket.lines if line.origin is not None)
        found = (self._shop.stored.ledger.ticket_of(event_id) for event_id in events)
        return tuple(sale.where.receipt for sale in found if sale is not None)

    def write_pdf(self, ticket: Ticket, *, copy: bool = False) -> Path:
        """Keep a receipt as PDF in the receipts' folder; raise InvalidFile where the disk says no."""
        path = self._shop.home.receipts / f"{ticket.where.receipt}.pdf"
        try:
            return write_receipt(self.rows(ticket, copy=copy), path, self._fonts, ticket.where.receipt)
        except OSError as error:
            raise InvalidFile(path=path, reason=why(error)) from error
