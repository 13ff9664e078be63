"""The till without its window: builds store, till, sync and devices, for the window, commands and tests."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

from seraphine_pos import settings as own
from seraphine_pos.devices.keys import Keys, choose_keys, device_key_name, pepper_name
from seraphine_pos.devices.machine import machine
from seraphine_pos.domain import store as stores
from seraphine_pos.domain.clock import Clock, RandomBytes
from seraphine_pos.domain.feed import DocumentKind
from seraphine_pos.domain.protocol import Page
from seraphine_pos.domain.refusal import Enrolled, HomeUnusable, KeysUnavailable, NoStore
from seraphine_pos.domain.staff import Operator, Role
from seraphine_pos.domain.store import Store
from seraphine_pos.domain.tax import Tax
from seraphine_pos.joining import UNFINISHED, Joined, Joining, Told, enrol, identified, keep, paired, store_of, unheard
from seraphine_pos.paths import Home
from seraphine_pos.settings import Settings
from seraphine_pos.store.opening import open_till
from seraphine_pos.store.till import TillStore
from seraphine_pos.sync.client import HttpServer, Timeouts, authority_of
from seraphine_pos.sync.engine import Engine, SyncState
from seraphine_pos.sync.sidecar import Sidecar, create_store
from seraphine_pos.sync.tell import Tell
from seraphine_pos.sync.worker import Pace, Worker
from seraphine_pos.till.catalogue import Catalogue
from seraphine_pos.till.checkout import Checkout
from seraphine_pos.till.feedback import Feedback
from seraphine_pos.till.insights import Insights
from seraphine_pos.till.pin import PinHashes
from seraphine_pos.till.quarantine import Quarantine
from seraphine_pos.till.refund import Refunds
from seraphine_pos.till.remarks import Remarks
from seraphine_pos.till.reports import Reports
from seraphine_pos.till.sales import Sales
from seraphine_pos.till.session import Session
from seraphine_pos.till.shift import Shifts
from seraphine_pos.till.staff import Staff

if TYPE_CHECKING:  # loaded when an owner asks
    from seraphine_pos.till.proofs import Proofs

REPORT_TIMEOUTS: Final = Timeouts(connect_s=2, read_s=5, whole_s=8)
# Stands in a home from the beginning of a founding to its end.
FOUNDING: Final = "founding"
COMMAND_OPERATOR: Final = Operator("command", "Commande", Role.OWNER)


class SystemClock:
    """The clocks of this PC."""

    def now_ms(self) -> int:
        """Return the wall clock in Unix milliseconds."""
        return time.time_ns() // 1_000_000

    def boot_ms(self) -> int:
        """Return milliseconds since boot; suspend is counted where the system can tell."""
        if hasattr(time, "CLOCK_BOOTTIME"):
            return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000
        return time.monotonic_ns() // 1_000_000


@dataclass(frozen=True, slots=True)
class NewMember:
    """A person of a store that is being made."""

    name: str
    role: Role
    pin: str
    staff_id: str = ""


@dataclass(frozen=True, slots=True)
class NewStore:
    """A store that is being made."""

    store: Store
    taxes: tuple[Tax, ...]
    staff: tuple[NewMember, ...]


@dataclass(frozen=True, slots=True)
class Patience:
    """How long this till waits for its server, and how often it asks."""

    timeouts: Timeouts = field(default_factory=Timeouts)
    pace: Pace = field(default_factory=Pace)


PATIENCE: Final = Patience()


class Shop:
    """An open till with everything a person can do at it."""

    def __init__(
        self, home: Home, settings: Settings, stored: TillStore, keys: Keys, clock: Clock, random_bytes: RandomBytes,
        patience: Patience = PATIENCE,
    ) -> None:  # fmt: skip
        """Put the parts together; nothing is started."""
        self.home = home
        self.settings = settings
        self.stored = stored
        self.keys = keys
        self.clock = clock
        self.store = store_of(stored, home)
        self.session = session = Session()
        journal, ledger, mirror = stored.journal, stored.ledger, stored.mirror
        self.shifts = Shifts(ledger, settings.till_id, self.store)
        currency = self.store.currency.code
        self.checkout = Checkout(
            journal, stored.catalogue, stored.carts, self.shifts, session,
            currency=currency, clock=clock, random_bytes=random_bytes,
        )  # fmt: skip
        self.refunds = Refunds(
            journal, ledger, stored.catalogue, self.shifts, session,
            currency=currency, clock=clock, random_bytes=random_bytes,
        )  # fmt: skip
        self.catalogue = Catalogue(stored.catalogue, journal, session)
        self.staff = Staff(mirror, journal, stored.attempts, session, PinHashes(lambda: self.pepper), clock)
        self.feedback = Feedback(journal, session)
        self.sales = Sales(ledger, journal, self.shifts, session)
        self.insights = Insights(mirror, session)
        self.sidecar = None if settings.server_url else Sidecar(home, settings.server_id)
        self.server = self._client(patience.timeouts)
        self._report_server = self._client(REPORT_TIMEOUTS)
        self.reports = Reports(ledger, journal, session, self._report_server.report)
        self.remarks = Remarks(session, self._report_server.feedback)
        self.quarantine = Quarantine(session, self._report_server.quarantine, ledger.set_aside)
        tell = Tell(ledger, journal, self.server, clock, lambda: mirror.state().feed_id)
        self.engine = Engine(journal, mirror, self.server, clock, tell=tell)
        self._listeners: list[Callable[[SyncState], None]] = []
        self.sync = Worker(self.engine, self._told, pace=patience.pace, interrupt=self._interrupt)
        journal.committed = self.sync.wake

    @cached_property
    def pepper(self) -> bytes:
        """Return the store's pepper; raise KeysUnavailable."""
        return bytes.fromhex(self._secret(pepper_name(self.settings.store_id)))

    @cached_property
    def proofs(self) -> "Proofs":
        """What both sides hold of each day."""
        from seraphine_pos.till.proofs import Proofs

        return Proofs(self.stored.ledger, self.session, self._report_server)

    @cached_property
    def _device_key(self) -> str:
        return self._secret(device_key_name(self.settings.device_id))

    def _secret(self, name: str) -> str:
        secret = self.keys.get(name)
        if secret is None:
            raise KeysUnavailable(reason=name)
        return secret

    def _client(self, timeouts: Timeouts) -> HttpServer:
        url: str | Callable[[], str] = self.settings.server_url
        if self.sidecar is not None:
            url = self.sidecar.url
        return HttpServer(
            url, lambda: self._device_key, self.settings.server_id, authority=self.settings.server_authority,
            timeouts=timeouts,
        )  # fmt: skip

    def _interrupt(self) -> None:
        self.server.interrupt()
        if self.sidecar is not None:
            self.sidecar.interrupt()

    def listen(self, listener: Callable[[SyncState], None]) -> None:
        """Tell this callable each new state of the sync, on the sync's own thread."""
        self._listeners.append(listener)

    def _told(self, state: SyncState) -> None:
        if state.changed & {DocumentKind.PRODUCT, DocumentKind.TAX}:
            self.stored.catalogue.refresh()
        # A little with every exchange, so that no report ever has a year of tickets to fold.
        self.stored.ledger.fold_batch()
        for listener in self._listeners:
            listener(state)

    def start(self) -> None:
        """Start to exchange with the server, on a thread of its own."""
        self.sync.start()

    def exchange(self) -> SyncState:
        """Exchange with the server now, on this thread, until nothing more is to be exchanged."""
        state = self.engine.run_once()
        self.stored.catalogue.refresh()
        return state

    def verify(self) -> Iterator[str]:
        """Check the chains, the ledger, the server's hashes of the journals and the mirror; yield what is wrong.

        Raises ServerUnavailable after the first two when the server cannot be asked.
        """
        from seraphine_pos.store import verify

        yield from verify.chain(self.stored)
        yield from verify.ledger(self.stored)
        yield from verify.against(self.stored, self.server)
        yield from self.stored.mirror.differences(self._whole_feed())

    def _whole_feed(self) -> Iterator[Page]:
        feed_id, rev = self.stored.mirror.state().feed_id, 0
        while True:
            page = self.server.pull(feed_id, rev, self.stored.journal.journals()[-1])
            yield page
            feed_id, rev = page.feed_id, page.rev
            if not page.more:
                return

    def rebuild(self, aside: list[str]) -> tuple[int, int]:
        """Fold everything again from the journals and the mirror; return the entries and products read."""
        counts = self.stored.ledger.rebuild(aside), self.stored.mirror.rebuild()
        self.stored.catalogue.refresh()
        return counts

    def close(self) -> None:
        """Stop every thread and let go of every file, in that order."""
        self.sync.stop()
        self.server.close()
        self._report_server.close()
        if self.sidecar is not None:
            self.sidecar.stop()
        self.stored.close()


@contextmanager
def open_shop(
    home: Home, *, clock: Clock | None = None, random_bytes: RandomBytes = os.urandom, keys: Keys | None = None,
    readonly: bool = False, patience: Patience = PATIENCE,
) -> Iterator[Shop]:  # fmt: skip
    """Open the till of a home; raise NoStore where none has been made, and what ``open_till`` raises.

    ``readonly`` is for looking on while a window sells: what would be written is StorageBusy.
    """
    settings = own.load(home.settings)
    if not settings.enrolled:
        raise NoStore(path=home.root)
    clock = clock or SystemClock()
    stored = open_till(home.till, clock=clock, random_bytes=random_bytes, machine=machine(), readonly=readonly)
    try:
        shop = Shop(home, settings, stored, keys or choose_keys(home.keys), clock, random_bytes, patience)
    except BaseException:
        stored.close()
        raise
    try:
        yield shop
    finally:
        shop.close()


def found_shop(
    home: Home, request: NewStore, *, clock: Clock | None = None, random_bytes: RandomBytes = os.urandom,
    keys: Keys | None = None,
) -> None:  # fmt: skip
    """Make a store on this PC's own server and join it as its first till.

    A founding that was cut off, by a power cut say, is set aside and begun anew.
    """
    settings = own.load(home.settings)
    if settings.enrolled:
        raise Enrolled(store=settings.store_name)
    begun = home.root / FOUNDING
    if begun.exists():
        _set_aside(home)
    make_home(home)
    begun.touch()
    created = create_store(home, _request(request))
    with Sidecar(home, created.server_id) as sidecar:
        joining = replace(own.load(home.settings), server_url="", language=request.store.language)
        way = Joining(home, clock or SystemClock(), random_bytes, keys, unheard)
        way.join(joining, sidecar.url(), created.code)
    begun.unlink()


def make_home(home: Home) -> None:
    """Create the folders of a home; raise HomeUnusable where the system refuses."""
    try:
        home.make()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise HomeUnusable(path=error.filename or home.root, reason=reason) from error


def _set_aside(home: Home) -> None:
    """Move what an unfinished founding left out of the way; nobody ever sold with it, but nothing is deleted."""
    number = sum(1 for _ in home.root.glob(f"{UNFINISHED}-*")) + 1
    aside = home.root / f"{UNFINISHED}-{number}"
    aside.mkdir(mode=0o700)
    for folder in (home.server, home.till):
        if folder.exists():
            folder.rename(aside / folder.name)


def join_shop(
    home: Home, url: str, code: str, *, clock: Clock | None = None, random_bytes: RandomBytes = os.urandom,
    keys: Keys | None = None, told: Told = unheard,
) -> Joined:  # fmt: skip
    """Join the store of a server with a one-time code, or with the line that has it all; the rest comes from there.

    An address that is given counts before the line's. A code for a till that was lost brings its journals back. What
    was cut off goes on with the same code.
    """
    make_home(home)
    way = paired(url, code)
    settings = replace(own.load(home.settings), server_url=way.url)
    return Joining(home, clock or SystemClock(), random_bytes, keys, told).join(settings, way.url, way.code, way.pin)


def recover_shop(
    home: Home, *, clock: Clock | None = None, random_bytes: RandomBytes = os.urandom, keys: Keys | None = None,
    told: Told = unheard,
) -> tuple[Joined, Path]:  # fmt: skip
    """Send what this till has, fetch all of it anew from its server, and go on with that; raise what stopped it.

    Returns what the till is now, and where its data from before are kept.
    """
    clock = clock or SystemClock()
    way = Joining(home, clock, random_bytes, keys, told)
    with open_shop(home, clock=clock, random_bytes=random_bytes, keys=keys) as shop:
        state = shop.exchange()
        if state.problem is not None:
            raise state.problem
        mark = shop.stored.anchor.read()
        way.anew(shop.settings, shop.server, shop.stored)
    return way.put_in_place(shop.settings, mark)


def enrol_again(home: Home, url: str, code: str, *, keys: Keys | None = None) -> None:
    """Give the till of this home a new key, with a code for the same till; raise Enrolled for another one's.

    Without an address the till's own server is asked, and the one of this PC where it has none.
    """
    settings = own.load(home.settings)
    way = paired(url, code)
    settings = replace(settings, server_url=way.url or settings.server_url)
    with ExitStack() as stack:
        address = settings.server_url or stack.enter_context(Sidecar(home, settings.server_id)).url()
        authority = authority_of(address, way.pin) if way.pin else settings.server_authority
        enrolled = enrol(address, way.code, authority)
    settings = replace(settings, server_authority=authority)
    if (enrolled.store_id, enrolled.till_id) != (settings.store_id, settings.till_id):
        raise Enrolled(store=settings.store_name)
    keep(keys or choose_keys(home.keys), enrolled)
    own.save(home.settings, identified(settings, enrolled))


def _request(request: NewStore) -> dict[str, object]:
    return {
        **stores.to_body(request.store),
        "taxes": [asdict(tax) for tax in request.taxes],
        "staff": [
            {
                **({"staff_id": member.staff_id} if member.staff_id else {}),
                "name": member.name,
                "role": member.role.value,
                "pin": member.pin,
            }
            for member in request.staff
        ],
    }
