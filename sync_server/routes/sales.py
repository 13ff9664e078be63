"""The routes of sales: the list, a whole ticket, and the flag of one that is odd."""

from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from typing_extensions import TypedDict

from seraphine_pos.domain.sale import Method
from seraphine_pos.domain.staff import Right
from sync_server import flags, sales
from sync_server.rights.callers import Scope
from sync_server.routes import days
from sync_server.routes.body import Plain, asked
from sync_server.routes.caller import Visit, require_role
from sync_server.routes.described import FAILURES, SERVER_ID, gives, takes
from sync_server.sales import SalesQuery

router = APIRouter(prefix="/v1/sales", tags=["sales"], responses=FAILURES)
Reader = Annotated[Visit, Depends(require_role(right=Right.OWN_SALES, scope=Scope.SALES_READ))]
Owner = Annotated[Visit, Depends(require_role(right=Right.ALL_SALES))]


class Flag(TypedDict):
    """Why somebody found a sale odd, and what was decided."""

    state: Literal["open", "cleared"]
    reason: str
    flagged_by: str
    flagged_at: int
    decided_by: str | None
    decided_at: int | None


class Sale(TypedDict):
    """A sale or refund; money in minor units (cents), ``till`` the label of its till."""

    event_id: str
    journal_id: str
    seq: int
    kind: Literal["sale", "refund"]
    till_id: str
    till: str
    business_day: str
    hour: int
    at_ms: int
    operator_id: str
    receipt: str
    currency: str
    total: int
    tax: int
    methods: list[str]
    flag: Flag | None


class Ticket(Sale):
    """A sale with its whole ticket, as its till sealed it; null once retention has emptied it."""

    received_at_ms: int
    note: str | None
    ticket: dict[str, Any] | None


class Sales(TypedDict):
    """A page of sales by business day and id; ``next`` is null at the end."""

    server_id: str
    sales: list[Sale]
    next: str | None


class OneSale(TypedDict):
    """A sale."""

    server_id: str
    sale: Ticket


class Flagged(TypedDict):
    """The flag that a sale bears by now."""

    server_id: str
    flag: Flag


class Reason(BaseModel):
    """Why a sale is odd."""

    model_config = ConfigDict(extra="forbid")

    reason: Annotated[str, Field(min_length=1, max_length=flags.REASON_MAX, strict=True)]


FLAGGED: Final = (
    "true for the tickets with an open flag, those somebody found a variance in; false for those without one"
)
REASON: Final = TypeAdapter(Reason)
FLAG: Final[Flag] = {
    "state": "open", "reason": "Il manque 20 DH en caisse", "flagged_by": "0199f2b0-0000-7000-8000-000000000003",
    "flagged_at": 1795334460000, "decided_by": None, "decided_at": None,
}  # fmt: skip
SALE: Final[dict[str, Any]] = {
    "event_id": "0199f2b0-0000-7000-8000-000000000021", "journal_id": "0199f2b0-0000-7000-8000-000000000022",
    "seq": 17, "kind": "sale", "till_id": "0199f2b0-0000-7000-8000-000000000006", "till": "A1",
    "business_day": "2026-11-20", "hour": 9, "at_ms": 1795334400000,
    "operator_id": "0199f2b0-0000-7000-8000-000000000005", "receipt": "A1-7QK-000017", "currency": "MAD",
    "total": 1900, "tax": 317, "methods": ["cash"], "flag": FLAG,
}  # fmt: skip
TICKET: Final = {**SALE, "received_at_ms": 1795334401000, "note": None, "ticket": {"number": 17, "lines": []}}


def query_of(  # noqa: PLR0913, PLR0917  each is one way to ask
    visit: Reader,
    start: Annotated[str, Query(description="first business day, YYYY-MM-DD")],
    end: Annotated[str, Query(description="last business day, YYYY-MM-DD")],
    till: str | None = None,
    operator: str | None = None,
    method: Method | None = None,
    kind: Literal["sale", "refund"] | None = None,
    flagged: Annotated[bool | None, Query(description=FLAGGED)] = None,
    order: Literal["oldest", "newest"] = "oldest",
) -> SalesQuery:
    """Return what a caller asks for, of which a cashier sees the own alone; raise WrongDays, Missing."""
    period = days.period(start, end)
    return SalesQuery(
        period.start,
        period.end,
        visit.till_named(till),
        visit.seller(operator),
        method,
        kind,
        flagged,
        newest_first=order == "newest",
    )


Asked = Annotated[SalesQuery, Depends(query_of)]


@router.get("", responses=gives(Sales, {"server_id": SERVER_ID, "sales": [SALE], "next": None}))
def listed(
    visit: Reader,
    query: Asked,
    after: str = "",
    limit: Annotated[int, Query(ge=1, le=sales.LISTED_MAX)] = sales.LISTED_MAX,
) -> Response:
    """Return the sales and refunds of some business days, a page at a time; to a cashier the own alone."""
    with visit.read() as connection:
        page = sales.listed(connection, visit.store_id, query.after_place(after), limit)
    return visit.answer({"sales": page.rows, "next": page.after})


@router.get("/{event_id}", responses=gives(OneSale, {"server_id": SERVER_ID, "sale": TICKET}))
def one(visit: Reader, event_id: str) -> Response:
    """Return a sale with its whole ticket."""
    with visit.read() as connection:
        return visit.answer({"sale": sales.ticket(connection, visit.store_id, event_id, visit.seller(None))})


@router.post(
    "/{event_id}/flag",
    openapi_extra=takes(Reason, {"reason": FLAG["reason"]}),
    responses=gives(Flagged, {"server_id": SERVER_ID, "flag": FLAG}),
)
def put_flag(visit: Owner, event_id: str, body: Plain) -> Response:
    """Flag a sale as odd, with a reason; every till is told."""
    wanted = asked(REASON, body)
    with visit.write() as tx:
        return visit.answer({"flag": flags.put(tx, event_id, wanted.reason, visit.caller.actor)})


@router.delete(
    "/{event_id}/flag",
    responses=gives(
        Flagged,
        {
            "server_id": SERVER_ID,
            "flag": {**FLAG, "state": "cleared", "decided_by": FLAG["flagged_by"], "decided_at": 1795334520000},
        },
    ),
)
def clear_flag(visit: Owner, event_id: str) -> Response:
    """Decide that a flagged sale is in order; what was said of it stays."""
    with visit.write() as tx:
        return visit.answer({"flag": flags.clear(tx, event_id, visit.caller.actor)})
