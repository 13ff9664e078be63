"""What happened on the server: the trail of what was done, the runs of its jobs, and what is tried again."""

from dataclasses import asdict
from functools import partial
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Response
from pydantic import Field
from typing_extensions import TypedDict

from seraphine_pos.domain.staff import Right
from sync_server import audit, rebuild
from sync_server.audit import AuditQuery
from sync_server.routes.caller import Visit, require_role
from sync_server.routes.described import FAILURES, SERVER_ID, gives
from sync_server.routes.shapes import INTEGER_MAX, Name
from sync_server.upkeep import jobs

router = APIRouter(prefix="/v1", tags=["operations"], responses=FAILURES)
Owner = Annotated[Visit, Depends(require_role(right=Right.STORE_SETTINGS))]
ProvenOwner = Annotated[Visit, Depends(require_role(right=Right.STORE_SETTINGS, proven=True))]
Moment = Annotated[int, Field(ge=0, le=INTEGER_MAX)]
Place = Annotated[str, Field(max_length=1000)]


class Row(TypedDict):
    """What was done by whom: a till, a person, a program, each by its id, or a command by its name."""

    audit_id: str
    at_ms: int
    actor: str
    action: str
    detail: dict[str, Any]


class Trail(TypedDict):
    """A page of rows, newest first; ``next`` is null at the end."""

    server_id: str
    rows: list[Row]
    next: str | None


class WireJob(TypedDict):
    """What became of the last run of a job, and when the next is due."""

    name: str
    state: str
    started_at_ms: int | None
    ended_at_ms: int | None
    detail: dict[str, Any]
    due_at_ms: int | None


class Jobs(TypedDict):
    """How each job stands, in the order in which they run."""

    server_id: str
    jobs: list[WireJob]


class Retried(TypedDict):
    """How many entries were tried again, and how many of them count by now."""

    server_id: str
    tried: int
    released: int


ROW: Final = {
    "audit_id": "0199f2b0-0000-7000-8000-000000000009",
    "at_ms": 1795334400000,
    "actor": "0199f2b0-0000-7000-8000-000000000003",
    "action": "staff-change",
    "detail": {"staff_id": "0199f2b0-0000-7000-8000-000000000008", "pin": False, "active": False},
}
JOB: Final = {
    "name": "backup",
    "state": "done",
    "started_at_ms": 1795312800000,
    "ended_at_ms": 1795312804000,
    "detail": {"size": 1048576},
    "due_at_ms": 1795399200000,
}


@router.get(
    "/audit",
    summary="The trail of what was done",
    responses=gives(Trail, {"server_id": SERVER_ID, "rows": [ROW], "next": None}),
)
def trail(
    visit: Owner, action: Name | None = None, from_ms: Moment | None = None, to_ms: Moment | None = None,
    after: Place = "",
) -> Response:  # fmt: skip
    """Return the next 200 rows, newest first: of one action, from a moment on and before another."""
    with visit.read() as connection:
        page = audit.listed(connection, visit.store_id, AuditQuery(action, from_ms, to_ms, after))
    return visit.answer({"rows": [dict(row) for row in page.rows], "next": page.after})


@router.get(
    "/jobs",
    summary="How the jobs stand",
    responses=gives(Jobs, {"server_id": SERVER_ID, "jobs": [JOB]}),
)
def standings(visit: Owner) -> Response:
    """Return what became of each job's last run, and when it is due again."""
    found = jobs.standings(visit.server, visit.store_id)
    return visit.answer({"jobs": [asdict(one) for one in found]})


@router.post(
    "/quarantine/retry",
    summary="Try the quarantine again",
    responses=gives(Retried, {"server_id": SERVER_ID, "tried": 3, "released": 2}),
)
def retry(visit: ProvenOwner) -> Response:
    """Try those entries in quarantine again whose kind and version this program knows."""
    write = partial(visit.server.write, visit.store_id, visit.caller.actor, visit.request_id)
    retried = rebuild.retry(write, lambda: False)
    return visit.answer(asdict(retried))
