"""The owner's lists: sales, feedback, conflicts, entries that could not be applied, refused insights."""

from fastapi import APIRouter, Response

from seraphine_pos.domain import quarantine as set_aside
from sync_server.routes.answer import answer
from sync_server.routes.caller import Caller
from sync_server.sales import SalesQuery

router = APIRouter(prefix="/v1")


@router.get("/sales")
def sales(
    caller: Caller, start: str, end: str, till: str | None = None, operator: str | None = None, after: str = ""
) -> Response:
    """Return the next 500 tickets of some business days, after one that was seen."""
    return answer(caller.whole.server_id, {"sales": caller.sales(SalesQuery(start, end, till, operator, after))})


@router.get("/feedback")
def feedback(caller: Caller) -> Response:
    """Return what people said, newest first."""
    return answer(caller.whole.server_id, {"feedback": caller.feedback()})


@router.get("/conflicts")
def conflicts(caller: Caller) -> Response:
    """Return the proposed fields that were not set."""
    return answer(caller.whole.server_id, {"conflicts": caller.conflicts()})


@router.get("/quarantine")
def quarantine(caller: Caller) -> Response:
    """Return the entries that no report includes, those that came last first, and how many there are."""
    return answer(caller.whole.server_id, set_aside.to_wire(caller.quarantine()))


@router.get("/webhooks/failures")
def webhook_failures(caller: Caller) -> Response:
    """Return the refused insights."""
    return answer(caller.whole.server_id, {"failures": caller.webhook_failures()})
