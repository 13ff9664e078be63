"""The insights as they are read: the newest of each category, and all there ever were."""

import json
from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Connection, Select, and_, func, select

from seraphine_pos.domain.feed import DocumentKind
from sync_server.insights import CONFIDENCE_WHOLE
from sync_server.paging import Order, Page
from sync_server.schema import documents, insights

LISTED_MAX: Final = 200
COLUMNS: Final = (
    "insight_id", "source_run_id", "category", "title", "detail", "confidence", "related_sales", "created_at_ms",
    "received_at_ms",
)  # fmt: skip


def latest(connection: Connection, store_id: str) -> list[dict[str, object]]:
    """Return the newest insight of each category that the tills still show, by category."""
    newest = (insights.c.created_at_ms.desc(), insights.c.insight_id.desc())
    place = func.row_number().over(partition_by=insights.c.category, order_by=newest).label("place")
    ranked = _listed(store_id).where(documents.c.deleted == 0).add_columns(place).subquery()
    wanted = select(ranked).where(ranked.c.place == 1).order_by(ranked.c.category)
    return [_told(row) for row in connection.execute(wanted).mappings()]


def history(
    connection: Connection, store_id: str, *, category: str | None = None, after: str = "", rows_max: int = LISTED_MAX
) -> Page:
    """Return the next insights, newest first, those included that no till shows any more."""
    statement = _listed(store_id)
    if category is not None:
        statement = statement.where(insights.c.category == category)
    order = Order((insights.c.created_at_ms, insights.c.insight_id), (int, str), falling=True)
    page = order.page(connection, statement, after, rows_max)
    return Page([_told(row) for row in page.rows], page.after)


def _listed(store_id: str) -> Select[Any]:
    of_insight = and_(
        documents.c.store_id == insights.c.store_id,
        documents.c.kind == DocumentKind.INSIGHT,
        documents.c.key == insights.c.insight_id,
    )
    return (
        select(*[insights.c[name] for name in COLUMNS], documents.c.deleted)
        .select_from(insights.outerjoin(documents, of_insight))
        .where(insights.c.store_id == store_id)
    )


def _told(row: Mapping[Any, Any]) -> dict[str, object]:
    told = {name: row[name] for name in COLUMNS}
    return {
        **told,
        "confidence": row["confidence"] / CONFIDENCE_WHOLE,
        "related_sales": json.loads(row["related_sales"]),
        "shown": row["deleted"] == 0,
    }
