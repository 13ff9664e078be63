"""A till of the load: sales of a made-up catalogue, sealed to a journal of its own as every till seals them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Final

from seraphine_pos.domain import barcode, cart, sale, shift
from seraphine_pos.domain.cart import Cart
from seraphine_pos.domain.clock import new_id
from seraphine_pos.domain.event import Kind
from seraphine_pos.domain.journal import (
    FIRST_HASH,
    SALT_BYTES,
    TAG_LENGTH,
    TAG_LETTERS,
    Draft,
    Entry,
    canonical,
    seal,
)
from seraphine_pos.domain.product import PackCode, Product
from seraphine_pos.domain.protocol import Enrolment
from seraphine_pos.domain.sale import Circumstances, Method, Tender, Ticket
from seraphine_pos.domain.shift import Shift
from seraphine_pos.domain.tax import Tax

OPERATOR: Final = "load-owner"
CURRENCY: Final = "MAD"
TAX: Final = Tax("TVA20", "TVA 20 %", 2000)
PRICE_MIN, PRICE_MAX = 150, 20_000
LINES: Final = (1, 1, 2, 2, 3, 3, 4, 5, 7)
BASKETS: Final = 256
OPENS_AT: Final = time(9, tzinfo=UTC)
OPEN_MS: Final = 11 * 3_600_000
WORDS: Final = ("Café", "Thé", "Huile", "Sucre", "Farine", "Riz", "Savon", "Lait", "Dattes", "Olives", "Miel", "Eau")


def goods(count: int) -> list[Product]:
    """Return so many products, the same ones each time."""
    chance = Random(count)
    found = []
    for number in range(count):
        digits = f"{2_000_000_000_000 + number}"
        key = digits + barcode.check_digit(digits)
        name = f"{chance.choice(WORDS)} {chance.choice(WORDS).lower()} {number} g"
        found.append(Product(key, name, chance.randrange(PRICE_MIN, PRICE_MAX, 5), TAX.code, (PackCode(key),)))
    return found


def baskets(products: Sequence[Product], chance: Random) -> list[Cart]:
    """Return what people buy: few products often, most of them rarely."""
    found = []
    for _ in range(BASKETS):
        basket = Cart("")
        for _ in range(chance.choice(LINES)):
            # The square of chance: a quarter of the catalogue is half of what is sold.
            product = products[int(len(products) * chance.random() ** 2)]
            basket = cart.add(basket, product, TAX, chance.choice((1, 1, 1, 2, 3)) * 1000)
        found.append(basket)
    return found


@dataclass(frozen=True, slots=True)
class Till:
    """Whose journal it is."""

    store_id: str
    till_id: str
    label: str

    @classmethod
    def of(cls, enrolment: Enrolment) -> "Till":
        """Return the till that a code was exchanged for."""
        return cls(enrolment.store_id, enrolment.till_id, enrolment.till_label)


class Ringing:
    """A journal that grows by sales, so many a day, from a first day on."""

    def __init__(self, till: Till, products: Sequence[Product], chance: Random, first_day: date, per_day: int) -> None:
        """Open the journal; its ids are of the days that it tells of."""
        self._till = till
        self._chance = chance
        self._baskets = baskets(products, chance)
        self._day = first_day
        self._per_day = per_day
        self._rung = 0
        self._number = 0
        self._tag = "".join(chance.choice(TAG_LETTERS) for _ in range(TAG_LENGTH))
        self._shift: Shift | None = None
        self._head = (0, FIRST_HASH)
        self._at_ms = _opens(first_day)
        self.journal_id = new_id(self._at_ms, chance.randbytes)

    @property
    def head(self) -> tuple[int, bytes]:
        """The last entry's place and hash."""
        return self._head

    def next(self, sales: int) -> list[Entry]:
        """Return so many more sales, with the shifts that they belong to."""
        entries: list[Entry] = []
        if not self._head[0]:
            entries.append(self._seal(Kind.JOURNAL_OPENED, self._opened()))
        for _ in range(sales):
            if self._rung == self._per_day:
                entries.append(self._close())
            if self._shift is None:
                entries.append(self._open())
            entries.append(self._sale())
        return entries

    def _opened(self) -> dict[str, object]:
        return {
            "store_id": self._till.store_id, "till_id": self._till.till_id, "till_label": self._till.label,
            "tag": self._tag, "reason": "install", "machine": "load", "currency": CURRENCY, "decimals": 2,
            "parent": None,
        }  # fmt: skip

    def _open(self) -> Entry:
        shift_id = new_id(self._at_ms, self._chance.randbytes)
        self._shift = Shift(shift_id, self._till.till_id, self._day.isoformat(), OPERATOR, self._at_ms)
        return self._seal(Kind.SHIFT_OPENED, shift.opened_body(self._shift))

    def _close(self) -> Entry:
        if self._shift is None:
            raise RuntimeError("no shift is open")
        closed = self._seal(Kind.SHIFT_CLOSED, shift.closed_body(self._shift, OPERATOR, "load"))
        self._shift, self._rung = None, 0
        self._day += timedelta(days=1)
        self._at_ms = _opens(self._day)
        return closed

    def _sale(self) -> Entry:
        if self._shift is None:
            raise RuntimeError("no shift is open")
        self._number += 1
        self._rung += 1
        self._at_ms += OPEN_MS // self._per_day
        basket = self._chance.choice(self._baskets)
        receipt = sale.receipt_number(self._till.label, self._tag, self._number)
        hour = datetime.fromtimestamp(self._at_ms / 1000, UTC).hour
        where = Circumstances(
            self._till.till_id, self._shift.shift_id, self._shift.business_day, hour, OPERATOR, self._number, receipt,
            CURRENCY,
        )  # fmt: skip
        method = self._chance.choice((Method.CASH, Method.CASH, Method.CARD))
        event_id = new_id(self._at_ms, self._chance.randbytes)
        paid = (Tender(method, basket.total, basket.total),)
        ticket = Ticket(event_id, self._at_ms, False, where, basket.lines, paid, basket.total, basket.tax)
        return self._seal(Kind.SALE_COMPLETED, sale.to_body(ticket, None), event_id)

    def _seal(self, kind: Kind, body: dict[str, object], event_id: str = "") -> Entry:
        event_id = event_id or new_id(self._at_ms, self._chance.randbytes)
        draft = Draft(event_id, kind, 1, self._at_ms, self._chance.randbytes(SALT_BYTES), canonical(body))
        entry = seal(self.journal_id, self._head[0] + 1, self._head[1], draft)
        self._head = (entry.seq, entry.hash)
        return entry


def _opens(day: date) -> int:
    return int(datetime.combine(day, OPENS_AT).timestamp() * 1000)
