"""A shop that lives through a seed: people work, things break, and at the end the network heals."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from seraphine_pos.domain.refusal import Unavailable
from sync_server.errors import Problem
from tests.fakes.clock import FakeClock
from tests.simulation import template
from tests.simulation.cashier import Cashier
from tests.simulation.disk import Crash, Image, no_file_beyond, take
from tests.simulation.faults import LIMITS_FILES, Counts, Fault, Seen
from tests.simulation.plain import Book
from tests.simulation.server import SimulatedServer, TroubledDatabase
from tests.simulation.template import PRODUCTS
from tests.simulation.till import ANCHOR, FILE, Person, SimulatedTill
from tests.simulation.wire import ON_THE_WAY, Network

TILLS_MAX: Final = 4
STEPS: Final = (14, 24)
TROUBLES: Final = (0.0, 0.15, 0.3, 0.5)
DAY_MS: Final = 86_400_000
HOUR_MS: Final = 3_600_000
ROUNDS_MAX: Final = 6
JUMPS_MS: Final = (30_000, 5 * 60_000, HOUR_MS, 3 * DAY_MS, 400 * DAY_MS)
PAGE: Final = 4096


@dataclass(slots=True)
class Shop:
    """The tills that still have their disks, the server, and old copies of everything."""

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
    told_alike: bool = False
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
        self.tills = [self._started(person, image) for person, image in begun.tills]
        self.server_images.append(self.server.backup())

    def _fresh(self) -> random.Random:
        return random.Random(self.chance.getrandbits(64))

    def _started(self, person: Person, image: Image, clock: FakeClock | None = None) -> SimulatedTill:
        self.made += 1
        folder = self.folder / f"till-{self.made}"
        image.put(folder)
        return SimulatedTill(folder, person, clock or FakeClock(), self._fresh(), self.network, self.counts)

    def any_till(self) -> SimulatedTill:
        """Return one of the tills."""
        return self.chance.choice(self.tills)

    def live(self) -> None:
        """Do a number of things, of kinds and in an order that the seed chooses."""
        rare = [deed for deed in RARE if self.chance.random() < RARE_SHARE]
        weighted = [(deed, 1 + self.chance.random() * 2) for deed in rare]
        weighted += [(deed, weight) for deed, weight in DAILY]
        deeds, weights = zip(*weighted, strict=True)
        for _ in range(self.chance.randrange(*STEPS)):
            (deed,) = self.chance.choices(deeds, weights)
            self.say(deed.__name__)
            deed(self)
            self.clock.pass_ms(self.chance.randrange(1000, 120_000))

    def close(self) -> None:
        """Let go of every file."""
        for till in self.tills:
            till.stop()
        self.server.close()

    # The network

    def exchange(self, till: SimulatedTill) -> None:
        """Let a till exchange over the network as it is; enrol it again where the server forgot it."""
        state = till.exchange()
        self.say(f"  {till.folder.name}: {state.problem!r}, {state.waiting} waiting")
        assert state.problem is None or isinstance(state.problem, Unavailable), repr(state.problem)
        if till.is_unknown(state):
            self.enrol_again(till)

    def enrol_again(self, till: SimulatedTill) -> None:
        """Give a till that the server does not know a new key; its journals go on."""
        till.key = self.server.enrol(till.person.machine).device_key
        self.counts[Seen.ENROLLED_AGAIN] += 1

    def heal(self) -> None:
        """Let everything work again until nothing moves: all arrives, or something is stuck."""
        self.server.database.next_fault = None
        while self.network.on_the_way:
            self.network.deliver_late()
        self.network.trouble = 0.0
        for _ in range(ROUNDS_MAX):
            for till in self.tills:
                till.offline = False
                till.clock.pass_ms(HOUR_MS)
                self.exchange(till)
            if all(self._settled(till) for till in self.tills):
                return
        states = [till.engine.look() for till in self.tills]
        raise AssertionError(f"stuck after {ROUNDS_MAX} rounds: {states}")

    def _settled(self, till: SimulatedTill) -> bool:
        feed_id, rev = self.server.rows("SELECT feed_id, rev FROM stores")[0]
        state = till.store.mirror.state()
        waiting = sum(till.journal.state(journal_id).waiting for journal_id in till.journal.journals())
        return not waiting and (state.feed_id, state.rev, state.whole) == (feed_id, rev, True)


Deed = Callable[[Shop], None]


def sell(shop: Shop) -> None:
    """Ring up a few sales at one till."""
    till = shop.any_till()
    for _ in range(shop.chance.randrange(1, 4)):
        shop.cashier.sell(till)
        shop.counts[Seen.SOLD] += 1


def scan(shop: Shop) -> None:
    """Leave a cart in progress."""
    shop.cashier.scan(shop.any_till())


def give_back(shop: Shop) -> None:
    """Give something back at one till."""
    shop.cashier.give_back(shop.any_till())


def talk(shop: Shop) -> None:
    """Void a sale, leave a word, or wish for a product."""
    word = shop.chance.choice((shop.cashier.void, shop.cashier.say, shop.cashier.wish, shop.cashier.wish))
    word(shop.any_till())


def exchange(shop: Shop) -> None:
    """Let one till exchange, if it is not away for weeks."""
    till = shop.any_till()
    if not till.offline:
        shop.exchange(till)


def publish(shop: Shop) -> None:
    """Set a price."""
    shop.server.publish(shop.chance.choice(PRODUCTS), shop.chance.randrange(50, 9999))
    shop.counts[Seen.PUBLISHED] += 1


def copy_till(shop: Shop) -> None:
    """Copy a till's folder away."""
    till = shop.any_till()
    shop.till_images.append((till.person, take(till.folder)))


def copy_server(shop: Shop) -> None:
    """Back the server up."""
    shop.server_images.append(shop.server.backup())


DAILY: Final[tuple[tuple[Deed, float], ...]] = (
    (sell, 5), (scan, 1), (give_back, 1), (talk, 1), (exchange, 6), (publish, 1), (copy_till, 1), (copy_server, 1),
)  # fmt: skip
RARE_SHARE: Final = 0.5


def write_fails(shop: Shop) -> None:
    """Sell while the disk takes only so many bytes more; once it takes them again the same key sells."""
    if not LIMITS_FILES:
        return
    till = shop.any_till()
    shop.cashier.scan(till)
    size = max(path.stat().st_size for path in till.folder.iterdir() if path.name.startswith(FILE))
    room = shop.chance.choice((-size, 0, shop.chance.randrange(16 * PAGE)))
    # The cart is kept with every key: the scans before, the payment here.
    with no_file_beyond(size + room):
        event_id = _pay_if_kept(shop, till)
    if event_id not in till.promised:
        shop.counts[Fault.WRITE_FAILED] += 1
        shop.cashier.pay(till)
    assert till.checkout.cart.cart_id != event_id
    till.check_promises()


def _pay_if_kept(shop: Shop, till: SimulatedTill) -> str:
    """Pay for the cart; a disk that does not even keep a part payment has refused as well."""
    cart_id = till.checkout.cart.cart_id
    try:
        shop.cashier.pay(till)
    except Unavailable:
        assert not till.store.ledger.has(cart_id)
    return cart_id


def commit_lies(shop: Shop) -> None:
    """Sell on a disk that says no after it has written: the sale is done, and said to be."""
    till = shop.any_till()
    shop.cashier.scan(till)
    till.disk.lies = 1
    cart_id = till.checkout.cart.cart_id
    try:
        shop.cashier.pay(till)
    except Unavailable:
        shop.cashier.pay(till)
    till.disk.lies = 0
    if cart_id in till.promised:
        shop.counts[Fault.LIED] += 1
        shop.counts[Seen.FAILED_YET_SAVED] += 1
    assert till.checkout.cart.cart_id != cart_id


def lie_while_exchanging(shop: Shop) -> None:
    """Exchange on a disk that says no after it has written."""
    till = shop.any_till()
    till.disk.lies = shop.chance.randrange(1, 3)
    shop.counts[Fault.LIED] += 1
    state = till.exchange()
    till.disk.lies = 0
    shop.say(f"  {till.folder.name}: {state.problem!r}")


def kill_selling(shop: Shop) -> None:
    """End a till while it completes a sale, before or after the commit, its anchor written or not."""
    till = shop.any_till()
    shop.cashier.scan(till)
    till.remember_anchor()
    cart_id = till.checkout.cart.cart_id
    before = shop.chance.random() < 0.5
    if before:
        till.chance.calls_left = shop.chance.randrange(3)
    else:
        till.journal.committed = _end
    try:
        shop.cashier.pay(till)
    except Crash:
        shop.counts[Fault.TILL_KILLED_BEFORE if before else Fault.TILL_KILLED_AFTER] += 1
    till.die(anchor=_anchor_left(shop, till))
    if till.done(cart_id):
        shop.counts[Seen.DONE_UNSEEN] += not before
        assert till.checkout.cart.cart_id != cart_id, "a sale is done and its cart is still there"
    else:
        assert before, "a commit was followed by the end of the process and is gone"
        assert till.checkout.cart.lines, "a sale is not done and its cart is gone"
    till.check_promises()


def _end() -> None:
    raise Crash


def _anchor_left(shop: Shop, till: SimulatedTill) -> bytes | None:
    """Return what the end of a process leaves of its anchor, None for the newest: it is never synced."""
    kind = shop.chance.choice((None, Fault.ANCHOR_OLD, Fault.ANCHOR_LOST))
    if kind is None or till.old_anchor is None:
        return None
    shop.counts[kind] += 1
    return till.old_anchor if kind is Fault.ANCHOR_OLD else till.old_anchor[: shop.chance.randrange(100)]


def kill_syncing(shop: Shop) -> None:
    """End a till between two calls of an exchange."""
    till = shop.any_till()
    till.calls_until_end = shop.chance.randrange(6)
    try:
        shop.exchange(till)
    except Crash:
        shop.counts[Fault.TILL_KILLED_SYNCING] += 1
    till.die()
    till.check_promises()


def kill_rotating(shop: Shop) -> None:
    """End a till that stands on an old copy while it opens its successor, at the start or in an exchange."""
    till = shop.any_till()
    image = _an_image(shop, till)
    if shop.chance.random() < 0.5:
        shop.lost |= till.stand_on(image)
        till.chance.calls_left = shop.chance.randrange(6)
        run: Callable[[], object] = till.exchange
    else:
        kept = image.beside(ANCHOR, (till.folder / ANCHOR).read_bytes())
        run = lambda: shop.lost.update(till.stand_on(kept))  # noqa: E731  it is run below, or ended
        till.chance.calls_left = shop.chance.randrange(3)
    promised = set(till.promised)
    try:
        run()
    except Crash:
        shop.counts[Fault.TILL_KILLED_ROTATING] += 1
        till.die()
        shop.lost |= promised - till.told()
        till.promised = till.tickets()
    till.chance.calls_left = None
    till.check_promises()


def _an_image(shop: Shop, till: SimulatedTill) -> Image:
    """Return an old copy of this till's folder, or of now."""
    mine = [image for person, image in shop.till_images if person is till.person]
    return shop.chance.choice(mine) if mine else take(till.folder)


def put_till_back(shop: Shop) -> None:
    """Put an old copy in the place of a till's database, or of its whole folder."""
    till = shop.any_till()
    image = _an_image(shop, till)
    if image.has_wal and shop.chance.random() < 0.3:
        shop.counts[Fault.WITHOUT_WAL] += 1
        image = image.without("-wal")
    anchor: bytes | None = (till.folder / ANCHOR).read_bytes()
    kind = shop.chance.choice((Fault.DATABASE_PUT_BACK, Fault.FOLDER_PUT_BACK, Fault.ANCHOR_LOST))
    shop.counts[kind] += 1
    if kind is Fault.DATABASE_PUT_BACK:
        image = image.beside(ANCHOR, anchor)
    elif kind is Fault.ANCHOR_LOST:
        image = image.beside(ANCHOR, None)
    shop.told_alike = shop.told_alike or kind is not Fault.DATABASE_PUT_BACK
    shop.lost |= till.stand_on(image)


def clone(shop: Shop) -> None:
    """Start a copy of a till beside it, on a machine that says that it is another or not."""
    if len(shop.tills) == TILLS_MAX:
        return
    till = shop.any_till()
    image = _an_image(shop, till)
    alike = shop.chance.random() < 0.5
    shop.counts[Fault.CLONED_ALIKE if alike else Fault.CLONED_ELSEWHERE] += 1
    shop.told_alike = shop.told_alike or alike
    person = till.person if alike else Person(till.person.enrolled, f"clone-{shop.made}")
    clock = FakeClock(till.clock.wall_ms, till.clock.since_boot_ms)
    copy = shop._started(person, image, clock)  # noqa: SLF001  a deed of the shop
    copy.key = till.key
    copy.promised = copy.tickets()
    shop.tills.append(copy)


def replace_till(shop: Shop) -> None:
    """Lose a till with its disk, and enrol a new one for its label."""
    till = shop.any_till()
    shop.tills.remove(till)
    till.stop()
    shop.lost |= till.promised
    shop.counts[Fault.REPLACED] += 1
    machine = f"new-{shop.made}"
    person = Person(shop.server.enrol(machine, till.person.enrolled.till_label), machine)
    clock = FakeClock(till.clock.wall_ms)
    folder = shop.folder / "joining"
    template.join(folder, person, shop.server.whole, clock, till.chance)
    shop.tills.append(shop._started(person, take(folder), clock))  # noqa: SLF001  a deed of the shop


def restore_server(shop: Shop) -> None:
    """Put the server back to an older day with the command."""
    shop.server.put_back(shop.chance.choice(shop.server_images), told=True)
    shop.counts[Fault.SERVER_RESTORED] += 1


def copy_server_back(shop: Shop) -> None:
    """Put an old file in the place of the server's, and tell nobody."""
    shop.server.put_back(shop.chance.choice(shop.server_images), told=False)
    shop.counts[Fault.SERVER_COPIED_BACK] += 1


def break_server(shop: Shop) -> None:
    """Let the server end, or its disk refuse, at its next commit, which a till brings."""
    kinds = (Fault.SERVER_KILLED_BEFORE, Fault.SERVER_KILLED_AFTER, Fault.SERVER_DISK)
    till = shop.any_till()
    shop.cashier.sell(till)
    shop.server.database.next_fault = shop.chance.choice(kinds)
    shop.exchange(till)
    shop.server.database.next_fault = None


def poison(shop: Shop) -> None:
    """Write what the server cannot read."""
    shop.cashier.poison(shop.any_till())


def move_clock(shop: Shop) -> None:
    """Set a till's clock forward or back, and sell: the journal says so before the sale."""
    till = shop.any_till()
    before = len(till.bodies("clock.changed"))
    moved = shop.chance.choice(JUMPS_MS) * shop.chance.choice((1, -1))
    till.clock.wall_ms += moved
    shop.counts[Fault.CLOCK_MOVED] += 1
    shop.cashier.sell(till)
    noted = len(till.bodies("clock.changed")) - before
    assert noted or abs(moved) <= 2 * 60_000, f"a clock that moved by {moved} ms is not in the journal"
    shop.counts[Seen.JUMP_NOTED] += noted


def go_offline(shop: Shop) -> None:
    """Leave a till without a network for weeks, selling now and then, until all heals."""
    till = shop.any_till()
    till.offline = True
    shop.counts[Fault.WEEKS_OFFLINE] += 1
    for _ in range(3):
        till.clock.pass_ms(shop.chance.randrange(3 * DAY_MS, 9 * DAY_MS))
        shop.cashier.sell(till)


RARE: Final[tuple[Deed, ...]] = (
    write_fails, commit_lies, lie_while_exchanging, kill_selling, kill_syncing, kill_rotating, put_till_back, clone,
    replace_till, restore_server, copy_server_back, break_server, poison, move_clock, go_offline,
)  # fmt: skip


def is_known(error: BaseException) -> bool:
    """Whether the server itself said no."""
    return isinstance(error, Problem)
