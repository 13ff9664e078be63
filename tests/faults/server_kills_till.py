"""A real till core that rings and pushes on a thread of its own whenever the server is said to be there."""

import random
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from seraphine_pos.domain.event import Kind
from seraphine_pos.domain.journal import Entry
from seraphine_pos.domain.protocol import Head
from seraphine_pos.domain.refusal import Unavailable
from seraphine_pos.store.journal import JournalState
from seraphine_pos.sync.client import HttpServer
from seraphine_pos.sync.engine import Engine
from seraphine_pos.sync.push import PushLimits
from tests.fakes.clock import FakeClock
from tests.store.folder import Folder, sell
from tests.sync_server.shop import OWNER

BACKLOG: Final = 60
BATCH: Final = 15


class Told(HttpServer):
    """The door to the server; it remembers where each batch that went through it ended, and if one is under way."""

    ends: set[tuple[str, int]]
    asks: bool

    def push(self, journal_id: str, acknowledged_seq: int, acknowledged_hash: bytes, entries: Sequence[Entry]) -> Head:
        if entries:
            self.ends.add((journal_id, entries[-1].seq))
        self.asks = bool(entries)
        try:
            return super().push(journal_id, acknowledged_seq, acknowledged_hash, entries)
        finally:
            self.asks = False


class Till:
    """A till core and its thread; ``rest`` returns when it neither rings nor pushes."""

    def __init__(
        self, path: Path, url: str | Callable[[], str], key: str, server_id: str, number: int, seed: int,
        door: type[Told] = Told,
    ) -> None:  # fmt: skip
        self._chance = random.Random(seed)
        self._number = number
        self.stored = Folder(path, FakeClock(), opens=1000 * number).open()
        self.server = door(url, key, server_id)
        self.server.ends, self.server.asks = set(), False
        self.engine = Engine(
            self.stored.journal, self.stored.mirror, self.server, FakeClock(), PushLimits(batch_entries=BATCH)
        )
        self.sales = self.proposals = 0
        self.broken: BaseException | None = None
        self._go = threading.Event()
        self._rests = threading.Event()
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._live, name=f"till {number}", daemon=True)
        self._thread.start()

    @property
    def state(self) -> JournalState:
        """How far the journal goes, and how far the server said it has it."""
        return self.stored.journal.state()

    def go(self) -> None:
        """Ring and push from now on."""
        self._rests.clear()
        self._go.set()

    def rest(self) -> None:
        """Stop ringing and pushing; raise what went wrong at this till."""
        self._go.clear()
        self._rests.wait()
        if self.broken is not None:
            raise self.broken

    def drain(self) -> None:
        """Push what is left, on the caller's thread, while this till rests."""
        state = self.engine.run_once()
        assert (state.problem, state.waiting) == (None, 0), state

    def close(self) -> None:
        """End the thread and let go of the files."""
        self._ends.set()
        self._go.set()
        self._thread.join()
        self.server.close()
        self.stored.close()

    def _live(self) -> None:
        try:
            while not self._ends.is_set():
                self._rests.set()
                self._go.wait()
                while self._go.is_set() and not self._ends.is_set():
                    self._act()
        except BaseException as problem:  # noqa: BLE001  told to the harness when it next looks
            self.broken = problem
        finally:
            self._rests.set()

    def _act(self) -> None:
        state = self.state
        if state.seq - state.acked_seq < BACKLOG:
            for _ in range(self._chance.randint(1, BATCH)):
                self._happen()
        for step in self.engine.steps():
            if step.problem is not None and not isinstance(step.problem, Unavailable):
                raise step.problem
            if step.problem is not None or not self._go.is_set():
                return

    def _happen(self) -> None:
        """Ring a sale, or now and then wish for a product of the feed."""
        if self._chance.randrange(8):
            sell(self.stored, self._chance.randrange(5))
            self.sales += 1
            return
        self.proposals += 1
        key = f"p-{self._number}-{self.proposals}"
        fields = {"name": key, "price": self.proposals, "tax_code": ""}
        with self.stored.journal.action() as action:
            action.record(
                Kind.DOCUMENT_PROPOSED,
                {"kind": "product", "key": key, "rev": 0, "fields": fields, "operator_id": OWNER},
            )
