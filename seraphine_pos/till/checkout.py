"""Ringing up a sale: a scan, the cart, the tenders, and the one transaction that completes it."""

from dataclasses import replace
from typing import Final

from seraphine_pos.domain import barcode, sale
from seraphine_pos.domain import cart as carts
from seraphine_pos.domain.card_mask import mask
from seraphine_pos.domain.cart import Cart
from seraphine_pos.domain.clock import Clock, RandomBytes, new_id
from seraphine_pos.domain.event import Kind
from seraphine_pos.domain.journal import text_digest
from seraphine_pos.domain.money import ONE
from seraphine_pos.domain.product import Product, tidy
from seraphine_pos.domain.refusal import CardAboveTotal, EmptyCart, InvalidAmount, InvalidText, OddTender, UnknownCode
from seraphine_pos.domain.sale import Circumstances, Method, Tender, Ticket
from seraphine_pos.domain.staff import Operator, Right
from seraphine_pos.store.action import Action
from seraphine_pos.store.carts import Carts
from seraphine_pos.store.catalogue import Catalogue
from seraphine_pos.store.journal import Journal
from seraphine_pos.till.session import Session
from seraphine_pos.till.shift import Shifts

ODD_TENDER_TIMES: Final = 10
NOTE_MAX: Final = 500
REASON_MAX: Final = 200


class Checkout:
    """The sale in progress at this till.

    Every change is kept on the disk before it is returned, so that a crash takes nothing away.
    A sale is done when ``pay`` returns its ticket, and not before.
    """

    def __init__(
        self, journal: Journal, catalogue: Catalogue, kept: Carts, shifts: Shifts, session: Session,
        *, currency: str, clock: Clock, random_bytes: RandomBytes,
    ) -> None:  # fmt: skip
        """Take up the cart that was in progress, if any."""
        self._journal = journal
        self._catalogue = catalogue
        self._kept = kept
        self._shifts = shifts
        self._session = session
        self._currency = currency
        self._clock = clock
        self._chance = random_bytes
        self.cart = kept.latest() or self._fresh()

    def _fresh(self) -> Cart:
        return Cart(new_id(self._clock.now_ms(), self._chance))

    def begin(self, cart_id: str | None = None) -> Cart:
        """Start an empty cart, whose id becomes the sale's event id; the cart before must be done."""
        self.cart = self._fresh() if cart_id is None else Cart(cart_id)
        return self.cart

    def scan(self, code: str, quantity: int = ONE) -> Cart:
        """Add what a code stands for; raise InvalidCode or UnknownCode, the cart unchanged."""
        key = barcode.key_of(code)
        product = self._catalogue.find(key)
        if product is None:
            raise UnknownCode(code=barcode.shown(key))
        return self.add(product, product.quantity_of(key) * quantity // ONE, code=barcode.shown(key))

    def add(
        self, product: Product, quantity: int = ONE, *, code: str = "", unit_price: int | None = None,
        approved_by: Operator | None = None,
    ) -> Cart:  # fmt: skip
        """Add a quantity (thousandths) of a product, at its price or at one that an owner allows."""
        self._session.require(Right.SELL)
        price = None if unit_price == product.price else unit_price
        approver = None if price is None else self._session.approver(Right.OVERRIDE_PRICE, approved_by)
        tax = self._catalogue.tax(product.tax_code)
        return self._keep(
            carts.add(self.cart, product, tax, quantity, code=code, unit_price=price, approved_by=approver)
        )

    def set_quantity(self, no: int, quantity: int) -> Cart:
        """Set the quantity (thousandths) of a line."""
        return self._keep(carts.set_quantity(self.cart, no, quantity))

    def set_price(self, no: int, unit_price: int, approved_by: Operator | None = None) -> Cart:
        """Sell a line at another price than the catalogue's; raise NotAllowed without an owner."""
        approver = self._session.approver(Right.OVERRIDE_PRICE, approved_by)
        return self._keep(carts.set_price(self.cart, no, unit_price, approver))

    def remove(self, no: int) -> Cart:
        """Take a line out; the journal notes it."""
        operator = self._session.require(Right.SELL)
        line = self.cart.line(no)
        after = carts.remove(self.cart, no)
        with self._journal.action() as action:
            body = {
                "cart_id": self.cart.cart_id, "operator_id": operator.staff_id, "product_id": line.product_id,
                "name": line.name, "quantity": line.quantity, "amount": line.amount,
            }  # fmt: skip
            action.record(Kind.LINE_REMOVED, body)
        return self._keep(after)

    def void(self, reason: str) -> Cart:
        """Give the whole sale up; the journal notes it, why, and the part payments that go back to the customer."""
        operator = self._session.require(Right.SELL)
        reason = mask(tidy(reason))
        if len(reason) > REASON_MAX:
            raise InvalidText(longest=REASON_MAX)
        cart = self.cart
        if cart.lines or cart.tenders:
            with self._journal.action() as action:
                body = {
                    "cart_id": cart.cart_id, "operator_id": operator.staff_id, "reason": reason,
                    "lines": len(cart.lines), "total": cart.total,
                    "tenders": [sale.tender_body(tender) for tender in cart.tenders],
                }  # fmt: skip
                action.record(Kind.CART_VOIDED, body)
                self._kept.forget(action.connection, cart.cart_id)
        return self.begin()

    def note(self, text: str) -> Cart:
        """Write a note on the sale, which travels apart from its figures."""
        text = mask(tidy(text))
        if len(text) > NOTE_MAX:
            raise InvalidText(longest=NOTE_MAX)
        return self._keep(replace(self.cart, note=text))

    def pay(self, method: Method, amount: int | None = None, *, confirmed: bool = False) -> Ticket | None:
        """Take a payment; return the ticket if the sale is done, None if something stays due.

        Without an amount the payment is exact. Cash above what is due gives change; cash above ten
        times that raises OddTender unless confirmed; card and other never exceed it.
        """
        operator = self._session.require(Right.SELL)
        cart = self.cart
        if not cart.lines:
            raise EmptyCart
        tender = _tender(method, cart.due, amount, confirmed=confirmed)
        paid = carts.pay(cart, tender) if tender is not None else cart
        if paid.due > 0:
            self._keep(paid)
            return None
        ticket = self._complete(paid, operator)
        self.begin()
        return ticket

    def _complete(self, cart: Cart, operator: Operator) -> Ticket:
        with self._journal.action() as action:
            shift, hour = self._shifts.during(action, operator)
            number, label, tag = action.next_receipt()
            ticket = Ticket(
                event_id=cart.cart_id, at_ms=action.at_ms, refund=False,
                where=Circumstances(
                    shift.till_id, shift.shift_id, shift.business_day, hour, operator.staff_id, number,
                    sale.receipt_number(label, tag, number), self._currency,
                ),
                lines=cart.lines, tenders=cart.tenders, total=cart.total, tax=cart.tax, note=cart.note or None,
            )  # fmt: skip
            record_ticket(action, ticket)
            self._kept.forget(action.connection, cart.cart_id)
        self._shifts.settled(shift)
        return ticket

    def _keep(self, after: Cart) -> Cart:
        operator = self._session.require()
        self._kept.save(self.cart, after, operator.staff_id, self._clock.now_ms())
        self.cart = after
        return after


def record_ticket(action: Action, ticket: Ticket) -> None:
    """Append a sale or a refund to the journal, within its action."""
    salt = action.salt()
    body = sale.to_body(ticket, text_digest(salt, ticket.note))
    kind = Kind.SALE_REFUNDED if ticket.refund else Kind.SALE_COMPLETED
    action.record(kind, body, event_id=ticket.event_id, salt=salt, text=ticket.note)


def _tender(method: Method, due: int, amount: int | None, *, confirmed: bool) -> Tender | None:
    """Return the tender that settles what is due, or a part of it; None for a sale that costs nothing."""
    if due == 0:
        return None
    given = due if amount is None else amount
    if given <= 0:
        raise InvalidAmount(text=given)
    if given <= due:
        return Tender(method, given, given)
    if method is not Method.CASH:
        raise CardAboveTotal(due=due)
    if given > ODD_TENDER_TIMES * due and not confirmed:
        raise OddTender(given=given, due=due)
    return Tender(method, due, given, given - due)
