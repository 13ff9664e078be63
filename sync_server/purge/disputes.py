"""The values of old conflicts: what a till proposed and what stood there, which may be names and notes of people.

They go as the proposal itself does, which is an entry. One that nobody decided meanwhile is closed for what stands.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from sqlalchemy import Connection, and_, or_, select, tuple_, update

from seraphine_pos.domain.journal import canonical
from sync_server.conflicts import KEEP
from sync_server.purge.words import Loose, Where
from sync_server.schema import conflicts, entries, events, journals
from sync_server.transaction import Transaction

EMPTY: Final = canonical(None)
DECIDED_BY: Final = "retention"
APART: Final = "/"


def due(connection: Connection, store_id: str, limit: int) -> Iterator[Loose]:
    """Yield the values of conflicts whose entries came before a moment, and are in the newest verified backup."""
    same = [events.c[name] == entries.c[name] for name in ("store_id", "journal_id", "seq")]
    statement = (
        select(conflicts, entries.c.received_at_ms)
        .join(events, (events.c.store_id == conflicts.c.store_id) & (events.c.event_id == conflicts.c.event_id))
        .join(entries, and_(*same))
        .join(
            journals,
            (journals.c.store_id == entries.c.store_id) & (journals.c.journal_id == entries.c.journal_id),
        )
        .where(
            conflicts.c.store_id == store_id, entries.c.received_at_ms < limit, entries.c.seq <= journals.c.durable,
            or_(conflicts.c.proposed != EMPTY, conflicts.c.current != EMPTY),
        )
        .order_by(entries.c.arrival, conflicts.c.field)
    )  # fmt: skip
    for row in connection.execute(statement):
        words = f"{row.kind} {row.key} {row.field}: {row.current} → {row.proposed}"
        yield Loose(Where.CONFLICT, f"{row.event_id}{APART}{row.field}", row.received_at_ms, words)


def empty(tx: Transaction, keys: Sequence[str]) -> int:
    """Empty conflicts of their values, close those that are open, and return how many they were."""
    if not keys:
        return 0
    parts = [tuple(key.split(APART, 1)) for key in keys]
    meant = (conflicts.c.store_id == tx.store_id, tuple_(conflicts.c.event_id, conflicts.c.field).in_(parts))
    tx.connection.execute(
        update(conflicts)
        .where(*meant, conflicts.c.resolved_at_ms.is_(None))
        .values(resolved_at_ms=tx.now_ms, resolved_by=DECIDED_BY, resolution=KEEP)
    )
    return tx.connection.execute(update(conflicts).where(*meant).values(proposed=EMPTY, current=EMPTY)).rowcount
