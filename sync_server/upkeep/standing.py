"""How jobs stand: the last run of each in some stores, read by one query, and when the next is due."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, tzinfo
from itertools import groupby
from operator import attrgetter
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, Select, literal, select, true, union_all

from seraphine_pos.domain.feed import STORE_SETTING, DocumentKind
from seraphine_pos.domain.journal import parse
from sync_server.schema import documents, job_runs, stores
from sync_server.upkeep.nightly import Job
from sync_server.upkeep.nights import Nights

DONE: Final = "done"
FOUND: Final = "found"
FAILED: Final = "failed"
RUNNING: Final = "running"
CUT_OFF: Final = "cut off"
NEVER: Final = "never"
UNDONE: Final = (FAILED, CUT_OFF)


@dataclass(frozen=True, slots=True)
class Standing:
    """What became of the last run of a job, and when the next is due; no time while it runs.

    ``state`` is done, found, failed, running, cut off (it began and its program ended) or never.
    """

    name: str
    state: str
    started_at_ms: int | None
    ended_at_ms: int | None
    detail: Mapping[str, object]
    due_at_ms: int | None


class Began(NamedTuple):
    """A run as it is kept; without an end it still runs, or was cut off."""

    started_at_ms: int
    ended_at_ms: int | None
    outcome: str | None
    detail: str


class Seen(NamedTuple):
    """A store with the last run of each job that ever ran."""

    store_id: str
    born_ms: int
    zone: tzinfo
    last: Mapping[str, Began]

    def standings(self, jobs: Mapping[str, Job], hour: int, now_ms: int, *, idle: bool) -> Iterator[Standing]:
        """Yield how some jobs stand, in their order; ``idle`` says that none of them runs now."""
        nights = Nights(self.zone, hour)
        newest = max((one.started_at_ms for one in self.last.values()), default=0)
        for name, job in jobs.items():
            one = self.last.get(name)
            if one is None:
                yield Standing(name, NEVER, None, None, {}, nights.due(job, self.born_ms, now_ms))
                continue
            state = one.outcome or (CUT_OFF if idle or one.started_at_ms < newest else RUNNING)
            failed = state in UNDONE
            due_ms = None if state == RUNNING else nights.due(job, one.started_at_ms, now_ms, failed=failed)
            yield Standing(name, state, one.started_at_ms, one.ended_at_ms, parse(one.detail), due_ms)


def read(
    connection: Connection, names: Iterable[str], now_ms: int, wanted: ColumnElement[bool], most: int
) -> list[Seen]:  # fmt: skip
    """Return the first stores, by id, that are wanted; what ran in the future was of a clock that went wrong."""
    rows = connection.execute(_asked(names, now_ms, wanted, most))
    return [_seen(store_id, list(group)) for store_id, group in groupby(rows, key=attrgetter("store_id"))]


def _asked(names: Iterable[str], now_ms: int, wanted: ColumnElement[bool], most: int) -> Select[Any]:
    """Ask for a row for each store and job: one step in an index each, however many runs there were."""
    some = (
        select(stores.c.store_id, stores.c.created_at_ms).where(wanted).order_by(stores.c.store_id).limit(most)
    ).subquery("some")
    every = union_all(*(select(literal(name).label("job")) for name in names)).subquery("every")
    newest = (
        select(job_runs.c.run_id)
        .where(
            job_runs.c.store_id == some.c.store_id, job_runs.c.job == every.c.job, job_runs.c.started_at_ms <= now_ms
        )
        .order_by(job_runs.c.started_at_ms.desc(), job_runs.c.run_id.desc())
        .limit(1)
        .correlate(some, every)
        .scalar_subquery()
    )
    pairs = select(some, every.c.job, newest.label("run_id")).select_from(some.join(every, true())).subquery("pairs")
    setting = (
        (documents.c.store_id == pairs.c.store_id)
        & (documents.c.kind == DocumentKind.SETTING.value)
        & (documents.c.key == STORE_SETTING)
    )
    ran = (job_runs.c.store_id == pairs.c.store_id) & (job_runs.c.run_id == pairs.c.run_id)
    columns = (job_runs.c[name] for name in Began._fields)
    return (
        select(pairs.c.store_id, pairs.c.created_at_ms, pairs.c.job, documents.c.body, *columns)
        .select_from(pairs.outerjoin(documents, setting).outerjoin(job_runs, ran))
        .order_by(pairs.c.store_id)
    )


def _seen(store_id: str, rows: list[Any]) -> Seen:
    ran = (row for row in rows if row.started_at_ms is not None)
    last = {row.job: Began(*(getattr(row, name) for name in Began._fields)) for row in ran}
    return Seen(store_id, rows[0].created_at_ms, zone_named(rows[0].body), last)


def zone_named(setting: str | None) -> tzinfo:
    """Return the time zone that a store's document names; UTC while it is not as it should be."""
    try:
        return ZoneInfo(str(parse(setting)["time_zone"])) if setting else UTC
    except (KeyError, ValueError, OSError):
        return UTC
