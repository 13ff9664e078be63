"""What goes wrong in a simulated shop: disks, ends of processes, old copies, clocks, and what nobody can read."""

from collections.abc import Callable
from typing import Final

from seraphine_pos.devices.machine import machine
from seraphine_pos.domain.refusal import Unavailable
from tests.fakes.clock import FakeClock
from tests.simulation import template
from tests.simulation.deeds import Deed
from tests.simulation.disk import Crash, Image, no_file_beyond, take
from tests.simulation.faults import LIMITS_FILES, Fault, Seen
from tests.simulation.new_pc import NewPc
from tests.simulation.shop import HOUR_MS, Shop
from tests.simulation.till import ANCHOR, FILE, Person, SimulatedTill

TILLS_MAX: Final = 4
DAY_MS: Final = 86_400_000
JUMPS_MS: Final = (30_000, 5 * 60_000, HOUR_MS, 3 * DAY_MS, 400 * DAY_MS)
PAGE: Final = 4096


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
    shop.alike = True  # an old database put beside this anchor would go on with its journal
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
        shop.alike = True
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
    shop.alike = shop.alike or kind is not Fault.DATABASE_PUT_BACK
    shop.lost |= till.stand_on(image)


def restore_till(shop: Shop) -> None:
    """Put an old copy in the place of a till's database with the command: what came after it goes over with it.

    A part of that the server may have already, and is told again in another journal.
    """
    till = shop.any_till()
    image = _an_image(shop, till)
    shop.cashier.sell(till)
    if not till.offline:
        shop.exchange(till)
    shop.cashier.sell(till)
    shop.counts[Fault.TILL_RESTORED] += 1
    till.restore(image)


def clone(shop: Shop) -> None:
    """Start a copy of a till beside it, on a machine that says that it is another or not."""
    if len(shop.tills) == TILLS_MAX:
        return
    till = shop.any_till()
    image = _an_image(shop, till)
    alike = shop.chance.random() < 0.5
    shop.counts[Fault.CLONED_ALIKE if alike else Fault.CLONED_ELSEWHERE] += 1
    shop.alike = shop.alike or alike
    person = till.person if alike else Person(till.person.enrolled, f"clone-{shop.made}")
    clock = FakeClock(till.clock.wall_ms, till.clock.since_boot_ms)
    shop.add(person, image, clock).key = till.key


def replace_till(shop: Shop) -> None:
    """Lose a till with its disk, and put a new one in its place that knows nothing of it."""
    till = shop.any_till()
    shop.tills.remove(till)
    till.stop()
    shop.lost |= till.promised
    shop.counts[Fault.REPLACED] += 1
    name = f"new-{shop.made}"
    person = Person(shop.server.enrol(name), name)
    clock = FakeClock(till.clock.wall_ms)
    folder = shop.folder / "joining"
    template.join(folder, person, shop.server.whole, clock, till.chance)
    shop.add(person, take(folder), clock)


def recover(shop: Shop) -> None:
    """Lose a till with its disk, and bring it back on a new PC from what the server holds of it.

    The network is as it is, and the program may end on the way: what was fetched stays, until all of it is there.
    """
    till = shop.any_till()
    label = till.person.enrolled.till_label
    if label not in shop.server.labels():
        return
    shop.tills.remove(till)
    till.stop()
    new_pc = NewPc(shop.folder / f"new-{shop.made}", shop.server.enrol(machine(), label), shop.network, till.chance)
    new_pc.calls_until_end = shop.chance.randrange(12)
    while not new_pc.attempt():
        shop.network.trouble /= 2
    shop.counts[Fault.RECOVERED] += 1
    shop.counts[Fault.TILL_KILLED_RECOVERING] += new_pc.ended
    new = shop.add(new_pc.person, new_pc.image(), FakeClock(till.clock.wall_ms))
    held = shop.server.tickets_of(new.person.enrolled.till_id)
    assert held <= new.promised, f"the server has tickets that did not come back: {held - new.promised}"
    shop.counts[Seen.FETCHED] += len(held)
    shop.lost |= till.promised - new.promised


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
    write_fails, commit_lies, lie_while_exchanging, kill_selling, kill_syncing, kill_rotating, put_till_back,
    restore_till, clone, replace_till, recover, restore_server, copy_server_back, break_server, poison, move_clock,
    go_offline,
)  # fmt: skip
