"""Which stores have something to do next: read now and then by one query for many of them, and kept in memory.

So a minute in which nothing is due costs no query, however many stores there are.
"""

import heapq
from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy import ColumnElement, func, select, true

from sync_server.schema import stores
from sync_server.store_server import StoreServer
from sync_server.upkeep import standing
from sync_server.upkeep.nightly import Job
from sync_server.upkeep.nights import HOUR_MS
from sync_server.upkeep.standing import Seen

PAGE: Final = 1000
# Whoever went wrong, or whose turn it was not, is looked at again in a minute.
AGAIN_MS: Final = 60_000
# As the till: a wall clock that moves by more than this against the other one was set.
CLOCK_MOVES_MS: Final = 120_000


class Agenda:
    """The stores of a server, each with when the first of its jobs is due; of one thread.

    Stores that were made meanwhile, and a clock that was set, are noticed within the hour.
    """

    def __init__(self, server: StoreServer, jobs: Mapping[str, Job]) -> None:
        """Begin without a look; of ``jobs`` those that the settings want are planned."""
        self.server = server
        self.jobs: Final = {name: job for name, job in jobs.items() if job.wanted(server.settings)}
        self._of_store: Final = {name: job for name, job in self.jobs.items() if not job.whole}
        self._of_all: Final = {name: job for name, job in self.jobs.items() if job.whole}
        self._waiting: list[tuple[int, str]] = []
        self._read_at: tuple[int, int] | None = None
        self._keeper = ""

    def due(self, most: int) -> list[str]:
        """Take the stores whose time has come, those that wait for longest first."""
        now_ms = self.server.clock.now_ms()
        if self._is_old(now_ms):
            self._read(now_ms)
        taken: list[str] = []
        while self._waiting and self._waiting[0][0] <= now_ms and len(taken) < most:
            taken.append(heapq.heappop(self._waiting)[1])
        return taken

    def todo(self, taken: Sequence[str]) -> dict[str, list[str]]:
        """Return what each of these stores has to do now, as the database says, when nobody else does anything."""
        now_ms = self.server.clock.now_ms()
        found = self._standings(now_ms, stores.c.store_id.in_(taken), len(taken))
        return {store_id: [name for name, due_ms in one.items() if due_ms <= now_ms] for store_id, one in found.items()}

    def put_back(self, taken: Sequence[str]) -> None:
        """Plan again for these stores what comes next."""
        now_ms = self.server.clock.now_ms()
        found = self._standings(now_ms, stores.c.store_id.in_(taken), len(taken))
        for store_id, one in found.items():
            self._plan(store_id, max(min(one.values(), default=now_ms + HOUR_MS), now_ms + AGAIN_MS))

    def wait(self, taken: Sequence[str]) -> None:
        """Look at these stores again in a minute: somebody else works."""
        for store_id in taken:
            self._plan(store_id, self.server.clock.now_ms() + AGAIN_MS)

    def forget(self) -> None:
        """Read everything again at the next look."""
        self._read_at = None

    def _plan(self, store_id: str, due_ms: int) -> None:
        heapq.heappush(self._waiting, (due_ms, store_id))

    def _is_old(self, now_ms: int) -> bool:
        if self._read_at is None:
            return True
        wall_ms, boot_ms = self._read_at
        passed_ms = self.server.clock.boot_ms() - boot_ms
        return passed_ms >= HOUR_MS or abs(now_ms - wall_ms - passed_ms) > CLOCK_MOVES_MS

    def _read(self, now_ms: int) -> None:
        """Read when each store is due, a page of them after the other."""
        self._keeper = keeper(self.server)
        named = self.server.named
        served: ColumnElement[bool] = stores.c.store_id.in_({named, self._keeper}) if named else true()
        waiting: list[tuple[int, str]] = []
        page: Mapping[str, Mapping[str, int]] = {"": {}}
        while page:
            page = self._standings(now_ms, served & (stores.c.store_id > max(page)), PAGE)
            waiting += [(min(one.values()), store_id) for store_id, one in page.items() if one]
        heapq.heapify(waiting)
        self._waiting, self._read_at = waiting, (now_ms, self.server.clock.boot_ms())

    def _standings(self, now_ms: int, wanted: ColumnElement[bool], most: int) -> dict[str, dict[str, int]]:
        """Return for some stores, by id, when each job of theirs is due."""
        if not self.jobs:
            return {}
        with self.server.database.read() as connection:
            found = standing.read(connection, self.jobs, now_ms, wanted, most)
        return {seen.store_id: dict(self._due(seen, now_ms)) for seen in found}

    def _due(self, seen: Seen, now_ms: int) -> list[tuple[str, int]]:
        mine = self._of_store if self.server.named in ("", seen.store_id) else {}
        if seen.store_id == self._keeper:
            mine = {name: job for name, job in self.jobs.items() if name in mine or name in self._of_all}
        hour = self.server.settings.jobs.hour
        found = seen.standings(mine, hour, now_ms, idle=True)
        return [(one.name, one.due_at_ms) for one in found if one.due_at_ms is not None]


def keeper(server: StoreServer) -> str:
    """Return the store under which the runs of jobs are kept that are of the whole database: the first."""
    with server.database.read() as connection:
        return str(connection.execute(select(func.min(stores.c.store_id))).scalar_one() or "")
