"""The owner's lists: sales, feedback, conflicts, entries that could not be applied, refused insights."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Response

from seraphine_pos.domain import quarantine as set_aside
from seraphine_pos.domain.staff import Right
from sync_server import feedback, intake, proposals, quarantine, sales, webhooks
from sync_server.callers import Scope
from sync_server.routes.caller import Visit, require_role
from sync_server.sales import SalesQuery

router = APIRouter(prefix="/v1")
# A till shows these to its owner, who has signed in there.
AT_THE_TILL: Final = require_role(till=True, right=Right.ALL_SALES)
OWNER: Final = require_role(right=Right.ALL_SALES)


@router.get("/sales")
def listed_sales(
    visit: Annotated[Visit, Depends(require_role(right=Right.OWN_SALES, scope=Scope.SALES_READ))],
    start: str, end: str, till: str | None = None, operator: str | None = None, after: str = "",
) -> Response:  # fmt: skip
    """Return the next 500 tickets of some business days, after one that was seen; to a cashier the own alone."""
    query = SalesQuery(start, end, till, visit.seller(operator), after)
    with visit.read() as connection:
        return visit.answer({"sales": sales.listed(connection, visit.store_id, query)})


@router.get("/feedback")
def newest_feedback(visit: Annotated[Visit, Depends(AT_THE_TILL)]) -> Response:
    """Return what people said, newest first."""
    with visit.read() as connection:
        return visit.answer({"feedback": feedback.newest(connection, visit.store_id)})


@router.get("/conflicts")
def conflicts(visit: Annotated[Visit, Depends(OWNER)]) -> Response:
    """Return the proposed fields that were not set."""
    with visit.read() as connection:
        return visit.answer({"conflicts": proposals.open_conflicts(connection, visit.store_id)})


@router.get("/quarantine")
def in_quarantine(visit: Annotated[Visit, Depends(AT_THE_TILL)]) -> Response:
    """Return the entries that no report includes, those that came last first, and how many there are."""
    with visit.read() as connection:
        return visit.answer(set_aside.to_wire(quarantine.listed(connection, visit.store_id, intake.entry_of)))


@router.get("/webhooks/failures")
def webhook_failures(visit: Annotated[Visit, Depends(OWNER)]) -> Response:
    """Return the refused insights."""
    with visit.read() as connection:
        return visit.answer({"failures": webhooks.failures(connection, visit.store_id)})
