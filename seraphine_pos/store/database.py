"""The till's SQLite file: one writer behind one lock, readers that cannot write, errors sorted once.

It knows no table; what is written is the business of the other modules of this room.
"""

import os
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from seraphine_pos.domain.refusal import (
    NewerDatabase,
    OldLibrary,
    StorageBusy,
    StorageDamaged,
    StorageFailed,
    StorageFull,
    StorageInUse,
    Unavailable,
)

if TYPE_CHECKING:  # the same interface, with types
    import sqlite3 as sqlite
else:
    import pysqlite3.dbapi2 as sqlite

Connection = sqlite.Connection
IntegrityError = sqlite.IntegrityError

VERSION: Final = 1
APPLICATION_ID: Final = 0x53455250
SQLITE_OLDEST: Final = (3, 51, 3)
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
_MAGIC: Final = b"SQLite format 3\0"


class Database:
    """An open till database.

    ``write`` gives the one writing connection inside a transaction; ``read`` a connection of the
    calling thread that cannot write. Both map what the disk does wrong to Unavailable.
    """

    def __init__(self, path: Path, lock: BinaryIO | None) -> None:
        """Open the file; use ``open_database`` or ``open_readonly`` instead."""
        self.path = path
        self._file_lock = lock
        self._lock = threading.RLock()
        self._local = threading.local()
        self._readers: list[Connection] = []
        self._writer: Connection | None = None
        if lock is not None:
            with mapped_errors():
                self._writer = _connect(path, "rwc")
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
        with self._lock, mapped_errors():
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
        with mapped_errors():
            reader: Connection | None = getattr(self._local, "reader", None)
            if reader is None:
                reader = self._local.reader = _connect(self.path, "ro")
                self._readers.append(reader)
            if reader.in_transaction:
                yield reader
                return
            with transaction(reader, "BEGIN"):
                yield reader

    def _writing(self) -> Connection:
        if self._writer is None:
            raise StorageBusy
        return self._writer

    def sync_to_disk(self) -> None:
        """Force everything committed into the database file and through the disk's caches."""
        with self._lock, mapped_errors():
            self._writing().execute("PRAGMA wal_checkpoint(FULL)")

    def close(self) -> None:
        """Close every connection and let another process have the folder."""
        with self._lock:
            for connection in (*self._readers, self._writer):
                if connection is not None:
                    connection.close()
            self._readers.clear()
            self._writer = None
            if self._file_lock is not None:
                self._file_lock.close()
                self._file_lock = None


def open_database(path: Path, lock: Path) -> Database:
    """Open a till's database for selling, making or upgrading it as needed.

    Raises StorageInUse when another process has the folder, NewerDatabase, OldLibrary,
    StorageDamaged, StorageFull.
    """
    check_library(sqlite.sqlite_version_info)
    held = hold(lock)
    try:
        _check_file(path)
        with mapped_errors():
            prepare(path)
        return Database(path, held)
    except BaseException:
        held.close()
        raise


def open_readonly(path: Path) -> Database:
    """Open a till's database to read it while the till may be running.

    Raises NewerDatabase, OldLibrary, StorageDamaged, StorageFailed.
    """
    check_library(sqlite.sqlite_version_info)
    _check_file(path)
    database = Database(path, None)
    try:
        with database.read() as connection:
            _check_version(_pragma(connection, "user_version"))
    except BaseException:
        database.close()
        raise
    return database


def check_library(version: tuple[int, ...]) -> None:
    """Refuse a SQLite that can corrupt a WAL (sqlite.org/wal.html#walresetbug); raise OldLibrary."""
    if version < SQLITE_OLDEST:
        raise OldLibrary(version=".".join(map(str, version)))


def hold(lock: Path) -> BinaryIO:
    """Take the folder for this process; raise StorageInUse when another one has it."""
    lock.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with mapped_errors():
        file = lock.open("a+b")
    try:
        _lock_file(file)
    except OSError:
        file.close()
        raise StorageInUse(path=lock.parent) from None
    return file


if os.name == "nt":

    def _lock_file(file: BinaryIO) -> None:
        import msvcrt

        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]

else:

    def _lock_file(file: BinaryIO) -> None:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def prepare(path: Path) -> None:
    """Make the tables of a new file, or bring an older file to this program's version.

    Raises NewerDatabase when the file is ahead of this program, and leaves it alone.
    """
    with closing(_connect(path, "rwc")) as connection:
        found = _pragma(connection, "user_version")
        _check_version(found)
        if found == VERSION:
            return
        if found:
            from seraphine_pos.store.migrations import steps

            steps.upgrade(path, connection, found)
            return
        with transaction(connection):
            _make(connection)


def _check_version(found: int) -> None:
    if found > VERSION:
        raise NewerDatabase(found=found, known=VERSION)


def _make(connection: Connection) -> None:
    from seraphine_pos.store import schema

    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if _pragma(connection, "application_id") not in (0, APPLICATION_ID) or tables:
        raise StorageDamaged(reason="ce fichier n’est pas celui d’une caisse")
    schema.make(connection)
    stamp(connection)


def stamp(connection: Connection) -> None:
    """Mark the file as a till's, at this program's version."""
    connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version={VERSION}")


def _pragma(connection: Connection, name: str) -> int:
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])


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


def _check_file(path: Path) -> None:
    if not path.exists() or not path.stat().st_size:
        return
    with mapped_errors(), path.open("rb") as file:
        if file.read(len(_MAGIC)) != _MAGIC:
            raise StorageDamaged(reason="ce n'est pas un fichier SQLite")


def in_memory() -> Connection:
    """Return an empty database that ends with its connection."""
    return sqlite.connect(":memory:", isolation_level=None)


def _connect(path: Path, mode: str) -> Connection:
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
