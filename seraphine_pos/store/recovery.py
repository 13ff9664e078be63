"""A till's own entries written back from the server that holds them: each journal closed, and acknowledged to its end.

It checks every entry before it keeps it. Where they come from, it must not know.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from seraphine_pos.domain import journal as form
from seraphine_pos.domain.event import Kind
from seraphine_pos.domain.journal import FIRST_HASH, Damaged, Entry
from seraphine_pos.store import entries
from seraphine_pos.store.database import Connection, Database

_END: Final = """
    SELECT e.seq, e.hash FROM entry e JOIN journal j ON j.journal_id = e.journal_id
    WHERE e.journal_id = ? AND e.seq <= coalesce(j.closed_after, e.seq) ORDER BY e.seq DESC LIMIT 1"""
_IS_OPEN: Final = "SELECT closed_after IS NULL FROM journal ORDER BY place DESC LIMIT 1"
_INSERT: Final = """
    INSERT INTO journal (journal_id, till_id, till_label, tag, acked_seq, applied_seq, durable, closed_after)
    VALUES (?, ?, ?, ?, 0, 0, 0, 0)"""
_CLOSE: Final = """
    UPDATE journal SET closed_after = ?, acked_seq = ?, applied_seq = ?, durable = ? WHERE journal_id = ?"""

LOCAL: Final = (
    ("cart", "cart_id, opened_at_ms, operator_id, note, tenders, last_no"),
    ("cart_line", "cart_id, no, body"),
    ("attempt", "staff_id, tries, until_ms"),
)


@dataclass(frozen=True, slots=True)
class Whose:
    """The store and the till whose entries are believed."""

    store_id: str
    till_id: str
    till_label: str


def reached(database: Database, journal_id: str) -> tuple[int, bytes]:
    """Return place and hash of the last entry of a journal that counts here; before the first, place 0."""
    with database.read() as connection:
        return _end(connection, journal_id)


def has_open(database: Database) -> bool:
    """Tell whether the newest journal here is one to append to, and not one that was fetched."""
    with database.read() as connection:
        found = connection.execute(_IS_OPEN).fetchone()
    return found is not None and bool(found[0])


def take(database: Database, whose: Whose, journal_id: str, fetched: Sequence[Entry], durable: int = 0) -> int:
    """Write entries after those of the same journal that are here; return the place reached.

    ``durable`` is how far the server's backups hold the journal.

    They stay with the process alone; the next durable transaction takes them along. Raises Damaged, and keeps none of
    them, when one is not whole, does not follow, or is of another till.
    """
    with database.write(durable=False) as connection:
        seq, previous = _end(connection, journal_id)
        if seq == 0 and fetched:
            _begin(connection, whose, fetched[0])
        for sealed in fetched:
            form.check(sealed, seq + 1, previous)
            entries.insert(connection, sealed)
            seq, previous = sealed.seq, sealed.hash
        connection.execute(_CLOSE, (seq, seq, seq, min(durable, seq), journal_id))
    return seq


def copy_local(old: Database, new: Database) -> None:
    """Copy what is this till's alone and nobody's history: carts in progress and lock-outs."""
    with old.read() as source, new.write(durable=False) as connection:
        for table, columns in LOCAL:
            places = ", ".join("?" for _ in columns.split(", "))
            rows = source.execute(f"SELECT {columns} FROM {table}").fetchall()
            connection.executemany(f"INSERT OR REPLACE INTO {table} ({columns}) VALUES ({places})", rows)


def _begin(connection: Connection, whose: Whose, first: Entry) -> None:
    """Add a journal that is not here yet."""
    tag = "" if first.blanked else _tag_of(first, whose)
    connection.execute(_INSERT, (first.journal_id, whose.till_id, whose.till_label, tag))


def _tag_of(first: Entry, whose: Whose) -> str:
    form.check(first, 1, FIRST_HASH)
    body: dict[str, Any] = form.parse(first.body)
    if first.kind != Kind.JOURNAL_OPENED or (body.get("store_id"), body.get("till_id")) != (
        whose.store_id, whose.till_id
    ):  # fmt: skip
        message = f"journal {first.journal_id} is of another till"
        raise Damaged(message)
    return str(body.get("tag", ""))


def _end(connection: Connection, journal_id: str) -> tuple[int, bytes]:
    found = connection.execute(_END, (journal_id,)).fetchone()
    return (0, FIRST_HASH) if found is None else (found[0], found[1])
