"""The sales as rows that can be asked for by day, person or till; the whole ticket stays in its entry."""

from collections.abc import Mapping
from datetime import date
from typing import Final, cast

from seraphine_pos.domain.event import Kind, Unreadable
from seraphine_pos.domain.journal import Entry

COLUMNS: Final = (
    "store_id", "event_id", "journal_id", "seq", "kind", "till_id", "business_day", "hour", "at_ms", "operator_id",
    "receipt", "currency", "total", "tax",
)  # fmt: skip
DAY_LETTERS: Final = len("2026-11-22")
HOURS: Final = 24

Row = tuple[object, ...]


def row_of(store_id: str, entry: Entry, body: Mapping[str, object]) -> Row:
    """Return the row of a sale or refund whose body has the right shape; raise Unreadable."""
    day, hour = cast("str", body["business_day"]), cast("int", body["hour"])
    check_day(day)
    if not 0 <= hour < HOURS:
        raise Unreadable(f"{entry.kind}: {hour} is no hour")
    kind = "sale" if entry.kind == Kind.SALE_COMPLETED else "refund"
    return (
        store_id, entry.event_id, entry.journal_id, entry.seq, kind, body["till_id"], day, hour, entry.at_ms,
        body["operator_id"], body["receipt"], body["currency"], body["total"], body["tax"],
    )  # fmt: skip


def check_day(day: str) -> None:
    """Raise Unreadable unless the text is a day that a report can find."""
    try:
        known = len(day) == DAY_LETTERS and date.fromisoformat(day) is not None
    except ValueError:
        known = False
    if not known:
        raise Unreadable(f"{day!r:.40} is no business day")
