"""One simulated till: the real parts of the shop on a real folder, a cashier, and what that cashier was promised."""

import json
import random
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pysqlite3.dbapi2 as sqlite

from seraphine_pos.domain.event import Kind
from seraphine_pos.domain.journal import Entry
from seraphine_pos.domain.money import Currency
from seraphine_pos.domain.protocol import Enrolment
from seraphine_pos.domain.refusal import NotEnrolled, Revoked, StorageFailed, StorageFull, SyncFailed
from seraphine_pos.domain.staff import Operator, Role
from seraphine_pos.domain.store import Store
from seraphine_pos.store import copying
from seraphine_pos.store.journal import Identity, Journal
from seraphine_pos.store.opening import open_till
from seraphine_pos.sync.engine import Engine, SyncState
from seraphine_pos.sync.push import PushLimits
from seraphine_pos.till.catalogue import Catalogue
from seraphine_pos.till.checkout import Checkout
from seraphine_pos.till.feedback import Feedback
from seraphine_pos.till.refund import Refunds
from seraphine_pos.till.session import Session
from seraphine_pos.till.shift import Shifts
from tests.fakes.clock import FakeClock
from tests.simulation.disk import Chance, Crash, Image, LyingDisk, take
from tests.simulation.faults import Counts, Seen
from tests.simulation.wire import Line, Network
from tests.sync_server.shop import OWNER

FILE = "till.db"
ANCHOR = "anchor"
STORE = Store("Épicerie Nour", "", Currency("MAD", 2), "Africa/Casablanca", "fr")
OPERATOR = Operator(OWNER, "Nadia", Role.OWNER)
SMALL = PushLimits(batch_entries=4, search_hashes=3)
TICKETS = (Kind.SALE_COMPLETED, Kind.SALE_REFUNDED)
_ENTRY = """e.journal_id, e.seq, e.at_ms, e.kind, e.version, e.event_id, e.salt, e.body, e.text, e.digest,
    e.prev_hash, e.hash"""
_COUNTING = f"""SELECT {_ENTRY} FROM entry e JOIN journal j USING (journal_id)
    WHERE j.closed_after IS NULL OR e.seq <= j.closed_after ORDER BY e.position"""


_TICKETS_TOLD = """SELECT e.event_id FROM entry e JOIN journal j USING (journal_id)
    WHERE e.kind IN (?, ?) AND (j.closed_after IS NULL OR e.seq <= j.closed_after)"""


@dataclass(frozen=True, slots=True)
class Person:
    """Who a till is to the server, and on which machine it runs."""

    enrolled: Enrolment
    machine: str

    @property
    def identity(self) -> Identity:
        """Return what its journals say of it."""
        one = self.enrolled
        return Identity(one.store_id, one.till_id, one.till_label, self.machine, "MAD", 2)


class SimulatedTill:
    """A till that is open; ``promised`` holds the tickets that its disk must never lose again."""

    def __init__(
        self, folder: Path, person: Person, clock: FakeClock, seed: random.Random, network: Network, counts: Counts
    ) -> None:
        self.folder = folder
        self.person = person
        self.clock = clock
        self.network = network
        self.counts = counts
        self.chance = Chance(seed)
        self.key = person.enrolled.device_key
        self.promised: set[str] = set()
        self.offline = False
        self.old_anchor: bytes | None = None
        self.calls_until_end: int | None = None
        self._plain: Any = None
        self._runs = False
        self.start()

    # The process

    def start(self) -> None:
        """Start the till's program on what the folder holds."""
        before = len(self.journals()) if (self.folder / FILE).exists() else 0
        self.store = store = open_till(
            self.folder, clock=self.clock, random_bytes=self.chance, machine=self.person.machine
        )
        self._runs = True
        found = before and len(self.journals()) - before
        self.counts[Seen.FOUND_AT_START] += found
        self.disk = LyingDisk(store.database)
        self.journal = journal = Journal(
            self.disk, store.ledger, store.anchor, self.clock, self.chance, self.person.machine
        )
        if not journal.opened:
            journal.open(self.person.identity)
        self.session = session = Session()
        session.operator = OPERATOR
        till_id = self.person.enrolled.till_id
        shifts = Shifts(store.ledger, till_id, STORE)
        words: dict[str, Any] = {"currency": "MAD", "clock": self.clock, "random_bytes": self.chance}
        self.checkout = Checkout(journal, store.catalogue, store.carts, shifts, session, **words)
        self.refunds = Refunds(journal, store.ledger, store.catalogue, shifts, session, **words)
        self.catalogue = Catalogue(store.catalogue, journal, session)
        self.feedback = Feedback(journal, session)
        self.line = Line(self.network, self.key, self.person.enrolled.server_id, self._perhaps_end)
        self.engine = Engine(journal, store.mirror, self.line, self.clock, SMALL)

    def _perhaps_end(self) -> None:
        if self.calls_until_end is not None:
            self.calls_until_end -= 1
            if self.calls_until_end < 0:
                self.calls_until_end = None
                raise Crash

    def stop(self) -> None:
        """End the program, and let go of every file."""
        if self._plain is not None:
            self._plain.close()
            self._plain = None
        if self._runs:
            self.store.close()
            self._runs = False

    def die(self, *, anchor: bytes | None = None) -> None:
        """End the program at once, and start it on the files that this leaves."""
        left = take(self.folder)
        self.stop()
        if anchor is not None:
            left = left.beside(ANCHOR, anchor)
        left.put(self.folder)
        self.calls_until_end = self.chance.calls_left = None
        self.start()

    def stand_on(self, image: Image) -> set[str]:
        """Put old files in the place of these and start; return the tickets that went with them."""
        self.stop()
        image.put(self.folder)
        self.start()
        lost = self.promised - self.told()
        self.promised = self.tickets()
        return lost

    def restore(self, backup: Image) -> set[str]:
        """Put a backup in the place of the database as the command does, and start; return the tickets it took along.

        What the backup lacks comes over from what stood here, so that none of the promised tickets goes.
        """
        self.stop()
        unpacked = self.folder / copying.RESTORING
        backup.put(self.folder / "backup")
        unpacked.mkdir()
        copying.copy(self.folder / "backup" / FILE, unpacked / FILE)
        done = copying.put_back(self.folder, unpacked, self.person.machine, self.clock, self.chance, is_wrong=False)
        shutil.rmtree(self.folder / "backup")
        if done.aside is not None:
            shutil.rmtree(done.aside)
        self.start()
        self.check_promises()
        brought = self.tickets() - self.promised
        self.promised |= brought
        return brought

    def remember_anchor(self) -> None:
        """Keep the anchor as it is now, for a disk that loses the next ones."""
        self.old_anchor = (self.folder / ANCHOR).read_bytes()

    # What the cashier does

    def done(self, event_id: str) -> bool:
        """Take a ticket as done, for good, if it is on the disk."""
        there = self.store.ledger.has(event_id)
        if there:
            self.promised.add(event_id)
        return there

    def insist(self, event_id: str, press: Callable[[], object]) -> None:
        """Press a key that a disk may refuse; then nothing may be there, and pressing again does it, once."""
        try:
            press()
        except (StorageFailed, StorageFull):
            assert not self.store.ledger.has(event_id), f"ticket {event_id} was refused and is there"
            self.counts[Seen.REFUSED_BY_DISK] += 1
            return
        self.promise(event_id)

    def promise(self, event_id: str) -> None:
        """Take a ticket as done, for good."""
        assert self.store.ledger.has(event_id), f"ticket {event_id} is done and not there"
        self.promised.add(event_id)

    def exchange(self) -> SyncState:
        """Exchange with the server once; nothing that was promised may go."""
        self.line.key = self.key
        state = self.engine.run_once()
        problem = state.problem
        assert not isinstance(problem, SyncFailed), f"the exchange stopped on a fault of the program: {problem}"
        self.store.catalogue.refresh()
        self.check_promises()
        self.counts[Seen.EXCHANGED] += 1
        return state

    @staticmethod
    def is_unknown(state: SyncState) -> bool:
        """Whether the server said that it does not know this till any more."""
        return isinstance(state.problem, NotEnrolled | Revoked)

    def check_promises(self) -> None:
        """Check that every ticket that was done is still here, once.

        Who was recovered holds all that the server does: also both journals in which one ticket is told.
        """
        told = Counter(event_id for (event_id,) in self.rows(_TICKETS_TOLD, *TICKETS))
        assert self.promised <= told.keys(), f"a promised ticket is gone: {self.promised - told.keys()}"
        assert max(told.values(), default=1) == 1 or self.was_recovered, "a ticket counts twice on its till"

    @property
    def was_recovered(self) -> bool:
        """Whether its past came from the server."""
        return self.opened_for("recover")

    def opened_for(self, *reasons: str) -> bool:
        """Whether one of its journals was opened for one of these reasons."""
        bodies = [body for (body,) in self.rows("SELECT body FROM entry WHERE seq = 1")]
        return any(f'"reason":"{reason}"' in body for reason in reasons for body in bodies)

    # What is on the disk, past the product's code

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Ask the file itself."""
        if self._plain is None:
            self._plain = sqlite.connect(f"file:{self.folder / FILE}?mode=ro", uri=True)
        return list(self._plain.execute(query, values))

    def entries(self) -> list[Entry]:
        """Return the entries that count, in the order in which they were written."""
        return [Entry(*row) for row in self.rows(_COUNTING)]

    def chain(self, journal_id: str) -> list[Entry]:
        """Return a journal, also what lies behind its close."""
        query = f"SELECT {_ENTRY} FROM entry e WHERE e.journal_id = ? ORDER BY e.seq"
        return [Entry(*row) for row in self.rows(query, journal_id)]

    def journals(self) -> list[str]:
        """Return the journals in the order in which they were opened."""
        return [row[0] for row in self.rows("SELECT journal_id FROM journal ORDER BY place")]

    def told(self) -> set[str]:
        """Return the tickets in the entries that count here."""
        return {event_id for (event_id,) in self.rows(_TICKETS_TOLD, *TICKETS)}

    def tickets(self) -> set[str]:
        """Return the tickets in the ledger."""
        return {row[0] for row in self.rows("SELECT event_id FROM ticket")}

    def bodies(self, kind: str) -> list[dict[str, Any]]:
        """Return the bodies of a kind that count and can be read."""
        return [json.loads(one.body) for one in self.entries() if one.kind == kind and one.body.startswith("{")]
