"""A till's real database in a folder, with what may happen to the disk under it."""

import itertools
import shutil
from collections.abc import Iterator
from pathlib import Path

from seraphine_pos.domain.event import Kind
from seraphine_pos.store.journal import Identity
from seraphine_pos.store.opening import open_till
from seraphine_pos.store.till import TillStore
from seraphine_pos.sync.engine import Engine
from seraphine_pos.sync.push import PushLimits
from tests.fakes.clock import FakeClock, seeded_bytes
from tests.fakes.model_server import BadNetwork, ModelServer

_seeds = itertools.count(1)


class OneTill:
    """An open till; it can be backed up, put back and cloned, as people do with disks."""

    def __init__(
        self, folder: Path, server: ModelServer | BadNetwork, machine: str = "pc-1", limits: PushLimits | None = None
    ) -> None:
        self.folder = folder
        self.limits = limits
        self.server = server
        self.machine = machine
        self.clock = FakeClock()
        self.stored = self._open()
        if not self.stored.journal.opened:
            self.stored.journal.open(Identity("store", "till", "A1", machine, "MAD", 2))

    def _open(self) -> TillStore:
        stored = open_till(self.folder, clock=self.clock, random_bytes=seeded_bytes(next(_seeds)), machine=self.machine)
        self.engine = Engine(stored.journal, stored.mirror, self.server, self.clock, self.limits)
        return stored

    def happen(self, count: int = 1) -> None:
        """Let things happen at the till, each an entry."""
        for _ in range(count):
            self.clock.pass_ms(1000)
            with self.stored.journal.action() as action:
                action.record(Kind.STAFF_SIGNED_IN, {"operator_id": "nadia"})

    def backup(self, place: Path) -> None:
        """Copy the database file away."""
        self.stored.close()
        place.mkdir(parents=True, exist_ok=True)
        shutil.copy(self.folder / "till.db", place / "till.db")
        self.stored = self._open()

    def put_back(self, place: Path) -> None:
        """Put an old database file in the place of this one; the anchor stays."""
        self.stored.close()
        for name in ("till.db-wal", "till.db-shm"):
            (self.folder / name).unlink(missing_ok=True)
        shutil.copy(place / "till.db", self.folder / "till.db")
        self.stored = self._open()

    def clone(self, folder: Path, machine: str) -> "OneTill":
        """Start a second till from a copy of this one's disk."""
        self.stored.close()
        shutil.copytree(self.folder, folder)
        self.stored = self._open()
        return OneTill(folder, self.server, machine, self.limits)

    def close(self) -> None:
        """Let go of the files."""
        self.stored.close()

    def living(self) -> Iterator[tuple[str, str]]:
        """Yield event and kind of every entry that counts: those after a closed journal's end were carried over."""
        query = """
            SELECT e.event_id, e.kind FROM entry e JOIN journal j ON j.journal_id = e.journal_id
            WHERE e.seq <= coalesce(j.closed_after, e.seq)"""
        with self.stored.database.read() as connection:
            return iter(connection.execute(query).fetchall())

    def events(self) -> set[str]:
        """Return what happened here, without the journals' own openings."""
        return {event_id for event_id, kind in self.living() if kind != Kind.JOURNAL_OPENED}


def chain_of(server: ModelServer, till: OneTill) -> list[str]:
    """Return the events of the open journal that the server holds."""
    return [entry.event_id for entry in server.chains.get(till.stored.journal.state().journal_id, [])]
