"""The proofs of this till's days, folded with its figures, and the tickets of a day as two sides compare them."""

from collections.abc import Sequence
from typing import Final

from seraphine_pos.domain.proof import Proof, Share, gather, mark_of
from seraphine_pos.store.database import Connection

PROOFS: Final = "SELECT * FROM proof ORDER BY day, till_id"
_SUMS: Final = Share._fields[2:]
_ADD: Final = f"""
    INSERT INTO proof VALUES ({", ".join("?" for _ in Share._fields)})
    ON CONFLICT (day, till_id) DO UPDATE SET {", ".join(f"{name} = {name} + excluded.{name}" for name in _SUMS)}"""
_OWN: Final = """
    SELECT * FROM proof
    WHERE day BETWEEN ? AND ? AND till_id = (SELECT till_id FROM journal ORDER BY place DESC LIMIT 1)"""
_OWN_TILL: Final = "SELECT till_id, till_label FROM journal ORDER BY place DESC LIMIT 1"
_TICKETS: Final = """
    SELECT t.event_id, t.receipt, e.kind, e.digest, t.seq > j.acked_seq
    FROM ticket t
        JOIN journal j ON j.journal_id = t.journal_id
        JOIN entry e ON e.journal_id = t.journal_id AND e.seq = t.seq
    WHERE t.business_day = ? AND j.till_id = ? ORDER BY t.event_id"""

# What a ticket is compared by: its event, its receipt number, its mark; and whether it has not been sent yet.
Rung = tuple[str, str, bytes, bool]


def add(connection: Connection, shares: Sequence[Share]) -> None:
    """Add shares to the proofs of their days."""
    connection.executemany(_ADD, shares)


def own_till(connection: Connection) -> tuple[str, str]:
    """Return id and label of the till that sells here."""
    till_id, label = connection.execute(_OWN_TILL).fetchone()
    return till_id, label


def own(connection: Connection, start: str, end: str, fresh: Sequence[Share]) -> list[Proof]:
    """Return this till's proofs of the days from ``start`` to ``end``; ``fresh`` are shares that nobody has added."""
    till_id, _ = own_till(connection)
    kept = [Share._make(row) for row in connection.execute(_OWN, (start, end))]
    fits = (one for one in fresh if one.till_id == till_id and start <= one.day <= end)
    return [share.proof() for share in gather([*kept, *fits])]


def tickets(connection: Connection, day: str, till_id: str) -> list[Rung]:
    """Return the tickets that a till rang on a business day, by event id."""
    rows = connection.execute(_TICKETS, (day, till_id))
    return [(event_id, receipt, mark_of(kind, event_id, digest), bool(waits))
            for event_id, receipt, kind, digest, waits in rows]  # fmt: skip
