"""A simulated shop: its tills, its server, the network between them, old copies of every disk, and the healing."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from seraphine_pos.domain.refusal import Unavailable
from tests.fakes.clock import FakeClock
from tests.simulation import template
from tests.simulation.cashier import Cashier
from tests.simulation.disk import Image
from tests.simulation.faults import Counts, Seen
from tests.simulation.plain import Book
from tests.simulation.server import SimulatedServer, TroubledDatabase
from tests.simulation.template import PRODUCTS
from tests.simulation.till import Person, SimulatedTill
from tests.simulation.wire import ON_THE_WAY, Network

TROUBLES: Final = (0.0, 0.15, 0.3, 0.5)
HOUR_MS: Final = 3_600_000
ROUNDS_MAX: Final = 6


@dataclass(slots=True)
class Shop:
    """The tills that still have their disks, the server, and old copies of everything.

    ``alike`` says that two branches of one journal may both have gone on; ``lost`` are tickets whose disk went.
    """

    folder: Path
    database: TroubledDatabase
    chance: random.Random
    counts: Counts
    say: Callable[[str], None]
    clock: FakeClock = field(default_factory=FakeClock)
    book: Book = field(default_factory=Book)
    server_images: list[Image] = field(default_factory=list)
    till_images: list[tuple[Person, Image]] = field(default_factory=list)
    lost: set[str] = field(default_factory=set)
    alike: bool = False
    made: int = 0
    server: SimulatedServer = field(init=False)
    network: Network = field(init=False)
    cashier: Cashier = field(init=False)
    tills: list[SimulatedTill] = field(init=False)

    def __post_init__(self) -> None:
        begun = template.template()
        self.database.counts = self.counts
        self.server = SimulatedServer(self.database, begun.server, self.clock, self._fresh())
        self.network = Network(self.server, self._fresh(), self.counts)
        self.network.trouble = self.chance.choice(TROUBLES)
        self.network.kinds = tuple(self.chance.sample(ON_THE_WAY, self.chance.randrange(1, len(ON_THE_WAY) + 1)))
        self.cashier = Cashier(self._fresh(), self.book, PRODUCTS)
        self.tills = []
        for person, image in begun.tills:
            self.add(person, image)
        self.server_images.append(self.server.backup())

    def _fresh(self) -> random.Random:
        return random.Random(self.chance.getrandbits(64))

    def add(self, person: Person, image: Image, clock: FakeClock | None = None) -> SimulatedTill:
        """Start one more till on a copy of a folder; what is in its ledger it must never lose."""
        self.made += 1
        folder = self.folder / f"till-{self.made}"
        image.put(folder)
        till = SimulatedTill(folder, person, clock or FakeClock(), self._fresh(), self.network, self.counts)
        till.promised = till.tickets()
        self.tills.append(till)
        return till

    def any_till(self) -> SimulatedTill:
        """Return one of the tills."""
        return self.chance.choice(self.tills)

    def close(self) -> None:
        """Let go of every file."""
        for till in self.tills:
            till.stop()
        self.server.close()

    # The network

    def exchange(self, till: SimulatedTill) -> bool:
        """Let a till exchange over the network as it is; enrol it again where the server forgot it.

        Return whether all went well.
        """
        state = till.exchange()
        self.say(f"  {till.folder.name}: {state.problem!r}, {state.waiting} waiting")
        assert state.problem is None or isinstance(state.problem, Unavailable), repr(state.problem)
        if till.is_unknown(state):
            self.enrol_again(till)
        return state.problem is None

    def enrol_again(self, till: SimulatedTill) -> None:
        """Give a till that the server does not know a new key; its journals go on."""
        self.server.database.next_fault = None
        till.key = self.server.enrol(till.person.machine).device_key
        self.counts[Seen.ENROLLED_AGAIN] += 1

    def heal(self) -> None:
        """Let everything work again until nothing moves: all arrives, or something is stuck."""
        self.server.database.next_fault = None
        while self.network.on_the_way:
            self.network.deliver_late()
        self.network.trouble = 0.0
        for _ in range(ROUNDS_MAX):
            went_well = [self._healed(till) for till in self.tills]
            if all(went_well) and all(self._settled(till) for till in self.tills):
                return
        states = [till.engine.look() for till in self.tills]
        raise AssertionError(f"stuck after {ROUNDS_MAX} rounds: {states}")

    def _healed(self, till: SimulatedTill) -> bool:
        till.offline = False
        till.clock.pass_ms(HOUR_MS)
        return self.exchange(till)

    def _settled(self, till: SimulatedTill) -> bool:
        feed_id, rev = self.server.rows("SELECT feed_id, rev FROM stores")[0]
        state = till.store.mirror.state()
        waiting = sum(till.journal.state(journal_id).waiting for journal_id in till.journal.journals())
        return not waiting and (state.feed_id, state.rev, state.whole) == (feed_id, rev, True)
