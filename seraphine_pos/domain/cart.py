"""The sale in progress: lines, part payments, total; a changed cart is a new cart.

Totals are kept while lines change, so that a scan costs the same in a basket of 4 and of 400.
"""

from dataclasses import dataclass, replace
from typing import Final

from seraphine_pos.domain import money
from seraphine_pos.domain.product import Product
from seraphine_pos.domain.refusal import InvalidPrice, InvalidQuantity, PartlyPaid, TicketFull, UnknownLine
from seraphine_pos.domain.sale import Line, Tender
from seraphine_pos.domain.tax import Tax, tax_upon, tax_within

# A ticket must fit into one journal entry, its refund too, whose lines also name where they come from.
WEIGHT_MAX: Final = 200 * 1024
_LINE_WEIGHT: Final = 230


@dataclass(frozen=True, slots=True)
class Cart:
    """A cart: ``cart_id`` becomes the sale's event id; ``units`` in thousandths.

    ``weight`` is about how many bytes the lines take in the journal.
    """

    cart_id: str
    lines: tuple[Line, ...] = ()
    tenders: tuple[Tender, ...] = ()
    note: str = ""
    last_no: int = 0
    total: int = 0
    tax: int = 0
    units: int = 0
    weight: int = 0

    @property
    def paid(self) -> int:
        """Return the part payments already taken."""
        return sum(tender.amount for tender in self.tenders)

    @property
    def due(self) -> int:
        """Return what remains to be paid."""
        return self.total - self.paid

    def line(self, no: int) -> Line:
        """Return a line by its number; raise UnknownLine."""
        return self.lines[_place(self, no)]


def priced(line: Line) -> Line:
    """Return the line with its amount and tax worked out, rounded by line."""
    amount, tax = _worth(line.unit_price, line.quantity, line.discount, line.tax_rate, included=line.tax_included)
    return replace(line, amount=amount, tax=tax)


def _worth(unit_price: int, quantity: int, discount: int, rate: int, *, included: bool) -> tuple[int, int]:
    base = money.extend(unit_price, quantity) - discount
    if included:
        return base, tax_within(base, rate)
    tax = tax_upon(base, rate)
    return base + tax, tax


def add(
    cart: Cart, product: Product, tax: Tax, quantity: int, *, code: str = "", unit_price: int | None = None,
    approved_by: str | None = None,
) -> Cart:  # fmt: skip
    """Add a quantity of a product, to its own line if that line has the same price.

    The line that grew or came is the last one touched; find it with ``touched``.
    """
    price = product.price if unit_price is None else unit_price
    money.checked_quantity(quantity)
    if not 0 <= price <= money.AMOUNT_MAX:
        raise InvalidPrice
    _open(cart)
    for place in range(len(cart.lines) - 1, -1, -1):
        line = cart.lines[place]
        if (
            line.product_id == product.product_id
            and line.unit_price == price
            and line.list_price == product.price
            and not line.discount
            and line.approved_by == approved_by
            and (line.tax_code, line.tax_rate, line.tax_included) == (tax.code, tax.rate, tax.included)
        ):
            grown = money.checked_quantity(line.quantity + quantity)
            return _replaced(cart, place, priced(replace(line, quantity=grown)))
    amount, tax_amount = _worth(price, quantity, 0, tax.rate, included=tax.included)
    line = Line(
        no=cart.last_no + 1, product_id=product.product_id, code=code or product.code, name=product.name,
        quantity=quantity, unit_price=price, list_price=product.price, tax_code=tax.code, tax_rate=tax.rate,
        tax_included=tax.included, amount=amount, tax=tax_amount, approved_by=approved_by,
    )  # fmt: skip
    return _with(cart, line)


def _with(cart: Cart, line: Line) -> Cart:
    weight = cart.weight + weight_of(line)
    if weight > WEIGHT_MAX:
        raise TicketFull(lines=len(cart.lines))
    # Built at once: on the way of every scan, replacing costs several times as much.
    return _counted(
        Cart(
            cart.cart_id, (*cart.lines, line), cart.tenders, cart.note, line.no,
            cart.total + line.amount, cart.tax + line.tax, cart.units + line.quantity, weight,
        )
    )  # fmt: skip


def touched(before: Cart, after: Cart) -> Line | None:
    """Return the line that differs between a cart and the next one; None if a line went."""
    if len(after.lines) > len(before.lines):
        return after.lines[-1]
    if len(after.lines) < len(before.lines):
        return None
    return next((new for old, new in zip(before.lines, after.lines, strict=True) if new is not old), None)


def set_quantity(cart: Cart, no: int, quantity: int) -> Cart:
    """Set the quantity of a line."""
    _open(cart)
    place = _place(cart, no)
    return _replaced(cart, place, priced(replace(cart.lines[place], quantity=money.checked_quantity(quantity))))


def set_price(cart: Cart, no: int, unit_price: int, approved_by: str | None) -> Cart:
    """Set another unit price than the catalogue's on a line."""
    if not 0 <= unit_price <= money.AMOUNT_MAX:
        raise InvalidPrice
    _open(cart)
    place = _place(cart, no)
    line = replace(cart.lines[place], unit_price=unit_price, approved_by=approved_by)
    return _replaced(cart, place, priced(line))


def remove(cart: Cart, no: int) -> Cart:
    """Take a line out."""
    _open(cart)
    place = _place(cart, no)
    line = cart.lines[place]
    return replace(
        cart,
        lines=cart.lines[:place] + cart.lines[place + 1 :],
        total=cart.total - line.amount,
        tax=cart.tax - line.tax,
        units=cart.units - line.quantity,
        weight=cart.weight - weight_of(line),
    )


def weight_of(line: Line) -> int:
    """Return about how many bytes a line takes in the journal."""
    return _LINE_WEIGHT + len(f"{line.name}{line.product_id}{line.code}".encode())


def pay(cart: Cart, tender: Tender) -> Cart:
    """Add a tender; the cart is paid when nothing is due."""
    return replace(cart, tenders=(*cart.tenders, tender))


def _open(cart: Cart) -> None:
    if cart.tenders:
        raise PartlyPaid


def _place(cart: Cart, no: int) -> int:
    for place in range(len(cart.lines) - 1, -1, -1):
        if cart.lines[place].no == no:
            return place
    raise UnknownLine


def _replaced(cart: Cart, place: int, line: Line) -> Cart:
    old = cart.lines[place]
    return _counted(
        replace(
            cart,
            lines=(*cart.lines[:place], line, *cart.lines[place + 1 :]),
            total=cart.total + line.amount - old.amount,
            tax=cart.tax + line.tax - old.tax,
            units=cart.units + line.quantity - old.quantity,
        )
    )


def _counted(cart: Cart) -> Cart:
    """Return the cart if its total is one that a till counts; raise InvalidQuantity."""
    if cart.total > money.AMOUNT_MAX:
        raise InvalidQuantity
    return cart
