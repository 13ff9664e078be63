"""The till's page: wires the small widgets to checkout. A slot calls the use-case and shows what came back."""

from collections.abc import Callable
from functools import cached_property, partial

from PySide6.QtCore import Signal

from seraphine_pos.devices.sound import Sound
from seraphine_pos.domain.cart import Cart, touched
from seraphine_pos.domain.product import Product
from seraphine_pos.domain.refusal import EmptyCart, Failure, UnknownCode
from seraphine_pos.domain.sale import Method, Ticket
from seraphine_pos.domain.shift import local_time
from seraphine_pos.shop import Shop
from seraphine_pos.ui import keys, text, till_words
from seraphine_pos.ui.last_line import last_line_text
from seraphine_pos.ui.newcomer import Newcomer
from seraphine_pos.ui.owner_approval import OwnerApproval
from seraphine_pos.ui.payment import Payment
from seraphine_pos.ui.product_form import ProductForm
from seraphine_pos.ui.receipt_view import ReceiptView
from seraphine_pos.ui.receipts import Receipts
from seraphine_pos.ui.refund import RefundView
from seraphine_pos.ui.shortcuts import bind
from seraphine_pos.ui.storage_words import storage_notices
from seraphine_pos.ui.text import tr
from seraphine_pos.ui.theme import RESOURCES, Theme
from seraphine_pos.ui.till_stage import TillStage
from seraphine_pos.ui.typed import is_receipt


class Till(TillStage):
    """The page a cashier works on; `feedback_wanted` tells the event id of the last sale."""

    feedback_wanted = Signal(str)

    def __init__(self, theme: Theme, shop: Shop, sound: Sound) -> None:
        super().__init__(theme, shop, sound)
        self._printed: Ticket | None = None
        self._theme = theme
        self._receipts = Receipts(shop, RESOURCES / "fonts")
        self._newcomer = Newcomer(theme, shop.catalogue, shop.staff, self, self._currency, self._decimals)
        self._payment = Payment(theme, shop.checkout, self, self._currency, self._decimals)
        self._wire()
        self._bind_keys()
        for notice in storage_notices(shop.stored):
            self._notices.add(notice)
        self.show_cart(shop.checkout.cart)

    # Panels that a sale can do without are made when they are first asked for.

    @cached_property
    def _receipt(self) -> ReceiptView:
        receipt = ReceiptView(self._theme, self._write_pdf)
        receipt.left.connect(self._back)
        return receipt

    @cached_property
    def _refund(self) -> RefundView:
        refund = RefundView(self._theme, self._shop)
        refund.refunded.connect(self.show_done)
        refund.left.connect(self.back_to_sale)
        refund.trouble.connect(lambda: self._sound.play("problem"))
        refund.total.connect(self._pay.show_refund)
        return refund

    # What the window calls --------------------------------------------------------------------------------------------

    def scanned(self, code: str) -> None:
        """Ring up what a scanner read, whatever is open; a receipt's number opens its refund."""
        page = self.panel
        if is_receipt(code):
            self.open_refund(code)
        elif isinstance(page, RefundView) and page.has_ticket:
            self._sound.play("scan" if page.choose_code(code) else "unknown")
        else:
            if isinstance(page, (RefundView, ReceiptView)):
                self.back_to_sale()
            self._ring_code(code)

    def too_long(self, length: int) -> None:
        """Say that a scan was no code; nothing was added."""
        if isinstance(self.panel, ReceiptView):
            self.back_to_sale()
        self.refuse(till_words.too_long(length))

    def refresh(self) -> None:
        """Take the focus and show the sale as it is kept."""
        self.show_cart(self._shop.checkout.cart)
        self.take_focus()

    def take_focus(self) -> None:
        """Let the next key be typed on the line."""
        self._entry.line.setFocus()

    def signed_out(self) -> None:
        """Put everything of the person away; the sale stays, and so do the problems of its goods."""
        self._notices.pass_on()
        self._newcomer.forget()
        self.end_typing()
        self._entry.set_quantity(0)
        self.show_panel(self._sale)
        self.back_to_sale()

    # Ringing up -------------------------------------------------------------------------------------------------------

    def _ring_code(self, code: str) -> None:
        quantity = self._entry.take_quantity()
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
        if self.panel is self._change:
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
        self._ring(lambda: self._shop.checkout.add(product, self._entry.take_quantity(), code=code))

    def _picked(self, product: Product) -> None:
        self._ring(lambda: self._shop.checkout.add(product, self._entry.take_quantity()))

    def search_for(self, code: str) -> None:
        """Let the person search the product that gets this code."""
        self.back_to_sale()
        self._entry.begin_search(code)

    def _search(self) -> None:
        self.back_to_sale()
        self._entry.begin_search()

    def _quantity_given(self, quantity: int) -> None:
        """Take a number for the chosen line, or for the next article."""
        chosen = self._sale.cart.chosen_no
        if chosen:
            self._ring(lambda: self._shop.checkout.set_quantity(chosen, quantity))
        else:
            self._entry.set_quantity(quantity)

    def _stepped(self, by: int) -> None:
        page = self.panel
        if isinstance(page, ReceiptView):
            page.step(by)
        else:
            self._sale.cart.step(by)

    # Keys -------------------------------------------------------------------------------------------------------------

    def _remove(self) -> None:
        cart = self._shop.checkout.cart
        no = self._sale.cart.chosen_no or self._sale.cart.marked_no or (cart.lines[-1].no if cart.lines else 0)
        if no and self.panel is self._sale:
            self._ring(lambda: self._shop.checkout.remove(no))

    def _void(self) -> None:
        cart = self._shop.checkout.cart
        if cart.lines and self.panel is self._sale:
            self.refuse(till_words.void(cart, self._currency, self._decimals, self._give_up))

    def _give_up(self, reason: str) -> None:
        given_up = self._shop.checkout.cart
        self._notices.clear()
        self._ring(lambda: self._shop.checkout.void(reason))
        if given_up.tenders and not self._shop.checkout.cart.tenders:
            self.tell(till_words.give_back(given_up, self._currency, self._decimals))

    def _pay_by(self, method: Method) -> None:
        """Pay the sale, or give back what is chosen; a paid sale is not paid again, a hidden one is shown first."""
        page = self.panel
        if isinstance(page, RefundView):
            page.give_back(method)
        elif page is self._sale:
            self._payment.by(method)
        else:
            self._uncover()

    def _note(self, amount: int) -> None:
        if self.panel is self._sale:
            self._payment.pay(Method.CASH, amount)
        else:
            self._uncover()

    def _uncover(self) -> None:
        """Bring the sale back from behind a receipt or a form, instead of paying what nobody sees."""
        page, cart = self.panel, self._shop.checkout.cart
        if not isinstance(page, (ReceiptView, ProductForm, OwnerApproval)):
            return
        if cart.lines:
            self.back_to_sale()
            self.refuse(till_words.uncovered(cart, self._currency, self._decimals))
        else:
            page.show_problem(tr(EmptyCart()))
            self._sound.play("problem")

    def _choose(self, place: int) -> None:
        """Take a choice of the strip; on the form, the second key creates the product."""
        page = self.panel
        if isinstance(page, RefundView):
            page.choose(place)
        elif page is self._sale and self._notices.current is not None:
            self._sale.strip.choose(place)
        elif isinstance(page, ProductForm) and place == 1:
            page.save()

    def _scan_line_key(self) -> None:
        page = self.panel
        if isinstance(page, RefundView):
            page.take()
        else:
            self._entry.line.search()

    def _quantity_key(self) -> None:
        page = self.panel
        if isinstance(page, RefundView):
            page.choose_all()
        else:
            self._entry.times()

    def _receipt_key(self) -> None:
        """Show the last ticket; pressed again, keep it as PDF."""
        page = self.panel
        if isinstance(page, ReceiptView):
            page.write()
            return
        try:
            self._printed = self._ticket or self._shop.sales.last()
        except Failure as failure:
            self.back_to_sale()
            self.fail(failure)
            return
        if self._printed is None:
            self.back_to_sale()
            self.refuse(till_words.no_ticket())
        else:
            self._receipt.show_rows(self._receipts.rows(self._printed, copy=self._is_copy))
            self.show_panel(self._receipt)

    @property
    def _is_copy(self) -> bool:
        """Whether the receipt shown is one of before the till was started, which may be on paper already."""
        return self._printed is not self._ticket

    def _write_pdf(self) -> str:
        if self._printed is None:
            return ""
        try:
            path = self._receipts.write_pdf(self._printed, copy=self._is_copy)
            if self._is_copy:
                self._shop.sales.reprinted(self._printed)
        except Failure as failure:
            return tr(failure)
        return tr("Ticket gardé : {path}", path=path)

    def open_refund(self, receipt: str = "") -> None:
        """Open the refund, at a ticket or at the last ones."""
        self.end_typing()
        self.show_panel(self._refund)
        self._refund.open()
        if receipt:
            self._refund.open_ticket(receipt)

    def _back(self) -> None:
        """Go back one step, whatever is open."""
        page = self.panel
        if self._entry.is_busy:
            self._entry.clear()
        elif isinstance(page, RefundView):
            page.back()
        elif isinstance(page, ReceiptView) and self._ticket is not None and not self._shop.checkout.cart.lines:
            self._left.setCurrentWidget(self._change)
            self._entry.line.setFocus()
        elif page not in (self._sale, self._change) or self._sale.has_prompt:
            self.back_to_sale()
        elif self._notices.current is not None:
            self._leave_strip()
        elif self._entry.has_quantity:
            self._entry.set_quantity(0)
        else:
            self._sale.cart.choose(0)

    # Wiring -----------------------------------------------------------------------------------------------------------

    def _wire(self) -> None:
        sale = self._sale
        sale.quantity.connect(self._quantity_key)
        sale.remove.connect(self._remove)
        sale.refund.connect(self.open_refund)
        sale.void.connect(self._void)
        sale.left.connect(self._leave_strip)
        entry = self._entry
        entry.code_entered.connect(self.scanned)
        entry.picked.connect(self._picked)
        entry.assigned.connect(self._newcomer.assign)
        entry.quantity_given.connect(self._quantity_given)
        entry.failed.connect(self.fail)
        entry.stepped.connect(self._stepped)
        entry.number_typed.connect(self._pay.tenders.show_typed)
        self._pay.notes.given.connect(self._note)
        self._pay.keypad.pressed.connect(self._entry.line.press)
        tenders = self._pay.tenders
        for signal, method in ((tenders.cash, Method.CASH), (tenders.card, Method.CARD), (tenders.other, Method.OTHER)):
            signal.connect(partial(self._pay_by, method))
        self._change.receipt.connect(self._receipt_key)
        self._change.feedback.connect(lambda: self.feedback_wanted.emit(self._ticket.event_id if self._ticket else ""))

    def _bind_keys(self) -> None:
        bind(
            self,
            {
                keys.SCAN_LINE: self._scan_line_key, keys.SEARCH: self._search,
                keys.QUANTITY: self._quantity_key, keys.REFUND: self.open_refund, keys.REMOVE: self._remove,
                keys.VOID: self._void, keys.RECEIPT: self._receipt_key, keys.BACK: self._back,
                keys.FIRST_CHOICE: partial(self._choose, 0), keys.SECOND_CHOICE: partial(self._choose, 1),
                keys.CASH: partial(self._pay_by, Method.CASH), keys.CARD: partial(self._pay_by, Method.CARD),
                keys.OTHER: partial(self._pay_by, Method.OTHER),
                **{key: partial(self._pay.notes.give, place) for place, key in enumerate(keys.NOTES)},
            },
        )  # fmt: skip
