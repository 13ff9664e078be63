"""Whose turn it is, of all programs on a database, to do what only one at a time may; a turn ends with its program."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from sync_server.errors import DatabaseFailed

TURNS: Final = 7_347_002


@contextmanager
def of_file(database: Path, name: str) -> Iterator[bool]:
    """Lock a file beside a database, if it can be had now; the file is never removed."""
    path = database.with_name(f"{database.name}.{name}")
    try:
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as problem:
        raise DatabaseFailed(f"{path} cannot be written: {problem.strerror}") from problem
    try:
        yield _locked(file)
    finally:
        os.close(file)


def _locked(file: int) -> bool:
    """Lock a file for this opening of it alone; False when another one has it."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


@contextmanager
def of_session(engine: Engine, name: str) -> Iterator[bool]:
    """Take an advisory lock on a connection of its own, outside any transaction, if it can be had now."""
    connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
    try:
        asked = connection.exec_driver_sql("SELECT pg_try_advisory_lock(%s, hashtext(%s))", (TURNS, name))
        mine: bool = asked.scalar_one()
        yield mine
    finally:
        # The lock would end with its connection, a moment later; it is not kept for another use, whatever happened.
        with suppress(DBAPIError):
            connection.exec_driver_sql("SELECT pg_advisory_unlock_all()")
        connection.invalidate()
        connection.close()
