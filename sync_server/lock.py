"""Who has a SQLite database open, which any number of programs share and a restore wants alone; and whose turn it is.

On Windows the system itself refuses to move a file that is open, so there only turns are locked.
"""

import os
import sys
import weakref
from pathlib import Path

from sync_server.errors import DatabaseFailed


class InUse(DatabaseFailed):
    """Another program has these data open."""


class Lock:
    """A place among those who have a database open, or the only one; the file beside it is never removed."""

    def __init__(self, database: Path, *, alone: bool = False) -> None:
        """Take the place; raise InUse when it cannot be had."""
        path = database.with_name(f"{database.name}.lock")
        try:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as problem:
            raise DatabaseFailed(f"{path} cannot be written: {problem.strerror}") from problem
        self.close = weakref.finalize(self, os.close, self._file)  # once, and at the latest with this object
        if sys.platform != "win32":
            self._take(database, alone=alone)

    def _take(self, database: Path, *, alone: bool) -> None:
        import fcntl

        try:
            fcntl.flock(self._file, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
        except BlockingIOError:
            self.close()
            if alone:
                raise InUse(
                    f"a server or another command has {database} open: stop it first; nothing was changed"
                ) from None
            raise InUse(f"{database} is being restored: start again when that is done") from None
        except OSError as problem:
            self.close()
            raise DatabaseFailed(
                f"{database.parent} cannot be locked ({problem.strerror}): is it on a network folder? Use a local one"
            ) from problem


class Turn:
    """The one place of whoever does something that only one program at a time may do; it ends with the process."""

    def __init__(self, database: Path, name: str) -> None:
        """Take the place; raise InUse when somebody has it."""
        path = database.with_name(f"{database.name}.{name}")
        try:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as problem:
            raise DatabaseFailed(f"{path} cannot be written: {problem.strerror}") from problem
        self.close = weakref.finalize(self, os.close, self._file)
        try:
            _lock_file(self._file)
        except OSError as problem:
            self.close()
            raise InUse(f"somebody else has {path}") from problem


def _lock_file(file: int) -> None:
    """Lock a file for this opening of it alone, or raise OSError at once."""
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
