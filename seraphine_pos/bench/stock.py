"""A till with as many products and past sales as are asked for, made once and kept: what the figures are measured on.

The products go through the store's own import. The past is generated, yet written by the journal itself
and sent to the server, in batches, so that every table is what years of selling would have made it.
"""

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Final

from seraphine_pos.bench.people import CASHIER_ID, OWNER_ID, PIN
from seraphine_pos.demo.clock import PastClock
from seraphine_pos.devices.keys import FileKeys
from seraphine_pos.domain import product as products
from seraphine_pos.domain import sale, shift
from seraphine_pos.domain.barcode import check_digit
from seraphine_pos.domain.cart import Cart, add
from seraphine_pos.domain.clock import Clock, RandomBytes
from seraphine_pos.domain.event import Kind
from seraphine_pos.domain.money import ONE, currency_of
from seraphine_pos.domain.product import PackCode, Product
from seraphine_pos.domain.protocol import IMPORT_ROWS_MAX, ImportRow
from seraphine_pos.domain.sale import Circumstances, Method, Tender
from seraphine_pos.domain.shift import Shift
from seraphine_pos.domain.staff import Role
from seraphine_pos.domain.store import Store
from seraphine_pos.domain.tax import Tax
from seraphine_pos.paths import Home
from seraphine_pos.shop import NewMember, NewStore, Shop, found_shop, open_shop
from seraphine_pos.store.action import Action
from seraphine_pos.store.journal import Journal
from seraphine_pos.store.opening import VERSION

SALES_A_DAY: Final = 1000
BASKETS: Final = 5000
DAY_MS: Final = 86_400_000
OPEN_HOURS: Final = (8, 20)
SEED: Final = 20_261_122
TAX: Final = Tax("TVA20", "TVA 20 %", 2000)
MARK: Final = "bench.json"
_FIRST_GTIN: Final = 2_000_000_000_00
_GOODS: Final = ("Café", "Thé", "Riz", "Farine", "Huile", "Savon", "Sirop", "Crème", "Biscuit", "Jus", "Pâtes", "Sel")
_KINDS: Final = ("nature", "doux", "fort", "complet", "léger", "fin", "extra", "bio", "maison", "d'été", "rouge")
_SIZES: Final = ("100 g", "250 g", "500 g", "1 kg", "33 cl", "75 cl", "1 L", "×6", "×12")

Progress = Callable[[str, int, int], None]


def product(no: int) -> Product:
    """Return a product with an EAN-13 of the ranges for use inside a shop."""
    digits = str(_FIRST_GTIN + no)
    key = f"0{digits}{check_digit(digits)}"
    goods, rest = _GOODS[no % len(_GOODS)], no // len(_GOODS)
    kind, rest = _KINDS[rest % len(_KINDS)], rest // len(_KINDS)
    name = f"{goods} {kind} {_SIZES[rest % len(_SIZES)]} n° {no}"
    return Product(key, name, 500 + no * 37 % 20_000, TAX.code, (PackCode(key),))


def keys_of(home: Home) -> FileKeys:
    """Return the secrets of this till, which open nothing else: no keyring is asked to keep them."""
    return FileKeys(home.keys)


@contextmanager
def opened(home: Home, clock: Clock, random_bytes: RandomBytes) -> Iterator[Shop]:
    """Open the till of the stock with its owner at it."""
    with open_shop(home, clock=clock, random_bytes=random_bytes, keys=keys_of(home)) as shop:
        owner = next(one for one in shop.staff.members() if one.staff_id == OWNER_ID)
        shop.staff.take_over(owner.operator)
        yield shop


def found(home: Home, clock: Clock, random_bytes: RandomBytes) -> None:
    """Make an empty store of an owner and a cashier in a home."""
    people = (
        NewMember("Gérant", Role.OWNER, PIN, OWNER_ID),
        NewMember("Caisse", Role.CASHIER, PIN, CASHIER_ID),
    )
    store = Store("Banc d'essai", "", currency_of("MAD"), "Africa/Casablanca", "fr")
    found_shop(home, NewStore(store, (TAX,), people), clock=clock, random_bytes=random_bytes, keys=keys_of(home))


def make(folder: Path, count: int, sales: int, clock: Clock, random_bytes: RandomBytes, progress: Progress) -> Home:
    """Return a home with so many products and past sales; one that was made before is taken again."""
    home = Home(folder / f"{count}-products-{sales}-sales-v{VERSION}")
    mark = home.root / MARK
    if mark.exists():
        return home
    if home.root.exists():
        shutil.rmtree(home.root)
    days = -(-sales // SALES_A_DAY)
    past = PastClock(clock.now_ms() - (days + 1) * DAY_MS, clock.now_ms())
    found(home, past, random_bytes)
    with opened(home, past, random_bytes) as shop:
        _import(shop, count, progress)
        shop.exchange()
        write_past(shop, past, sales, count, progress)
        _fold(shop, sales, progress)
        send(shop, progress)
    mark.write_text(json.dumps({"products": count, "sales": sales}) + "\n", encoding="utf-8")
    return home


def _import(shop: Shop, count: int, progress: Progress) -> None:
    for first in range(0, count, IMPORT_ROWS_MAX):
        some = [product(no) for no in range(first, min(first + IMPORT_ROWS_MAX, count))]
        rows = [ImportRow(one.product_id, products.to_body(one)) for one in some]
        shop.server.import_products(OWNER_ID, rows, dry_run=False)
        progress("products", first + len(rows), count)


def write_past(shop: Shop, past: PastClock, sales: int, count: int, progress: Progress) -> None:
    """Write generated sales into the till's journal, a day an action."""
    chance = Random(SEED)  # noqa: S311  goods in baskets, no secret
    baskets = [_basket(chance, count) for _ in range(min(sales, BASKETS))]
    done = 0
    while done < sales:
        past.pass_ms(DAY_MS)
        today = min(SALES_A_DAY, sales - done)
        _write_day(shop.stored.journal, shop, past, chance.choices(baskets, k=today))
        done += today
        progress("past sales", done, sales)


def _basket(chance: Random, count: int) -> Cart:
    cart = Cart("")
    for _ in range(chance.choice((1, 1, 2, 3, 3, 5))):
        cart = add(cart, product(chance.randrange(count)), TAX, ONE)
    return cart


def _write_day(journal: Journal, shop: Shop, past: PastClock, baskets: list[Cart]) -> None:
    day = shift.local_time(past.now_ms(), shop.store.time_zone).date().isoformat()
    with journal.action() as action:
        opened_shift = Shift(action.new_id(), shop.settings.till_id, day, CASHIER_ID, action.at_ms)
        action.record(Kind.SHIFT_OPENED, shift.opened_body(opened_shift))
        for place, basket in enumerate(baskets):
            first, last = OPEN_HOURS
            hour = first + place * (last - first) // len(baskets)
            _write_sale(action, opened_shift, basket, hour, shop.store.currency.code)
        action.record(Kind.SHIFT_CLOSED, shift.closed_body(opened_shift, CASHIER_ID, "day"))


def _write_sale(action: Action, during: Shift, basket: Cart, hour: int, currency: str) -> None:
    number, label, tag = action.next_receipt()
    receipt = sale.receipt_number(label, tag, number)
    where = Circumstances(
        during.till_id, during.shift_id, during.business_day, hour, CASHIER_ID, number, receipt, currency
    )  # fmt: skip
    paid = (Tender(Method.CASH if number % 3 else Method.CARD, basket.total, basket.total),)
    ticket = sale.Ticket(
        action.new_id(), action.at_ms, False, where, basket.lines, paid, basket.total, basket.tax
    )  # fmt: skip
    action.record(Kind.SALE_COMPLETED, sale.to_body(ticket, None), event_id=ticket.event_id)


def _fold(shop: Shop, sales: int, progress: Progress) -> None:
    done = 0
    while shop.stored.ledger.fold_batch():
        done += 500
        progress("figures", min(done, sales), sales)


def send(shop: Shop, progress: Progress) -> None:
    """Send everything that waits to the store's server."""
    whole = shop.engine.look().waiting
    for state in shop.engine.steps():
        if state.problem is not None:
            raise state.problem
        progress("sending", whole - state.waiting, whole)
