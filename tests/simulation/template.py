"""The store that every seed begins with, made once in a process: a server with products, and enrolled tills."""

import json
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from seraphine_pos.domain import barcode
from seraphine_pos.store.opening import open_till
from sync_server import founding
from sync_server.database import open_database
from sync_server.store_server import StoreServer
from tests.domain.examples import gtin
from tests.fakes.clock import FakeClock, seeded_bytes
from tests.simulation.disk import Image, take
from tests.simulation.server import FILE, import_product
from tests.simulation.till import Person
from tests.sync_server.shop import REQUEST

TILLS = 2
PRODUCTS = tuple(barcode.key_of(gtin(2_000_000 + number)) for number in range(1, 5))
MEMORY_DISK = Path("/dev/shm")  # noqa: S108  many small databases: a disk in memory where the system has one


@dataclass(frozen=True, slots=True)
class Template:
    """The folders of a store on its first morning."""

    server: Image
    tills: tuple[tuple[Person, Image], ...]


def scratch() -> str | None:
    """Return where the folders of a simulation are quickest, None for the system's own place."""
    return str(MEMORY_DISK) if MEMORY_DISK.is_dir() else None


@cache
def template() -> Template:
    """Return the store, made at the first call."""
    with tempfile.TemporaryDirectory(dir=scratch()) as folder:
        return _made(Path(folder))


def _made(folder: Path) -> Template:
    clock, chance = FakeClock(), seeded_bytes(1)
    database = open_database(folder / "server" / FILE)
    server = StoreServer(database, clock, chance)
    request = founding.StoreRequest.model_validate_json(json.dumps(REQUEST))
    made = founding.found(database, request, clock.now_ms(), chance)
    for place, key in enumerate(PRODUCTS):
        import_product(server, key, 199 + 350 * place)
    codes = [made.code, *(server.new_code() for _ in range(TILLS - 1))]
    tills = tuple(
        _till(folder / f"till-{number}", server, code, f"machine-{number}", clock)
        for number, code in enumerate(codes, 1)
    )
    database.close()
    return Template(take(folder / "server"), tills)


def _till(folder: Path, server: StoreServer, code: str, machine: str, clock: FakeClock) -> tuple[Person, Image]:
    person = Person(server.enrol(code, machine), machine)
    join(folder, person, server, clock, seeded_bytes(len(machine) * ord(machine[-1])))
    return person, take(folder)


def join(folder: Path, person: Person, server: StoreServer, clock: FakeClock, chance: object) -> None:
    """Make the folder of a till that has just been enrolled: the whole feed, and its first journal."""
    store = open_till(folder, clock=clock, random_bytes=chance, machine=person.machine)  # type: ignore[arg-type]
    device = server.device(person.enrolled.device_key)
    state = store.mirror.state()
    while not state.whole:
        store.mirror.apply(device.pull(state.feed_id, state.rev, ""))
        state = store.mirror.state()
    store.journal.open(person.identity)
    store.close()
