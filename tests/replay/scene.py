"""A real till and the store's real server in one process, for replays: no network, no window."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from seraphine_pos.domain.money import currency_of
from seraphine_pos.domain.protocol import Server
from seraphine_pos.domain.report import Report, ReportQuery, shape
from seraphine_pos.domain.staff import Operator, Role
from seraphine_pos.domain.store import Store
from seraphine_pos.replay.plan import Ring, plan
from seraphine_pos.replay.ring import Counter, ReplayClock, Ringer, goods_of
from seraphine_pos.replay.tally import Tally
from seraphine_pos.replay.transactions import Transactions, read
from seraphine_pos.store.journal import Identity
from seraphine_pos.store.opening import open_till
from seraphine_pos.store.till import TillStore
from seraphine_pos.sync.engine import Engine, SyncState
from seraphine_pos.till.catalogue import Catalogue
from seraphine_pos.till.checkout import Checkout
from seraphine_pos.till.refund import Refunds
from seraphine_pos.till.session import Session
from seraphine_pos.till.shift import Shifts
from sync_server import founding
from sync_server.database import open_database
from sync_server.store_server import StoreServer
from tests.fakes.clock import FakeClock, seeded_bytes

SLICE = Path(__file__).resolve().parents[1] / "data" / "online_retail_slice.csv"
ZONE = "Europe/London"
VAT = {"code": "VAT20", "name": "VAT 20 %", "rate": 2000, "included": True}


def unseen(done: int, total: int) -> None:
    """Watch nothing."""
    assert done <= total


@dataclass(slots=True)
class Till:
    """An open till in front of the server."""

    stored: TillStore
    counter: Counter
    clock: ReplayClock
    server: Server

    def exchange(self) -> SyncState:
        """Send and fetch everything."""
        return Engine(self.stored.journal, self.stored.mirror, self.server, self.clock).run_once()

    def replay(self, transactions: Transactions, decimals: int, stop_after: int | None = None) -> Tally:
        """Ring the plan, or the first tickets of it."""
        tally = Tally(decimals)
        ringer = Ringer(self.counter, self.clock, goods_of(transactions.lines, decimals), "VAT20", tally)
        rings: list[Ring] = list(plan(transactions.lines, decimals))
        for ring in rings[:stop_after]:
            ringer.ring(ring)
        tally.set_aside += transactions.set_aside
        return tally

    def reports(self, query: ReportQuery) -> tuple[Report, Report]:
        """Return the server's report and this till's own."""
        return shape(self.server.report(query)), shape(self.stored.ledger.report(query))


class Shop:
    """A store with its server and one till's folder, which may be opened again and again."""

    def __init__(self, folder: Path, currency: str = "GBP", decimals: int = 2, *, included: bool = True) -> None:
        self.folder = folder
        self.currency = currency
        self.decimals = decimals
        self.opened = 0
        self.database = open_database(f"sqlite:///{folder / 'server.db'}")
        clock, chance = FakeClock(), seeded_bytes(1)
        request = {
            "name": "Shop", "currency": currency, "decimals": decimals, "time_zone": ZONE,
            "taxes": [{**VAT, "included": included}],
            "staff": [{"staff_id": "nadia", "name": "Nadia", "role": "owner", "pin": "123456"}],
        }  # fmt: skip
        whole = StoreServer(self.database, clock, chance)
        made = founding.found(self.database, founding.StoreRequest.model_validate(request), clock.now_ms(), chance)
        self.enrolment = whole.enrol(made.code, "machine")
        self.server: Server = whole.device(self.enrolment.device_key)

    def read(self, path: Path = SLICE) -> Transactions:
        """Read a file of invoices."""
        return read(path, unseen)

    @contextmanager
    def open(self, transactions: Transactions, clock: ReplayClock | None = None) -> Iterator[Till]:
        """Open the till with its clock at the first invoice."""
        self.opened += 1
        clock = clock or ReplayClock(min(line.at for line in transactions.lines), ZONE)
        with opened_till(self.folder / "till", clock, self.opened) as stored:
            if not stored.mirror.state().rev:
                stored.mirror.apply(self.server.pull("", 0, ""))
                stored.journal.open(
                    Identity("store", self.enrolment.till_id, "A1", "machine", self.currency, self.decimals)
                )
            stored.catalogue.refresh()
            yield Till(stored, counter_of(stored, clock, self.enrolment.till_id, self.currency), clock, self.server)


@contextmanager
def opened_till(folder: Path, clock: ReplayClock, seed: int) -> Iterator[TillStore]:
    """Open a till's folder with this clock."""
    stored = open_till(folder, clock=clock, random_bytes=seeded_bytes(seed), machine="machine")
    try:
        yield stored
    finally:
        stored.close()


def counter_of(stored: TillStore, clock: ReplayClock, till_id: str, currency: str) -> Counter:
    """Return the counter of an open till, with an owner signed in."""
    session = Session()
    session.operator = Operator("nadia", "Nadia", Role.OWNER)
    shifts = Shifts(stored.ledger, till_id, Store("Shop", "", currency_of(currency), ZONE, "en"))
    chance = seeded_bytes(stored.journal.state().seq)
    checkout = Checkout(
        stored.journal, stored.catalogue, stored.carts, shifts, session,
        currency=currency, clock=clock, random_bytes=chance,
    )  # fmt: skip
    refunds = Refunds(
        stored.journal, stored.ledger, stored.catalogue, shifts, session,
        currency=currency, clock=clock, random_bytes=chance,
    )  # fmt: skip
    return Counter(checkout, refunds, Catalogue(stored.catalogue, stored.journal, session), stored.ledger.ticket_of)
