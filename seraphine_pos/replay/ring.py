"""Ringing a plan at a real till: the checkout and the refunds that the screen uses, at the invoices' own time.

Whatever was rung before is found by its event id and only counted, so a replay can stop anywhere.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from seraphine_pos.domain import barcode
from seraphine_pos.domain.product import Product
from seraphine_pos.domain.reason import Reason, Wording, because
from seraphine_pos.domain.refund import Choice
from seraphine_pos.domain.refusal import Refusal
from seraphine_pos.domain.sale import Line, Method, Ticket
from seraphine_pos.replay.plan import Returning, Ring, Selling, minor
from seraphine_pos.replay.tally import Tally
from seraphine_pos.replay.transactions import InvoiceLine, SetAside
from seraphine_pos.till.catalogue import Catalogue
from seraphine_pos.till.checkout import Checkout
from seraphine_pos.till.refund import Loose, Refundable, Refunds

SECOND_MS: Final = 1000
LEFT_OVER: Final = "laissée en cours avant la reprise"

TILL_REFUSED = Wording("refusée par la caisse : {why}", "the till refused it: {why}")
REFUSED_BEFORE = Wording("refusée par la caisse auparavant", "the till refused it when the invoice was first rung")


class ReplayClock:
    """A clock that stands at the time of the invoice being rung, in the store's time zone."""

    def __init__(self, start: datetime, time_zone: str = "UTC") -> None:
        """Stand at the first invoice."""
        self._zone = ZoneInfo(time_zone)
        self._start_ms = self._now_ms = self._ms(start)

    def live_in(self, time_zone: str) -> None:
        """Read the invoices' times in this zone: a store's is known only once its till is open."""
        self._zone = ZoneInfo(time_zone)

    def now_ms(self) -> int:
        """Return the invoice's time."""
        return self._now_ms

    def boot_ms(self) -> int:
        """Return how far the replay has come, so that the two times move together."""
        return self._now_ms - self._start_ms

    def stand_at(self, at: datetime) -> None:
        """Go to the time on the wall that an invoice bears."""
        self._now_ms = self._ms(at)

    def _ms(self, at: datetime) -> int:
        return int(at.replace(tzinfo=self._zone).timestamp()) * SECOND_MS


@dataclass(frozen=True, slots=True)
class Counter:
    """What a replay needs of an open till, where somebody is signed in who may sell and refund anything."""

    checkout: Checkout
    refunds: Refunds
    catalogue: Catalogue
    ticket_of: Callable[[str], Ticket | None]


@dataclass(frozen=True, slots=True)
class Goods:
    """What the whole file says about a code: its first name, and its first price that is not zero."""

    name: str
    price: int


def goods_of(lines: Sequence[InvoiceLine], decimals: int) -> dict[str, Goods]:
    """Return the goods of a file by their code; without a name they are called by their code."""
    names: dict[str, str] = {}
    prices: dict[str, int] = {}
    for line in lines:
        if line.name:
            names.setdefault(line.code, line.name)
        if line.price:
            prices.setdefault(line.code, minor(line.price, decimals))
    codes = dict.fromkeys(line.code for line in lines)
    return {code: Goods(names.get(code, barcode.shown(code)), prices.get(code, 0)) for code in codes}


class Ringer:
    """Rings one ticket after another and counts what became of each line."""

    def __init__(
        self, counter: Counter, clock: ReplayClock, goods: Mapping[str, Goods], tax_code: str, tally: Tally
    ) -> None:
        """Ring at this counter, whose till reads this clock; new products bear this tax."""
        self._counter = counter
        self._clock = clock
        self._goods = goods
        self._tax_code = tax_code
        self._tally = tally
        self._products: dict[str, Product] = {}
        if counter.checkout.cart.lines:
            # A sale that somebody, or a replay that was stopped, left under way; its invoice is rung anew.
            counter.checkout.void(LEFT_OVER)

    def ring(self, ring: Ring) -> None:
        """Ring a ticket, unless it was rung before, and count its lines."""
        self._clock.stand_at(ring.at)
        ticket = self._counter.ticket_of(ring.event_id)
        reason = because(REFUSED_BEFORE)
        if ticket is not None:
            self._tally.rung_before += 1
        elif ring.sold:
            ticket, reason = self._sell(ring)
        else:
            ticket, reason = self._give_back(ring)
        if ring.sold:
            self._count_sale(ring.sold, ticket, reason)
        else:
            self._count_refund(ring.returned, ticket, reason)

    def _sell(self, ring: Ring) -> tuple[Ticket | None, Reason]:
        checkout = self._counter.checkout
        checkout.begin(ring.event_id)
        reason = because(REFUSED_BEFORE)
        for selling in ring.sold:
            try:
                product = self._product(selling.code)
                checkout.add(product, selling.quantity, code=barcode.shown(selling.code), unit_price=selling.unit_price)
            except Refusal as refusal:
                reason = because(TILL_REFUSED, why=refusal)
        if not checkout.cart.lines:
            return None, reason
        return checkout.pay(Method.OTHER), reason

    def _give_back(self, ring: Ring) -> tuple[Ticket | None, Reason]:
        parts: dict[str, tuple[Refundable, list[Choice]]] = {}
        loose: list[Loose] = []
        try:
            for returning in ring.returned:
                if not self._choose(returning, parts):
                    product = self._product(returning.code)
                    loose.append(Loose(product, returning.quantity, returning.unit_price))
            ticket = self._counter.refunds.give_back(
                list(parts.values()), loose, Method.OTHER, reason=ring.invoice, event_id=ring.event_id
            )
        except Refusal as refusal:
            return None, because(TILL_REFUSED, why=refusal)
        return ticket, because(REFUSED_BEFORE)

    def _choose(self, returning: Returning, parts: dict[str, tuple[Refundable, list[Choice]]]) -> bool:
        """Choose the line of the earlier ticket that comes back; False when it is not on that ticket."""
        origin = returning.origin
        if origin is None:
            return False
        found, choices = parts.get(origin.event_id, (None, []))
        if found is None:
            found = self._counter.refunds.find_event(origin.event_id)
        if found is None:
            return False
        product_id = self._product(returning.code).product_id
        for line in found.ticket.lines:
            if line.product_id == product_id and line.unit_price == origin.unit_price:
                price = None if returning.unit_price == origin.unit_price else returning.unit_price
                choices.append(Choice(line.no, returning.quantity, price))
                parts[origin.event_id] = found, choices
                return True
        return False

    def _product(self, code: str) -> Product:
        """Return the product of a code, wished for first where the store has none."""
        known = self._find(code)
        if known is None:
            goods = self._goods[code]
            known = self._counter.catalogue.create(goods.name, goods.price, self._tax_code, code)
            self._products[code] = known
            self._tally.new_products += 1
        return known

    def _find(self, code: str) -> Product | None:
        known = self._products.get(code) or self._counter.catalogue.find(code)
        if known is not None:
            self._products[code] = known
        return known

    def _count_sale(self, sold: Sequence[Selling], ticket: Ticket | None, reason: Reason) -> None:
        rung = {} if ticket is None else {(line.product_id, line.unit_price): line for line in ticket.lines}
        done: list[tuple[Selling, Line]] = []
        for selling in sold:
            product = self._find(selling.code)
            line = None if product is None else rung.get((product.product_id, selling.unit_price))
            if line is None:
                self._set_aside(selling.lines, reason)
            else:
                done.append((selling, line))
        if ticket is not None:
            self._tally.sale(ticket, done)

    def _count_refund(self, returned: Sequence[Returning], ticket: Ticket | None, reason: Reason) -> None:
        if ticket is None:
            self._set_aside({one.line.line: one.line for one in returned}.values(), reason)
            return
        named = {(line.product_id, line.origin.event_id) for line in ticket.lines if line.origin is not None}
        loose = {
            one.line.line
            for one in returned
            if one.origin is None or (self._product(one.code).product_id, one.origin.event_id) not in named
        }
        self._tally.refund(ticket, returned, loose)

    def _set_aside(self, lines: Iterable[InvoiceLine], reason: Reason) -> None:
        self._tally.set_aside += [SetAside(line.line, reason, line.exact) for line in lines]
