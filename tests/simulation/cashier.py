"""What people do at a simulated till, each deed with what it must come to by the plain count."""

import random
from typing import Any

from seraphine_pos.domain.event import Kind
from seraphine_pos.domain.feedback import Message, Scope, Sentiment
from seraphine_pos.domain.journal import Draft, canonical
from seraphine_pos.domain.refund import Choice
from seraphine_pos.domain.sale import Method
from seraphine_pos.store.action import Action
from tests.simulation.faults import Fault, Seen
from tests.simulation.plain import Book, Rung, amount_of, day_of, given_back, half_up, tax_in
from tests.simulation.till import SimulatedTill

QUANTITIES = (1000, 1000, 2000, 333, 1750)
METHODS = tuple(Method)
NOTES = ("", "", "sans sachet", "à livrer")


class Cashier:
    """Works at any till and writes into the plain book."""

    def __init__(self, chance: random.Random, book: Book, codes: tuple[str, ...]) -> None:
        self._chance = chance
        self._book = book
        self._codes = codes

    def scan(self, till: SimulatedTill) -> None:
        """Put one to three products into the cart."""
        till.clock.pass_ms(self._chance.randrange(1, 90_000))
        if till.checkout.cart.tenders:
            return
        for code in self._chance.choices(self._codes, k=self._chance.randrange(1, 4)):
            till.checkout.scan(code, self._chance.choice(QUANTITIES))
        note = self._chance.choice(NOTES)
        if note:
            till.checkout.note(note)

    def pay(self, till: SimulatedTill) -> str:
        """Take the money for the cart; return the sale's id, done unless a disk refused."""
        checkout = till.checkout
        if checkout.cart.due > 1 and self._chance.random() < 0.2:
            checkout.pay(Method.CARD, self._chance.randrange(1, checkout.cart.due))
        cart = checkout.cart
        rung = self._rung(till)
        assert (cart.total, cart.tax) == (rung.total, rung.tax), f"the cart says {cart.total}, plainly {rung.total}"
        self._book.rung[cart.cart_id] = rung
        till.insist(cart.cart_id, lambda: checkout.pay(self._chance.choice(METHODS)))
        return cart.cart_id

    def sell(self, till: SimulatedTill) -> str:
        """Ring up a sale."""
        self.scan(till)
        return self.pay(till)

    def _rung(self, till: SimulatedTill) -> Rung:
        lines = till.checkout.cart.lines
        amounts = [amount_of(line.unit_price, line.quantity) for line in lines]
        tax = sum(tax_in(amount, line.tax_rate) for amount, line in zip(amounts, lines, strict=True))
        return Rung(
            till.checkout.cart.cart_id, False, till.person.enrolled.till_id, day_of(till.clock.now_ms()),
            sum(amounts), tax, sum(line.quantity for line in lines),
        )  # fmt: skip

    def give_back(self, till: SimulatedTill) -> None:
        """Give a part or all of an earlier sale back, if something is left of one."""
        sold = till.rows("SELECT receipt, event_id FROM ticket WHERE refund = 0 ORDER BY position")
        if not sold:
            return
        till.clock.pass_ms(60_000)
        receipt, event_id = self._chance.choice(sold)
        found = till.refunds.find(receipt)
        given = given_back(till.bodies(Kind.SALE_REFUNDED), event_id)
        choices: list[Choice] = []
        quantity = total = tax = 0
        for line in found.ticket.lines:
            before = given.get(line.no, (0, 0, 0))
            left = line.quantity - before[0]
            if left <= 0:
                continue
            back = left if self._chance.random() < 0.5 else self._chance.randrange(1, left + 1)
            choices.append(Choice(line.no, back))
            quantity += back
            total += _part(line.amount, before[1], line.quantity, back, last=back == left)
            tax += _part(line.tax, before[2], line.quantity, back, last=back == left)
        if not choices:
            return
        refund_id = till.refunds.new_id()
        day = day_of(till.clock.now_ms())
        self._book.rung[refund_id] = Rung(refund_id, True, till.person.enrolled.till_id, day, total, tax, quantity)
        method = self._chance.choice(METHODS)
        till.insist(refund_id, lambda: till.refunds.refund(found, choices, method, event_id=refund_id))
        till.counts[Seen.GIVEN_BACK] += 1

    def void(self, till: SimulatedTill) -> None:
        """Give a sale up, half rung."""
        self.scan(till)
        till.checkout.void("le client est parti")

    def say(self, till: SimulatedTill) -> None:
        """Leave a word for the owner."""
        till.feedback.submit(Message(Scope.POS, Sentiment.NEGATIVE, "Le tiroir coince."))

    def wish(self, till: SimulatedTill) -> None:
        """Wish for a new product, or for one more code of an old one."""
        till.counts[Seen.WISHED] += 1
        number = self._chance.randrange(10_000)
        if self._chance.random() < 0.5:
            till.catalogue.create(f"Souhait {number}", self._chance.randrange(1, 5000), "TVA20")
            return
        product = till.catalogue.find(self._chance.choice(self._codes))
        assert product is not None
        till.catalogue.assign(product, f"S{number:04d}")

    def poison(self, till: SimulatedTill) -> None:
        """Write what this server cannot read: of a later program, or damaged before it was sealed."""
        with till.journal.action() as action:
            write = self._chance.choice((_unknown_kind, _unknown_version, _no_body, _no_fields, _bad_sum))
            self._book.poison.add(write(action))
        till.counts[Fault.POISON] += 1


def _part(whole: int, given: int, sold: int, back: int, *, last: bool) -> int:
    """Return the share of an amount that goes back: the last share is whatever is left."""
    return max(whole - given, 0) if last else min(half_up(whole * back, sold), max(whole - given, 0))


def _unknown_kind(action: Action) -> str:
    return action.record("points.earned", {"points": 3}).event_id


def _unknown_version(action: Action) -> str:
    return action.record(Kind.CASH_MOVED, {"coins": [1, 2]}, version=99).event_id


def _no_body(action: Action) -> str:
    return _sealed(action, Kind.SALE_COMPLETED, "not json at all")


def _no_fields(action: Action) -> str:
    return _sealed(action, Kind.FEEDBACK_SUBMITTED, canonical({"scope": "pos"}))


def _bad_sum(action: Action) -> str:
    ticket: dict[str, Any] = {
        "till_id": "t", "shift_id": "s", "business_day": "2026-11-20", "hour": 9, "operator_id": "o", "number": 1,
        "receipt": "A9-7QK-000001", "currency": "MAD", "rounding": "line-half-up", "tenders": [], "lines": [],
        "total": 999_999, "tax": 0, "text_digest": None,
    }  # fmt: skip
    return _sealed(action, Kind.SALE_COMPLETED, canonical(ticket))


def _sealed(action: Action, kind: Kind, body: str) -> str:
    draft = Draft(action.new_id(), kind, 1, action.at_ms, action.salt(), body)
    return action.append(draft).event_id
