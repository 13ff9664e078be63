"""Somebody at the till: scans, changes their mind, takes part payments, voids, gives back; every choice is seeded.

Before each change it tells what is about to happen, and afterwards, once the till has said so, that it has.
"""

import random
from dataclasses import replace

from seraphine_pos.domain import cart as carts
from seraphine_pos.domain.money import ONE
from seraphine_pos.domain.product import Product
from seraphine_pos.domain.refund import Choice
from seraphine_pos.domain.sale import Method, Tender, Ticket, receipt_number
from seraphine_pos.store.tickets import TicketFilter
from tests.crash.told import NO_CART, Tell, digest
from tests.domain import examples
from tests.till.room import CASHIER, Room

CUSTOMER_MS = 400
RECENT = 12


class Seller:
    """One person at one till; ``step`` is the next thing they do."""

    def __init__(self, room: Room, seed: int, tell: Tell) -> None:
        self.room = room
        self.chance = random.Random(seed)
        self.tell = tell
        room.staff.take_over(CASHIER)
        tell(f"keeps {digest(room.store.carts.latest())}")

    def step(self) -> None:
        """Do one thing."""
        cart = self.room.checkout.cart
        self.room.clock.pass_ms(self.chance.randrange(CUSTOMER_MS))
        if cart.tenders:
            self.chance.choices((self.pay, self.part_payment, self.void), (8, 1, 1))[0]()
        elif cart.lines:
            words = (self.scan, self.pay, self.part_payment, self.quantity, self.remove, self.note, self.void)
            self.chance.choices(words, (40, 30, 8, 6, 6, 4, 4))[0]()
        else:
            self.chance.choices((self.scan, self.give_back, self.fold, self.checkpoint), (80, 12, 6, 2))[0]()

    def product(self) -> Product:
        """Return something from the shelf."""
        return examples.product(self.chance.randrange(1, 6))

    def scan(self) -> None:
        """Add a product."""
        product, checkout = self.product(), self.room.checkout
        tax = self.room.store.catalogue.tax(product.tax_code)
        self.tell(f"changes {digest(carts.add(checkout.cart, product, tax, ONE))}")
        self.tell(f"keeps {digest(checkout.add(product))}")

    def quantity(self) -> None:
        """Set the quantity of a line."""
        checkout = self.room.checkout
        no, quantity = self.chance.choice(checkout.cart.lines).no, self.chance.randrange(1, 5) * ONE
        self.tell(f"changes {digest(carts.set_quantity(checkout.cart, no, quantity))}")
        self.tell(f"keeps {digest(checkout.set_quantity(no, quantity))}")

    def remove(self) -> None:
        """Take a line out."""
        checkout = self.room.checkout
        no = self.chance.choice(checkout.cart.lines).no
        self.tell(f"changes {digest(carts.remove(checkout.cart, no))}")
        self.tell(f"keeps {digest(checkout.remove(no))}")

    def note(self) -> None:
        """Write a note on the sale."""
        checkout, text = self.room.checkout, f"livrer à {self.chance.randrange(100)}"
        self.tell(f"changes {digest(replace(checkout.cart, note=text))}")
        self.tell(f"keeps {digest(checkout.note(text))}")

    def void(self) -> None:
        """Give the sale up."""
        self.tell(f"changes {NO_CART}")
        self.room.checkout.void("parti")
        self.tell(f"keeps {NO_CART}")

    def part_payment(self) -> None:
        """Take a part by card, or all of it if there is too little to part."""
        checkout = self.room.checkout
        part = checkout.cart.due // 2
        if not part:
            return self.pay()
        self.tell(f"changes {digest(carts.pay(checkout.cart, Tender(Method.CARD, part, part)))}")
        checkout.pay(Method.CARD, part)
        self.tell(f"keeps {digest(checkout.cart)}")
        return None

    def pay(self) -> None:
        """Take what is due; with this the sale is done."""
        checkout = self.room.checkout
        self.tell(f"rings {checkout.cart.cart_id}")
        self.tell(f"changes {NO_CART}")
        ticket = checkout.pay(self.chance.choice((Method.CASH, Method.CARD)))
        assert ticket is not None
        self.done(ticket)
        self.tell(f"keeps {NO_CART}")

    def give_back(self) -> None:
        """Give back a line of a recent sale, if one has anything left."""
        refunds = self.room.refunds
        rows = [row for row in self.room.store.ledger.tickets(TicketFilter(), limit=RECENT) if not row.refund]
        for row in self.chance.sample(rows, len(rows)):
            found = refunds.find(row.receipt)
            choices = [Choice(line.no, left) for line in found.ticket.lines if (left := found.left(line.no))]
            if choices:
                event_id = refunds.new_id()
                self.tell(f"rings {event_id}")
                self.done(refunds.refund(found, choices[:1], Method.CASH, reason="abîmé", event_id=event_id))
                return

    def fold(self) -> None:
        """Let the figures be folded, as the exchange with the server does now and then."""
        self.room.store.ledger.fold_batch()

    def checkpoint(self) -> None:
        """Let everything be moved into the database file, as happens by itself when enough has been written."""
        self.room.store.database.settle()

    def done(self, ticket: Ticket) -> None:
        """Hand the receipt over."""
        self.tell(f"done {ticket.event_id} {ticket.where.receipt} {ticket.total}")


class HastySeller(Seller):
    """Hands the receipt over before the till has said that the sale is done: what a harness must find out."""

    def pay(self) -> None:
        """Guess the receipt's number, hand it over, then pay."""
        rows = self.room.store.ledger.tickets(TicketFilter(), limit=1)
        number = int(rows[0].receipt.rpartition("-")[2]) + 1 if rows else 1
        receipt = receipt_number("A1", self.room.store.journal.state().tag, number)
        cart = self.room.checkout.cart
        self.tell(f"done {cart.cart_id} {receipt} {cart.total}")
        super().pay()
