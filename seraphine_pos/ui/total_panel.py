"""What the customer owes, always in the same place."""

from dataclasses import dataclass

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from seraphine_pos.domain.cart import Cart
from seraphine_pos.domain.money import ONE
from seraphine_pos.ui import text
from seraphine_pos.ui.theme import BOLD, REGULAR, SEMIBOLD, Theme

HEIGHT = 144
RATES_SHOWN = 2
_PADDING = 20


@dataclass(frozen=True, slots=True)
class TotalText:
    """The words of the panel; `parts` are pairs of a name and a figure."""

    heading: str
    figure: str
    currency: str
    parts: tuple[tuple[str, str], ...] = ()


def total_text(cart: Cart, currency: str, decimals: int) -> TotalText:
    """Return the words for a cart: what is due, of which tax, and what was already paid."""
    if not cart.lines:
        return TotalText(text.tr("Nouvelle vente"), text.amount(0, decimals), currency)
    if cart.tenders:
        paid = (text.tr("sur {total}", total=text.amount(cart.total, decimals)), "")
        parts = (paid, (text.tr("déjà payé"), text.amount(cart.paid, decimals)))
        return TotalText(text.tr("Reste à payer"), text.amount(cart.due, decimals), currency, parts)
    return TotalText(_heading(cart), text.amount(cart.due, decimals), currency, _parts(cart, decimals))


def _heading(cart: Cart) -> str:
    """Return how many articles and units; half a kilogram is no unit, so that weighed goods go without."""
    articles = text.tr_count(len(cart.lines), "{count} article", "{count} articles")
    if any(line.quantity % ONE for line in cart.lines):
        return articles
    return f"{articles} · {text.tr_count(cart.units // ONE, '{count} unité', '{count} unités')}"


def _parts(cart: Cart, decimals: int) -> tuple[tuple[str, str], ...]:
    """Return the taxes by rate, all in one where there are more than two, and the discounts."""
    by_rate: dict[int, int] = {}
    discount = 0
    for line in cart.lines:
        by_rate[line.tax_rate] = by_rate.get(line.tax_rate, 0) + line.tax
        discount += line.discount
    rates = sorted(rate for rate, tax in by_rate.items() if tax)
    parts = [(text.tr("TVA {rate}", rate=text.rate(rate)), text.amount(by_rate[rate], decimals)) for rate in rates]
    if len(parts) > RATES_SHOWN:
        parts = [(text.tr("taxes"), text.amount(cart.tax, decimals))]
    if parts:
        parts[0] = (text.tr("dont {tax}", tax=parts[0][0]), parts[0][1])
    if discount:
        parts.append((text.tr("Remise"), text.amount(discount, decimals)))
    return tuple(parts)


class TotalPanel(QWidget):
    """A painted card with the amount due."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._words = TotalText("", "", "")
        self.setFixedHeight(HEIGHT)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    @property
    def words(self) -> TotalText:
        """The words shown."""
        return self._words

    def show_words(self, words: TotalText) -> None:
        """Show an amount."""
        if words != self._words:
            self._words = words
            self.setAccessibleName(f"{words.heading} {words.figure} {words.currency}")
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the card."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.colour("bg"))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._theme.colour("line"), 1))
        painter.setBrush(self._theme.colour("surface"))
        radius = self._theme.radius("card")
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)
        self._paint_figure(painter)
        self._paint_parts(painter)
        painter.end()

    def _paint_figure(self, painter: QPainter) -> None:
        size = self._figure_size()
        width = QFontMetrics(self._theme.font(size, BOLD)).horizontalAdvance(self._words.figure)
        room = self.width() - 2 * _PADDING
        self._write(painter, "body", REGULAR, "muted", QRect(_PADDING, 16, room, 22), self._words.heading)
        self._write(painter, size, BOLD, "ink", QRect(_PADDING - 2, 38, width + 4, 64), self._words.figure)
        where = QRect(_PADDING + width + 8, 38, room, 64 - (8 if size == "total" else 2))
        self._write(painter, "key", SEMIBOLD, "muted", where, self._words.currency, Qt.AlignmentFlag.AlignBottom)

    def _figure_size(self) -> str:
        """Return the largest size in which the figure and its currency fit."""
        room = self.width() - 2 * _PADDING - 60
        sizes = ("total", "figure")
        return next(
            (
                size
                for size in sizes
                if QFontMetrics(self._theme.font(size, BOLD)).horizontalAdvance(self._words.figure) <= room
            ),
            "title",
        )

    def _paint_parts(self, painter: QPainter) -> None:
        left = _PADDING
        for name, figure in self._words.parts:
            for words, weight in ((name, REGULAR), (figure, SEMIBOLD)):
                width = QFontMetrics(self._theme.font("small", weight)).horizontalAdvance(words)
                self._write(painter, "small", weight, "muted", QRect(left, 106, width + 2, 20), words)
                left += width + (5 if words is name else 14)

    def _write(
        self, painter: QPainter, size: str, weight: int, tone: str, where: QRect, words: str,
        align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignVCenter,
    ) -> None:  # fmt: skip
        painter.setFont(self._theme.font(size, weight))
        painter.setPen(self._theme.colour(tone))
        painter.drawText(where, align, words)
