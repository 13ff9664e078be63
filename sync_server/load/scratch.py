"""A store founded for a load alone, the server process in front of it, and what that and its database use."""

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from seraphine_pos.domain.clock import Clock, RandomBytes
from sync_server import founding
from sync_server.database import PostgresDatabase, file_of, open_database
from sync_server.errors import Unready
from sync_server.load.arguments import NAME
from sync_server.load.ringing import CURRENCY, OPERATOR, TAX
from sync_server.store_server import StoreServer

CODES_LIFE_MS: Final = 24 * 3_600_000
READY_S: Final = 60
LOOK_EVERY_S: Final = 0.02
UTIME: Final = 11  # of /proc/PID/stat, after the name in brackets
HERE: Final = (None, "127.0.0.1", "::1")
_BACKENDS: Final = "SELECT pid, host(inet_server_addr()) FROM pg_stat_activity"


def request() -> founding.StoreRequest:
    """Return the store that is founded."""
    tax = founding.TaxRequest(code=TAX.code, name=TAX.name, rate=TAX.rate)
    owner = founding.StaffRequest.model_validate(
        {"staff_id": OPERATOR, "name": "Load", "role": "owner", "pin": "0000"}
    )  # fmt: skip
    return founding.StoreRequest(
        name=NAME, currency=CURRENCY, decimals=2, time_zone="UTC", taxes=[tax], staff=[owner]
    )  # fmt: skip


@dataclass(slots=True)
class Scratch:
    """A founded store; ``codes`` enrol its tills; ``process`` answers at ``url`` while it is served."""

    folder: Path
    place: str | Path
    codes: Sequence[str]
    url: str = ""
    process: "subprocess.Popen[bytes] | None" = None

    @contextmanager
    def served(self) -> Iterator[None]:
        """Let a server process answer; it has ended afterwards, and its database is whole on disk."""
        ready = self.folder / "ready.json"
        ready.unlink(missing_ok=True)
        start = [sys.executable] if getattr(sys, "frozen", False) else [sys.executable, "-m", "sync_server"]
        place = f"sqlite:///{self.place}" if isinstance(self.place, Path) else self.place
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603  this program again
                [
                    *start, "serve", "--home", str(self.folder), "--database-url", place,
                    "--ready-file", str(ready), "--exit-with-stdin",
                ],
                stdin=subprocess.PIPE, stderr=log,
            )  # fmt: skip
        try:
            self.url = self._answering(ready)
            yield
        finally:
            if self.process.stdin is not None:
                self.process.stdin.close()
            self.process.wait()

    def _answering(self, ready: Path) -> str:
        pause, deadline = threading.Event(), time.monotonic() + READY_S
        while not ready.exists():
            if time.monotonic() > deadline or self.process is None or self.process.poll() is not None:
                raise Unready(f"the server did not start; {self.folder / 'server.log'} says why")
            pause.wait(LOOK_EVERY_S)
        url: str = json.loads(ready.read_bytes())["url"]
        return url

    def server_cpu_s(self) -> float | None:
        """Return the processor seconds that the server has used; None where nobody counts them."""
        return None if self.process is None else cpu_s(self.process.pid)


@contextmanager
def founded(
    database_url: str | None, tills: int, clock: Clock, random_bytes: RandomBytes, folder: Path | None = None
) -> Iterator[Scratch]:
    """Found a store in an empty database, in a folder that goes away unless one is named."""
    with tempfile.TemporaryDirectory(prefix="seraphine-load-") as temporary:
        home = folder or Path(temporary)
        place: str | Path = database_url or home / "server.db"
        database = open_database(place)
        try:
            server = StoreServer(database, clock, random_bytes)
            made = founding.found(database, request(), clock.now_ms(), random_bytes)
            codes = [made.code, *(server.new_code(life_ms=CODES_LIFE_MS) for _ in range(tills - 1))]
        finally:
            database.close()
        yield Scratch(home, file_of(place) or str(place), codes)


@contextmanager
def watched(place: str | Path) -> Iterator["Watch"]:
    """Give what tells how large a database is and what it uses."""
    if isinstance(place, Path):
        yield Watch(lambda: sum(_size(Path(f"{place}{tail}")) for tail in ("", "-wal")), lambda: None, lambda: None)
        return
    database = PostgresDatabase(place)

    def asked(sql: str) -> int:
        with database.read() as connection:
            return int(connection.exec_driver_sql(sql).scalar_one())

    seen: dict[int, float] = {}

    def used() -> float | None:
        with database.read() as connection:
            rows = connection.exec_driver_sql(_BACKENDS).all()
        if any(row[1] not in HERE for row in rows):
            return None
        # What one of its processes had used when it was last seen stays counted after its end.
        found = {row[0]: cpu_s(row[0]) for row in rows}
        seen.update({pid: seconds for pid, seconds in found.items() if seconds is not None})
        return sum(seen.values()) if seen else None

    try:
        yield Watch(
            lambda: asked("SELECT pg_database_size(current_database())"),
            used,
            lambda: asked("SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')"),
        )
    finally:
        database.close()


@dataclass(frozen=True, slots=True)
class Watch:
    """Bytes that a database has on disk, the processor seconds it used, the bytes its log has had in all."""

    size: Callable[[], int]
    cpu_s: Callable[[], float | None]
    log: Callable[[], int | None]


def cpu_s(pid: int) -> float | None:
    """Return the processor seconds of a process of this machine; None where the system does not tell."""
    with suppress(OSError, ValueError, AttributeError, IndexError):  # no /proc here, or the process is gone
        told = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
        return (int(told[UTIME]) + int(told[UTIME + 1])) / os.sysconf("SC_CLK_TCK")
    return None


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
