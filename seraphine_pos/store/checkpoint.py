"""The checkpoints of this till's journals: what happened since the last one, added up from its entries.

Not from the ledger, which has no row of a ticket that it could not read: who later holds a checkpoint against the
journal has the entries alone. Of a ticket that was emptied the ledger keeps the total.
"""

from typing import Final

from seraphine_pos.domain.checkpoint import TICKETS, Checkpoint, read, total_in
from seraphine_pos.domain.event import Kind
from seraphine_pos.store import entries
from seraphine_pos.store.action import Action
from seraphine_pos.store.database import Connection

# Both read no further back than to the last checkpoint.
_LAST: Final = f"""
    SELECT {entries.COLUMNS} FROM entry WHERE journal_id = ? AND kind = '{Kind.CHECKPOINT}' ORDER BY seq DESC LIMIT 1"""
_TICKETS: Final = f"""
    SELECT {entries.COLUMNS}, (SELECT total FROM ticket WHERE ticket.event_id = entry.event_id) FROM entry
    WHERE journal_id = ? AND seq > ? AND kind IN ('{Kind.SALE_COMPLETED}', '{Kind.SALE_REFUNDED}')"""


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
    sums: dict[str, list[int]] = {kind: [0, 0] for kind in TICKETS}
    for row in connection.execute(_TICKETS, (journal_id, start)):
        *columns, kept = row
        ticket = entries.entry_of(tuple(columns))
        count = sums[ticket.kind]
        count[0] += 1
        count[1] += (kept if ticket.blanked else total_in(ticket)) or 0
    (sales, gross), (refunds, refunded) = sums[Kind.SALE_COMPLETED], sums[Kind.SALE_REFUNDED]
    grand_total = (before.grand_total if before else 0) + gross - refunded
    return Checkpoint(seq - start, sales, refunds, gross, refunded, grand_total)
