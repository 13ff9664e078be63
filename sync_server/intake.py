"""The door of the journals: whatever continues a chain is kept, its meaning is judged afterwards.

Locks are taken in one order: the journal's head, then the store's row.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, cast

from pydantic_core import from_json
from sqlalchemy import Connection, bindparam, insert, select, update

from seraphine_pos.domain.event import Kind
from seraphine_pos.domain.journal import FIRST_HASH, Damaged, Entry, check
from seraphine_pos.domain.protocol import HASHES_MAX, PUSH_ENTRIES_MAX, Head
from seraphine_pos.domain.refusal import PushDamaged, PushTooLarge
from sync_server import apply, audit, feed
from sync_server.outgoing import closings
from sync_server.rights.auth import Device
from sync_server.schema import entries as entries_table
from sync_server.schema import journals, pushes, server, stores
from sync_server.transaction import Transaction

COLUMNS: Final = (
    "store_id", "journal_id", "seq", "arrival", "received_at_ms", "at_ms", "kind", "version", "event_id", "salt",
    "body", "text", "digest", "prev_hash", "hash",
)  # fmt: skip
# Built once: a push of a few entries would spend its time on building them.
_OF_JOURNAL: Final = (journals.c.store_id == bindparam("of_store"), journals.c.journal_id == bindparam("of_journal"))
_FIND: Final = select(
    journals.c.seq, journals.c.hash, journals.c.till_id, journals.c.lost_hash, journals.c.durable
).where(*_OF_JOURNAL)  # fmt: skip
_LOCK: Final = _FIND.with_for_update()
_MOVE: Final = update(journals).where(*_OF_JOURNAL)
_NOTE_PUSH: Final = insert(pushes)
_SERVER: Final = select(server.c.server_id)
_ARRIVE: Final = (
    update(stores)
    .where(stores.c.store_id == bindparam("of_store"))
    .values(arrival=stores.c.arrival + bindparam("count"))
    .returning(stores.c.arrival)
)
RESTORED: Final = b""  # the lost hash of every journal after a restore, which has begun the feed anew already


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """The last entry that the till believes the server to have."""

    seq: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class _Journal:
    seq: int
    hash: bytes
    till_id: str | None
    lost_hash: bytes | None
    durable: int


def check_entries(entries: Sequence[Entry]) -> None:
    """Raise PushTooLarge for too many entries, and PushDamaged unless they are whole and follow one another."""
    if len(entries) > PUSH_ENTRIES_MAX:
        raise PushTooLarge
    try:
        _check_chain(entries)
    except Damaged as damage:
        raise PushDamaged(reason=str(damage)) from damage


def _check_chain(entries: Sequence[Entry]) -> None:
    if not entries:
        return
    seq, prev_hash = entries[0].seq, entries[0].prev_hash
    for entry in entries:
        check(entry, seq, prev_hash)
        seq, prev_hash = seq + 1, entry.hash


def hello(connection: Connection, store_id: str, journal_id: str, acknowledged: Acknowledged) -> Head | None:
    """Return the head of a journal for a push that brings nothing; None when something must be written."""
    journal = _read(connection, store_id, journal_id)
    if _is_lost(connection, store_id, journal_id, journal, acknowledged):
        return None
    return _head(connection, journal_id, journal)


def push(
    tx: Transaction, device: Device, journal_id: str, acknowledged: Acknowledged, entries: Sequence[Entry]
) -> Head:
    """Append what continues the chain, apply it, and return the head, whatever happened.

    The entries have passed ``check_entries``.
    """
    journal = _locked(tx, journal_id)
    if _is_lost(tx.connection, tx.store_id, journal_id, journal, acknowledged):
        _note_lost(tx, journal_id, journal, acknowledged)
    fresh = _continuing(journal, entries)
    if fresh:
        till_id = _till_of(fresh[0]) or journal.till_id or device.till_id
        _append(tx, device, fresh)
        apply.apply(tx, fresh, apply.Source(till_id, tx.now_ms))
        closings.tell(tx, fresh)
        _move_head(tx, device, fresh[-1], till_id)
        journal = replace(journal, seq=fresh[-1].seq, hash=fresh[-1].hash, till_id=till_id)
    return _head(tx.connection, journal_id, journal)


def hashes(connection: Connection, store_id: str, journal_id: str, seqs: Sequence[int]) -> dict[int, bytes]:
    """Return the hashes that the server has at these places of a journal."""
    rows = connection.execute(
        select(entries_table.c.seq, entries_table.c.hash).where(
            entries_table.c.store_id == store_id,
            entries_table.c.journal_id == journal_id,
            entries_table.c.seq.in_(list(seqs)[:HASHES_MAX]),
        )
    )
    return {row.seq: row.hash for row in rows}


def heads(connection: Connection, store_id: str, till_id: str) -> list[Head]:
    """Return the head of every journal of a till, in the order in which their first entries came."""
    first = (entries_table.c.store_id == journals.c.store_id) & (entries_table.c.journal_id == journals.c.journal_id)
    rows = connection.execute(
        select(journals.c.journal_id, journals.c.seq, journals.c.hash, journals.c.durable)
        .join(entries_table, first & (entries_table.c.seq == 1))
        .where(journals.c.store_id == store_id, journals.c.till_id == till_id)
        .order_by(entries_table.c.arrival)
    )
    return [
        _head(connection, row.journal_id, _Journal(row.seq, row.hash, till_id, None, row.durable)) for row in rows.all()
    ]


def entries_after(connection: Connection, store_id: str, journal_id: str, after: int, bytes_max: int) -> list[Entry]:
    """Return the next entries of a journal, at least one if there is one, at most a push's worth."""
    rows = connection.execute(
        select(*[entries_table.c[name] for name in COLUMNS])
        .where(
            entries_table.c.store_id == store_id,
            entries_table.c.journal_id == journal_id,
            entries_table.c.seq > after,
        )
        .order_by(entries_table.c.seq)
        .limit(PUSH_ENTRIES_MAX)
    )
    found: list[Entry] = []
    size = 0
    for row in rows:
        size += len(row.body) + len(row.text or b"")
        if found and size > bytes_max:
            break
        found.append(entry_of(row))
    return found


def entry_of(row: object) -> Entry:
    """Return the entry that a row of the table holds; bytes that are no text no longer agree with their hash."""
    line = cast("Any", row)
    text = None if line.text is None else line.text.decode(errors="replace")
    return Entry(
        line.journal_id, line.seq, line.at_ms, line.kind, line.version, line.event_id, line.salt,
        line.body.decode(errors="replace"), text, line.digest, line.prev_hash, line.hash,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Arrived:
    """An entry with the number and the time at which it came."""

    entry: Entry
    arrival: int
    received_at_ms: int


def by_arrival(connection: Connection, store_id: str) -> Iterator[list[Arrived]]:
    """Return all entries of a store in the order in which they came, some hundreds at a time."""
    after = 0
    while True:
        rows = connection.execute(
            select(*[entries_table.c[name] for name in COLUMNS])
            .where(entries_table.c.store_id == store_id, entries_table.c.arrival > after)
            .order_by(entries_table.c.arrival)
            .limit(PUSH_ENTRIES_MAX)
        ).all()
        if not rows:
            return
        yield [Arrived(entry_of(row), row.arrival, row.received_at_ms) for row in rows]
        after = rows[-1].arrival


def _read(connection: Connection, store_id: str, journal_id: str, *, lock: bool = False) -> _Journal:
    found = connection.execute(_LOCK if lock else _FIND, {"of_store": store_id, "of_journal": journal_id})
    row = found.one_or_none()
    return _Journal(0, FIRST_HASH, None, None, 0) if row is None else _Journal(*row)


def _locked(tx: Transaction, journal_id: str) -> _Journal:
    """Return the journal's head, locked; an unknown journal gets an empty one."""
    row = (tx.store_id, journal_id, 0, FIRST_HASH, 0, tx.now_ms, 0)
    columns = ("store_id", "journal_id", "seq", "hash", "applied_seq", "received_at_ms", "durable")
    tx.database.insert_many(tx.connection, journals, columns, [row])
    return _read(tx.connection, tx.store_id, journal_id, lock=True)


def _is_lost(
    connection: Connection, store_id: str, journal_id: str, journal: _Journal, acknowledged: Acknowledged
) -> bool:
    """Tell whether the till was promised an entry that this server has never seen, and this is news."""
    if acknowledged.seq == 0 or journal.lost_hash == acknowledged.hash:
        return False
    if acknowledged.seq == journal.seq:
        return acknowledged.hash != journal.hash
    if acknowledged.seq > journal.seq:
        return True
    return hashes(connection, store_id, journal_id, [acknowledged.seq]).get(acknowledged.seq) != acknowledged.hash


def _note_lost(tx: Transaction, journal_id: str, journal: _Journal, acknowledged: Acknowledged) -> None:
    """Give the feed a new identity, once: this server's file is older than what it once promised."""
    lost = {"of_store": tx.store_id, "of_journal": journal_id, "lost_hash": acknowledged.hash}
    tx.connection.execute(_MOVE, lost)
    if journal.lost_hash == RESTORED:
        return
    feed_id = feed.restart(tx)
    audit.note(tx, "feed-restarted", {"journal_id": journal_id, "seq": acknowledged.seq, "feed_id": feed_id})


def _continuing(journal: _Journal, entries: Sequence[Entry]) -> Sequence[Entry]:
    """Return the entries after the head, if they are sealed to it."""
    if not entries:
        return ()
    start = journal.seq + 1 - entries[0].seq
    if not 0 <= start < len(entries) or entries[start].prev_hash != journal.hash:
        return ()
    return entries[start:]


def _append(tx: Transaction, device: Device, fresh: Sequence[Entry]) -> None:
    """Write the entries with the store's next arrival numbers."""
    last = tx.connection.execute(_ARRIVE, {"of_store": tx.store_id, "count": len(fresh)}).scalar_one()
    first = last - len(fresh) + 1
    rows = [
        (
            tx.store_id, entry.journal_id, entry.seq, arrival, tx.now_ms, entry.at_ms, entry.kind, entry.version,
            entry.event_id, entry.salt, entry.body.encode(), None if entry.text is None else entry.text.encode(),
            entry.digest, entry.prev_hash, entry.hash,
        )
        for arrival, entry in enumerate(fresh, first)
    ]  # fmt: skip
    if tx.database.insert_many(tx.connection, entries_table, COLUMNS, rows) != len(rows):
        raise RuntimeError(f"journal {fresh[0].journal_id} holds entries beyond its head {fresh[0].seq - 1}")
    noted = {
        "store_id": tx.store_id, "arrival": first, "entries": len(fresh), "journal_id": fresh[0].journal_id,
        "device_id": device.device_id, "received_at_ms": tx.now_ms, "request_id": tx.request_id,
    }  # fmt: skip
    tx.connection.execute(_NOTE_PUSH, noted)


def _move_head(tx: Transaction, device: Device, last: Entry, till_id: str) -> None:
    moved = {
        "of_store": tx.store_id, "of_journal": last.journal_id, "seq": last.seq, "hash": last.hash,
        "applied_seq": last.seq, "till_id": till_id, "device_id": device.device_id, "at_ms": last.at_ms,
        "received_at_ms": tx.now_ms,
    }  # fmt: skip
    tx.connection.execute(_MOVE, moved)


def _till_of(entry: Entry) -> str | None:
    """Return the till that a journal's first entry names."""
    if entry.kind != Kind.JOURNAL_OPENED or entry.blanked:
        return None
    try:
        body = from_json(entry.body)
    except ValueError:
        return None
    named = body.get("till_id") if isinstance(body, dict) else None
    return named if isinstance(named, str) and "\0" not in named else None


def _head(connection: Connection, journal_id: str, journal: _Journal) -> Head:
    server_id = connection.execute(_SERVER).scalar_one()
    return Head(server_id, journal_id, journal.seq, journal.hash, journal.durable)
