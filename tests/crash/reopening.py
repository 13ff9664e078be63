"""The morning after: a folder that somebody's disk left is opened by the real code, looked at, and sold on."""

from functools import partial
from pathlib import Path
from typing import Final

from seraphine_pos.domain.sale import Method
from seraphine_pos.store import verify
from tests.crash import inspection
from tests.crash.inspection import Inspection, Reached
from tests.crash.life import lines_of
from tests.crash.told import Tell, Told
from tests.crash.upgrading import plant
from tests.domain import examples
from tests.fakes.clock import A_MORNING_MS, FakeClock
from tests.store.folder import Folder
from tests.till.room import CASHIER, Room

LATER_MS: Final = 24 * 3_600_000
OPENS: Final = 1 << 20


def opened(path: Path, told: Told, *, folded: bool = True) -> list[str]:
    """Open a till, look at all of it (``folded``: fold all of it again), ring one more sale; return what is wrong."""
    folder = Folder(path, FakeClock(A_MORNING_MS + LATER_MS), opens=OPENS)
    try:
        room = Room(folder)
        look = Inspection(room.store.database.path, Reached(), told)
        found = [*look.faults(), *inspection.pages(room.store.database.path)]
        found += verify.ledger(room.store) if folded else ()
        told.hear(f"checked {look.reached.written()}")
        sell(room, told)
        return [*found, *Inspection(room.store.database.path, look.reached, told).faults()]
    except Exception as error:  # noqa: BLE001  whatever keeps a till from opening and selling is what is looked for
        return [f"{type(error).__name__}: {error}"]
    finally:
        folder.close()


def sell(room: Room, told: Told) -> None:
    """Pay what is in progress, if anything is, and ring one more."""
    room.staff.take_over(CASHIER)
    checkout = room.checkout
    for _ in range(2):
        if not checkout.cart.lines:
            checkout.add(examples.product(1))
        told.hear(f"rings {checkout.cart.cart_id}")
        ticket = checkout.pay(Method.CASH)
        if ticket is not None:
            told.hear(f"done {ticket.event_id} {ticket.where.receipt} {ticket.total}")


def opened_by_the_next_version(path: Path, told: Told) -> list[str]:
    """Do the same with a program that is a version ahead, in a process of its own."""
    lines = lines_of(partial(_upgraded, path, told))
    return [line.removeprefix("fault ") for line in lines if line.startswith("fault ")]


def _upgraded(path: Path, told: Told, tell: Tell) -> None:
    plant()
    for fault in opened(path, told):
        tell(f"fault {' '.join(fault.split())}")
