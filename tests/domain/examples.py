"""Values of the shop that tests start from, and strategies that make many of them."""

from dataclasses import replace
from hashlib import sha256

from hypothesis import strategies as st

from seraphine_pos.domain import cart as carts
from seraphine_pos.domain.barcode import check_digit
from seraphine_pos.domain.cart import Cart
from seraphine_pos.domain.journal import FIRST_HASH, Draft, Entry, canonical, seal
from seraphine_pos.domain.product import PackCode, Product
from seraphine_pos.domain.sale import Circumstances, Line, Method, Tender, Ticket
from seraphine_pos.domain.tax import Tax

VAT_20 = Tax("TVA20", "TVA 20 %", 2000)
VAT_10_UPON = Tax("TVA10", "TVA 10 %", 1000, included=False)
TAXES = (VAT_20, VAT_10_UPON, Tax("TVA7", "TVA 7 %", 700), Tax("", "", 0))

WHERE = Circumstances(
    till_id="till-1",
    shift_id="shift-1",
    business_day="2026-03-14",
    hour=9,
    operator_id="amina",
    number=7,
    receipt="A1-7QK-000007",
    currency="MAD",
)


def gtin(body: int, length: int = 13) -> str:
    """Return a GTIN of a length whose digits before the check digit are these."""
    digits = str(body).zfill(length - 1)
    return digits + check_digit(digits)


def product(no: int = 1, price: int = 1250, name: str = "") -> Product:
    """Return a product; its number makes its key, its code and its name."""
    key = gtin(2_000_000 + no, 14)
    return Product(key, name or f"Article {no}", price, "TVA20", (PackCode(key),))


def cart_of(*lines: tuple[Product, int], tax: Tax = VAT_20) -> Cart:
    """Return a cart with these quantities (thousandths) rung."""
    cart = Cart("cart-1")
    for sold, quantity in lines:
        cart = carts.add(cart, sold, tax, quantity)
    return cart


def ticket_of(cart: Cart, event_id: str = "sale-1", **changes: object) -> Ticket:
    """Return the sale that a cart becomes when it is paid in cash, exactly."""
    tender = Tender(Method.CASH, cart.total, cart.total)
    ticket = Ticket(event_id, 1_773_478_800_000, False, WHERE, cart.lines, (tender,), cart.total, cart.tax)
    return replace(ticket, **changes)  # type: ignore[arg-type]


def refund_of(sale: Ticket, lines: list[Line], event_id: str = "refund-1") -> Ticket:
    """Return the refund that these lines make, in cash."""
    total, tax = sum(line.amount for line in lines), sum(line.tax for line in lines)
    return replace(
        sale,
        event_id=event_id,
        refund=True,
        lines=tuple(lines),
        tenders=(Tender(Method.CASH, total, total),),
        total=total,
        tax=tax,
        reason="défaut",
    )


def chain(bodies: list[dict[str, object]], kind: str = "drawer.opened", journal_id: str = "journal-1") -> list[Entry]:
    """Return sealed entries with these bodies, one after the other."""
    entries: list[Entry] = []
    for seq, body in enumerate(bodies, 1):
        salt = sha256(str(seq).encode()).digest()[:16]
        draft = Draft(f"event-{seq}", kind, 1, 1_773_478_800_000 + seq, salt, canonical(body))
        entries.append(seal(journal_id, seq, entries[-1].hash if entries else FIRST_HASH, draft))
    return entries


quantities = st.one_of(st.integers(1, 20).map(lambda units: units * 1000), st.integers(1, 5_000))
prices = st.integers(0, 500_000)
taxes = st.sampled_from(TAXES)
products = st.builds(product, st.integers(1, 12), st.sampled_from([0, 1, 99, 100, 333, 1250, 99_999]))
tickets = st.lists(st.tuples(products, taxes, quantities), min_size=1, max_size=8)


def sold(choice: list[tuple[Product, Tax, int]]) -> Ticket:
    """Return the ticket of what ``tickets`` drew."""
    cart = Cart("cart-1")
    for one, tax, quantity in choice:
        cart = carts.add(cart, one, tax, quantity)
    return ticket_of(cart)
