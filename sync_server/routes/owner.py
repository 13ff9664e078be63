"""The owner's lists of what went wrong: entries that could not be applied, refused insights."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Response
from typing_extensions import TypedDict

from seraphine_pos.domain import quarantine as set_aside
from seraphine_pos.domain.staff import Right
from sync_server import intake, quarantine, webhooks
from sync_server.routes.caller import Visit, require_role
from sync_server.routes.described import FAILURES, SERVER_ID, gives

router = APIRouter(prefix="/v1", tags=["operations"], responses=FAILURES)
# A till shows these to its owner, who has signed in there.
AT_THE_TILL: Final = require_role(till=True, right=Right.ALL_SALES)
OWNER: Final = require_role(right=Right.ALL_SALES)


class SetAside(TypedDict):
    """An entry that counts nowhere, and what can be read of it all the same."""

    event_id: str
    journal_id: str
    seq: int
    kind: str
    version: int
    at_ms: int
    till: str
    nature: set_aside.Nature
    reason: str
    receipt: str
    total: int | None
    operator_id: str
    excerpt: str
    letters: int


class Quarantine(TypedDict):
    """How many entries count nowhere, and those of them that came last."""

    server_id: str
    count: int
    entries: list[SetAside]


class RefusedInsight(TypedDict):
    """A signed request that was refused, with the reason and the beginning of its body."""

    failure_id: str
    received_at_ms: int
    code: str
    reason: str
    webhook_id: str | None
    body: str


class RefusedInsights(TypedDict):
    """The refused insights, newest first."""

    server_id: str
    failures: list[RefusedInsight]


ENTRY: Final[SetAside] = {
    "event_id": "0199f2b0-0000-7000-8000-00000000000c",
    "journal_id": "0199f2b0-0000-7000-8000-00000000000d",
    "seq": 214,
    "kind": "sale.completed",
    "version": 1,
    "at_ms": 1795334400000,
    "till": "A1",
    "nature": set_aside.Nature.INCONSISTENT,
    "reason": "the lines add up to 1250, the ticket says 1350",
    "receipt": "A1-7QK-000214",
    "total": 1350,
    "operator_id": "0199f2b0-0000-7000-8000-000000000008",
    "excerpt": '{"currency":"MAD","lines":[]}',
    "letters": 29,
}
FAILURE: Final[RefusedInsight] = {
    "failure_id": "0199f2b0-0000-7000-8000-00000000000e",
    "received_at_ms": 1795334400000,
    "code": "AUTH_UNAUTHENTICATED",
    "reason": "webhook-timestamp is more than five minutes from this server's clock",
    "webhook_id": "msg-1",
    "body": "{}",
}


@router.get(
    "/quarantine",
    summary="What counts nowhere",
    responses=gives(Quarantine, {"server_id": SERVER_ID, "count": 1, "entries": [ENTRY]}),
)
def in_quarantine(visit: Annotated[Visit, Depends(AT_THE_TILL)]) -> Response:
    """Return the entries that no report includes, those that came last first, and how many there are."""
    with visit.read() as connection:
        return visit.answer(set_aside.to_wire(quarantine.listed(connection, visit.store_id, intake.entry_of)))


@router.get(
    "/webhooks/failures",
    summary="The refused insights",
    responses=gives(RefusedInsights, {"server_id": SERVER_ID, "failures": [FAILURE]}),
)
def webhook_failures(visit: Annotated[Visit, Depends(OWNER)]) -> Response:
    """Return the refused insights."""
    with visit.read() as connection:
        return visit.answer({"failures": webhooks.failures(connection, visit.store_id)})
