"""The routes of feedback: what people said, saying something, and what the owner makes of it."""

from dataclasses import replace
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from typing_extensions import TypedDict

from seraphine_pos.domain.feedback import MESSAGE_MAX, Message, Scope, Sentiment
from seraphine_pos.domain.staff import Right
from sync_server import audit, feedback, store
from sync_server.errors import Refused
from sync_server.exports import feedback_csv
from sync_server.feedback import FeedbackQuery, State, Tag
from sync_server.rights import auth, staff
from sync_server.routes import days, streamed
from sync_server.routes.body import Plain, asked
from sync_server.routes.caller import Visit, require_role
from sync_server.routes.described import FAILURES, SERVER_ID, gives, sends, takes
from sync_server.routes.shapes import Name

router = APIRouter(prefix="/v1", tags=["feedback"], responses=FAILURES)
# A till shows it to its owner, who has signed in there.
Reader = Annotated[Visit, Depends(require_role(till=True, right=Right.ALL_SALES))]
Owner = Annotated[Visit, Depends(require_role(right=Right.ALL_SALES))]
Somebody = Annotated[Visit, Depends(require_role(right=Right.GIVE_FEEDBACK))]


class Remark(TypedDict):
    """What somebody said; ``till_id`` is empty for what was written on a page."""

    event_id: str
    scope: Scope
    sentiment: Sentiment
    message: str
    related_sale_id: str | None
    operator_id: str
    till_id: str
    at_ms: int
    received_at_ms: int
    state: State
    tag: Tag | None
    moderated_by: str | None
    moderated_at_ms: int | None


class Remarks(TypedDict):
    """A page of what people said, newest first; ``next`` is null at the end."""

    server_id: str
    feedback: list[Remark]
    next: str | None


class OneRemark(TypedDict):
    """What somebody said."""

    server_id: str
    feedback: Remark


class Saying(BaseModel):
    """What somebody says on a page."""

    model_config = ConfigDict(extra="forbid")

    scope: Scope
    sentiment: Sentiment
    message: Annotated[str, Field(min_length=1, max_length=MESSAGE_MAX, strict=True)]
    related_sale_id: Name | None = None


class Moderation(BaseModel):
    """What a message has come to; what is not given stays, and ``tag`` null takes the tag away."""

    model_config = ConfigDict(extra="forbid")

    state: State | None = None
    tag: Tag | None = None


SAYING: Final = TypeAdapter(Saying)
MODERATION: Final = TypeAdapter(Moderation)
SAID: Final = {
    "event_id": "0199f2b0-0000-7000-8000-000000000041", "scope": "pos", "sentiment": "negative",
    "message": "Le lecteur ne bipe pas", "related_sale_id": None,
    "operator_id": "0199f2b0-0000-7000-8000-000000000005", "till_id": "0199f2b0-0000-7000-8000-000000000006",
    "at_ms": 1795334400000, "received_at_ms": 1795334401000, "state": "new", "tag": None, "moderated_by": None,
    "moderated_at_ms": None,
}  # fmt: skip
HEADED: Final = ";".join(feedback_csv.HEADINGS) + "\r\n"
READ: Final = {
    **SAID, "state": "read", "tag": "bug", "moderated_by": "0199f2b0-0000-7000-8000-000000000003",
    "moderated_at_ms": 1795334460000,
}  # fmt: skip


def query_of(
    scope: Scope | None = None,
    sentiment: Sentiment | None = None,
    state: State | None = None,
    tag: Tag | None = None,
    start: str | None = None,
    end: str | None = None,
) -> FeedbackQuery:
    """Return what a caller asks for, whose time zone is not known yet; raise WrongDays."""
    return FeedbackQuery(scope, sentiment, state, tag, *days.span(start, end))


Asked = Annotated[FeedbackQuery, Depends(query_of)]


@router.get("/feedback", responses=gives(Remarks, {"server_id": SERVER_ID, "feedback": [SAID], "next": None}))
def listed(
    visit: Reader,
    query: Asked,
    after: str = "",
    limit: Annotated[int, Query(ge=1, le=feedback.LISTED_MAX)] = feedback.LISTED_MAX,
) -> Response:
    """Return what people said, newest first; ``start`` and ``end`` are days in the store's time zone."""
    with visit.read() as connection:
        zone = store.read(connection, visit.store_id).time_zone
        page = feedback.listed(connection, visit.store_id, replace(query, zone=zone, after=after), limit)
    return visit.answer({"feedback": page.rows, "next": page.after})


@router.get("/feedback.csv", response_class=Response, responses=sends("What people said.", csv=HEADED))
def export_list(visit: Owner, query: Asked) -> Response:
    """Return all that people said and was asked for as CSV, newest first."""
    with visit.write() as tx:
        audit.note(tx, "feedback.exported", {"format": "csv"})
        shop = store.read(tx.connection, tx.store_id)
        names = {one.staff_id: one.name for one in staff.members(tx.connection, tx.store_id)}
        tills = {one.till_id: one.label for one in auth.tills_of(tx.connection, tx.store_id)}
    pages = feedback.all_pages(visit.read, visit.store_id, replace(query, zone=shop.time_zone))
    return streamed.text(feedback_csv.lines(pages, shop, names, tills), "avis.csv")


@router.post(
    "/feedback",
    openapi_extra=takes(Saying, {"scope": "dashboard", "sentiment": "positive", "message": "Les cartes sont claires"}),
    responses=gives(OneRemark, {"server_id": SERVER_ID, "feedback": {**SAID, "till_id": ""}}, 201, "Taken."),
    status_code=201,
)
def say(visit: Somebody, body: Plain) -> Response:
    """Take what the session's person says."""
    said = asked(SAYING, body)
    message = Message(said.scope, said.sentiment, said.message, said.related_sale_id)
    with visit.write() as tx:
        return visit.answer({"feedback": feedback.submit(tx, message, visit.caller.actor)}, 201)


@router.patch(
    "/feedback/{event_id}",
    openapi_extra=takes(Moderation, {"state": "read", "tag": "bug"}),
    responses=gives(OneRemark, {"server_id": SERVER_ID, "feedback": READ}),
)
def moderate(visit: Owner, event_id: str, body: Plain) -> Response:
    """Say how far a message has come and what it is; the till that sent it is told."""
    wanted = asked(MODERATION, body)
    if "state" in wanted.model_fields_set and wanted.state is None:
        raise Refused("state: one of new, read, resolved and dismissed is needed")
    fields = {name: getattr(wanted, name) for name in wanted.model_fields_set}
    with visit.write() as tx:
        return visit.answer({"feedback": feedback.moderate(tx, event_id, fields, visit.caller.actor)})
