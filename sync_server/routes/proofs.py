"""The calls that hold the days of a till against what the server counted of them."""

from fastapi import APIRouter, Response

from seraphine_pos.domain import day_proof
from seraphine_pos.domain.report import ReportQuery
from sync_server.routes import shapes
from sync_server.routes.answer import answer
from sync_server.routes.body import Plain, read
from sync_server.routes.caller import Caller

router = APIRouter(prefix="/v1/proofs")


@router.get("")
def proofs(caller: Caller, start: str, end: str, till: str | None = None) -> Response:
    """Return the proofs of some business days: what was counted here, and what the tills told."""
    found = caller.proofs(ReportQuery(start, end, till))
    return answer(caller.whole.server_id, day_proof.to_wire(found))


@router.post("")
def tell(caller: Caller, body: Plain) -> Response:
    """Keep the caller's own side of some days."""
    asked = read(shapes.TELL, body)
    caller.tell(shapes.proofs_of(caller.device.till_id, asked))
    return answer(caller.whole.server_id, {})


@router.get("/tickets")
def tickets(caller: Caller, till: str, day: str, after: str = "") -> Response:
    """Return the next tickets of a till's day as its proof counts them, after one that was seen."""
    query = ReportQuery(day, day, till)
    found = caller.day_tickets(till, query.start, after)
    return answer(caller.whole.server_id, day_proof.tickets_to_wire(found))
