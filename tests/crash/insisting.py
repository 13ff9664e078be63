"""Somebody at a till whose disk fails under them: they press again, or the till dies as soon as it says no."""

import os
import pickle
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final, TypeVar

from seraphine_pos.domain.protocol import Head, Page
from seraphine_pos.domain.refusal import StorageFailed, Unavailable
from seraphine_pos.domain.sale import Method
from seraphine_pos.store.till import TillStore
from seraphine_pos.sync.engine import Engine
from tests.crash.told import Tell
from tests.crash.upgrading import plant
from tests.domain import examples
from tests.fakes.clock import A_MORNING_MS, FakeClock
from tests.fakes.model_server import ModelServer
from tests.store.folder import Folder
from tests.till.room import CASHIER, DOCUMENTS, Room

TRIES: Final = 4
AN_HOUR_MS: Final = 3_600_000
BEGINS, ENDS = "begins", "ends"
Done = TypeVar("Done")


class Insisting:
    """One person; ``dies``: the till's process ends with the first thing that it could not do."""

    def __init__(self, path: Path, tell: Tell, *, dies: bool) -> None:
        self.folder = Folder(path, FakeClock(A_MORNING_MS + AN_HOUR_MS), opens=50)
        self.tell = tell
        self.dies = dies

    def insist(self, act: Callable[[], Done], event_id: str = "") -> Done | None:
        """Do a thing, again and again if the till says no; give up in the end."""
        for _ in range(TRIES):
            if event_id:
                self.tell(f"rings {event_id}")
            try:
                return act()
            except Unavailable as failure:
                # The bare StorageFailed is no answer: it says that the next start will tell.
                if event_id and type(failure) is not StorageFailed:
                    self.tell(f"refused {event_id} {type(failure).__name__}")
                if self.dies:
                    os._exit(0)
        return None

    def open(self) -> Room:
        """Open the till; where it never opens, nothing more can be done."""
        room = self.insist(lambda: Room(self.folder))
        if room is None:
            os._exit(0)
        room.staff.take_over(CASHIER)
        return room

    def sell(self, room: Room) -> None:
        """Ring two products and take the money."""
        checkout = room.checkout
        for no in (1, 2):
            self.insist(lambda no=no: checkout.add(examples.product(no)))  # type: ignore[misc]
        event_id = checkout.cart.cart_id
        ticket = self.insist(lambda: checkout.pay(Method.CASH), event_id) if checkout.cart.lines else None
        if ticket is not None:
            self.tell(f"done {ticket.event_id} {ticket.where.receipt} {ticket.total}")
            return
        # It was said that nothing is saved: then the till itself must not know of it either.
        with suppress(Unavailable):
            if room.store.ledger.has(event_id):
                self.tell(f"fault said not to be saved, and in the till's own log: {event_id}")

    def close(self) -> None:
        """Go home."""
        self.insist(self.folder.close)


def sale(path: Path, tell: Tell, *, dies: bool) -> None:
    """Sell twice."""
    person = Insisting(path, tell, dies=dies)
    room = person.open()
    tell(BEGINS)
    person.sell(room)
    person.sell(room)
    tell(ENDS)
    person.close()


def opening(path: Path, tell: Tell, *, dies: bool) -> None:
    """Open a till that was left in a hurry, sell, and close it."""
    person = Insisting(path, tell, dies=dies)
    tell(BEGINS)
    person.sell(person.open())
    person.close()
    tell(ENDS)


def checkpoint(path: Path, tell: Tell, *, dies: bool) -> None:
    """Have everything moved into the database file, before and after a sale."""
    person = Insisting(path, tell, dies=dies)
    room = person.open()
    tell(BEGINS)
    person.insist(room.store.database.settle)
    person.sell(room)
    person.insist(room.store.database.settle)
    tell(ENDS)
    person.sell(room)


def upgrade(path: Path, tell: Tell, *, dies: bool) -> None:
    """Open with a program whose tables are a version ahead."""
    plant()
    opening(path, tell, dies=dies)


class KeptServer(ModelServer):
    """A server that outlives the till: what it holds is in a file, before it answers."""

    def __init__(self, place: Path) -> None:
        known = {(str(one.kind), one.key): one for one in DOCUMENTS}
        super().__init__(feed_id="feed-1", rev=max(one.rev for one in DOCUMENTS), documents=known)
        self.place = place

    def push(self, *words: object) -> Head:
        """Take entries in, and keep them."""
        head = super().push(*words)  # type: ignore[arg-type]
        self.keep()
        return head

    def keep(self) -> None:
        """Write down what it holds."""
        self.place.write_bytes(pickle.dumps(self))

    def whole_feed(self) -> Page:
        """Return the feed from its beginning."""
        return Page(self.server_id, self.feed_id, self.rev, tuple(self.documents.values()), 0, more=False)


def server_beside(path: Path) -> KeptServer:
    """Return the server of the till in this folder."""
    place = path.parent.with_name(f"{path.parent.name}.server")
    if not place.exists():
        return KeptServer(place)
    kept: KeptServer = pickle.loads(place.read_bytes())  # noqa: S301  written by this module a moment ago
    return kept


def exchange(path: Path, tell: Tell, *, dies: bool) -> None:
    """Send the journal and fetch the feed, with a sale in between."""
    person, server = Insisting(path, tell, dies=dies), server_beside(path)
    room = person.open()
    server.publish(examples.product(9).product_id, "Nouveau")
    server.keep()
    tell(BEGINS)
    engine = Engine(room.store.journal, room.store.mirror, server, room.clock)
    for _ in range(TRIES):
        state = engine.run_once()
        if state.problem is not None and dies:
            os._exit(0)
        person.sell(room)
    tell(ENDS)


def exchanged(path: Path) -> list[str]:
    """Let everything be exchanged with a disk that works again; return what the two sides disagree on."""
    server, folder = server_beside(path), Folder(path, FakeClock(A_MORNING_MS + 2 * AN_HOUR_MS), opens=80)
    try:
        store = folder.open()
        state = Engine(store.journal, store.mirror, server, folder.clock).run_once()
        if state.waiting or state.problem:
            return [f"{state.waiting} entries wait: {state.problem}"]
        return list(_differences(server, store))
    finally:
        folder.close()


def _differences(server: KeptServer, store: TillStore) -> Iterator[str]:
    yield from store.mirror.differences([server.whole_feed()])
    mine = [entry.event_id for entry in server.chains[store.journal.journals()[-1]]]
    if len(server.chains) > 1:
        yield f"the server has {len(server.chains)} journals"
    if len(set(mine)) < len(mine):
        yield "an event was sent twice"
    if set(mine) != server.events:
        yield "the server counted an event that is not its journal's"
