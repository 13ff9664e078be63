"""The real server in this process over a real file, which may be put back to an earlier day."""

import itertools
import shutil
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import select

from seraphine_pos.domain import barcode
from seraphine_pos.domain.journal import Entry
from seraphine_pos.domain.product import PackCode, Product, to_body
from seraphine_pos.domain.protocol import Head, ImportRow, Page, RowResult
from seraphine_pos.domain.report import ReportData, ReportQuery
from sync_server import feed, founding, schema, verify
from sync_server.database import open_database
from sync_server.store_server import DeviceServer, StoreServer
from tests.domain.examples import gtin
from tests.fakes.clock import FakeClock, seeded_bytes
from tests.sync_server.shop import OWNER, REQUEST

_seeds = itertools.count(10_000)


class RealServer:
    """A store's server with one enrolled key, as ``domain.protocol.Server``."""

    def __init__(self, folder: Path, clock: FakeClock) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / "server.db"
        self.clock = clock
        self._open()
        request = founding.StoreRequest.model_validate(REQUEST)
        made = founding.found(self.database, request, clock.now_ms(), seeded_bytes(next(_seeds)))
        self.key = self.whole.enrol(made.code, "machine-1").device_key

    def _open(self) -> None:
        self.database = open_database(self.path)
        self.whole = StoreServer(self.database, self.clock, seeded_bytes(next(_seeds)))

    @property
    def device(self) -> DeviceServer:
        """The server as the till sees it."""
        return self.whole.device(self.key)

    def push(self, journal_id: str, acknowledged_seq: int, acknowledged_hash: bytes, entries: Sequence[Entry]) -> Head:
        return self.device.push(journal_id, acknowledged_seq, acknowledged_hash, entries)

    def hashes(self, journal_id: str, seqs: Sequence[int]) -> dict[int, bytes]:
        return self.device.hashes(journal_id, seqs)

    def pull(self, feed_id: str, rev: int, journal_id: str) -> Page:
        return self.device.pull(feed_id, rev, journal_id)

    def entries(self, journal_id: str, after: int) -> list[Entry]:
        return self.device.entries(journal_id, after)

    def report(self, query: ReportQuery) -> ReportData:
        return self.device.report(query)

    def import_products(self, operator_id: str, rows: Sequence[ImportRow], *, dry_run: bool) -> list[RowResult]:
        return self.device.import_products(operator_id, rows, dry_run=dry_run)

    def publish(self, number: int, price: int) -> None:
        """Set the price of a product."""
        key = barcode.key_of(gtin(2_000_000 + number))
        row = ImportRow(key, to_body(Product(key, f"Article {number}", price, "TVA20", (PackCode(key),))))
        (result,) = self.import_products(OWNER, [row], dry_run=False)
        assert result.outcome != "refused", result.reason

    def backup(self, place: Path) -> None:
        """Copy the file away."""
        self.database.close()
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(self.path, place)
        self._open()

    def put_back(self, place: Path, *, tells: bool) -> None:
        """Put an old file in the place of this one; ``tells`` as the restore command does, which renews the feed."""
        self.database.close()
        for left in self.path.parent.glob("server.db-*"):
            left.unlink()
        shutil.copy(place, self.path)
        self._open()
        if tells:
            with self.whole.write(self.whole.only_store(), "restore") as tx:
                feed.restart(tx)

    def events(self) -> set[str]:
        """Return what was counted."""
        with self.database.read() as connection:
            return set(connection.execute(select(schema.events.c.event_id)).scalars())

    def problems(self) -> list[str]:
        """Return what the server's own check finds wrong."""
        with self.database.read() as connection:
            verdict = verify.verify(connection, self.whole.only_store())
        return [*verdict.problems, *["quarantined"] * verdict.quarantined]

    def close(self) -> None:
        """Let go of the file."""
        self.database.close()
