"""What a server does by itself: one job at a time over all programs of a database, each run kept with its end.

``run`` does one now, ``standings`` says what became of each and when it is due, ``run_due`` does those whose time
has come, of whichever store. What the jobs are stands in ``nightly``.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import tzinfo
from typing import Final

from sqlalchemy import delete, insert, select, update

from seraphine_pos.domain.clock import new_id
from seraphine_pos.domain.feed import STORE_SETTING, DocumentKind
from seraphine_pos.domain.journal import canonical
from sync_server.backups.archive import Ended, never
from sync_server.errors import Conflict, Missing, Problem, Refused
from sync_server.schema import documents, job_runs, stores
from sync_server.store_server import StoreServer
from sync_server.upkeep import standing
from sync_server.upkeep.agenda import PAGE, Agenda, keeper
from sync_server.upkeep.nightly import JOBS, Job, Ran
from sync_server.upkeep.nights import HOUR_MS
from sync_server.upkeep.standing import CUT_OFF, DONE, FAILED, FOUND, UNDONE, Seen, Standing

log: Final = logging.getLogger(__name__)
TURN: Final = "jobs"
KEPT_MS: Final = 400 * 24 * HOUR_MS
TROUBLES: Final = (*UNDONE, FOUND)
# So many stores a turn: between two turns another program, or a person with a command, may have one.
STORES_A_TURN: Final = 50


class JobRunning(Conflict):
    """Some program of this database runs a job now."""


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
        return _run(server, keeper(server) if job.whole else store_id, name, job, ended)


def is_whole(name: str) -> bool:
    """Tell whether a job is of the whole database; raise Missing for an unknown one."""
    return _job(name).whole


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


def agenda_of(server: StoreServer) -> Agenda:
    """Return the agenda of all jobs for the stores that a server serves."""
    return Agenda(server, JOBS)


def run_due(agenda: Agenda, ended: Ended) -> list[tuple[str, str]]:
    """Do all jobs whose time has come, and return which were begun in which store; what fails is in the log."""
    begun: list[tuple[str, str]] = []
    while not ended() and (taken := agenda.due(STORES_A_TURN)):
        try:
            with agenda.server.database.turn(TURN) as mine:
                if not mine:
                    agenda.wait(taken)
                    break
                begun += _run_some(agenda, taken, ended)
                agenda.put_back(taken)
        except BaseException:
            agenda.forget()
            raise
    return begun


def _run_some(agenda: Agenda, taken: Sequence[str], ended: Ended) -> list[tuple[str, str]]:
    """Do what some stores have to do: each the first job, then each the next one, so that none waits for another's."""
    begun: list[tuple[str, str]] = []
    # Asked now that it is our turn: another program may have done some until a moment ago.
    todo = agenda.todo(taken)
    for name, job in agenda.jobs.items():
        for store_id in taken:
            if name not in todo.get(store_id, ()):
                continue
            if ended():
                return begun
            begun.append((store_id, name))
            _run_and_say(agenda.server, store_id, name, job, ended)
    return begun


def _run_and_say(server: StoreServer, store_id: str, name: str, job: Job, ended: Ended) -> None:
    try:
        ran = _run(server, store_id, name, job, ended)
    except Problem as problem:
        log.warning("job %s of store %s failed: %s", name, store_id, problem.message)
    except Exception:
        log.exception("job %s of store %s failed", name, store_id)
    else:
        found = FOUND if ran.found else DONE
        log.info("job %s of store %s: %s %s", name, store_id, found, canonical(dict(ran.detail)))


def standings(server: StoreServer, store_id: str) -> list[Standing]:
    """Return how each job stands, in their order; no time for one that is not set up."""
    found = _standings(server, store_id, idle=True)
    if not any(one.state == CUT_OFF for one in found):
        return found
    # It runs, or its program is gone: in the second case its turn is free.
    with server.database.turn(TURN) as idle:
        pass
    return _standings(server, store_id, idle=idle)


def _standings(server: StoreServer, store_id: str, *, idle: bool) -> list[Standing]:
    now_ms, hour = server.clock.now_ms(), server.settings.jobs.hour
    first = keeper(server)
    with server.database.read() as connection:
        seen = standing.read(connection, JOBS, now_ms, stores.c.store_id.in_({store_id, first}), 2)
    by_store: dict[str, Seen] = {one.store_id: one for one in seen}
    found = []
    for name, job in JOBS.items():
        of_store = by_store[first if job.whole else store_id]
        (one,) = of_store.standings({name: job}, hour, now_ms, idle=idle)
        found.append(one if job.wanted(server.settings) else replace(one, due_at_ms=None))
    return found


def troubled(server: StoreServer) -> Iterator[tuple[str, Standing]]:
    """Yield of all stores, by id, the jobs whose last run failed, found something or was cut off."""
    now_ms, hour, first = server.clock.now_ms(), server.settings.jobs.hour, keeper(server)
    with server.database.turn(TURN) as idle:
        pass
    after = ""
    while True:
        with server.database.read() as connection:
            page = standing.read(connection, JOBS, now_ms, stores.c.store_id > after, PAGE)
        if not page:
            return
        for seen in page:
            mine = {name: job for name, job in JOBS.items() if not job.whole or seen.store_id == first}
            found = seen.standings(mine, hour, now_ms, idle=idle)
            yield from ((seen.store_id, one) for one in found if one.state in TROUBLES)
        after = page[-1].store_id


def zone_of(server: StoreServer, store_id: str) -> tzinfo:
    """Return the time zone of the clock on the shop's wall."""
    asked = select(documents.c.body).where(
        documents.c.store_id == store_id,
        documents.c.kind == DocumentKind.SETTING.value,
        documents.c.key == STORE_SETTING,
    )
    with server.database.read() as connection:
        return standing.zone_named(connection.execute(asked).scalar_one_or_none())
