"""Statements of the hot path, written once from the tables and prepared by the driver.

SQLAlchemy's own execution costs several times the statement itself, so what a scan or a sale
runs is compiled here to text that is handed to the driver with plain tuples.
"""

from collections.abc import Sequence

from sqlalchemy import Table, insert
from sqlalchemy.dialects import sqlite as dialect


def insert_text(table: Table, *, replace: bool = False) -> tuple[str, tuple[str, ...]]:
    """Return an INSERT of all columns but an automatic position, and the columns' order."""
    columns = tuple(column.name for column in table.columns if column.name not in ("position", "place"))
    compiled = insert(table).compile(
        dialect=dialect.dialect(paramstyle="qmark"),
        column_keys=list(columns),
    )
    positions: Sequence[str] = compiled.positiontup or ()
    text = str(compiled)
    return (text.replace("INSERT INTO", "INSERT OR REPLACE INTO", 1) if replace else text), tuple(positions)
