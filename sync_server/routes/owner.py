"""The owner's lists of what went wrong: entries that could not be applied, refused insights."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Response

from seraphine_pos.domain import quarantine as set_aside
from seraphine_pos.domain.staff import Right
from sync_server import intake, quarantine, webhooks
from sync_server.routes.caller import Visit, require_role

router = APIRouter(prefix="/v1")
# A till shows these to its owner, who has signed in there.
AT_THE_TILL: Final = require_role(till=True, right=Right.ALL_SALES)
OWNER: Final = require_role(right=Right.ALL_SALES)


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
