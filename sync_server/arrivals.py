"""The entries that came in a span of time, by this server's clock: for whoever looks into what happened when.

On PostgreSQL the span is found by an index of a few pages (BRIN), since entries lie in the order in which they came.
"""

from collections.abc import Iterator
from typing import Final

from sqlalchemy import ColumnElement, Connection, func, select

from sync_server.intake import COLUMNS, Arrived, entry_of
from sync_server.schema import entries

ENTRIES_AT_ONCE: Final = 500


def between(connection: Connection, store_id: str, start_ms: int, end_ms: int) -> Iterator[list[Arrived]]:
    """Yield the entries that came from ``start_ms`` until just before ``end_ms`` in their order, some at a time."""
    asked = _asked(store_id, start_ms, end_ms)
    # Set aside first: asked for the least at once, PostgreSQL walks all arrivals from the first one on to find it.
    came = select(entries.c.arrival).where(*asked).cte("came").prefix_with("MATERIALIZED", dialect="postgresql")
    first, last = connection.execute(select(func.min(came.c.arrival), func.max(came.c.arrival))).one()
    while first is not None and first <= last:
        rows = connection.execute(
            select(*[entries.c[name] for name in COLUMNS])
            .where(*asked, entries.c.arrival.between(first, last))
            .order_by(entries.c.arrival)
            .limit(ENTRIES_AT_ONCE)
        ).all()
        if not rows:
            return
        yield [Arrived(entry_of(row), row.arrival, row.received_at_ms) for row in rows]
        first = rows[-1].arrival + 1


def _asked(store_id: str, start_ms: int, end_ms: int) -> tuple[ColumnElement[bool], ...]:
    came = entries.c.received_at_ms
    return entries.c.store_id == store_id, came >= start_ms, came < end_ms
