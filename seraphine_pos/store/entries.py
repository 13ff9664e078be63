"""How entries lie in their table: the one place that writes them and reads them back."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from seraphine_pos.domain.journal import FIRST_HASH, Entry
from seraphine_pos.store.database import Connection

# In the order of Entry's fields.
COLUMNS: Final = "journal_id, seq, at_ms, kind, version, event_id, salt, body, text, digest, prev_hash, hash"
_INSERT: Final = f"INSERT INTO entry ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_AFTER: Final = f"SELECT {COLUMNS} FROM entry WHERE journal_id = ? AND seq > ? AND seq <= ? ORDER BY seq LIMIT ?"
_ALL: Final = f"SELECT {COLUMNS}, position FROM entry WHERE position > ? ORDER BY position LIMIT ?"
_HASH: Final = "SELECT hash FROM entry WHERE journal_id = ? AND seq = ?"
_BATCH: Final = 1000
_NO_LAST: Final = (1 << 63) - 1
_NO_LIMIT: Final = -1


def entry_of(row: Sequence[Any]) -> Entry:
    """Return the entry that a row of these columns holds."""
    return Entry(*row)


def insert(connection: Connection, sealed: Entry) -> None:
    """Write a sealed entry."""
    values = (
        sealed.journal_id, sealed.seq, sealed.at_ms, sealed.kind, sealed.version, sealed.event_id,
        sealed.salt, sealed.body, sealed.text, sealed.digest, sealed.prev_hash, sealed.hash,
    )  # fmt: skip
    connection.execute(_INSERT, values)


def after(
    connection: Connection, journal_id: str, seq: int, *, last: int | None = None, limit: int = _NO_LIMIT
) -> list[Entry]:
    """Return the entries of a journal after a place, up to and with the last."""
    values = (journal_id, seq, _NO_LAST if last is None else last, limit)
    return [Entry(*row) for row in connection.execute(_AFTER, values)]


def every(connection: Connection) -> Iterator[Entry]:
    """Yield the entries of all journals in the order they were written."""
    position = 0
    while rows := connection.execute(_ALL, (position, _BATCH)).fetchall():
        for row in rows:
            yield Entry(*row[:-1])
        position = rows[-1][-1]


def hash_at(connection: Connection, journal_id: str, seq: int) -> bytes:
    """Return the hash of an entry; before the first, the hash that the first one follows."""
    found = connection.execute(_HASH, (journal_id, seq)).fetchone()
    return found[0] if found else FIRST_HASH
