"""Copies of a till's database: taken while the till sells, looked through, and put back with a journal of their own.

It knows a database in a folder; nothing of the file that a backup is, or of whose settings lie beside it.
"""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from seraphine_pos.domain import journal as form
from seraphine_pos.domain.clock import Clock, RandomBytes
from seraphine_pos.domain.journal import Entry
from seraphine_pos.domain.refusal import StorageDamaged, Unavailable
from seraphine_pos.store import entries, salvage
from seraphine_pos.store.database import FILES, Connection, Database, DatabaseError, connect, mapped_errors
from seraphine_pos.store.journal import NOT_CARRIED, Identity
from seraphine_pos.store.opening import leave_word, open_readonly, open_till
from seraphine_pos.store.recovery import copy_local
from seraphine_pos.store.till import MENDED

RESTORING: Final = "restoring"
REASON: Final = "restore"
_JOURNALS: Final = """
    SELECT j.journal_id, j.tag, coalesce(max(e.seq), 0), j.acked_seq
    FROM journal j LEFT JOIN entry e ON e.journal_id = j.journal_id GROUP BY j.journal_id ORDER BY j.place"""
_OPENED: Final = """
    SELECT e.body FROM entry e JOIN journal j ON j.journal_id = e.journal_id
    WHERE e.seq = 1 AND e.body <> '' ORDER BY j.place DESC LIMIT 1"""


@dataclass(frozen=True, slots=True)
class HeldJournal:
    """How far a database holds a journal, and how far the server had acknowledged it."""

    journal_id: str
    tag: str
    seq: int
    acked_seq: int


@dataclass(frozen=True, slots=True)
class Contents:
    """Whose database it is and what it holds: enough to tell whether two hold the same."""

    store_id: str
    till_id: str
    till_label: str
    journals: tuple[HeldJournal, ...]
    entries: int
    tickets: int


@dataclass(frozen=True, slots=True)
class PutBack:
    """Where the replaced data are, and what of them went over into the new journal; None: they could not be read."""

    aside: Path | None
    carried: int | None


def copy(source: Path, target: Path) -> None:
    """Copy a database that may be in use to one file, as it is at one moment."""
    with mapped_errors(), closing(connect(source, "ro")) as reader, closing(connect(target, "rwc")) as writer:
        reader.backup(writer)
        writer.execute("PRAGMA journal_mode=DELETE").fetchall()  # so that it needs no other file beside it


def examine(folder: Path) -> Contents:
    """Look through all pages of the database in a folder and say what it holds.

    Raises StorageDamaged, and NewerDatabase for one of a newer program.
    """
    with closing(open_readonly(folder / FILES[0])) as database, database.read() as connection:
        (said,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        if said != "ok":
            raise StorageDamaged(reason=said)
        return _contents(connection)


def faults(folder: Path, clock: Clock, random_bytes: RandomBytes) -> tuple[str, ...]:
    """Return what is wrong in the chains of the database in a folder."""
    from seraphine_pos.store import verify

    with closing(open_till(folder, clock=clock, random_bytes=random_bytes, machine="", readonly=True)) as store:
        return tuple(verify.chain(store))


def differences(folder: Path, clock: Clock, random_bytes: RandomBytes) -> tuple[str, ...]:
    """Return where the tables of the database in a folder are not what its journals fold to."""
    from seraphine_pos.store import verify

    with closing(open_till(folder, clock=clock, random_bytes=random_bytes, machine="", readonly=True)) as store:
        return tuple(verify.ledger(store))


def put_back(
    folder: Path, restored: Path, machine: str, clock: Clock, random_bytes: RandomBytes, *, is_wrong: bool
) -> PutBack:
    """Put the database of another folder in the place of a till's, under a journal of its own.

    The caller holds the folder. What stood here is kept. What it holds beyond the other one goes over into the new
    journal; the server counts each event once. ``is_wrong`` lets the database be mended first.
    """
    if (folder / MENDED).exists():
        salvage.finish(folder)
    if is_wrong:
        leave_word(restored)
    stood = folder / FILES[0]
    stands = stood.exists()
    with closing(open_till(restored, clock=clock, random_bytes=random_bytes, machine=machine)) as store:
        with store.database.write() as connection:
            # A cart of that time may have been paid since.
            connection.execute("DELETE FROM cart")
            identity = _identity(connection, machine)
            known = {event_id for (event_id,) in connection.execute("SELECT event_id FROM entry")}
        beyond = _beyond(stood, identity, known, store.database) if stands else []
        head = store.journal.state()
        carried = store.journal.succeed(identity, REASON, (head.journal_id, head.seq, head.hash), beyond or ())
        store.ledger.rebuild([])
    aside = salvage.free_name(folder, salvage.REPLACED)
    salvage.replace(folder, restored, aside)
    return PutBack(aside if stands else None, None if beyond is None else carried)


def _beyond(path: Path, identity: Identity, known: set[str], restored: Database) -> list[Entry] | None:
    """Return what a database tells that a restored one lacks, and copy its carts; None where it cannot be read."""
    try:
        with closing(open_readonly(path)) as database, database.read() as connection:
            mine = _identity(connection, "")
            if (mine.store_id, mine.till_id) != (identity.store_id, identity.till_id):
                return []
            found = [one for one in _living(connection) if one.event_id not in known]
            copy_local(database, restored)
            return found
    except (Unavailable, DatabaseError):  # the very reason to restore; it is kept as it is
        return None


def _living(connection: Connection) -> Iterator[Entry]:
    """Yield the entries that are whole, count, and can go over into another journal."""
    closed: dict[str, int | None] = dict(connection.execute("SELECT journal_id, closed_after FROM journal"))
    for one in entries.every(connection):
        last = closed.get(one.journal_id)
        if one.blanked or one.kind in NOT_CARRIED or (last is not None and one.seq > last):
            continue
        try:
            form.check(one, one.seq, one.prev_hash)
        except form.Damaged:
            continue
        yield one


def _contents(connection: Connection) -> Contents:
    journals = tuple(HeldJournal(*row) for row in connection.execute(_JOURNALS))
    identity = _identity(connection, "")
    (count,) = connection.execute("SELECT count(*) FROM entry").fetchone()
    (tickets,) = connection.execute("SELECT count(*) FROM ticket").fetchone()
    return Contents(identity.store_id, identity.till_id, identity.till_label, journals, count, tickets)


def _identity(connection: Connection, machine: str) -> Identity:
    found = connection.execute(_OPENED).fetchone()
    if found is None:
        raise StorageDamaged(reason="aucune écriture lisible")
    return Identity.told_by(found[0], machine)
