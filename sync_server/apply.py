"""What the entries of a journal change on the server: figures, sales, feedback, documents.

Every event counts once. A batch is written whole where it can be; when anything in it fails, each
entry is tried alone, and one that cannot be applied goes to quarantine with its reason. What each
kind changes is said in ``effects_of``, or that it is only kept; unknown kinds wait in quarantine
for a program that knows them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from seraphine_pos.domain.event import Kind
from seraphine_pos.domain.journal import Entry
from seraphine_pos.domain.proof import Shares
from seraphine_pos.domain.rollup import Tally
from sync_server import bodies, feed, feedback, flags, proofs, proposals, quarantine, rollups, sales
from sync_server.database import is_lost
from sync_server.flags import Told
from sync_server.proposals import Proposal
from sync_server.quarantine import Refused, refused
from sync_server.schema import events
from sync_server.schema import feedback as feedback_table
from sync_server.schema import sales as sales_table
from sync_server.transaction import Transaction

CHANGING: Final = frozenset({
    Kind.SALE_COMPLETED, Kind.SALE_REFUNDED, Kind.SALE_FLAGGED, Kind.FEEDBACK_SUBMITTED, Kind.DOCUMENT_PROPOSED,
})  # fmt: skip
# These are kept in their journal and change nothing else here.
KEPT: Final = frozenset({
    Kind.JOURNAL_OPENED, Kind.SHIFT_OPENED, Kind.SHIFT_CLOSED, Kind.CASH_MOVED, Kind.DRAWER_OPENED, Kind.CART_VOIDED,
    Kind.LINE_REMOVED, Kind.RECEIPT_REPRINTED, Kind.STAFF_SIGNED_IN, Kind.STAFF_SIGNED_OUT,
    Kind.STAFF_REFUSED, Kind.REPORT_EXPORTED, Kind.CLOCK_CHANGED, Kind.STORAGE_FAILED, Kind.BODIES_BLANKED,
    Kind.CHECKPOINT,
})  # fmt: skip
EVENT_COLUMNS: Final = ("store_id", "event_id", "journal_id", "seq")

Row = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """Whose entries they are: the till that wrote them, when they came, which wishes and flags were applied before."""

    till_id: str
    received_at_ms: int
    done: frozenset[str] = frozenset()


@dataclass(slots=True)
class Effects:
    """What some entries change, gathered so that it is written once."""

    tally: Tally = field(default_factory=Tally)
    shares: Shares = field(default_factory=Shares)
    sales: list[Row] = field(default_factory=list)
    feedback: list[Row] = field(default_factory=list)
    flags: list[Told] = field(default_factory=list)
    proposals: list[Proposal] = field(default_factory=list)


def apply(tx: Transaction, entries: Sequence[Entry], source: Source) -> list[Refused]:
    """Apply the entries whose event is new; return those that went to quarantine."""
    bad = apply_told(tx, register(tx, entries), source)
    quarantine.keep(tx, bad, source.received_at_ms)
    return bad


def apply_told(tx: Transaction, told: Sequence[Entry], source: Source) -> list[Refused]:
    """Apply entries that tell their events first, and have never been applied; return those that cannot be."""
    good: list[Entry] = []
    bad: list[Refused] = []
    effects = Effects()
    for entry in told:
        problem = gather(effects, tx.store_id, entry, source)
        if problem is None:
            good.append(entry)
        else:
            bad.append(problem)
    if not _written_at_once(tx, effects, source):
        alone = (apply_alone(tx, entry, source) for entry in good)
        bad.extend(problem for problem in alone if problem is not None)
    return bad


def register(tx: Transaction, entries: Sequence[Entry]) -> list[Entry]:
    """Note the events of entries and return the entries that are the first to tell theirs.

    Of a blanked entry only the hashes are left: nothing can be counted, and its event stays untold.
    """
    told = [entry for entry in entries if not entry.blanked]
    rows = [(tx.store_id, entry.event_id, entry.journal_id, entry.seq) for entry in told]
    if tx.database.insert_many(tx.connection, events, EVENT_COLUMNS, rows) == len(rows):
        return told
    first = set[tuple[str, str, int]]()
    for start in range(0, len(told), feed.KEYS_AT_ONCE):
        wanted = [entry.event_id for entry in told[start : start + feed.KEYS_AT_ONCE]]
        found = select(events.c.event_id, events.c.journal_id, events.c.seq).where(
            events.c.store_id == tx.store_id, events.c.event_id.in_(wanted)
        )
        first.update((row.event_id, row.journal_id, row.seq) for row in tx.connection.execute(found))
    return [entry for entry in told if (entry.event_id, entry.journal_id, entry.seq) in first]


def gather(effects: Effects, store_id: str, entry: Entry, source: Source) -> Refused | None:
    """Add what an entry changes to ``effects``; return why it cannot be applied, None when it can."""
    try:
        effects_of(effects, store_id, entry, source)
    except Exception as problem:  # noqa: BLE001  one bad entry, whatever is wrong with it, never blocks the next
        return refused(entry, problem)
    return None


def effects_of(effects: Effects, store_id: str, entry: Entry, source: Source) -> None:
    """Add what an entry changes, whole or not at all; raise when its body cannot be read."""
    body = bodies.read(entry.kind, entry.version, entry.body)
    effects.tally.add_checked(entry.kind, body)
    match entry.kind:
        case Kind.SALE_COMPLETED | Kind.SALE_REFUNDED:
            effects.sales.append(sales.row_of(store_id, entry, body))
            effects.shares.add(entry, body)
        case Kind.FEEDBACK_SUBMITTED:
            effects.feedback.append(feedback.row_of(store_id, entry, body, source.till_id, source.received_at_ms))
        case Kind.SALE_FLAGGED:
            if entry.event_id not in source.done:
                effects.flags.append(flags.read(entry, body))
        case Kind.DOCUMENT_PROPOSED:
            if entry.event_id not in source.done:
                effects.proposals.append(proposals.read(entry, body))
        case _:
            pass  # one of KEPT


def write(tx: Transaction, effects: Effects, source: Source) -> None:
    """Write gathered effects."""
    tx.database.insert_many(tx.connection, sales_table, sales.COLUMNS, effects.sales)
    rollups.add(tx, effects.tally.deltas())
    proofs.add(tx, effects.shares.rows())
    tx.database.insert_many(tx.connection, feedback_table, feedback.COLUMNS, effects.feedback)
    feedback.announce(tx, effects.feedback)
    for told in effects.flags:
        flags.apply(tx, told, source.till_id)
    for proposal in effects.proposals:
        proposals.apply(tx, proposal, source.till_id)


def _written_at_once(tx: Transaction, effects: Effects, source: Source) -> bool:
    """Write the effects of a whole batch under one savepoint; tell whether it held."""
    try:
        with tx.connection.begin_nested():
            write(tx, effects, source)
    except Exception as problem:  # noqa: BLE001  then each entry is tried alone
        _raise_if_lost(problem)
        return False
    return True


def apply_alone(tx: Transaction, entry: Entry, source: Source) -> Refused | None:
    """Apply one entry under a savepoint of its own; return why it cannot be, None when it was."""
    effects = Effects()
    try:
        effects_of(effects, tx.store_id, entry, source)
        with tx.connection.begin_nested():
            write(tx, effects, source)
    except Exception as problem:  # noqa: BLE001  one bad entry, whatever is wrong with it, never blocks the next
        _raise_if_lost(problem)
        return refused(entry, problem)
    return None


def _raise_if_lost(problem: Exception) -> None:
    """Let through what is wrong with the database rather than with an entry."""
    if isinstance(problem, DBAPIError) and is_lost(problem):
        raise problem
