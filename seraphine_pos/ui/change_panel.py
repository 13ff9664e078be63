"""A paid sale: its number and the change due, the largest thing on any screen, until the next scan."""

from dataclasses import dataclass

from PySide6.QtCore import QPoint, QPointF, QRect, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from seraphine_pos.domain.cash import in_pieces
from seraphine_pos.domain.sale import Method, Ticket
from seraphine_pos.ui import keys, text
from seraphine_pos.ui.card import Card
from seraphine_pos.ui.key_button import KeyButton
from seraphine_pos.ui.text import tr
from seraphine_pos.ui.theme import BOLD, REGULAR, SEMIBOLD, Theme

_BLOCK = 420


@dataclass(frozen=True, slots=True)
class ChangeText:
    """The words of the panel."""

    done: str = ""
    heading: str = ""
    figure: str = ""
    detail: str = ""


def change_text(ticket: Ticket, decimals: int) -> ChangeText:
    """Return the words for a ticket just recorded."""
    currency = ticket.where.currency
    total = text.money(ticket.total, currency, decimals)
    how = " + ".join(dict.fromkeys(_method_words(tender.method) for tender in ticket.tenders))
    what = tr("Retour {receipt} enregistré") if ticket.refund else tr("Vente {receipt} enregistrée")
    done = f"{what.format(receipt=ticket.where.receipt)} · {total} {how}"
    if ticket.refund:
        back = sum(tender.amount for tender in ticket.tenders if tender.method is Method.CASH)
        heading = tr("À rendre au client") if back else tr("Remboursé")
        return ChangeText(done, heading, text.amount(back or ticket.total, decimals), _pieces(back, currency, decimals))
    if not ticket.change:
        return ChangeText(done, tr("Payé"), text.amount(ticket.total, decimals), tr("compte juste, rien à rendre"))
    received = tr("reçu {given}", given=text.amount(ticket.given, decimals))
    pieces = _pieces(ticket.change, currency, decimals)
    return ChangeText(
        done, tr("À rendre"), text.amount(ticket.change, decimals), " · ".join(p for p in (received, pieces) if p)
    )


def _method_words(method: Method) -> str:
    return {Method.CASH: tr("en espèces"), Method.CARD: tr("par carte"), Method.OTHER: tr("autrement")}[method]


def _pieces(amount: int, currency: str, decimals: int) -> str:
    """Return the change in notes and coins, and what no coin pays: "1 × 20 · 2 × 2 · et 0,03"."""
    unit = 10**decimals
    counted = in_pieces(amount, currency)
    words = [
        f"{count} × {text.whole(piece // unit) if piece % unit == 0 else text.amount(piece, decimals)}"
        for count, piece in counted
    ]
    rest = amount - sum(count * piece for count, piece in counted)
    if words and rest:
        words.append(tr("et {rest}", rest=text.amount(rest, decimals)))
    return " · ".join(words)


class ChangePanel(Card):
    """Painted words in the middle, two keys below."""

    receipt = Signal()
    feedback = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._words = ChangeText()
        self._ticket_button = KeyButton(theme, tr("Ticket"), key=keys.RECEIPT.printed, icon="printer")
        self._feedback_button = KeyButton(theme, tr("Un mot sur la caisse ?"), icon="message-square-heart")
        self._ticket_button.clicked.connect(self.receipt)
        self._feedback_button.clicked.connect(self.feedback)
        row = QHBoxLayout()
        row.addStretch()
        row.addWidget(self._ticket_button)
        row.addWidget(self._feedback_button)
        row.addStretch()
        self.box.addStretch()
        self.box.addLayout(row)
        self.box.setContentsMargins(18, 16, 18, 130)

    @property
    def words(self) -> ChangeText:
        """The words shown."""
        return self._words

    def show_words(self, words: ChangeText) -> None:
        """Show a sale's words."""
        self._words = words
        self.setAccessibleName(f"{words.heading} {words.figure}")
        self.update()

    def resizeEvent(self, _event: object) -> None:
        """Keep the keys under the words, whatever the height."""
        below = max((self.height() - _BLOCK) // 2 + 56, 60)
        self.box.setContentsMargins(18, 16, 18, below)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the words from the middle of the card."""
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        top = max((self.height() - _BLOCK) // 2, 20)
        middle = self.width() // 2
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.colour("brand-soft"))
        painter.drawEllipse(QPointF(middle, top + 30), 30, 30)
        painter.drawPixmap(QPoint(middle - 16, top + 14), self._theme.pixmap("check", "brand", 32))
        self._write(painter, top + 72, 26, "line", REGULAR, "muted", self._words.done)
        self._write(painter, top + 124, 32, "title", SEMIBOLD, "ink", self._words.heading)
        self._write(painter, top + 160, 112, self._figure_size(), BOLD, "ink", self._words.figure)
        self._write(painter, top + 276, 26, "field", REGULAR, "muted", self._words.detail)
        hint = tr("Scannez pour commencer la vente suivante")
        self._write(painter, self.height() - top - 12, 26, "body", REGULAR, "faint", hint)
        painter.end()

    def _figure_size(self) -> str:
        room = self.width() - 60
        width = QFontMetrics(self._theme.font("change", BOLD)).horizontalAdvance(self._words.figure)
        return "change" if width <= room else "total"

    def _write(self, painter: QPainter, top: int, height: int, size: str, weight: int, tone: str, words: str) -> None:
        painter.setFont(self._theme.font(size, weight))
        painter.setPen(self._theme.colour(tone))
        room = QRect(20, top, self.width() - 40, height)
        shown = QFontMetrics(painter.font()).elidedText(words, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignCenter, shown)
