"""Statements of the hot path, written once from the tables and prepared by the driver.

SQLAlchemy's own execution costs several times the statement itself. What a scan or a sale runs is
therefore compiled from the tables to text once, and run on the driver's connection that SQLAlchemy
holds, inside SQLAlchemy's transaction; the driver keeps it prepared.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Table, insert
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


def run(connection: Connection, text: str, values: Sequence[object] = ()) -> Any:
    """Run a prepared statement in the connection's transaction; return the driver's cursor."""
    driver: Any = connection.connection.driver_connection
    return driver.execute(text, values)


def run_many(connection: Connection, text: str, rows: Iterable[Sequence[object]]) -> None:
    """Run a prepared statement once for each row."""
    driver: Any = connection.connection.driver_connection
    driver.executemany(text, rows)
