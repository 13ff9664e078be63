"""The sales as rows that can be asked for by day, person or till; the whole ticket stays in its entry."""

from collections.abc import Mapping
from typing import Final

from seraphine_pos.domain.event import Kind
from seraphine_pos.domain.journal import Entry

COLUMNS: Final = (
    "store_id", "event_id", "journal_id", "seq", "kind", "till_id", "business_day", "hour", "at_ms", "operator_id",
    "receipt", "currency", "total", "tax",
)  # fmt: skip

Row = tuple[object, ...]


def row_of(store_id: str, entry: Entry, body: Mapping[str, object]) -> Row:
    """Return the row of a sale or refund whose body the fold has taken."""
    kind = "sale" if entry.kind == Kind.SALE_COMPLETED else "refund"
    return (
        store_id, entry.event_id, entry.journal_id, entry.seq, kind, body["till_id"], body["business_day"],
        body["hour"], entry.at_ms, body["operator_id"], body["receipt"], body["currency"], body["total"], body["tax"],
    )  # fmt: skip
