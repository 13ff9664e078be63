"""The real server over a real file that fails, ends, and is put back to earlier days."""

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pysqlite3.dbapi2 as sqlite
from sqlalchemy import Connection

from seraphine_pos.domain.journal import Entry
from seraphine_pos.domain.product import PackCode, Product, to_body
from seraphine_pos.domain.protocol import Enrolment, ImportRow, Page
from sync_server import catalogue, feed
from sync_server.database import SqliteDatabase
from sync_server.errors import DatabaseFailed
from sync_server.routes.caller import Visit
from sync_server.store_server import DeviceServer, StoreServer
from tests.fakes.clock import FakeClock
from tests.simulation.disk import Chance, Crash, Image, take
from tests.simulation.faults import Fault
from tests.sync_server.shop import OWNER

FILE = "server.db"


class TroubledDatabase(SqliteDatabase):
    """The server's file; its next commit may be the end of the server, or be refused by the disk.

    It is closed and used again on other files, so that SQLAlchemy compiles each statement once and not for each seed.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.next_fault: Fault | None = None
        self.counts = Counter[str]()

    def restart(self, image: Image, opening: str) -> None:
        """Close everything, stand on other files, and be another opening."""
        self.close()
        image.put(self.path.parent)
        self.opening = opening
        self.next_fault = None

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Open a writing transaction, and perhaps spoil its end."""
        fault = self.next_fault
        with super().write() as connection:
            yield connection
            if fault in (Fault.SERVER_KILLED_BEFORE, Fault.SERVER_DISK):
                self._happens(fault)
        if fault is Fault.SERVER_KILLED_AFTER:
            self._happens(fault)

    def _happens(self, fault: Fault) -> None:
        self.next_fault = None
        self.counts[fault] += 1
        if fault is Fault.SERVER_DISK:
            raise DatabaseFailed("the database did not take it (disk I/O error); nothing was done, try again")
        raise Crash


def import_product(server: StoreServer, key: str, price: int) -> None:
    """Set a product as the owner does."""
    product = Product(key, f"Article {key[-4:]}", price, "TVA20", (PackCode(key),))
    with server.write(server.only_store(), "owner") as tx:
        (result,) = catalogue.import_rows(tx, OWNER, [ImportRow(key, to_body(product))], dry_run=False)
    assert result.outcome != "refused", result.reason


class SimulatedServer:
    """A store's server whose folder may be copied and put back."""

    def __init__(self, database: TroubledDatabase, image: Image, clock: FakeClock, chance: random.Random) -> None:
        self.database = database
        self.folder = database.path.parent
        self.clock = clock
        self._chance = Chance(chance)
        self._plain: Any = None
        self._start(image)

    def _start(self, image: Image) -> None:
        self._let_go()
        self.database.restart(image, self._chance(8).hex())
        self.whole = StoreServer(self.database, self.clock, self._chance)

    def _let_go(self) -> None:
        if self._plain is not None:
            self._plain.close()
            self._plain = None

    def visit(self, key: str) -> Visit:
        """Let the holder of a key in."""
        return Visit(self.whole, self.whole.caller(key))

    def device(self, key: str) -> DeviceServer:
        """Return the server as the holder of a key sees it."""
        return self.whole.device(key)

    def enrol(self, machine: str, label: str | None = None) -> Enrolment:
        """Enrol a till with a fresh code; for a label that the server knows, that till again."""
        known = label if label is not None and label in self.labels() else None
        return self.whole.enrol(self.whole.new_code(till_label=known), machine)

    def publish(self, key: str, price: int) -> None:
        """Set a product's price."""
        import_product(self.whole, key, price)

    def backup(self) -> Image:
        """Copy what is committed."""
        return take(self.folder)

    def put_back(self, image: Image, *, told: bool) -> None:
        """Stand on old files; ``told`` as the restore command does, which renews the feed."""
        self._start(image)
        if told:
            with self.whole.write(self.whole.only_store(), "restore") as tx:
                feed.restart(tx)

    def revive(self) -> None:
        """Start again on the files that the end of the process left."""
        self._start(take(self.folder))

    def feed(self) -> tuple[str, dict[tuple[str, str], tuple[int, Any]]]:
        """Return the feed's id and its living documents: revision and body by kind and key."""
        found: dict[tuple[str, str], tuple[int, Any]] = {}
        feed_id, rev = "", 0
        with self.database.read() as connection:
            store_id = self.whole.only_store()
            while True:
                page: Page = feed.page(connection, store_id, feed_id, rev, "")
                for one in page.documents:
                    if not one.deleted:
                        found[str(one.kind), one.key] = (one.rev, dict(one.body))
                feed_id, rev = page.feed_id, page.rev
                if not page.more:
                    return feed_id, found

    def labels(self) -> set[str]:
        """Return the tills that this server knows."""
        return {row[0] for row in self.rows("SELECT label FROM tills")}

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Ask the file itself, past the server's code."""
        if self._plain is None:
            self._plain = sqlite.connect(f"file:{self.folder / FILE}?mode=ro", uri=True)
        return list(self._plain.execute(query, values))

    def tickets_of(self, till_id: str) -> set[str]:
        """Return the tickets that count here and are in a till's journals."""
        query = """SELECT s.event_id FROM sales s JOIN journals j ON j.journal_id = s.journal_id
            WHERE j.till_id = ?"""
        return {row[0] for row in self.rows(query, till_id)}

    def events(self) -> set[str]:
        """Return the events that were taken in."""
        return {row[0] for row in self.rows("SELECT event_id FROM events")}

    def digests(self) -> dict[str, bytes]:
        """Return what was taken in as each event: the digest of its salt and body."""
        query = """SELECT v.event_id, e.digest FROM events v
            JOIN entries e ON e.journal_id = v.journal_id AND e.seq = v.seq"""
        return dict(self.rows(query))

    def entries(self) -> list[Entry]:
        """Return all entries in the order in which they came."""
        query = """SELECT journal_id, seq, at_ms, kind, version, event_id, salt, body, text, digest, prev_hash, hash
            FROM entries ORDER BY arrival"""
        found = []
        for row in self.rows(query):
            body, text = row[7].decode(), row[8] and row[8].decode()
            values = [*row[:7], body, text, *row[9:]]
            found.append(Entry(*values))
        return found

    def close(self) -> None:
        """Let go of the file."""
        self._let_go()
        self.database.close()
