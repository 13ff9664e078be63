"""The folded tables made anew from the journals: sales, figures, feedback, events, quarantine; or quarantine alone.

Documents are the server's own truth and stay; a proposal that was applied is not applied again.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from sqlalchemy import Select, and_, select, tuple_, update

from seraphine_pos.domain.event import SHAPES, Kind
from sync_server import apply, audit, feed, feedback, frozen, intake, product_names
from sync_server import quarantine as quarantines
from sync_server.schema import entries, events, journals, quarantine
from sync_server.schema import feedback as feedback_table
from sync_server.transaction import Transaction

RETRY_ENTRIES_MAX: Final = 200


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """How many entries were folded, and how many of them went to quarantine."""

    entries: int
    quarantined: int


def rebuild(tx: Transaction) -> Rebuilt:
    """Fold every journal of the store again, in the order in which the entries came.

    Days whose tickets were emptied stay as they were counted.
    """
    feed.hold(tx)
    done = _decided(tx)
    states = _states(tx)
    some_stay = frozen.clear(tx)
    tills = _tills(tx)
    count = bad = 0
    for batch in intake.by_arrival(tx.connection, tx.store_id):
        for (journal_id, received_at_ms), group in groupby(
            batch, key=lambda arrived: (arrived.entry.journal_id, arrived.received_at_ms)
        ):
            everything = [arrived.entry for arrived in group]
            told = frozen.left(tx, everything) if some_stay else everything
            source = apply.Source(tills.get(journal_id, ""), received_at_ms, done)
            bad += len(apply.apply(tx, told, source))
            count += len(everything)
    for event_id, state in states.items():
        tx.connection.execute(
            update(feedback_table)
            .where(feedback_table.c.store_id == tx.store_id, feedback_table.c.event_id == event_id)
            .values(state=state)
        )
    product_names.rebuild(tx)
    audit.note(tx, "rebuild", {"entries": count, "quarantined": bad})
    return Rebuilt(count, bad)


@dataclass(frozen=True, slots=True)
class Retried:
    """How many entries in quarantine were tried again, and how many of them count by now."""

    tried: int = 0
    released: int = 0


def retry(open_transaction: Callable[[], AbstractContextManager[Transaction]], ended: Callable[[], bool]) -> Retried:
    """Try the quarantine again in the order in which its entries came, as after an upgrade; what still fails stays.

    A block a transaction, so that no till waits for long; ``ended`` is asked before each whether to leave the rest to
    the next time. Kinds and versions that this program does not know are not tried: a start costs what can change.
    """
    with open_transaction() as tx:
        waiting = _waiting(tx)
    tried = released = 0
    for start in range(0, len(waiting), RETRY_ENTRIES_MAX):
        if ended():
            break
        with open_transaction() as tx:
            block = _retry_block(tx, waiting[start : start + RETRY_ENTRIES_MAX])
        tried, released = tried + block.tried, released + block.released
    return Retried(tried, released)


def _retry_block(tx: Transaction, arrivals: Sequence[int]) -> Retried:
    feed.hold(tx)
    rows = tx.connection.execute(_set_aside(tx.store_id, arrivals)).all()
    released: list[str] = []
    for (till_id, received_at_ms), group in groupby(rows, key=lambda row: (row.till_id or "", row.received_at_ms)):
        reasons = {intake.entry_of(row): row.reason for row in group}
        told = [entry for entry in reasons if not entry.blanked]
        bad = {one.entry.event_id: one for one in apply.apply_told(tx, told, apply.Source(till_id, received_at_ms))}
        released += [entry.event_id for entry in told if entry.event_id not in bad]
        for entry in told:
            if entry.event_id in bad and bad[entry.event_id].reason != reasons[entry]:
                quarantines.explain(tx, bad[entry.event_id])
    if released:
        quarantines.release(tx, released)
        audit.note(tx, "quarantine-released", {"tried": len(rows), "released": len(released)})
    return Retried(len(rows), len(released))


def _waiting(tx: Transaction) -> list[int]:
    """Return the arrivals, in order, of the entries in quarantine whose kind and version this program knows."""
    came = (
        select(entries.c.arrival)
        .where(*(entries.c[name] == quarantine.c[name] for name in ("store_id", "journal_id", "seq")))
        .scalar_subquery()
    )
    known = tuple_(quarantine.c.kind, quarantine.c.version).in_(list(SHAPES))
    found = select(came).where(quarantine.c.store_id == tx.store_id, known)
    return sorted(tx.connection.execute(found).scalars())


def _set_aside(store_id: str, arrivals: Sequence[int]) -> Select[Any]:
    """Ask for those of some entries that are still in quarantine, with what was said of each."""
    of_entry = [quarantine.c[name] == entries.c[name] for name in ("store_id", "event_id", "journal_id", "seq")]
    of_journal = [entries.c[name] == journals.c[name] for name in ("store_id", "journal_id")]
    return (
        select(entries, quarantine.c.reason, journals.c.till_id)
        .select_from(entries)
        .join(quarantine, and_(*of_entry))
        .join(journals, and_(*of_journal))
        .where(entries.c.store_id == store_id, entries.c.arrival.in_(arrivals))
        .order_by(entries.c.arrival)
    )


def _decided(tx: Transaction) -> frozenset[str]:
    """Return the proposals and flags that have been applied, and perhaps decided since: told, and not in quarantine."""
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
            entries.c.kind.in_([Kind.DOCUMENT_PROPOSED, Kind.SALE_FLAGGED]),
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
