"""A till's folder under test: opened, closed, copied and opened again, with sales rung straight into its journal."""

import shutil
from dataclasses import dataclass, field, replace
from pathlib import Path

from seraphine_pos.domain import sale
from seraphine_pos.domain.cart import Cart
from seraphine_pos.domain.event import Kind
from seraphine_pos.domain.feed import Document
from seraphine_pos.domain.journal import text_digest
from seraphine_pos.domain.product import to_body
from seraphine_pos.domain.protocol import Page
from seraphine_pos.domain.refund import Choice, lines_of
from seraphine_pos.domain.sale import Circumstances, Method, Tender, Ticket
from seraphine_pos.store.action import Action
from seraphine_pos.store.journal import Identity
from seraphine_pos.store.opening import open_till
from seraphine_pos.store.room import Limits
from seraphine_pos.store.till import TillStore
from tests.domain import examples
from tests.fakes.clock import FakeClock, seeded_bytes

IDENTITY = Identity("store-1", "till-1", "A1", "machine-1", "MAD", 2)
DAY = "2026-03-14"


@dataclass(slots=True)
class Folder:
    """A folder and the store that is open in it."""

    path: Path
    clock: FakeClock = field(default_factory=FakeClock)
    machine: str = "machine-1"
    limits: Limits | None = None
    opened: list[TillStore] = field(default_factory=list)
    opens: int = 0

    def open(self, *, readonly: bool = False) -> TillStore:
        """Open the till, with its first journal if it has none."""
        self.opens += 1
        store = open_till(
            self.path, clock=self.clock, random_bytes=seeded_bytes(self.opens), machine=self.machine,
            readonly=readonly, limits=self.limits,
        )  # fmt: skip
        self.opened.append(store)
        if not store.journal.opened and not readonly:
            store.journal.open(IDENTITY)
        return store

    def close(self) -> None:
        """Close what is open."""
        while self.opened:
            self.opened.pop().close()

    def copy_to(self, path: Path) -> "Folder":
        """Copy the closed folder as somebody would copy files."""
        shutil.copytree(self.path, path)
        return Folder(path, self.clock, self.machine, opens=self.opens + 100)


def complete(action: Action, cart: Cart, *, day: str = DAY, note: str | None = None) -> Ticket:
    """Record a sale of a cart, paid in cash, within an action."""
    number, label, tag = action.next_receipt()
    where = Circumstances(
        "till-1", "shift-1", day, 9, "amina", number, sale.receipt_number(label, tag, number), "MAD"
    )  # fmt: skip
    paid = (Tender(Method.CASH, cart.total, cart.total),)
    ticket = Ticket(cart.cart_id, action.at_ms, False, where, cart.lines, paid, cart.total, cart.tax, note)
    salt = action.salt()
    body = sale.to_body(ticket, text_digest(salt, note))
    action.record(Kind.SALE_COMPLETED, body, event_id=ticket.event_id, salt=salt, text=note)
    return ticket


def sell(store: TillStore, no: int = 1, *, day: str = DAY, note: str | None = None) -> Ticket:
    """Sell one piece of a product, in an action of its own."""
    with store.journal.action() as action:
        cart = examples.cart_of((examples.product(no), 1000))
        return complete(action, Cart(action.new_id(), cart.lines, total=cart.total, tax=cart.tax), day=day, note=note)


def give_back(store: TillStore, sold: Ticket, *, day: str = DAY) -> Ticket:
    """Give a whole ticket back, in an action of its own."""
    lines = lines_of(sold, [Choice(line.no, line.quantity) for line in sold.lines], {})
    with store.journal.action() as action:
        number, label, tag = action.next_receipt()
        where = replace(
            sold.where, number=number, receipt=sale.receipt_number(label, tag, number), business_day=day
        )  # fmt: skip
        refund = replace(examples.refund_of(sold, lines, action.new_id()), where=where, at_ms=action.at_ms)
        action.record(Kind.SALE_REFUNDED, sale.to_body(refund, None), event_id=refund.event_id)
    return refund


def page_of(*documents: Document, feed_id: str = "feed-1", more: bool = False, applied_seq: int = 0) -> Page:
    """Return a page of the feed that ends at its last document's revision."""
    rev = max((document.rev for document in documents), default=0)
    return Page("server-1", feed_id, rev, documents, applied_seq, more)


def product_document(no: int, rev: int, name: str = "", **changes: object) -> Document:
    """Return the document of a product."""
    product = examples.product(no, name=name)
    return Document("product", product.product_id, rev, {**to_body(product), **changes})
