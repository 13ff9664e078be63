"""The till that is tampered with: three journals in one database, two of them closed by a restore, and its server."""

import random
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from seraphine_pos.store.opening import open_till
from sync_server.store_server import DeviceServer
from tests.fakes.clock import FakeClock, seeded_bytes
from tests.simulation.disk import Image, take
from tests.simulation.server import FILE, TroubledDatabase
from tests.simulation.shop import Shop
from tests.simulation.till import ANCHOR, SimulatedTill

MACHINE: Final = "machine-1"
SEED: Final = 1
JOURNALS: Final = 3


@dataclass(frozen=True, slots=True)
class Scene:
    """The files of the till, what the server has of each journal, and the server itself."""

    image: Image
    acknowledged: dict[str, int]
    device: DeviceServer
    clock: FakeClock
    shop: Shop

    def rebuild(self, folder: Path) -> None:
        """Let the program itself fold the tables again, as somebody would who changes journals."""
        store = open_till(folder, clock=self.clock, random_bytes=seeded_bytes(2), machine=MACHINE)
        try:
            store.ledger.rebuild()
        finally:
            store.close()

    def close(self) -> None:
        """Let go of every file."""
        self.shop.close()


def made(folder: Path) -> Scene:
    """Live through a few days at one till, with two restores, all of it the same at each call."""
    database = TroubledDatabase(folder / "server" / FILE)
    shop = Shop(folder, database, random.Random(SEED), Counter(), _quiet)
    shop.network.trouble = 0.0
    till = shop.tills[0]
    _work(shop, till, 8)
    assert shop.exchange(till)
    _forked(shop, till)
    _restored(shop, till)
    _work(shop, till, 6)
    assert shop.exchange(till)
    device = shop.server.device(till.key)
    held = _held(shop, till)
    _work(shop, till, 4)  # which the server does not see
    till.stop()
    return Scene(take(till.folder), held, device, till.clock, shop)


def _quiet(_: str) -> None:
    """Say nothing of what happens."""


def _work(shop: Shop, till: SimulatedTill, rounds: int) -> None:
    deeds = (shop.cashier.sell, shop.cashier.give_back, shop.cashier.say, shop.cashier.wish, shop.cashier.void)
    for number in range(rounds):
        till.clock.pass_ms(30_000)
        shop.cashier.sell(till)
        deeds[number % len(deeds)](till)


def _forked(shop: Shop, till: SimulatedTill) -> None:
    """Go on from a copy of the whole disk, which shows when the server is met again: what follows is carried over."""
    image = take(till.folder)
    _work(shop, till, 3)
    assert shop.exchange(till)
    till.stand_on(image)
    _work(shop, till, 3)
    assert shop.exchange(till)
    assert len(till.journals()) == 2


def _restored(shop: Shop, till: SimulatedTill) -> None:
    """Go on from a copy of the database alone, which shows at the start."""
    _work(shop, till, 4)
    assert shop.exchange(till)
    image = take(till.folder)
    _work(shop, till, 3)
    assert shop.exchange(till)
    till.stand_on(image.beside(ANCHOR, (till.folder / ANCHOR).read_bytes()))
    assert len(till.journals()) == JOURNALS


def _held(shop: Shop, till: SimulatedTill) -> dict[str, int]:
    """Return how much of each journal both sides have."""
    heads = dict(shop.server.rows("SELECT journal_id, seq FROM journals"))
    closed = till.rows("SELECT journal_id, coalesce(closed_after, 1 << 40) FROM journal ORDER BY place")
    return {journal_id: min(heads[journal_id], last) for journal_id, last in closed}
