"""The figures of each day, till and facet, added up as entries arrive, so that a report costs by days."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection, select

from seraphine_pos.domain.rollup import Delta
from sync_server.schema import rollups
from sync_server.transaction import Transaction

COLUMNS: Final = ("store_id", *Delta._fields)


def add(tx: Transaction, cells: Sequence[Delta]) -> None:
    """Add to the figures what a tally came to, one row a cell, however many entries it counted."""
    rows = [(tx.store_id, *cell) for cell in cells]
    tx.database.add_many(tx.connection, rollups, COLUMNS, rows, label="label")


def cells(
    connection: Connection, store_id: str, *, start: str = "", end: str = "9999", till_id: str | None = None
) -> Sequence[Delta]:
    """Return the cells of the days from ``start`` to ``end``, both included."""
    columns = [rollups.c[name] for name in Delta._fields]
    statement = select(*columns).where(rollups.c.store_id == store_id, rollups.c.day >= start, rollups.c.day <= end)
    if till_id is not None:
        statement = statement.where(rollups.c.till_id == till_id)
    return [Delta(*row) for row in connection.execute(statement)]
