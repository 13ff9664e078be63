"""The entries that could not be applied: kept whole in their journal, listed here with the reason."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, func, select
from sqlalchemy.exc import DBAPIError

from seraphine_pos.domain.journal import Entry
from sync_server.schema import quarantine
from sync_server.transaction import Transaction

COLUMNS: Final = ("store_id", "event_id", "journal_id", "seq", "kind", "version", "reason", "received_at_ms")
REASON_MAX: Final = 500
LISTED_MAX: Final = 500


@dataclass(frozen=True, slots=True)
class Refused:
    """An entry that cannot be applied, and why."""

    entry: Entry
    reason: str


def refused(entry: Entry, problem: Exception) -> Refused:
    """Say why an entry cannot be applied, in words that every database can hold."""
    said = str(problem.orig) if isinstance(problem, DBAPIError) else str(problem)
    reason = f"{type(problem).__name__}: {said}".strip().replace("\0", "\ufffd")
    return Refused(entry, reason.encode(errors="replace").decode()[:REASON_MAX])


def keep(tx: Transaction, items: Iterable[Refused], received_at_ms: int) -> None:
    """Set entries aside; their events stay known, so that a copy of one is not set aside again."""
    rows = [
        (
            tx.store_id, item.entry.event_id, item.entry.journal_id, item.entry.seq, item.entry.kind,
            item.entry.version, item.reason, received_at_ms,
        )
        for item in items
    ]  # fmt: skip
    tx.database.insert_many(tx.connection, quarantine, COLUMNS, rows)


def count(connection: Connection, store_id: str) -> int:
    """Return how many entries no report includes."""
    counted = select(func.count()).select_from(quarantine).where(quarantine.c.store_id == store_id)
    return connection.execute(counted).scalar_one()


def listed(connection: Connection, store_id: str) -> list[dict[str, object]]:
    """Return the entries set aside, newest first."""
    rows = connection.execute(
        select(*[quarantine.c[name] for name in COLUMNS[1:]])
        .where(quarantine.c.store_id == store_id)
        .order_by(quarantine.c.received_at_ms.desc(), quarantine.c.event_id.desc())
        .limit(LISTED_MAX)
    )
    return [dict(row) for row in rows.mappings()]
