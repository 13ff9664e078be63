"""The till's page: wires the small widgets to checkout. A slot calls the use-case and shows what came back."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from seraphine_pos.devices.sound import Sound
from seraphine_pos.domain.cart import Cart, touched
from seraphine_pos.domain.money import ONE
from seraphine_pos.domain.product import Product
from seraphine_pos.domain.refusal import Failure, UnknownCode
from seraphine_pos.domain.sale import Method, Ticket
from seraphine_pos.domain.shift import local_time
from seraphine_pos.shop import Shop
from seraphine_pos.ui import keys, text, till_words
from seraphine_pos.ui.change_panel import ChangePanel, change_text
from seraphine_pos.ui.last_line import LastLineText, last_line_text
from seraphine_pos.ui.newcomer import Newcomer
from seraphine_pos.ui.notices import Notices
from seraphine_pos.ui.pay_column import PayColumn
from seraphine_pos.ui.payment import Payment
from seraphine_pos.ui.prompt import Prompt
from seraphine_pos.ui.receipt_view import ReceiptView
from seraphine_pos.ui.receipts import Receipts
from seraphine_pos.ui.refund import RefundView
from seraphine_pos.ui.sale_view import SaleActions, SaleView
from seraphine_pos.ui.scan_line import ScanLine
from seraphine_pos.ui.search_list import SearchList
from seraphine_pos.ui.shortcuts import bind
from seraphine_pos.ui.strip import Notice
from seraphine_pos.ui.text import tr
from seraphine_pos.ui.theme import RESOURCES, Theme
from seraphine_pos.ui.typed import is_number, is_receipt, typed_quantity, wants_search


class Till(QWidget):
    """Scan line and sale on the left, the pay column on the right; `feedback_wanted` tells the sale's event id."""

    feedback_wanted = Signal(str)
    changed = Signal()

    def __init__(self, theme: Theme, shop: Shop, sound: Sound, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("page", True)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._shop = shop
        self._sound = sound
        self._receipts = Receipts(shop, RESOURCES / "fonts")
        self._currency = shop.store.currency.code
        self._decimals = shop.store.currency.decimals
        self._notices = Notices()
        self._ticket: Ticket | None = None
        self._quantity = 0
        self._forced_search = False
        self._assigning = ""
        self._build(theme)
        self._wire()
        self.show_cart(shop.checkout.cart)

    # What the window calls --------------------------------------------------------------------------------------------

    def scanned(self, code: str) -> None:
        """Ring up what a scanner read, whatever is open; a receipt's number opens its refund."""
        if is_receipt(code):
            self.open_refund(code)
        elif self._left.currentWidget() is self._refund and self._refund.has_ticket:
            self._sound.play("scan" if self._refund.choose_code(code) else "unknown")
        else:
            if self._left.currentWidget() is self._refund:
                self.back_to_sale()
            self._ring_code(code)

    def too_long(self, length: int) -> None:
        """Say that a scan was no code; nothing was added."""
        self.refuse(till_words.too_long(length))

    def refresh(self) -> None:
        """Take the focus and show the sale as it is kept."""
        self.show_cart(self._shop.checkout.cart)
        self._scan_line.setFocus()

    def signed_out(self) -> None:
        """Put everything of the person away; the sale stays."""
        self._notices.clear()
        self.end_typing()
        self._set_quantity(0)
        self._left.setCurrentWidget(self._sale)
        self.back_to_sale()

    # Showing ----------------------------------------------------------------------------------------------------------

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
        self._scan_line.setFocus()

    def refuse(self, notice: Notice, sound: str = "problem") -> None:
        """Show a problem in the flow, with its own sound; an open form stays open."""
        self.tell(notice)
        self._sound.play("unknown" if sound == "unknown" else "problem")

    def tell(self, notice: Notice) -> None:
        """Show something in the head of the sale."""
        self._notices.add(notice)
        if self._left.currentWidget() is self._change:
            self._left.setCurrentWidget(self._sale)
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
        if notice is None:
            self._sale.show_last_line()
        else:
            self._sale.show_notice(notice)

    def _words_of(self, cart: Cart) -> LastLineText:
        if not cart.lines:
            return LastLineText(tr("Prêt pour la vente suivante"))
        shown = self._sale.last_line.words
        line = cart.lines[-1]
        return shown if shown.name == line.name else last_line_text(line, "", self._currency, self._decimals)

    # Ringing up -------------------------------------------------------------------------------------------------------

    def _ring_code(self, code: str) -> None:
        quantity = self._take_quantity()
        self._ring(lambda: self._shop.checkout.scan(code, quantity))

    def _ring(self, act: Callable[[], Cart]) -> None:
        """Change the cart and show the line that it touched."""
        before = self._shop.checkout.cart
        try:
            cart = act()
        except UnknownCode as failure:
            self.refuse(self._newcomer.notice(str(failure.details["code"])), "unknown")
            return
        except Failure as failure:
            self.fail(failure)
            return
        self._notices.pass_on()
        self._sale.cart.choose(0)
        if self._left.currentWidget() is self._change:
            self._left.setCurrentWidget(self._sale)
        line = touched(before, cart)
        if line is None:
            self.show_cart(cart)
            return
        at = text.clock_seconds(local_time(self._shop.clock.now_ms(), self._shop.store.time_zone))
        self.show_cart(cart, line.no, last_line_text(line, at, self._currency, self._decimals))
        self._sound.play("scan")

    def known(self, product: Product, code: str) -> None:
        """Ring up a product that has its code now; its strip is dealt with."""
        self._notices.settle(till_words.unknown(code, ()).title)
        self._ring(lambda: self._shop.checkout.add(product, self._take_quantity(), code=code))

    def _picked(self, product: Product) -> None:
        code, self._assigning = self._assigning, ""
        self.end_typing()
        if code:
            self._newcomer.assign(product, code)
        else:
            self._ring(lambda: self._shop.checkout.add(product, self._take_quantity()))

    # Typing -----------------------------------------------------------------------------------------------------------

    def typed(self) -> str:
        """Return what is typed on the line."""
        return self._scan_line.text

    def end_typing(self) -> None:
        """Empty the line and take the found products away."""
        self._forced_search = False
        self._scan_line.clear()
        self._search.hide()

    def search_for(self, code: str) -> None:
        """Let the person search the product that gets this code."""
        self._assigning = code
        self._begin_search()

    def _typing(self, typed: str) -> None:
        self._pay.tenders.show_typed(typed if is_number(typed) else "")
        if not wants_search(typed, forced=self._forced_search):
            self._search.hide()
            return
        self._search.show_products(tuple(self._shop.catalogue.search(typed, limit=20)), typed)
        self._place_search()

    def _submitted(self, typed: str) -> None:
        """Take Enter on the line: a marked product, else what is typed as a code."""
        if self._search.isVisible() and self._search.products:
            self._search.pick()
        elif typed:
            self.end_typing()
            self.scanned(typed)

    def _begin_search(self) -> None:
        self.back_to_sale()
        self._forced_search = True
        self._scan_line.search()

    def _times(self) -> None:
        """Take the typed number for the chosen line, or for the next scan."""
        try:
            quantity = typed_quantity(self.typed())
        except Failure as failure:
            self.fail(failure)
            return
        self.end_typing()
        chosen = self._sale.cart.chosen_no
        if chosen:
            self._ring(lambda: self._shop.checkout.set_quantity(chosen, quantity))
        else:
            self._set_quantity(quantity)

    def _set_quantity(self, quantity: int) -> None:
        self._quantity = quantity
        self._scan_line.show_times(quantity)

    def _take_quantity(self) -> int:
        quantity = self._quantity or ONE
        self._set_quantity(0)
        return quantity

    def _stepped(self, by: int) -> None:
        if self._search.isVisible():
            self._search.step(by)
        elif self._left.currentWidget() is self._receipt:
            self._receipt.step(by)
        else:
            self._sale.cart.step(by)

    # Keys -------------------------------------------------------------------------------------------------------------

    def _remove(self) -> None:
        cart = self._shop.checkout.cart
        no = self._sale.cart.chosen_no or self._sale.cart.marked_no or (cart.lines[-1].no if cart.lines else 0)
        if no and self._left.currentWidget() is self._sale:
            self._ring(lambda: self._shop.checkout.remove(no))

    def _void(self) -> None:
        cart = self._shop.checkout.cart
        if cart.lines and self._left.currentWidget() is self._sale:
            self.refuse(till_words.void(cart, self._currency, self._decimals, self._give_up))

    def _give_up(self, reason: str) -> None:
        self._notices.clear()
        self._ring(lambda: self._shop.checkout.void(reason))

    def _pay_by(self, method: Method) -> None:
        """Pay the sale, or give back what is chosen; a paid sale is not paid again, a hidden one not at all."""
        page = self._left.currentWidget()
        if page is self._refund:
            self._refund.give_back(method)
        elif page is self._sale:
            self._payment.by(method)

    def _note(self, amount: int) -> None:
        if self._left.currentWidget() is self._sale:
            self._payment.pay(Method.CASH, amount)

    def _choose(self, place: int) -> None:
        """Take a choice of the strip; on the form, the second key creates the product."""
        page = self._left.currentWidget()
        if page is self._refund:
            self._refund.choose(place)
        elif page is self._sale and self._notices.current is not None:
            self._sale.strip.choose(place)
        elif page is self._newcomer.form and place == 1:
            self._newcomer.form.save()

    def _scan_line_key(self) -> None:
        if self._left.currentWidget() is self._refund:
            self._refund.take()
        else:
            self._scan_line.search()

    def _quantity_key(self) -> None:
        if self._left.currentWidget() is self._refund:
            self._refund.choose_all()
        else:
            self._times()

    def _receipt_key(self) -> None:
        """Show the last ticket; pressed again, keep it as PDF."""
        if self._left.currentWidget() is self._receipt:
            self._receipt.write()
        elif self._ticket is not None:
            self._receipt.show_rows(self._receipts.rows(self._ticket))
            self._left.setCurrentWidget(self._receipt)

    def _write_pdf(self) -> str:
        if self._ticket is None:
            return ""
        try:
            return tr("Ticket gardé : {path}", path=self._receipts.write_pdf(self._ticket))
        except Failure as failure:
            return tr(failure)

    def open_refund(self, receipt: str = "") -> None:
        """Open the refund, at a ticket or at the last ones."""
        self.end_typing()
        self._left.setCurrentWidget(self._refund)
        self._refund.open()
        if receipt:
            self._refund.find(receipt)

    def _refunded(self, ticket: Ticket) -> None:
        self.show_done(ticket)

    def show_form(self) -> None:
        """Show the form in place of the sale."""
        self._left.setCurrentWidget(self._newcomer.form)
        self._newcomer.form.setFocus()

    def show_approval(self) -> None:
        """Show the owner's PIN pad in place of the sale."""
        self._left.setCurrentWidget(self._newcomer.approval)
        self._newcomer.approval.setFocus()

    def back_to_sale(self) -> None:
        """Take prompts and panels away; the strip of a problem comes back."""
        if self._left.currentWidget() is not self._change:
            self._left.setCurrentWidget(self._sale)
        self._pay.show_cart(self._shop.checkout.cart)
        self._show_head()
        self._scan_line.setFocus()

    def _back(self) -> None:
        """Go back one step, whatever is open."""
        page = self._left.currentWidget()
        if self._search.isVisible() or self.typed():
            self._assigning = ""
            self.end_typing()
        elif page is self._refund:
            self._refund.back()
        elif page is self._receipt and self._ticket is not None and not self._shop.checkout.cart.lines:
            self._left.setCurrentWidget(self._change)
            self._scan_line.setFocus()
        elif page not in (self._sale, self._change) or self._sale.has_prompt:
            self.back_to_sale()
        elif self._notices.current is not None:
            self._leave_strip()
        elif self._quantity:
            self._set_quantity(0)
        else:
            self._sale.cart.choose(0)

    def _leave_strip(self) -> None:
        self._notices.leave()
        self._show_head()
        self._scan_line.setFocus()

    # Building ---------------------------------------------------------------------------------------------------------

    def _build(self, theme: Theme) -> None:
        shop, currency, decimals = self._shop, self._currency, self._decimals
        self._scan_line = ScanLine(theme)
        self._sale = SaleView(theme, currency, decimals, self._actions())
        self._change = ChangePanel(theme)
        self._receipt = ReceiptView(theme, self._write_pdf)
        self._refund = RefundView(theme, shop)
        self._newcomer = Newcomer(theme, shop.catalogue, shop.staff, self, currency, decimals)
        self._payment = Payment(theme, shop.checkout, self, currency, decimals)
        self._pay = PayColumn(theme, currency, decimals)
        self._left = QStackedWidget()
        for panel in (self._sale, self._change, self._receipt, self._refund, self._newcomer.form, self._newcomer.approval):
            self._left.addWidget(panel)
        column = QVBoxLayout()
        column.setSpacing(12)
        column.addWidget(self._scan_line)
        column.addWidget(self._left, 1)
        row = QHBoxLayout(self)
        row.setContentsMargins(20, 16, 20, 16)
        row.setSpacing(16)
        row.addLayout(column, 1)
        row.addWidget(self._pay)
        self._search = SearchList(theme, decimals, self)

    def _actions(self) -> SaleActions:
        return SaleActions(self._times, self._remove, self.open_refund, self._void, self._leave_strip)

    def _wire(self) -> None:
        self._scan_line.changed.connect(self._typing)
        self._scan_line.submitted.connect(self._submitted)
        self._scan_line.stepped.connect(self._stepped)
        self._scan_line.times.connect(self._times)
        self._search.picked.connect(self._picked)
        self._receipt.left.connect(self._back)
        self._refund.refunded.connect(self._refunded)
        self._refund.left.connect(self.back_to_sale)
        self._refund.trouble.connect(lambda: self._sound.play("problem"))
        self._refund.total.connect(self._pay.show_refund)
        self._pay.notes.given.connect(self._note)
        self._pay.keypad.pressed.connect(self._scan_line.press)
        tenders = self._pay.tenders
        for signal, method in ((tenders.cash, Method.CASH), (tenders.card, Method.CARD), (tenders.other, Method.OTHER)):
            signal.connect(partial(self._pay_by, method))
        self._change.receipt.connect(self._receipt_key)
        self._change.feedback.connect(lambda: self.feedback_wanted.emit(self._ticket.event_id if self._ticket else ""))
        self._bind_keys()

    def _bind_keys(self) -> None:
        bind(
            self,
            {
                keys.SCAN_LINE: self._scan_line_key, keys.SEARCH: self._begin_search,
                keys.QUANTITY: self._quantity_key, keys.REFUND: self.open_refund, keys.REMOVE: self._remove,
                keys.VOID: self._void, keys.RECEIPT: self._receipt_key, keys.BACK: self._back,
                keys.FIRST_CHOICE: partial(self._choose, 0), keys.SECOND_CHOICE: partial(self._choose, 1),
                keys.CASH: partial(self._pay_by, Method.CASH), keys.CARD: partial(self._pay_by, Method.CARD),
                keys.OTHER: partial(self._pay_by, Method.OTHER),
                **{key: partial(self._pay.notes.give, place) for place, key in enumerate(keys.NOTES)},
            },
        )  # fmt: skip

    def _place_search(self) -> None:
        below = self._scan_line.geometry()
        self._search.setGeometry(below.left(), below.bottom() + 6, below.width(), self._search.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the found products under the line."""
        super().resizeEvent(event)
        self._place_search()
