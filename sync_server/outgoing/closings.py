"""The end of a till's day, told outside: which shift was closed, and what its day comes to by then."""

from collections.abc import Iterable
from typing import Final

from sqlalchemy import select

from seraphine_pos.domain.event import Kind
from seraphine_pos.domain.journal import Entry
from seraphine_pos.domain.rollup import TOTAL
from sync_server import bodies
from sync_server.outgoing import outbox
from sync_server.schema import rollups
from sync_server.transaction import Transaction

# What a till calls its things is its own; a message has to stay small whatever that is.
WORD_MAX: Final = 200


def tell(tx: Transaction, entries: Iterable[Entry]) -> None:
    """Put a message for each closing among entries that were just applied; one that nobody can read tells nothing."""
    for entry in entries:
        if entry.kind == Kind.SHIFT_CLOSED and not entry.blanked:
            try:
                body = bodies.read(entry.kind, entry.version, entry.body)
            except ValueError:
                continue
            _tell(
                tx,
                entry,
                {name: body[name].replace("\0", "")[:WORD_MAX] for name in ("till_id", "shift_id", "business_day")},
            )


def _tell(tx: Transaction, entry: Entry, said: dict[str, str]) -> None:
    columns = ("sales", "refunds", "gross", "refunded", "tax")
    day = tx.connection.execute(
        select(*[rollups.c[name] for name in columns]).where(
            rollups.c.store_id == tx.store_id,
            rollups.c.day == said["business_day"],
            rollups.c.till_id == said["till_id"],
            rollups.c.facet == TOTAL,
        )
    ).one_or_none()
    figures = dict.fromkeys(columns, 0) if day is None else dict(day._mapping)  # noqa: SLF001  SQLAlchemy's public way
    told = {"store_id": tx.store_id, **said, "event_id": entry.event_id, "closed_at_ms": entry.at_ms, **figures}
    outbox.enqueue(tx, outbox.DAY_CLOSED, entry.event_id, told)
