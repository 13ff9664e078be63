"""A durable sale, paid at the real checkout, beside an appended page that is synced to the same disk."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter_ns
from typing import Final

from seraphine_pos.bench.figure import P50, P99, Figure, percentile
from seraphine_pos.bench.people import OWNER_ID
from seraphine_pos.bench.stock import TAX, product
from seraphine_pos.domain import product as products
from seraphine_pos.domain import tax as taxes
from seraphine_pos.domain.clock import Clock
from seraphine_pos.domain.feed import Document
from seraphine_pos.domain.money import currency_of
from seraphine_pos.domain.protocol import Page
from seraphine_pos.domain.sale import Method
from seraphine_pos.domain.staff import Operator, Role
from seraphine_pos.domain.store import Store
from seraphine_pos.store.journal import Identity
from seraphine_pos.store.opening import open_till
from seraphine_pos.store.till import TillStore
from seraphine_pos.till.checkout import Checkout
from seraphine_pos.till.session import Session
from seraphine_pos.till.shift import Shifts

PAIRS: Final = 400
WARM_UP: Final = 40
LINES: Final = 4
PAGE_BYTES: Final = 4096
US: Final = 1000
PRODUCTS: Final = 500
STORE: Final = Store("Banc d'essai", "", currency_of("MAD"), "Africa/Casablanca", "fr")


def measure(folder: Path, clock: Clock) -> Figure:
    """Pay sales of four lines and append pages in turns, in this folder; microseconds."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as place, _checkout(Path(place) / "till", clock) as checkout:
        page = os.open(Path(place) / "page", os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
        try:
            pairs = [(_sale_us(checkout, no), _append_us(page)) for no in range(WARM_UP + PAIRS)][WARM_UP:]
        finally:
            os.close(page)
    ours, bare = [sale for sale, _ in pairs], [append for _, append in pairs]
    return Figure(
        "commit", "µs p50", percentile(ours, P50), percentile(bare, P50), at_least=2.5, aim=1.5,
        detail={
            "reference": "append 4 KiB and fdatasync, same disk, in turns", "pairs": PAIRS, "lines": LINES,
            "p99": percentile(ours, P99), "reference_p99": percentile(bare, P99),
        },
    )  # fmt: skip


def _sale_us(checkout: Checkout, no: int) -> float:
    for line in range(LINES):
        checkout.scan(product((no * LINES + line) % PRODUCTS).code)
    started = perf_counter_ns()
    checkout.pay(Method.CASH)
    return (perf_counter_ns() - started) / US


def _append_us(page: int) -> float:
    written = os.urandom(PAGE_BYTES)
    sync = getattr(os, "fdatasync", os.fsync)
    started = perf_counter_ns()
    os.write(page, written)
    sync(page)
    return (perf_counter_ns() - started) / US


@contextmanager
def _checkout(folder: Path, clock: Clock) -> Iterator[Checkout]:
    """Open a till with some products and its owner at it."""
    stored = open_till(folder, clock=clock, random_bytes=os.urandom, machine="bench")
    try:
        yield _stocked(stored, clock)
    finally:
        stored.close()


def _stocked(stored: TillStore, clock: Clock) -> Checkout:
    stored.journal.open(Identity("bench", "bench", "B1", "bench", STORE.currency.code, STORE.currency.decimals))
    some = [product(no) for no in range(PRODUCTS)]
    documents = (
        Document("tax", TAX.code, 1, taxes.to_body(TAX)),
        *(Document("product", one.product_id, 1, products.to_body(one)) for one in some),
    )
    stored.mirror.apply(Page("bench", "bench", 1, documents, 0, more=False))
    stored.catalogue.refresh()
    session = Session()
    session.operator = Operator(OWNER_ID, "", Role.OWNER)
    return Checkout(
        stored.journal, stored.catalogue, stored.carts, Shifts(stored.ledger, "bench", STORE), session,
        currency=STORE.currency.code, clock=clock, random_bytes=os.urandom,
    )  # fmt: skip
