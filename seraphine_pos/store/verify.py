"""Proof that the folded tables say what the journals say: everything is folded again, in memory, and compared."""

from collections.abc import Iterator
from contextlib import closing
from itertools import zip_longest
from typing import Final

from seraphine_pos.domain import rollup
from seraphine_pos.domain.journal import Damaged
from seraphine_pos.domain.rollup import Delta
from seraphine_pos.store import schema
from seraphine_pos.store.database import Connection, in_memory
from seraphine_pos.store.ledger import CELLS, drop_granted, folded_through
from seraphine_pos.store.sound import counted
from seraphine_pos.store.till import TillStore

# The tables that are folded row by row, each with the column that names a row to people.
ROWS: Final = (
    (schema.ticket, "event_id"),
    (schema.given_back, "event_id"),
    (schema.shift, "shift_id"),
    (schema.proposal, "event_id"),
)
_OWN: Final = "position"


def chain(store: TillStore) -> Iterator[str]:
    """Check every journal from its first entry; yield what is wrong, the first fault of each journal."""
    for journal_id in store.journal.journals():
        try:
            for _ in store.journal.verify(journal_id):
                pass
        except Damaged as problem:
            yield f"journal {journal_id}: {problem}"


def ledger(store: TillStore) -> Iterator[str]:
    """Fold the journals again beside the stored rows; yield each difference, by table and key."""
    with closing(in_memory()) as again, store.database.read() as stored:
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


def _fold_again(store: TillStore, stored: Connection, again: Connection, aside: list[str]) -> list[Delta]:
    """Fill the tables in memory; return the cells of the tickets that the stored cells cover."""
    covered = stored.execute("SELECT event_id FROM ticket WHERE position <= ?", (folded_through(stored),))
    in_cells = {event_id for (event_id,) in covered}
    tally = rollup.Tally()
    for sealed, body in counted(stored, aside):
        store.ledger.apply(again, sealed, body)
        if sealed.event_id in in_cells:
            tally.add_checked(sealed.kind, body)
    drop_granted(again)
    return tally.deltas()


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
