"""What an analysis found: kept once for each run, and published for the owner's screen."""

from datetime import datetime
from typing import Annotated, Final, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from sqlalchemy import insert, select

from seraphine_pos.domain.feed import DocumentKind
from seraphine_pos.domain.journal import canonical
from sync_server import feed
from sync_server.errors import Conflict, Refused
from sync_server.schema import insights
from sync_server.transaction import Transaction

CONFIDENCE_WHOLE: Final = 1000
MS: Final = 1000
# A sender's clock may be a little fast; an insight of next year would stand first until then.
AHEAD_MS_MAX: Final = 10 * 60 * 1000

Word = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00]*$")]


UnixMs = Annotated[int, Field(ge=0, le=1 << 53, strict=True)]
Moment = Annotated[AwareDatetime, Field(strict=True)]


class Insight(BaseModel):
    """An insight as it is sent; ``confidence`` from 0 to 1, ``createdAt`` ISO 8601 with its offset or Unix ms."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    category: Literal["cashVariance", "topSeller", "watchlist"]
    source_run_id: Word = Field(alias="sourceRunId")
    title: Word
    detail: str = Field(default="", max_length=5000, pattern=r"^[^\x00]*$")
    confidence: float = Field(ge=0, le=1, strict=True)
    related_sales: list[Word] = Field(default_factory=list, alias="relatedSales", max_length=200)
    created_at: UnixMs | Moment = Field(alias="createdAt")

    @property
    def created_at_ms(self) -> int:
        """Return when the run was made, in Unix milliseconds."""
        if isinstance(self.created_at, datetime):
            return int(self.created_at.timestamp() * MS)
        return self.created_at


def publish(tx: Transaction, insight: Insight) -> str:
    """Keep an insight and publish its document; return its id.

    Raises Conflict when its run has told before, Refused when it comes from the future.
    """
    if insight.created_at_ms > tx.now_ms + AHEAD_MS_MAX:
        raise Refused("createdAt: lies more than ten minutes ahead of this server's clock")
    known = select(insights.c.insight_id).where(
        insights.c.store_id == tx.store_id, insights.c.source_run_id == insight.source_run_id
    )
    if tx.connection.execute(known).one_or_none() is not None:
        raise Conflict(f"the run {insight.source_run_id} has sent its insight already")
    insight_id = tx.new_id()
    confidence = round(insight.confidence * CONFIDENCE_WHOLE)
    row = {
        "category": insight.category,
        "title": insight.title,
        "detail": insight.detail,
        "confidence": confidence,
        "source_run_id": insight.source_run_id,
    }
    tx.connection.execute(
        insert(insights).values(
            store_id=tx.store_id,
            insight_id=insight_id,
            related_sales=canonical(insight.related_sales),
            created_at_ms=insight.created_at_ms,
            received_at_ms=tx.now_ms,
            **row,
        )
    )
    body = {**row, "related_sales": insight.related_sales, "created_at": insight.created_at_ms}
    feed.put(tx, DocumentKind.INSIGHT, insight_id, body)
    return insight_id
