"""The folded tables made anew from the journals: sales, figures, feedback, events, quarantine.

Documents are the server's own truth and stay; a proposal that was applied is not applied again.
"""

from dataclasses import dataclass
from itertools import groupby

from sqlalchemy import delete, select, update

from seraphine_pos.domain.event import Kind
from sync_server import apply, audit, feedback, intake
from sync_server.schema import entries, events, journals, quarantine, rollups, sales
from sync_server.schema import feedback as feedback_table
from sync_server.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """How many entries were folded, and how many of them went to quarantine."""

    entries: int
    quarantined: int


def rebuild(tx: Transaction) -> Rebuilt:
    """Fold every journal of the store again, in the order in which the entries came."""
    done = _proposals_done(tx)
    states = _states(tx)
    for table in (events, sales, rollups, feedback_table, quarantine):
        tx.connection.execute(delete(table).where(table.c.store_id == tx.store_id))
    tills = _tills(tx)
    count = bad = 0
    for batch in intake.by_arrival(tx.connection, tx.store_id):
        for (journal_id, received_at_ms), group in groupby(
            batch, key=lambda arrived: (arrived.entry.journal_id, arrived.received_at_ms)
        ):
            told = [arrived.entry for arrived in group]
            source = apply.Source(tills.get(journal_id, ""), received_at_ms, done)
            bad += len(apply.apply(tx, told, source))
            count += len(told)
    for event_id, state in states.items():
        tx.connection.execute(
            update(feedback_table)
            .where(feedback_table.c.store_id == tx.store_id, feedback_table.c.event_id == event_id)
            .values(state=state)
        )
    audit.note(tx, "rebuild", {"entries": count, "quarantined": bad})
    return Rebuilt(count, bad)


def retry(tx: Transaction) -> Rebuilt:
    """Apply the entries in quarantine again, as after an upgrade; what still fails stays there."""
    rows = tx.connection.execute(
        select(entries, journals.c.till_id)
        .join(
            quarantine,
            (quarantine.c.store_id == entries.c.store_id)
            & (quarantine.c.journal_id == entries.c.journal_id)
            & (quarantine.c.seq == entries.c.seq),
        )
        .join(journals, (journals.c.store_id == entries.c.store_id) & (journals.c.journal_id == entries.c.journal_id))
        .where(entries.c.store_id == tx.store_id)
        .order_by(entries.c.arrival)
    ).all()
    bad = 0
    for row in rows:
        entry = intake.entry_of(row)
        source = apply.Source(row.till_id or "", row.received_at_ms)
        if apply.apply_alone(tx, entry, source) is not None:
            bad += 1
            continue
        tx.connection.execute(
            delete(quarantine).where(quarantine.c.store_id == tx.store_id, quarantine.c.event_id == entry.event_id)
        )
    return Rebuilt(len(rows), bad)


def _proposals_done(tx: Transaction) -> frozenset[str]:
    """Return the proposals that have been applied: told, and not in quarantine."""
    rows = tx.connection.execute(
        select(events.c.event_id)
        .join(
            entries,
            (entries.c.store_id == events.c.store_id)
            & (entries.c.journal_id == events.c.journal_id)
            & (entries.c.seq == events.c.seq),
        )
        .outerjoin(
            quarantine,
            (quarantine.c.store_id == events.c.store_id) & (quarantine.c.event_id == events.c.event_id),
        )
        .where(
            events.c.store_id == tx.store_id,
            entries.c.kind == Kind.DOCUMENT_PROPOSED,
            quarantine.c.event_id.is_(None),
        )
    )
    return frozenset(rows.scalars())


def _states(tx: Transaction) -> dict[str, str]:
    """Return the states that moderation gave to messages."""
    rows = tx.connection.execute(
        select(feedback_table.c.event_id, feedback_table.c.state).where(
            feedback_table.c.store_id == tx.store_id, feedback_table.c.state != feedback.NEW
        )
    )
    return {row.event_id: row.state for row in rows}


def _tills(tx: Transaction) -> dict[str, str]:
    rows = tx.connection.execute(
        select(journals.c.journal_id, journals.c.till_id).where(journals.c.store_id == tx.store_id)
    )
    return {row.journal_id: row.till_id or "" for row in rows}
