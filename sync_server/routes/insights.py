"""The routes of insights: the newest of each category, the history, and publishing by a program with a key."""

from typing import Annotated, Final, Literal

from fastapi import APIRouter, Depends, Query, Response
from pydantic import TypeAdapter
from typing_extensions import TypedDict

from seraphine_pos.domain.staff import Right
from sync_server import insight_log, insights
from sync_server.errors import Refused
from sync_server.rights.callers import Scope
from sync_server.routes.body import Plain, asked
from sync_server.routes.caller import Visit, require_role
from sync_server.routes.described import FAILURES, SERVER_ID, gives, takes

router = APIRouter(prefix="/v1/insights", tags=["insights"], responses=FAILURES)
Reader = Annotated[Visit, Depends(require_role(till=True, right=Right.REPORTS, scope=Scope.REPORTS_READ))]
Writer = Annotated[Visit, Depends(require_role(scope=Scope.INSIGHTS_WRITE))]
Category = Literal["cashVariance", "topSeller", "watchlist"]


class Insight(TypedDict):
    """What an analysis found; ``confidence`` from 0 to 1, ``shown`` whether the tills still show it."""

    insight_id: str
    source_run_id: str
    category: Category
    title: str
    detail: str
    confidence: float
    related_sales: list[str]
    created_at_ms: int
    received_at_ms: int
    shown: bool


class Latest(TypedDict):
    """The newest insight of each category that has one."""

    server_id: str
    insights: list[Insight]


class History(TypedDict):
    """A page of insights, newest first; ``next`` is null at the end."""

    server_id: str
    insights: list[Insight]
    next: str | None


class Published(TypedDict):
    """The id of an insight that was published."""

    server_id: str
    insight_id: str


TOP: Final[Insight] = {
    "insight_id": "0199f2b0-0000-7000-8000-000000000011", "source_run_id": "n8n-2026-11-20", "category": "topSeller",
    "title": "Le lait entier se vend le mieux", "detail": "48 ventes cette semaine.", "confidence": 0.9,
    "related_sales": ["0199f2b0-0000-7000-8000-000000000021"], "created_at_ms": 1795334400000,
    "received_at_ms": 1795334401000, "shown": True,
}  # fmt: skip


INSIGHT: Final = TypeAdapter(insights.Insight)
SENT: Final = {
    "category": TOP["category"], "sourceRunId": TOP["source_run_id"], "title": TOP["title"], "detail": TOP["detail"],
    "confidence": 0.9, "relatedSales": TOP["related_sales"], "createdAt": "2026-11-20T09:00:00+01:00",
}  # fmt: skip


@router.post(
    "",
    openapi_extra=takes(insights.Insight, SENT),
    responses=gives(Published, {"server_id": SERVER_ID, "insight_id": TOP["insight_id"]}, 201, "Published."),
    status_code=201,
)
def publish(visit: Writer, body: Plain) -> Response:
    """Publish an insight in the name of a program with a key; each run of it once."""
    insight = asked(INSIGHT, body)
    if insight.source_run_id.startswith(insights.PREFIX):
        raise Refused(f"sourceRunId: {insights.PREFIX} is what this server calls its own runs")
    with visit.write() as tx:
        return visit.answer({"insight_id": insights.publish(tx, insight)}, 201)


@router.get("", responses=gives(Latest, {"server_id": SERVER_ID, "insights": [TOP]}))
def latest(visit: Reader) -> Response:
    """Return the newest insight of each category that the tills still show."""
    with visit.read() as connection:
        return visit.answer({"insights": insight_log.latest(connection, visit.store_id)})


@router.get("/history", responses=gives(History, {"server_id": SERVER_ID, "insights": [TOP], "next": None}))
def history(
    visit: Reader,
    category: Category | None = None,
    after: str = "",
    limit: Annotated[int, Query(ge=1, le=insight_log.LISTED_MAX)] = insight_log.LISTED_MAX,
) -> Response:
    """Return all insights, newest first, a page at a time."""
    with visit.read() as connection:
        page = insight_log.history(connection, visit.store_id, category=category, after=after, rows_max=limit)
    return visit.answer({"insights": page.rows, "next": page.after})
