"""Sells in a child process that is killed without warning, again and again; says what the child had acknowledged.

    python -m tests.store.killing FOLDER KILLS SEED

The child is forked, so that a kill costs milliseconds. Each line of the output is a receipt that
the child had said was done.
"""

import os
import random
import signal
import sys
from dataclasses import replace
from pathlib import Path

from seraphine_pos.domain import cart as carts
from seraphine_pos.domain.cart import Cart
from seraphine_pos.store.till import TillStore
from tests.domain import examples
from tests.fakes.clock import A_MORNING_MS, FakeClock
from tests.store.folder import Folder, complete

MOST_SALES_A_LIFE = 6


def ring(store: TillStore, chance: random.Random) -> str:
    """Scan a few products into a kept cart and sell it, as the till does; return the receipt."""
    cart = store.carts.latest() or Cart(os.urandom(8).hex())
    for _ in range(chance.randrange(1, 4)):
        scanned = carts.add(cart, examples.product(chance.randrange(5)), examples.VAT_20, 1000)
        store.carts.save(cart, scanned, "amina", A_MORNING_MS)
        cart = scanned
    with store.journal.action() as action:
        ticket = complete(action, cart)
        store.carts.forget(action.connection, cart.cart_id)
    return ticket.where.receipt


def live(folder: Folder, out: int, seed: int) -> None:
    """Sell until somebody ends it."""
    store, chance = folder.open(), random.Random(seed)
    while True:
        os.write(out, f"{ring(store, chance)}\n".encode())


def one_life(folder: Folder, seed: int, sales: int) -> bytes:
    """Let a child sell until it has acknowledged this many sales, kill it, return what it had said."""
    source, out = os.pipe()
    child = os.fork()
    if not child:
        os.close(source)
        live(folder, out, seed)
        os._exit(1)
    os.close(out)
    said = b""
    while said.count(b"\n") < sales:
        said += os.read(source, 1)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    with os.fdopen(source, "rb") as rest:
        return said + rest.read()


def main() -> None:
    """Live and die as often as was asked."""
    path, kills, seed = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    chance = random.Random(seed)
    for life in range(kills):
        # The seeds of the ids differ from life to life, as a real till's do.
        folder = replace(Folder(path, FakeClock(A_MORNING_MS + life), opens=life * 2), opened=[])
        said = one_life(folder, chance.randrange(1 << 30), chance.randrange(MOST_SALES_A_LIFE))
        sys.stdout.write(said.decode())


if __name__ == "__main__":
    main()
