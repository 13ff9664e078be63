"""The figures of each day, till and facet, added up as entries arrive, so that a report costs by days."""

from collections.abc import Iterable, Sequence
from typing import Final

from sqlalchemy import Connection, delete, select

from seraphine_pos.domain.rollup import Delta, gather
from sync_server.schema import rollups
from sync_server.transaction import Transaction

COLUMNS: Final = ("store_id", *Delta._fields)


def add(tx: Transaction, deltas: Iterable[Delta]) -> None:
    """Add deltas up, one row a cell, however many entries they came from."""
    rows = [(tx.store_id, *cell) for cell in gather(deltas)]
    tx.database.add_many(tx.connection, rollups, COLUMNS, rows, label="label")


def clear(tx: Transaction) -> None:
    """Forget every figure of the store, before they are folded again."""
    tx.connection.execute(delete(rollups).where(rollups.c.store_id == tx.store_id))


def cells(
    connection: Connection, store_id: str, *, start: str = "", end: str = "9999", till_id: str | None = None
) -> Sequence[Delta]:
    """Return the cells of the days from ``start`` to ``end``, both included."""
    columns = [rollups.c[name] for name in Delta._fields]
    statement = select(*columns).where(rollups.c.store_id == store_id, rollups.c.day >= start, rollups.c.day <= end)
    if till_id is not None:
        statement = statement.where(rollups.c.till_id == till_id)
    return [Delta(*row) for row in connection.execute(statement)]
