"""The sales as rows that can be asked for by day, person or till; the whole ticket stays in its entry."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, cast

from sqlalchemy import Connection, select

from seraphine_pos.domain.event import Kind
from seraphine_pos.domain.journal import Entry
from sync_server.schema import sales

COLUMNS: Final = (
    "store_id", "event_id", "journal_id", "seq", "kind", "till_id", "business_day", "hour", "at_ms", "operator_id",
    "receipt", "currency", "total", "tax", "methods",
)  # fmt: skip

LISTED_MAX: Final = 500

Row = tuple[object, ...]


def row_of(store_id: str, entry: Entry, body: Mapping[str, object]) -> Row:
    """Return the row of a sale or refund whose body the fold has taken."""
    kind = "sale" if entry.kind == Kind.SALE_COMPLETED else "refund"
    return (
        store_id, entry.event_id, entry.journal_id, entry.seq, kind, body["till_id"], body["business_day"],
        body["hour"], entry.at_ms, body["operator_id"], body["receipt"], body["currency"], body["total"], body["tax"],
        " ".join(sorted({tender["method"] for tender in cast("list[dict[str, str]]", body["tenders"])})),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class SalesQuery:
    """Business days from ``start`` to ``end``, both included; the tickets after one that was seen."""

    start: str
    end: str
    till_id: str | None = None
    operator_id: str | None = None
    after: str = ""


def listed(connection: Connection, store_id: str, query: SalesQuery) -> list[dict[str, object]]:
    """Return the next tickets of some days by their event id, which rises with the time they were rung at."""
    statement = (
        select(*[sales.c[name] for name in COLUMNS[1:]])
        .where(
            sales.c.store_id == store_id,
            sales.c.business_day >= query.start,
            sales.c.business_day <= query.end,
            sales.c.event_id > query.after,
        )
        .order_by(sales.c.event_id)
        .limit(LISTED_MAX)
    )
    if query.till_id is not None:
        statement = statement.where(sales.c.till_id == query.till_id)
    if query.operator_id is not None:
        statement = statement.where(sales.c.operator_id == query.operator_id)
    return [dict(row) for row in connection.execute(statement).mappings()]
