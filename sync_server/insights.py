"""What an analysis found: kept once for each run, and published for the owner's screen."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field
from sqlalchemy import Connection, select

from seraphine_pos.domain.card_mask import mask
from seraphine_pos.domain.feed import DocumentKind
from seraphine_pos.domain.journal import canonical
from seraphine_pos.domain.protocol import PAGE_DOCUMENTS_MAX
from sync_server import feed
from sync_server.errors import Conflict, Refused
from sync_server.feed import Change
from sync_server.schema import documents, insights
from sync_server.transaction import Transaction

CONFIDENCE_WHOLE: Final = 1000
MS: Final = 1000
# A sender's clock may be a little fast; an insight of next year would stand first until then.
AHEAD_MS_MAX: Final = 10 * 60 * 1000
COLUMNS: Final = (
    "store_id", "source_run_id", "insight_id", "category", "title", "detail", "confidence", "related_sales",
    "created_at_ms", "received_at_ms",
)  # fmt: skip

# What the server found itself; nobody outside may speak in its name.
PREFIX: Final = "local:"
WORD_MAX: Final = 200

Word = Annotated[str, Field(min_length=1, max_length=WORD_MAX, pattern=r"^[^\x00]*$")]

UnixMs = Annotated[int, Field(ge=0, le=1 << 53, strict=True)]
Moment = Annotated[AwareDatetime, Field(strict=True)]


class Insight(BaseModel):
    """An insight as it is sent; ``confidence`` from 0 to 1, ``createdAt`` ISO 8601 with its offset or Unix ms."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    category: Literal["cashVariance", "topSeller", "watchlist"]
    source_run_id: Word = Field(alias="sourceRunId")
    title: Annotated[Word, AfterValidator(mask)]
    detail: Annotated[str, AfterValidator(mask)] = Field(default="", max_length=5000, pattern=r"^[^\x00]*$")
    confidence: float = Field(ge=0, le=1, strict=True, allow_inf_nan=False)
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
    insight_id = tx.new_id()
    confidence = round(insight.confidence * CONFIDENCE_WHOLE)
    body: dict[str, object] = {
        "category": insight.category,
        "title": insight.title,
        "detail": insight.detail,
        "confidence": confidence,
        "source_run_id": insight.source_run_id,
        "related_sales": insight.related_sales,
        "created_at": insight.created_at_ms,
    }
    row = (
        tx.store_id, insight.source_run_id, insight_id, insight.category, insight.title, insight.detail, confidence,
        canonical(insight.related_sales), insight.created_at_ms, tx.now_ms,
    )  # fmt: skip
    if not tx.database.insert_many(tx.connection, insights, COLUMNS, [row]):
        raise Conflict(f"the run {insight.source_run_id} has sent its insight already")
    feed.put(tx, DocumentKind.INSIGHT, insight_id, body)
    return insight_id


@dataclass(frozen=True, slots=True)
class Card:
    """An insight that the tills still show."""

    insight_id: str
    source_run_id: str
    created_at_ms: int


def runs(connection: Connection, store_id: str, prefix: str) -> frozenset[str]:
    """Return the run ids that begin so, of whatever was ever published."""
    rows = connection.execute(
        select(insights.c.source_run_id).where(
            insights.c.store_id == store_id, insights.c.source_run_id.startswith(prefix, autoescape=True)
        )
    )
    return frozenset(rows.scalars())


def cards(connection: Connection, store_id: str, prefix: str) -> list[Card]:
    """Return the insights that are still shown and whose run id begins so, by run id."""
    shown = (
        (documents.c.store_id == insights.c.store_id)
        & (documents.c.kind == DocumentKind.INSIGHT)
        & (documents.c.key == insights.c.insight_id)
        & (documents.c.deleted == 0)
    )
    rows = connection.execute(
        select(insights.c.insight_id, insights.c.source_run_id, insights.c.created_at_ms)
        .join(documents, shown)
        .where(insights.c.store_id == store_id, insights.c.source_run_id.startswith(prefix, autoescape=True))
    )
    return sorted((Card(*row) for row in rows), key=lambda one: one.source_run_id)


def withdraw(tx: Transaction, insight_ids: Sequence[str]) -> int:
    """Take cards off the tills' screens and return how many; what they said stays as history."""
    found = feed.find(tx.connection, tx.store_id, DocumentKind.INSIGHT, insight_ids)
    gone = [Change(one.kind, one.key, one.body, (), deleted=True) for one in found.values() if not one.deleted]
    for start in range(0, len(gone), PAGE_DOCUMENTS_MAX):
        part = gone[start : start + PAGE_DOCUMENTS_MAX]
        feed.publish(tx, part, {one.key: found[one.key] for one in part})
    return len(gone)
