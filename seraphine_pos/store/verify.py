"""Proof that a till's data is what its journals said: whole chains, the server's hashes, and tables that fold the same.

It only reads, whatever it finds: what somebody wrote behind the till's back must be named, not stumbled over.
"""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, Final

from seraphine_pos.domain import journal as form
from seraphine_pos.domain import rollup
from seraphine_pos.domain.checkpoint import TICKETS, Follower, total_in
from seraphine_pos.domain.event import Kind
from seraphine_pos.domain.journal import Damaged, Entry
from seraphine_pos.domain.proof import Shares
from seraphine_pos.domain.protocol import HASHES_MAX, Server
from seraphine_pos.domain.rollup import Delta
from seraphine_pos.store import entries, proofs, schema
from seraphine_pos.store.anchor import Mark
from seraphine_pos.store.database import Connection, IntegrityError, in_memory
from seraphine_pos.store.figures import foldable, folded_through
from seraphine_pos.store.frozen import frozen
from seraphine_pos.store.ledger import CELLS, drop_granted
from seraphine_pos.store.sound import counted
from seraphine_pos.store.till import TillStore

# The tables that are folded row by row, each with the column that names a row to people.
ROWS: Final = (
    (schema.ticket, "event_id"),
    (schema.given_back, "event_id"),
    (schema.shift, "shift_id"),
    (schema.proposal, "event_id"),
    (schema.proof, "day"),
)
_OWN: Final = "position"
_BATCH: Final = 1000
_LEAST: Final = -(1 << 63)
_WORDS: Final = '"text_digest":"'
_JOURNALS: Final = "SELECT journal_id, till_id, till_label, tag, durable, closed_after FROM journal ORDER BY place"
_LAST: Final = "SELECT coalesce(max(seq), 0) FROM entry WHERE journal_id = ?"
_STRANGERS: Final = """
    SELECT journal_id, min(seq) FROM entry WHERE journal_id NOT IN (SELECT journal_id FROM journal)
    GROUP BY journal_id ORDER BY journal_id"""
_MISPLACED: Final = """
    SELECT journal_id, seq FROM (
        SELECT e.journal_id, e.seq, e.position AS stands, row_number() OVER (ORDER BY j.place, e.seq) AS belongs
        FROM entry e JOIN journal j ON j.journal_id = e.journal_id)
    WHERE stands <> belongs ORDER BY belongs LIMIT 1"""
_TOTAL: Final = "SELECT total FROM ticket WHERE event_id = ?"
_EMPTIED: Final = "SELECT min(seq) FROM entry WHERE journal_id = ? AND seq > ? AND body = ''"


@dataclass(frozen=True, slots=True)
class _Listed:
    """What the list of journals says of one."""

    journal_id: str
    till_id: str
    till_label: str
    tag: str
    durable: int
    closed_after: int | None


def chain(store: TillStore) -> Iterator[str]:
    """Check every journal from its first entry; yield what is wrong: of each journal the first fault, by its sequence.

    What was rewritten together with all its hashes is whole by itself: that, only the server's hashes can tell.
    """
    mark = store.anchor.read()  # first: the till may append meanwhile
    listed = _listed(store)
    found = [
        *filter(None, (_first_fault(store, one) for one in listed)),
        *_strangers(store),
        *_joints(store, listed),
        *_behind_anchor(store, mark),
    ]
    yield from found or _misplaced(store)


def against(store: TillStore, server: Server) -> Iterator[str]:
    """Compare every entry that the server has with the server's hashes; yield the first difference of each journal.

    Raises ServerUnavailable and what else a server answers.
    """
    *closed, current = _listed(store)
    for one in (*closed, current):
        # Without a claim of what was acknowledged this changes nothing there.
        head = server.push(one.journal_id, 0, form.FIRST_HASH, ())
        last = _last(store, one.journal_id)
        fault = _difference(store, server, one, head.seq) or _emptied(store, one, head.durable)
        if fault is None and one is current and head.seq > last:
            fault = _named(one.journal_id, last + 1, "the server has it, and it is missing here")
        if fault is not None:
            yield fault


def ledger(store: TillStore) -> Iterator[str]:
    """Fold the journals again beside the stored rows; yield each difference, by table and key."""
    with closing(in_memory()) as again, store.database.read() as stored, _whatever_it_holds(stored):
        schema.make(again)
        again.executemany(
            f"INSERT INTO journal VALUES ({', '.join('?' for _ in schema.journal.columns)})",
            stored.execute("SELECT * FROM journal"),
        )
        aside: list[str] = []
        cells = _fold_again(store, stored, again, aside)
        yield from aside
        for table, key in ROWS:
            columns = [key, *(column.name for column in table.columns if column.name not in (_OWN, key))]
            yield from _differences(table.name, columns, stored, again)
        yield from _cell_differences(stored, cells)


def _named(journal_id: str, seq: int, what: object) -> str:
    return f"journal {journal_id} entry {seq}: {what}"


@contextmanager
def _whatever_it_holds(connection: Connection) -> Iterator[None]:
    """Read texts even where their bytes are none; what cannot be written back cannot have been sealed."""
    connection.text_factory = lambda data: data.decode(errors="surrogateescape")
    try:
        yield
    finally:
        connection.text_factory = str


def _rows(store: TillStore, query: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
    with store.database.read() as connection, _whatever_it_holds(connection):
        return connection.execute(query, values).fetchall()


def _entries(store: TillStore, journal_id: str, after: int, limit: int) -> list[Entry]:
    with store.database.read() as connection, _whatever_it_holds(connection):
        return entries.after(connection, journal_id, after, limit=limit)


def _listed(store: TillStore) -> list[_Listed]:
    return [_Listed(*row) for row in _rows(store, _JOURNALS)]


def _last(store: TillStore, journal_id: str) -> int:
    ((last,),) = _rows(store, _LAST, (journal_id,))
    return int(last)


# Each journal by itself


def _first_fault(store: TillStore, one: _Listed) -> str | None:
    seq, after, previous = 1, _LEAST, form.FIRST_HASH
    follower = Follower()
    while batch := _entries(store, one.journal_id, after, _BATCH):
        for sealed in batch:
            wrong = _wrong(sealed, seq, previous, one.durable) or follower.add(sealed, _total(store, sealed))
            if wrong is not None:
                return _named(one.journal_id, min(seq, sealed.seq), wrong)
            seq, previous = sealed.seq + 1, sealed.hash
        after = seq - 1
    if seq <= max(1, one.closed_after or 0):
        return _named(one.journal_id, seq, "it is missing")
    if follower.emptied is not None:
        return _named(one.journal_id, follower.emptied, "its words were erased, and no checkpoint follows it")
    return None


def _total(store: TillStore, sealed: Entry) -> int | None:
    """Return a ticket's total: as it was sealed, or where its body was emptied, as the ledger keeps it."""
    if sealed.kind not in TICKETS:
        return None
    if not sealed.blanked:
        return total_in(sealed)
    rows = _rows(store, _TOTAL, (sealed.event_id,))
    return rows[0][0] if rows else None


def _wrong(sealed: Entry, seq: int, previous: bytes, durable: int) -> str | None:
    """Return what is wrong with the entry that should have this place."""
    if sealed.seq != seq:
        return "it is missing" if sealed.seq > seq else "no journal has such a place"
    try:
        form.check(sealed, seq, previous)
    except Damaged as problem:
        return str(problem)
    if seq > durable and (sealed.blanked or (sealed.text is None and _WORDS in sealed.body)):
        return "its words were erased before any backup held them"
    return None


# The journals among each other


def _strangers(store: TillStore) -> Iterator[str]:
    for journal_id, seq in _rows(store, _STRANGERS):
        yield _named(journal_id, seq, "its journal is not in the list of journals")


def _joints(store: TillStore, listed: Sequence[_Listed]) -> Iterator[str]:
    """Check that each journal is what its first entry opened, after an entry that is still there."""
    if listed and listed[-1].closed_after is not None:
        yield _named(listed[-1].journal_id, listed[-1].closed_after + 1, "the open journal is listed as closed")
    for one in listed:
        body = _opening(store, one)
        if body is None:
            continue
        told = [body.get(name) for name in ("till_id", "till_label", "tag")]
        if told != [one.till_id, one.till_label, one.tag]:
            yield _named(one.journal_id, 1, "the journal is listed otherwise than it was opened")
        parent: Any = body.get("parent")
        if parent:
            place = (parent["journal_id"], parent["seq"], bytes.fromhex(parent["hash"]))
            yield from _lacking(store, *place, f"it is not the one that journal {one.journal_id} follows")


def _opening(store: TillStore, one: _Listed) -> dict[str, object] | None:
    """Return the body of a journal's first entry, if that is whole."""
    for first in _entries(store, one.journal_id, 0, 1):
        if first.kind == Kind.JOURNAL_OPENED and _wrong(first, 1, form.FIRST_HASH, one.durable) is None:
            return form.parse(first.body)
    return None


def _lacking(store: TillStore, journal_id: str, seq: int, digest: bytes, what: str) -> Iterator[str]:
    """Yield ``what``, unless there is an entry with this place and hash."""
    if seq and _hashes(store, journal_id, range(seq, seq + 1)).get(seq) != digest:
        last = _last(store, journal_id)
        yield _named(journal_id, last + 1, "it is missing") if last < seq else _named(journal_id, seq, what)


def _behind_anchor(store: TillStore, mark: Mark | None) -> Iterator[str]:
    """Check that the database holds what the line beside it says that it reached."""
    if mark is not None:
        what = "it is not the one that the anchor beside the database names"
        yield from _lacking(store, mark.journal_id, mark.seq, mark.hash, what)


def _misplaced(store: TillStore) -> Iterator[str]:
    """Check that entries stand in the order in which journals follow one another, without gaps."""
    for journal_id, seq in _rows(store, _MISPLACED):
        yield _named(journal_id, seq, "it does not stand in the place in which it was written")


# The journals and the server


def _difference(store: TillStore, server: Server, one: _Listed, head_seq: int) -> str | None:
    """Return the first difference up to where both have come, or where a journal that parted ways was closed."""
    last = _last(store, one.journal_id) if one.closed_after is None else one.closed_after
    common = min(head_seq, last)
    for start in range(1, common + 1, HASHES_MAX):
        seqs = range(start, min(start + HASHES_MAX, common + 1))
        mine, theirs = _hashes(store, one.journal_id, seqs), server.hashes(one.journal_id, seqs)
        for seq in seqs:
            if mine.get(seq) != theirs.get(seq):
                return _named(one.journal_id, seq, "the server has another entry here")
    if one.closed_after is not None and head_seq > last:
        seqs = range(last + 1, last + 2)
        mine, theirs = _hashes(store, one.journal_id, seqs), server.hashes(one.journal_id, seqs)
        if mine and mine == theirs:
            return _named(one.journal_id, last + 1, "the journal is listed as closed before it, and the server has it")
    return None


def _hashes(store: TillStore, journal_id: str, seqs: range) -> dict[int, bytes]:
    query = "SELECT seq, hash FROM entry WHERE journal_id = ? AND seq BETWEEN ? AND ?"
    return dict(_rows(store, query, (journal_id, seqs.start, seqs.stop - 1)))


def _emptied(store: TillStore, one: _Listed, durable: int) -> str | None:
    """Return the first entry that was blanked although the server's backups do not hold it."""
    ((seq,),) = _rows(store, _EMPTIED, (one.journal_id, durable))
    return None if seq is None else _named(one.journal_id, seq, "its words were erased before any backup held them")


# The tables


def _fold_again(store: TillStore, stored: Connection, again: Connection, aside: list[str]) -> list[Delta]:
    """Fill the tables in memory; return the cells of the tickets that the stored figures cover.

    What is kept of emptied tickets stands in for them, once it holds together by itself.
    """
    covered = stored.execute("SELECT event_id FROM ticket WHERE position <= ?", (folded_through(stored),))
    in_cells = {event_id for (event_id,) in covered}
    stays = frozen(stored, foldable)
    aside.extend(stays.problems())
    tally, shares = rollup.Tally(), Shares()
    for sealed, body in counted(stored, aside, stays.tickets):
        if sealed.blanked:
            stays.put_ticket(again, sealed.event_id)
            continue
        try:
            store.ledger.refold(again, sealed, body)
        except IntegrityError as problem:
            aside.append(_named(sealed.journal_id, sealed.seq, f"it cannot be folded beside the others: {problem}"))
            continue
        if sealed.event_id in in_cells:
            tally.add_checked(sealed.kind, body)
            shares.add(sealed, body)
    stays.put_rest(again)
    proofs.add(again, [*stays.shares, *shares.rows()])
    drop_granted(again)
    return rollup.gather([*stays.cells, *tally.deltas()])


def _differences(table: str, columns: list[str], stored: Connection, again: Connection) -> Iterator[str]:
    names = ", ".join(columns)
    query = f"SELECT {names} FROM {table} ORDER BY {names}"
    for one, other in zip_longest(stored.execute(query), again.execute(query)):
        if one != other:
            yield f"{table} {(one or other)[0]}: stored {one}, folded again {other}"
            return


def _cell_differences(stored: Connection, cells: list[Delta]) -> Iterator[str]:
    kept = [Delta._make(row) for row in stored.execute(CELLS)]
    for one, other in zip_longest(kept, cells):
        if one != other:
            yield f"cell {(one or other)[:4]}: stored {one}, folded again {other}"
            return
