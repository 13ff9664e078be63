"""Which tables a statement reads or changes without saying of which store: a sharded database would ask every machine.

A table is bound when its ``store_id`` is compared with a value, or with that of a table that is bound.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from weakref import WeakKeyDictionary

from sqlalchemy import ClauseElement, Connection, FromClause, Table
from sqlalchemy.sql import operators, visitors
from sqlalchemy.sql.dml import Insert, UpdateBase
from sqlalchemy.sql.elements import BinaryExpression, ColumnElement
from sqlalchemy.sql.schema import Column
from sqlalchemy.sql.selectable import Alias

import sync_server

ROOMS = Path(sync_server.__file__).parent
# What these do is of all stores, or begins before a store is known; none of it is part of a till's exchange.
OF_ALL_STORES = frozenset({
    "backup", "restore", "postgres_copy", "metrics", "founding.found", "store_server.stores",
    "store_server._some_stores", "store_server.last_backup_ms", "standing.read", "agenda.keeper",
    "outbox.stores_with_due", "second_try.waiting",
    "auth.store_of_code", "auth.stores_with_open_codes",
    "auth.device_of_key",  # a key that names no store
})  # fmt: skip

_known: "WeakKeyDictionary[ClauseElement, tuple[str, ...]]" = WeakKeyDictionary()


def unbound(statement: ClauseElement) -> tuple[str, ...]:
    """Return the names of the tables that a statement touches without their store."""
    if statement not in _known:
        _known[statement] = tuple(sorted(_unbound(statement)))
    return _known[statement]


def _unbound(statement: ClauseElement) -> Iterator[str]:
    tables: set[FromClause] = set()
    joined: list[tuple[FromClause, FromClause]] = []
    bound: set[FromClause] = set()
    targets: set[FromClause] = set()
    for part in visitors.iterate(statement):
        if isinstance(part, Table | Alias) and "store_id" in part.c:
            tables.add(part)
        if isinstance(part, Insert):
            targets.add(part.table)  # its rows name their store themselves
        elif isinstance(part, UpdateBase):
            tables.add(part.table)
        if isinstance(part, BinaryExpression) and part.operator is operators.eq:
            left, right = _of_store(part.left), _of_store(part.right)
            if left is not None and right is not None:
                joined.append((left, right))
            elif left is not None or right is not None:
                bound.add(left if left is not None else right)  # type: ignore[arg-type]
    grown = True
    while grown:
        more = {b if a in bound else a for a, b in joined if (a in bound) != (b in bound)}
        grown = bool(more - bound)
        bound |= more
    aliased = {one.element for one in tables if isinstance(one, Alias)}
    for table in tables - bound - targets - aliased:
        yield getattr(table, "name", str(table))


def _of_store(side: ColumnElement[object]) -> FromClause | None:
    return side.table if isinstance(side, Column) and side.name == "store_id" else None


def stray(_connection: Connection, statement: object, *_: object) -> str | None:
    """Return which room asked for what it should not, None for a statement that keeps to one store."""
    if not isinstance(statement, ClauseElement) or not (names := unbound(statement)):
        return None
    room = _room()
    if room is None or room in OF_ALL_STORES or room.partition(".")[0] in OF_ALL_STORES:
        return None
    return f"{room}: {', '.join(names)}"


def _room() -> str | None:
    """Return the function of the server that executes a statement just now, None when a test does."""
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001  the stack has no other door
    while frame is not None:
        path = Path(frame.f_code.co_filename)
        if path.is_relative_to(ROOMS):
            return f"{path.stem}.{frame.f_code.co_name}"
        if "tests" in path.parts and path.name != Path(__file__).name and path.name != "conftest.py":
            return None
        frame = frame.f_back
    return None
