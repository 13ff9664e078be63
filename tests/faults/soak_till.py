"""One till as a process of its own, for the soak: it sells at random until it is told to finish, or is killed.

    python -m tests.faults.soak_till HOME SEED HASTE SALES_A_MINUTE

Each ticket is a line of its output once it is done: its event id and its total. A line on its input ends the selling;
"quiet" says that the server has everything. The end of its input ends the process.
"""

import os
import random
import select
import sys
import threading
from pathlib import Path
from typing import Final

from seraphine_pos.devices.keys import FileKeys
from seraphine_pos.domain.sale import Ticket
from seraphine_pos.paths import Home
from seraphine_pos.shop import Shop, open_shop
from seraphine_pos.sync.engine import SyncState
from tests.faults.counter import Counter, hasty

QUIET: Final = "quiet"
STDIN: Final = 0
STDOUT: Final = 1
MINUTE_S: Final = 60.0


def tell(line: str) -> None:
    """Write a line at once, whole."""
    os.write(STDOUT, f"{line}\n".encode())


def told(ticket: Ticket) -> None:
    """Say that a ticket is done."""
    tell(f"{ticket.event_id} {ticket.total}")


def live(shop: Shop, chance: random.Random, pause_s: float) -> None:
    """Sell until a line comes in, then wait until the server has everything."""
    shop.start()
    counter = Counter(shop, chance, told)
    counter.sign_in()
    while not select.select([STDIN], [], [], chance.expovariate(1 / pause_s))[0]:
        counter.act()
    os.read(STDIN, 1)
    shop.staff.sign_out()
    came = threading.Event()

    def look(state: SyncState) -> None:
        if state.problem is None and state.feed_whole and not shop.stored.journal.state().waiting:
            came.set()

    shop.listen(look)
    shop.sync.wake()
    while not came.wait(pause_s):
        look(shop.sync.state)
    tell(QUIET)
    while os.read(STDIN, 1):
        continue


def main() -> None:
    """Open the till and live."""
    home, seed, haste, rate = Home(Path(sys.argv[1])), sys.argv[2], float(sys.argv[3]), float(sys.argv[4])
    with open_shop(home, keys=FileKeys(home.keys), patience=hasty(haste)) as shop:
        live(shop, random.Random(seed), MINUTE_S / rate)


if __name__ == "__main__":
    main()
