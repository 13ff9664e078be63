"""The routes of conflicts: what was proposed and not set, and what the owner decides about it."""

from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict, TypeAdapter
from typing_extensions import TypedDict

from seraphine_pos.domain.feed import DocumentKind
from seraphine_pos.domain.staff import Right
from sync_server import conflicts
from sync_server.errors import StepUp
from sync_server.routes.body import Plain, asked
from sync_server.routes.caller import Visit, require_role
from sync_server.routes.described import FAILURES, SERVER_ID, gives, takes

router = APIRouter(prefix="/v1/conflicts", tags=["conflicts"], responses=FAILURES)
Owner = Annotated[Visit, Depends(require_role(right=Right.STORE_SETTINGS))]


class Conflict(TypedDict):
    """A proposed field; ``current`` is what stood in its place then, ``stands`` what does now; secrets are null."""

    event_id: str
    field: str
    kind: str
    key: str
    proposed: Any
    current: Any
    stands: Any
    reason: str
    operator_id: str
    at_ms: int
    resolved_at_ms: int | None
    resolved_by: str | None
    resolution: Literal["take", "keep"] | None


class Conflicts(TypedDict):
    """A page of conflicts, newest first; ``next`` is null at the end."""

    server_id: str
    conflicts: list[Conflict]
    next: str | None


class Decided(TypedDict):
    """A conflict that was decided."""

    server_id: str
    conflict: Conflict


class Decision(BaseModel):
    """``take`` sets what was proposed, ``keep`` leaves what stands."""

    model_config = ConfigDict(extra="forbid")

    resolution: conflicts.Resolution


DECISION: Final = TypeAdapter(Decision)
PRICE: Final[Conflict] = {
    "event_id": "0199f2b0-0000-7000-8000-000000000031", "field": "price", "kind": "product", "key": "06111111111111",
    "proposed": 600, "current": 550, "stands": 550, "reason": "changed since the till saw it",
    "operator_id": "0199f2b0-0000-7000-8000-000000000003", "at_ms": 1795334400000, "resolved_at_ms": None,
    "resolved_by": None, "resolution": None,
}  # fmt: skip
TAKEN: Final[Conflict] = {
    **PRICE, "stands": 600, "resolved_at_ms": 1795334460000, "resolved_by": "0199f2b0-0000-7000-8000-000000000003",
    "resolution": "take",
}  # fmt: skip


@router.get("", responses=gives(Conflicts, {"server_id": SERVER_ID, "conflicts": [PRICE], "next": None}))
def listed(
    visit: Owner,
    after: str = "",
    *,
    decided: bool = False,
    limit: Annotated[int, Query(ge=1, le=conflicts.LISTED_MAX)] = conflicts.LISTED_MAX,
) -> Response:
    """Return the proposed fields that wait for a decision, or those that were decided."""
    with visit.read() as connection:
        page = conflicts.listed(connection, visit.store_id, decided=decided, after=after, rows_max=limit)
    return visit.answer({"conflicts": page.rows, "next": page.after})


@router.post(
    "/{event_id}/{field}",
    openapi_extra=takes(Decision, {"resolution": "take"}),
    responses=gives(Decided, {"server_id": SERVER_ID, "conflict": TAKEN}),
)
def decide(visit: Owner, event_id: str, field: str, body: Plain) -> Response:
    """Take what was proposed, or keep what stands; once. A person's rights and PIN want the own PIN again first."""
    resolution = asked(DECISION, body).resolution
    with visit.write() as tx:
        kind = conflicts.kind_of(tx.connection, visit.store_id, event_id, field)
        if kind == DocumentKind.STAFF and not visit.caller.proven:
            raise StepUp("give your PIN again for this: POST /v1/sessions/proof")
        decided = conflicts.resolve(tx, event_id, field, resolution, visit.caller.actor)
    return visit.answer({"conflict": decided})
