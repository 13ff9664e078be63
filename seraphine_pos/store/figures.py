"""The tickets folded into the figures of their days, from where the last folding ended; nothing of who asks."""

from typing import Final, NamedTuple

from seraphine_pos.domain import event, journal, rollup
from seraphine_pos.domain.journal import Entry
from seraphine_pos.domain.proof import Share, Shares
from seraphine_pos.domain.proof import gather as gather_shares
from seraphine_pos.domain.rollup import Delta
from seraphine_pos.store import entries
from seraphine_pos.store.database import Connection
from seraphine_pos.store.sound import read

FOLD_BATCH: Final = 500
NO_LAST: Final = (1 << 63) - 1
FIGURES: Final = "figures folded through"
ASIDE: Final = "tickets set aside"
_SET: Final = "INSERT OR REPLACE INTO local (name, value) VALUES (?, ?)"
_UNFOLDED: Final = f"""
    SELECT t.position, {", ".join("e." + name for name in entries.COLUMNS.split(", "))}
    FROM ticket t JOIN entry e ON e.journal_id = t.journal_id AND e.seq = t.seq
    WHERE t.position > ? AND t.position <= ? ORDER BY t.position LIMIT ?"""


def folded_through(connection: Connection) -> int:
    """Return the position of the last ticket whose figures are in the cells."""
    return _count(connection, FIGURES)


def kept_aside(connection: Connection) -> int:
    """Return how many entries no figure of this till includes."""
    return _count(connection, ASIDE)


def _count(connection: Connection, name: str) -> int:
    found = connection.execute("SELECT value FROM local WHERE name = ?", (name,)).fetchone()
    return int(found[0]) if found else 0


def leave_out(connection: Connection, more: int) -> None:
    """Count tickets that no figure can be taken from; every report of this till says how many they are."""
    if more:
        total = str(kept_aside(connection) + more)
        connection.execute(_SET, (ASIDE, total))


class Fold(NamedTuple):
    """What some tickets come to: how many they are, how many of them cannot be read, and the last one's position."""

    tickets: int
    unread: int
    last: int
    cells: list[Delta]
    shares: list[Share]


def fold_after(connection: Connection, position: int, through: int = NO_LAST) -> Fold:
    """Fold the next tickets after a position, up to and with another one."""
    rows = connection.execute(_UNFOLDED, (position, through, FOLD_BATCH)).fetchall()
    tally, shares = rollup.Tally(), Shares()
    unread = 0
    for row in rows:
        sealed = Entry(*row[1:])
        if sealed.blanked:
            continue
        try:
            body = read(sealed)
            tally.add_checked(sealed.kind, body)
        except (journal.Damaged, event.Unreadable, ValueError):
            unread += 1
        else:
            shares.add(sealed, body)
    return Fold(len(rows), unread, rows[-1][0] if rows else position, tally.deltas(), shares.rows())


def unfolded(connection: Connection) -> Fold:
    """Fold the tickets that are not in the stored figures yet."""
    whole = Fold(0, 0, folded_through(connection), [], [])
    while (fold := fold_after(connection, whole.last)).tickets:
        whole = Fold(
            whole.tickets + fold.tickets, whole.unread + fold.unread, fold.last,
            rollup.gather([*whole.cells, *fold.cells]), gather_shares([*whole.shares, *fold.shares]),
        )  # fmt: skip
    return whole


def foldable(connection: Connection) -> list[Delta]:
    """Fold again, in memory, every ticket that is in the stored figures and can still be read."""
    through = folded_through(connection)
    cells: list[Delta] = []
    position = 0
    while (fold := fold_after(connection, position, through)).tickets:
        cells, position = rollup.gather([*cells, *fold.cells]), fold.last
    return cells


def set_folded_through(connection: Connection, position: int) -> None:
    """Note the position of the last ticket whose figures are in the cells."""
    connection.execute(_SET, (FIGURES, str(position)))
