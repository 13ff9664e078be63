"""Proof that the folded tables say what the journals say: everything is folded again, in memory, and compared."""

from collections.abc import Iterator
from itertools import zip_longest
from typing import Any, Final

import pysqlite3.dbapi2 as sqlite
from sqlalchemy import Connection, Table, create_engine, select
from sqlalchemy.pool import StaticPool

from seraphine_pos.domain import rollup
from seraphine_pos.domain.journal import Damaged
from seraphine_pos.domain.rollup import Delta
from seraphine_pos.store import schema
from seraphine_pos.store.ledger import drop_granted, folded_through
from seraphine_pos.store.schema import cell, given_back, journal, proposal, shift, ticket
from seraphine_pos.store.sound import counted
from seraphine_pos.store.till import TillStore

FOLDED: Final = (ticket, given_back, shift, proposal)
BATCH: Final = 1000
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
    engine = create_engine("sqlite://", module=sqlite, poolclass=StaticPool, connect_args={"isolation_level": None})
    schema.metadata.create_all(engine)
    with engine.begin() as again, store.database.read() as stored:
        again.execute(journal.insert(), [dict(row._mapping) for row in stored.execute(select(journal))])  # noqa: SLF001
        aside: list[str] = []
        cells = _fold_again(store, stored, again, aside)
        yield from aside
        for table in FOLDED:
            yield from _differences(table, stored, again)
        yield from _cell_differences(stored, cells)
    engine.dispose()


def _fold_again(store: TillStore, stored: Connection, again: Connection, aside: list[str]) -> list[Delta]:
    """Fill the tables in memory; return the cells of the tickets that the stored cells cover."""
    covered = folded_through(stored)
    in_cells = {row.event_id for row in stored.execute(select(ticket.c.event_id).where(ticket.c.position <= covered))}
    tally = rollup.Tally()
    for sealed, body in counted(stored, aside):
        store.ledger.apply(again, sealed, body)
        if sealed.event_id in in_cells:
            tally.add_checked(sealed.kind, body)
    drop_granted(again)
    return tally.deltas()


def _differences(table: Table, stored: Connection, again: Connection) -> Iterator[str]:
    key = "event_id" if "event_id" in table.c else "shift_id"
    columns = [column for column in table.columns if column.name != _OWN]
    query = select(*columns).order_by(table.c[key], *columns)
    for one, other in zip_longest(stored.execute(query), again.execute(query)):
        if one != other:
            named: Any = one if one is not None else other
            yield f"{table.name} {named._mapping[key]}: stored {one}, folded again {other}"  # noqa: SLF001
            return


def _cell_differences(stored: Connection, cells: list[Delta]) -> Iterator[str]:
    kept = [Delta._make(row) for row in stored.execute(select(cell).order_by(*cell.primary_key.columns))]
    for one, other in zip_longest(kept, cells):
        if one != other:
            yield f"cell {(one or other)[:4]}: stored {one}, folded again {other}"
            return
