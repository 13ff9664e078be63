"""A real till on disk with the sample store's documents, and nobody's server."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

from seraphine_pos.demo.history import Counter
from seraphine_pos.demo.sample import Sample, import_rows
from seraphine_pos.domain import staff, store, tax
from seraphine_pos.domain.clock import Clock
from seraphine_pos.domain.feed import STORE_SETTING, Document, DocumentKind
from seraphine_pos.domain.protocol import Page
from seraphine_pos.domain.staff import StaffMember
from seraphine_pos.store.journal import Identity
from seraphine_pos.store.opening import open_till
from seraphine_pos.store.till import TillStore
from seraphine_pos.till.checkout import Checkout
from seraphine_pos.till.feedback import Feedback
from seraphine_pos.till.refund import Refunds
from seraphine_pos.till.session import Session
from seraphine_pos.till.shift import Shifts
from seraphine_pos.till.staff import Staff


def documents(sample: Sample) -> tuple[Document, ...]:
    people = [StaffMember(one.staff_id, one.name, one.role, f"hash of {one.pin}") for one in sample.people]
    return (
        Document(DocumentKind.SETTING, STORE_SETTING, 1, store.to_body(sample.store)),
        *(Document(DocumentKind.TAX, one.code, 1, tax.to_body(one)) for one in sample.taxes),
        *(Document(DocumentKind.STAFF, one.staff_id, 1, staff.to_body(one)) for one in people),
        *(Document(DocumentKind.PRODUCT, row.key, 1, row.body) for row in import_rows(sample.products)),
    )


def check_pin(pin_hash: str, pin: str) -> bool:
    return pin_hash == f"hash of {pin}"


@contextmanager
def open_counter(folder: Path, sample: Sample, clock: Clock) -> Iterator[tuple[Counter, TillStore]]:
    chance = Random(7)
    kept = open_till(folder, clock=clock, random_bytes=chance.randbytes, machine="m")
    try:
        kept.mirror.apply(Page("server", "feed", 1, documents(sample), 0, more=False))
        kept.catalogue.refresh()
        currency = sample.store.currency
        kept.journal.open(Identity("store", "till", "A1", "m", currency.code, currency.decimals))
        session = Session()
        shifts = Shifts(kept.ledger, "till", sample.store)
        code = currency.code
        counter = Counter(
            Checkout(
                kept.journal, kept.catalogue, kept.carts, shifts, session,
                currency=code, clock=clock, random_bytes=chance.randbytes,
            ),
            Refunds(
                kept.journal, kept.ledger, kept.catalogue, shifts, session,
                currency=code, clock=clock, random_bytes=chance.randbytes,
            ),
            Staff(kept.mirror, kept.journal, kept.attempts, session, check_pin, clock),
            Feedback(kept.journal, session),
        )  # fmt: skip
        yield counter, kept
    finally:
        kept.close()
