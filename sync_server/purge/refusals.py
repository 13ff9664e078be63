"""Old refused insights: what somebody sent here, signed or not, may say anything of anybody. They go whole."""

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, delete, select

from sync_server.purge.words import Loose, Where
from sync_server.schema import webhook_failures
from sync_server.transaction import Transaction


def due(connection: Connection, store_id: str, limit: int) -> Iterator[Loose]:
    """Yield what was refused before a moment."""
    statement = select(webhook_failures).where(
        webhook_failures.c.store_id == store_id, webhook_failures.c.received_at_ms < limit
    )
    for row in connection.execute(statement.order_by(webhook_failures.c.failure_id)):
        told = f"{row.code}: {row.reason} ({row.webhook_id or '-'}) {row.body.decode(errors='replace')}"
        yield Loose(Where.REFUSAL, row.failure_id, row.received_at_ms, told)


def remove(tx: Transaction, failure_ids: Sequence[str]) -> int:
    """Remove some, and return how many were there."""
    mine = (webhook_failures.c.store_id == tx.store_id, webhook_failures.c.failure_id.in_(failure_ids))
    return tx.connection.execute(delete(webhook_failures).where(*mine)).rowcount
