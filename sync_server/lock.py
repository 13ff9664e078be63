"""Who has a SQLite database open: any number of programs share it, a restore wants it alone.

On Windows the system itself refuses to move a file that is open, so nothing is locked there.
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
