"""The till's SQLite file: one writer behind one lock, readers that cannot write, errors sorted once.

It knows no table; what is written is the business of the other modules of this room.
"""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from seraphine_pos.domain.refusal import (
    StorageBusy,
    StorageDamaged,
    StorageFailed,
    StorageFull,
    Unavailable,
)

if TYPE_CHECKING:  # the same interface, with types
    import sqlite3 as sqlite
else:
    import pysqlite3.dbapi2 as sqlite

Connection = sqlite.Connection
DatabaseError = sqlite.DatabaseError
IntegrityError = sqlite.IntegrityError

# The database and what SQLite keeps beside it; the last one can be made again.
FILES: Final = ("till.db", "till.db-wal", "till.db-journal", "till.db-shm")
BUSY_MS: Final = 5000
CACHE_KIB: Final = 8 * 1024
STATEMENTS_KEPT: Final = 256
PRAGMAS: Final = (
    "synchronous=FULL",
    "mmap_size=0",
    f"cache_size=-{CACHE_KIB}",
    "foreign_keys=ON",
    "recursive_triggers=ON",  # so that REPLACE, too, asks whether it may delete
    "trusted_schema=OFF",
    "temp_store=MEMORY",
    "journal_size_limit=67108864",
)


class Database:
    """An open till database.

    ``write`` gives the one writing connection inside a transaction; ``read`` a connection of the
    calling thread that cannot write. Both map what the disk does wrong to Unavailable.
    """

    def __init__(self, path: Path, *, writable: bool) -> None:
        """Open the file; use ``open_database`` or ``open_readonly`` instead."""
        self.path = path
        self.damage_met: Callable[[], None] = _nobody
        self._lock = threading.RLock()
        self._local = threading.local()
        self._readers: list[Connection] = []
        self._writer: Connection | None = None
        if writable:
            with mapped_errors():
                self._writer = connect(path, "rwc")
                self._writer.execute("PRAGMA journal_mode=WAL")

    @property
    def writable(self) -> bool:
        """Tell whether this process may write, or only look on."""
        return self._writer is not None

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Keep other threads of this process from writing meanwhile."""
        with self._lock:
            yield

    @contextmanager
    def write(self, *, durable: bool = True) -> Iterator[Connection]:
        """Open a transaction that is on the disk when the block is left.

        Without ``durable`` it survives the end of the process but perhaps not a power cut; the
        next durable transaction takes it along.
        """
        with self._lock, self._mapped():
            writer = self._writing()
            if not durable:
                writer.execute("PRAGMA synchronous=NORMAL")
            try:
                with transaction(writer):
                    yield writer
            finally:
                if not durable:
                    writer.execute("PRAGMA synchronous=FULL")

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give the calling thread's reading connection, in one transaction."""
        with self._mapped():
            reader: Connection | None = getattr(self._local, "reader", None)
            if reader is None:
                reader = self._local.reader = connect(self.path, "ro")
                self._readers.append(reader)
            if reader.in_transaction:
                yield reader
                return
            with transaction(reader, "BEGIN"):
                yield reader

    @contextmanager
    def _mapped(self) -> Iterator[None]:
        """Map what goes wrong, and leave word of damage, so that nobody sells on it after the next start."""
        try:
            with mapped_errors():
                yield
        except StorageDamaged:
            self.damage_met()
            raise

    def _writing(self) -> Connection:
        if self._writer is None:
            raise StorageBusy
        return self._writer

    def settle(self) -> bool:
        """Put what is committed into the database file, through the disk's caches, and empty the log.

        After a commit that raised, the log may hold all of it although SQLite was told that the disk refused, and
        the next start would find it there. Returns whether nothing of that kind is left.
        """
        with suppress(StorageFailed, StorageBusy, StorageFull), self._lock, mapped_errors():
            (busy, *_) = self._writing().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            return not busy
        return False

    def scrub(self) -> bool:
        """Write the file anew, so that no byte of what was emptied stays in it or its log; return whether none does.

        Takes about a second for 100 MB, and as much room besides; nobody writes meanwhile.
        """
        with self._lock, mapped_errors():
            writer = self._writing()
            writer.execute("PRAGMA secure_delete=ON")
            writer.execute("VACUUM")
        return self.settle()

    def close(self) -> None:
        """Close every connection."""
        with self._lock:
            for connection in (*self._readers, self._writer):
                if connection is not None:
                    connection.close()
            self._readers.clear()
            self._writer = None

    def is_sound(self) -> bool:
        """Let SQLite look through the whole file, about a second for 700 MB; other threads go on meanwhile."""
        said = ""
        with suppress(StorageDamaged), mapped_errors(), closing(connect(self.path, "ro")) as connection:
            (said,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        if said != "ok":
            self.damage_met()
        return said == "ok"


@contextmanager
def transaction(connection: Connection, begin: str = "BEGIN IMMEDIATE") -> Iterator[None]:
    """Commit what the block did, or take all of it back where the block or the commit fails."""
    connection.execute(begin)
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        # What the disk refused to commit it may refuse to take back; opening the file does so then.
        with suppress(sqlite.Error):
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        raise


@contextmanager
def mapped_errors() -> Iterator[None]:
    """Turn what SQLite or the disk says into Unavailable; what is our own fault passes."""
    try:
        yield
    except IntegrityError:
        raise
    except sqlite.DatabaseError as error:
        raise _unavailable(error) from error
    except OSError as error:
        if error.errno in (28, 122):  # ENOSPC, EDQUOT
            raise StorageFull from error
        raise StorageFailed(reason=error.strerror or type(error).__name__) from error


def _unavailable(error: sqlite.DatabaseError) -> Unavailable:
    code = getattr(error, "sqlite_errorname", "") or ""
    text = str(error)
    if code.startswith("SQLITE_FULL") or "disk is full" in text:
        return StorageFull()
    if code.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")) or "malformed" in text or "not a database" in text:
        return StorageDamaged(reason=text)
    if code.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")) or "locked" in text:
        return StorageBusy()
    if code.startswith(("SQLITE_IOERR", "SQLITE_CANTOPEN", "SQLITE_READONLY")) or "I/O" in text or "unable" in text:
        return StorageFailed(reason=text)
    raise error


def library_version() -> tuple[int, ...]:
    """Return the version of the SQLite that the driver brings."""
    return sqlite.sqlite_version_info


def in_memory() -> Connection:
    """Return an empty database that ends with its connection."""
    return sqlite.connect(":memory:", isolation_level=None)


def connect(path: Path, mode: str) -> Connection:
    """Open a connection to a database file, to read ("ro") or to write ("rwc"), as careful as all of this till's."""
    connection = sqlite.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        uri=True,
        isolation_level=None,
        check_same_thread=False,
        timeout=BUSY_MS / 1000,
        cached_statements=STATEMENTS_KEPT,
    )
    try:
        for pragma in PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
    except BaseException:
        connection.close()
        raise
    return connection


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk; Windows does so by itself."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _nobody() -> None:
    """Take no notice of damage; whoever opened the folder puts itself here."""
