"""What a server does by itself: one job at a time over all programs of a database, each run kept with its end.

``run`` does one now, ``standings`` says what became of each and when it is due, ``run_due`` does those whose time
has come. What the jobs are stands in ``nightly``.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, delete, insert, select, update

from seraphine_pos.domain.clock import new_id
from seraphine_pos.domain.feed import STORE_SETTING, DocumentKind
from seraphine_pos.domain.journal import canonical, parse
from sync_server import feed
from sync_server.backups.archive import Ended, never
from sync_server.errors import Conflict, Missing, Problem, Refused
from sync_server.schema import job_runs, stores
from sync_server.store_server import StoreServer
from sync_server.upkeep.nightly import JOBS, Job, Ran

log: Final = logging.getLogger(__name__)
TURN: Final = "jobs"
DONE: Final = "done"
FOUND: Final = "found"
FAILED: Final = "failed"
RUNNING: Final = "running"
CUT_OFF: Final = "cut off"
NEVER: Final = "never"
UNDONE: Final = (FAILED, CUT_OFF)
HOUR_MS: Final = 3_600_000
KEPT_MS: Final = 400 * 24 * HOUR_MS


class JobRunning(Conflict):
    """Some program of this store runs a job now."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What became of the last run of a job, and when the next is due; no time when its room is not set up.

    ``state`` is done, found, failed, running, cut off (it began and its program ended) or never.
    """

    name: str
    state: str
    started_at_ms: int | None
    ended_at_ms: int | None
    detail: Mapping[str, object]
    due_at_ms: int | None


class _Began(NamedTuple):
    """A run as it is kept; without an end it still runs, or was cut off."""

    started_at_ms: int
    ended_at_ms: int | None
    outcome: str | None
    detail: str


def run(server: StoreServer, store_id: str, name: str, ended: Ended = never) -> Ran:
    """Do a job now and keep what came of it.

    Raises Missing for an unknown one, Refused where it is not set up, JobRunning while any runs, and what the job
    itself raises.
    """
    job = _job(name)
    if not job.wanted(server.settings):
        raise Refused(f"the job {name} is not set up: {job.lacks}")
    with server.database.turn(TURN) as mine:
        if not mine:
            raise JobRunning("another job runs now: try again when it is done (see jobs list)")
        return _run(server, store_id, name, job, ended)


def _run(server: StoreServer, store_id: str, name: str, job: Job, ended: Ended) -> Ran:
    """Do a job whose turn it is."""
    run_id = _begin(server, store_id, name)
    try:
        ran = job.work(server, store_id, ended)
    except Problem as problem:
        _end(server, store_id, run_id, FAILED, {"problem": problem.message})
        raise
    except Exception:
        _end(server, store_id, run_id, FAILED, {"problem": "a fault in the program; it is in the log"})
        raise
    _end(server, store_id, run_id, FOUND if ran.found else DONE, ran.detail)
    return ran


def _job(name: str) -> Job:
    if name not in JOBS:
        raise Missing(f"there is no job {name}; there are {', '.join(JOBS)}")
    return JOBS[name]


def _begin(server: StoreServer, store_id: str, name: str) -> str:
    """Note that a job begins; runs of long ago are forgotten."""
    now_ms = server.clock.now_ms()
    run_id = new_id(now_ms, server.random_bytes)
    with server.database.write() as connection:
        old = (job_runs.c.store_id == store_id) & (job_runs.c.started_at_ms < now_ms - KEPT_MS)
        connection.execute(delete(job_runs).where(old))
        connection.execute(
            insert(job_runs).values(store_id=store_id, run_id=run_id, job=name, started_at_ms=now_ms, detail="{}")
        )
    return run_id


def _end(server: StoreServer, store_id: str, run_id: str, outcome: str, detail: Mapping[str, object]) -> None:
    with server.database.write() as connection:
        connection.execute(
            update(job_runs)
            .where(job_runs.c.store_id == store_id, job_runs.c.run_id == run_id)
            .values(ended_at_ms=server.clock.now_ms(), outcome=outcome, detail=canonical(dict(detail)))
        )


def run_due(server: StoreServer, store_id: str, ended: Ended) -> list[str]:
    """Do every job whose time has come, in their order, and return which were begun; what fails is in the log."""
    if not _due(server, store_id):
        return []
    begun = []
    with server.database.turn(TURN) as mine:
        # Looked at again: another replica may have done them until a moment ago.
        for name in _due(server, store_id) if mine else ():
            if ended():
                break
            begun.append(name)
            _run_and_say(server, store_id, name, ended)
    return begun


def _run_and_say(server: StoreServer, store_id: str, name: str, ended: Ended) -> None:
    try:
        ran = _run(server, store_id, name, JOBS[name], ended)
    except Problem as problem:
        log.warning("job %s failed: %s", name, problem.message)
    except Exception:
        log.exception("job %s failed", name)
    else:
        log.info("job %s: %s %s", name, FOUND if ran.found else DONE, canonical(dict(ran.detail)))


def _due(server: StoreServer, store_id: str) -> list[str]:
    now_ms = server.clock.now_ms()
    found = _standings(server, store_id, idle=True)
    return [one.name for one in found if one.due_at_ms is not None and one.due_at_ms <= now_ms]


def standings(server: StoreServer, store_id: str) -> list[Standing]:
    """Return how each job stands, in their order."""
    found = _standings(server, store_id, idle=True)
    if not any(one.state == CUT_OFF for one in found):
        return found
    # It runs, or its program is gone: in the second case its turn is free.
    with server.database.turn(TURN) as idle:
        pass
    return _standings(server, store_id, idle=idle)


def _standings(server: StoreServer, store_id: str, *, idle: bool) -> list[Standing]:
    """Return how each job stands; ``idle`` says that none of them runs now."""
    now_ms = server.clock.now_ms()
    with server.database.read() as connection:
        zone = _zone(connection, store_id)
        born_ms = connection.execute(select(stores.c.created_at_ms).where(stores.c.store_id == store_id)).scalar_one()
        last = {name: _last(connection, store_id, name, now_ms) for name in JOBS}
    nights = Nights(zone, server.settings.jobs.hour)
    newest = max((one.started_at_ms for one in last.values() if one is not None), default=0)
    found = []
    for name, job in JOBS.items():
        one = last[name]
        if one is None:
            standing = Standing(name, NEVER, None, None, {}, nights.due(job, born_ms, now_ms))
        else:
            state = one.outcome or (CUT_OFF if idle or one.started_at_ms < newest else RUNNING)
            due_ms = None if state == RUNNING else nights.due(job, one.started_at_ms, now_ms, failed=state in UNDONE)
            standing = Standing(name, state, one.started_at_ms, one.ended_at_ms, parse(one.detail), due_ms)
        found.append(standing if job.wanted(server.settings) else replace(standing, due_at_ms=None))
    return found


def zone_of(server: StoreServer, store_id: str) -> tzinfo:
    """Return the time zone of the clock on the shop's wall."""
    with server.database.read() as connection:
        return _zone(connection, store_id)


def _last(connection: Connection, store_id: str, name: str, now_ms: int) -> _Began | None:
    """Return the last run of a job; one of the future was of a clock that went wrong."""
    columns = job_runs.c.started_at_ms, job_runs.c.ended_at_ms, job_runs.c.outcome, job_runs.c.detail
    of_job = (job_runs.c.store_id == store_id) & (job_runs.c.job == name) & (job_runs.c.started_at_ms <= now_ms)
    newest = select(*columns).where(of_job).order_by(job_runs.c.started_at_ms.desc(), job_runs.c.run_id.desc()).limit(1)
    found = connection.execute(newest).one_or_none()
    return None if found is None else _Began(*found)


def _zone(connection: Connection, store_id: str) -> tzinfo:
    """Return the store's time zone; UTC while its document is not as it should be."""
    found = feed.find(connection, store_id, DocumentKind.SETTING, [STORE_SETTING]).get(STORE_SETTING)
    try:
        return ZoneInfo(str(found.body["time_zone"])) if found else UTC
    except (KeyError, ValueError, OSError):
        return UTC


@dataclass(frozen=True, slots=True)
class Nights:
    """When a night's work begins, by the clock on the shop's wall."""

    zone: tzinfo
    hour: int

    def last(self, now_ms: int) -> int:
        """Return when the last night's work began, or should have."""
        today = self._on(now_ms, 0)
        return today if today <= now_ms else self._on(now_ms, -1)

    def due(self, job: Job, since_ms: int, now_ms: int, *, failed: bool = False) -> int:
        """Return when a job is due that last began at some time, or whose store was made then."""
        last_ms = self.last(now_ms)
        if job.hourly or (failed and since_ms >= last_ms):
            return since_ms + HOUR_MS
        return last_ms if since_ms < last_ms else self._on(last_ms, 1)

    def _on(self, at_ms: int, days: int) -> int:
        day = datetime.fromtimestamp(at_ms / 1000, self.zone).date() + timedelta(days=days)
        return int(datetime.combine(day, time(self.hour), self.zone).timestamp()) * 1000
