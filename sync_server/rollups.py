"""The figures of each day, till and facet, added up as entries arrive, so that a report costs by days."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Connection, Select, case, func, literal, select
from sqlalchemy.exc import OperationalError

from seraphine_pos.domain.report import condense
from seraphine_pos.domain.rollup import TOTAL, Delta
from sync_server.database import is_lost
from sync_server.schema import rollups
from sync_server.transaction import Transaction

COLUMNS: Final = ("store_id", *Delta._fields)
FIGURES: Final = Delta._fields[5:]
_CONDENSED: Final = select(
    case((rollups.c.facet == TOTAL, rollups.c.day), else_=literal("")).label("span"),
    rollups.c.facet.label("facet"),
    rollups.c.key.label("key"),
    func.max(rollups.c.label).label("name"),
    *[func.sum(rollups.c[name]).label(name) for name in FIGURES],
)


def add(tx: Transaction, cells: Sequence[Delta]) -> None:
    """Add to the figures what a tally came to, one row a cell, however many entries it counted."""
    rows = [(tx.store_id, *cell) for cell in cells]
    tx.database.add_many(tx.connection, rollups, COLUMNS, rows, label="label")


def days(connection: Connection, store_id: str) -> list[str]:
    """Return the business days that have a cell."""
    return list(connection.execute(select(rollups.c.day).where(rollups.c.store_id == store_id).distinct()).scalars())


def cells(
    connection: Connection, store_id: str, *, start: str = "", end: str = "9999", till_id: str | None = None
) -> Sequence[Delta]:
    """Return the cells of the days from ``start`` to ``end``, both included."""
    statement = select(*[rollups.c[name] for name in Delta._fields])
    return [Delta(*row) for row in connection.execute(_of_days(statement, store_id, start, end, till_id))]


def condensed(
    connection: Connection, store_id: str, *, start: str, end: str, till_id: str | None = None
) -> tuple[Delta, ...]:
    """Return the same cells as a report wants them: added up over tills, and all but the totals over days."""
    asked = (store_id, start, end, till_id)
    try:
        found = connection.execute(_of_days(_CONDENSED, *asked).group_by("span", "facet", "key")).all()
    except OperationalError as problem:
        if is_lost(problem):
            raise
        # Figures that no shop has, of a damaged till, can be too large for SQLite to add up.
        return condense(cells(connection, store_id, start=start, end=end, till_id=till_id))
    return tuple(sorted(Delta(row.span, "", row.facet, row.key, row.name, *map(int, row[4:])) for row in found))


def _of_days(statement: Select[Any], store_id: str, start: str, end: str, till_id: str | None) -> Select[Any]:
    asked = statement.where(rollups.c.store_id == store_id, rollups.c.day >= start, rollups.c.day <= end)
    return asked if till_id is None else asked.where(rollups.c.till_id == till_id)
