"""What the till's page shows: its panels, the strip, the sale and the change; what is done is `till.py`'s."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from seraphine_pos.devices.sound import Sound
from seraphine_pos.domain.cart import Cart
from seraphine_pos.domain.refusal import Failure
from seraphine_pos.domain.sale import Ticket
from seraphine_pos.shop import Shop
from seraphine_pos.ui import till_words
from seraphine_pos.ui.change_panel import ChangePanel, change_text
from seraphine_pos.ui.entry import Entry
from seraphine_pos.ui.last_line import LastLineText, last_line_text
from seraphine_pos.ui.notices import Notices
from seraphine_pos.ui.pay_column import PayColumn
from seraphine_pos.ui.prompt import Prompt
from seraphine_pos.ui.sale_view import SaleView
from seraphine_pos.ui.strip import Notice
from seraphine_pos.ui.text import tr
from seraphine_pos.ui.theme import Theme


class TillStage(QWidget):
    """Scan line and one panel on the left, the pay column on the right."""

    changed = Signal()

    def __init__(self, theme: Theme, shop: Shop, sound: Sound) -> None:
        super().__init__()
        self.setProperty("page", True)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._shop = shop
        self._sound = sound
        self._currency = shop.store.currency.code
        self._decimals = shop.store.currency.decimals
        self._notices = Notices()
        self._ticket: Ticket | None = None
        self._entry = Entry(theme, shop.catalogue, self._decimals, self)
        self._sale = SaleView(theme, self._currency, self._decimals)
        self._change = ChangePanel(theme)
        self._pay = PayColumn(theme, self._currency, self._decimals)
        self._left = QStackedWidget()
        self._left.addWidget(self._sale)
        self._left.addWidget(self._change)
        column = QVBoxLayout()
        column.setSpacing(12)
        column.addWidget(self._entry.line)
        column.addWidget(self._left, 1)
        row = QHBoxLayout(self)
        row.setContentsMargins(20, 16, 20, 16)
        row.setSpacing(16)
        row.addLayout(column, 1)
        row.addWidget(self._pay)

    @property
    def panel(self) -> QWidget:
        """The panel shown on the left."""
        return self._left.currentWidget() or self._sale

    def show_panel(self, panel: QWidget) -> None:
        """Show a panel in place of the sale and give it the focus."""
        if self._left.indexOf(panel) < 0:
            self._left.addWidget(panel)
        self._left.setCurrentWidget(panel)
        (panel if panel.focusProxy() else self._entry.line).setFocus()

    def show_cart(self, cart: Cart, touched_no: int = 0, words: LastLineText | None = None) -> None:
        """Show the cart and what is due; everything that changes goes through here."""
        self._sale.show_cart(cart, touched_no, words or self._words_of(cart))
        self._pay.show_cart(cart)
        self._show_head()
        self.changed.emit()

    def show_done(self, ticket: Ticket) -> None:
        """Show a recorded ticket with the change due, until the next scan."""
        self._ticket = ticket
        self._notices.pass_on()
        self.show_cart(self._shop.checkout.cart)
        self._change.show_words(change_text(ticket, self._decimals))
        self._left.setCurrentWidget(self._change)
        self._entry.line.setFocus()

    def refuse(self, notice: Notice, sound: str = "problem") -> None:
        """Show a problem in the flow, with its own sound; an open form stays open."""
        self.tell(notice)
        self._sound.play("unknown" if sound == "unknown" else "problem")

    def tell(self, notice: Notice) -> None:
        """Show something in the head of the sale."""
        self._notices.add(notice)
        if self.panel is self._change:
            self._left.setCurrentWidget(self._sale)
        if self._sale.has_prompt:
            self._entry.line.setFocus()
        self._show_head()

    def fail(self, failure: Failure) -> None:
        """Show a failure of the shop or of the world."""
        self.refuse(till_words.problem(failure, self._currency, self._decimals))

    def ask(self, prompt: Prompt) -> None:
        """Put a prompt in the head of the sale."""
        self._sale.show_prompt(prompt)
        prompt.ask()

    def _show_head(self) -> None:
        notice = self._notices.current
        asked = self._sale.has_prompt
        if notice is None:
            self._sale.show_last_line()
        else:
            self._sale.show_notice(notice)
        if asked:
            # A prompt that goes would leave the keys to whatever Qt finds next.
            self._entry.line.setFocus()

    def _words_of(self, cart: Cart) -> LastLineText:
        if not cart.lines:
            return LastLineText(tr("Prêt pour la vente suivante"))
        shown = self._sale.last_line.words
        line = cart.lines[-1]
        return shown if shown.name == line.name else last_line_text(line, "", self._currency, self._decimals)

    def typed(self) -> str:
        """Return what is typed on the line."""
        return self._entry.typed

    def end_typing(self) -> None:
        """Empty the line and take the found products away."""
        self._entry.clear()

    def back_to_sale(self) -> None:
        """Take prompts and panels away; the strip of a problem comes back."""
        if self.panel is not self._change:
            self._left.setCurrentWidget(self._sale)
        self._pay.show_cart(self._shop.checkout.cart)
        self._show_head()
        self._entry.line.setFocus()

    def _leave_strip(self) -> None:
        self._notices.leave()
        self._show_head()
        self._entry.line.setFocus()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the found products under the line."""
        super().resizeEvent(event)
        self._entry.place()
