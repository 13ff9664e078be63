"""The checkpoints of this till's journals: what happened since the last one, added up from its ledger."""

from typing import Final

from seraphine_pos.domain.checkpoint import Checkpoint, read
from seraphine_pos.domain.event import Kind
from seraphine_pos.store import entries
from seraphine_pos.store.action import Action
from seraphine_pos.store.database import Connection

# Both read no further back than to the last checkpoint.
_LAST: Final = f"""
    SELECT {entries.COLUMNS} FROM entry WHERE journal_id = ? AND kind = '{Kind.CHECKPOINT}' ORDER BY seq DESC LIMIT 1"""
_SINCE: Final = f"""
    SELECT t.refund, count(*), sum(t.total) FROM entry e JOIN ticket t ON t.event_id = e.event_id
    WHERE e.journal_id = ? AND e.seq > ? AND e.kind IN ('{Kind.SALE_COMPLETED}', '{Kind.SALE_REFUNDED}')
    GROUP BY t.refund"""


def record(action: Action) -> None:
    """Append a checkpoint to the journal, within the action that ends a day."""
    head = action.head
    found = since(action.connection, head.journal_id, head.seq)
    action.record(Kind.CHECKPOINT, found.to_body())


def since(connection: Connection, journal_id: str, seq: int) -> Checkpoint:
    """Return what a journal came to between its last checkpoint and ``seq``, its last entry."""
    found = connection.execute(_LAST, (journal_id,)).fetchone()
    last = None if found is None else entries.entry_of(found)
    start, before = (0, None) if last is None else (last.seq, read(last))
    sums = {refund: (count, total) for refund, count, total in connection.execute(_SINCE, (journal_id, start))}
    (sales, gross), (refunds, refunded) = (sums.get(refund, (0, 0)) for refund in (0, 1))
    grand_total = (before.grand_total if before else 0) + gross - refunded
    return Checkpoint(seq - start, sales, refunds, gross, refunded, grand_total)
