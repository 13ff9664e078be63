"""The calls that hold the days of a till against what the server counted of them."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Response

from seraphine_pos.domain import day_proof
from seraphine_pos.domain.day_proof import Marked
from seraphine_pos.domain.proof import Proof
from seraphine_pos.domain.staff import Right
from sync_server import proofs
from sync_server.rights.callers import Scope
from sync_server.routes import days, shapes
from sync_server.routes.body import Plain, read
from sync_server.routes.caller import ByTill, Visit, require_role
from sync_server.routes.described import FAILURES, SERVER_ID, gives, takes
from sync_server.routes.wire import many, of_parts, row_of

router = APIRouter(prefix="/v1/proofs", tags=["tills"], responses=FAILURES)
PROOF: Final = {"day": "2026-11-20", "tickets": 17, "net": 190000, "digest": "0f" * 32}
TILL: Final = "0199f2b0-0000-7000-8000-000000000007"
COUNTED: Final = ["2026-11-20", TILL, 17, 190000, "0f" * 32]
STORE_PROOFS: Final = {
    "server_id": SERVER_ID, "counted": [COUNTED], "told": [[*COUNTED, 1795334400000, True]], "labels": {TILL: "A1"},
    "aside": 0,
}  # fmt: skip
TICKETS: Final = {
    "server_id": SERVER_ID, "aside": [],
    "tickets": [["0199f2b0-0000-7000-8000-000000000021", "A1-7QK-000017", "0f" * 32]],
}  # fmt: skip
StoreProofs: Final = of_parts(
    "StoreProofs", "The proofs that the server counted, those that tills told, and how many entries count nowhere.",
    {
        "server_id": str,
        "counted": list[Proof],
        "told": many(row_of("Told", Proof, told_at_ms=int, same=bool)),
        "labels": dict[str, str],
        "aside": int,
    },
)  # fmt: skip
Tickets: Final = of_parts(
    "Tickets", "The next tickets by event id, each with its mark, and the till's events that count nowhere.",
    {"server_id": str, "tickets": many(row_of("Marked", Marked)), "aside": list[str]},
)  # fmt: skip
Kept: Final = of_parts("Kept", "It is kept.", {"server_id": str})
Reader = Annotated[Visit, Depends(require_role(till=True, right=Right.REPORTS, scope=Scope.REPORTS_READ))]


@router.get("", responses=gives(StoreProofs, STORE_PROOFS))
def of_days(visit: Reader, start: str, end: str, till: str | None = None) -> Response:
    """Return the proofs of some business days: what was counted here, and what the tills told."""
    query = days.period(start, end, visit.till_named(till))
    with visit.read() as connection:
        return visit.answer(day_proof.to_wire(proofs.read(connection, visit.store_id, query)))


@router.post("", openapi_extra=takes(shapes.Tell, {"proofs": [PROOF]}), responses=gives(Kept, {"server_id": SERVER_ID}))
def tell(visit: ByTill, body: Plain) -> Response:
    """Keep the caller's own side of some days."""
    asked = read(shapes.TELL, body)
    visit.till.tell(shapes.proofs_of(visit.till.device.till_id, asked))
    return visit.answer({})


@router.get("/tickets", responses=gives(Tickets, TICKETS))
def tickets(visit: Reader, till: str, day: str, after: str = "") -> Response:
    """Return the next tickets of a till's day as its proof counts them, after one that was seen."""
    query = days.one_day("day", day, visit.till_named(till))
    with visit.read() as connection:
        found = proofs.tickets(connection, visit.store_id, query.till_id or "", query.start, after)
    return visit.answer(day_proof.tickets_to_wire(found))
