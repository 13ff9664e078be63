"""The till's SQLite file: one writer behind one lock, readers that cannot write, errors sorted once.

It knows no table; what is written is the business of the other modules of this room.
"""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Final

import pysqlite3.dbapi2 as sqlite
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DatabaseError, IntegrityError
from sqlalchemy.pool import NullPool

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
from seraphine_pos.store import schema
from seraphine_pos.store.statement import run

SQLITE_OLDEST: Final = (3, 51, 3)
BUSY_MS: Final = 5000
CACHE_KIB: Final = 8 * 1024
STATEMENTS_KEPT: Final = 256
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
        self._writer_engine = _engine(path, "rwc")
        self._reader_engine = _engine(path, "ro")
        event.listen(self._reader_engine, "begin", _begin)
        self._writer: Connection | None = None
        if lock is not None:
            event.listen(self._writer_engine, "begin", _begin_immediate)
            with mapped_errors():
                self._writer = self._writer_engine.connect()
                self._driver.execute("PRAGMA journal_mode=WAL")

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
            writer = self._writer
            if writer is None:
                raise StorageBusy
            if not durable:
                self._driver.execute("PRAGMA synchronous=NORMAL")
            try:
                with writer.begin():
                    yield writer
            finally:
                if not durable:
                    self._driver.execute("PRAGMA synchronous=FULL")

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give the calling thread's reading connection, in one transaction."""
        with mapped_errors():
            reader: Connection | None = getattr(self._local, "reader", None)
            if reader is None:
                reader = self._local.reader = self._reader_engine.connect()
                self._readers.append(reader)
            if reader.in_transaction():
                yield reader
                return
            with reader.begin():
                yield reader

    @property
    def _driver(self) -> Any:
        writer = self._writer
        if writer is None:
            raise StorageBusy
        return writer.connection.driver_connection

    def sync_to_disk(self) -> None:
        """Force everything committed into the database file and through the disk's caches."""
        with self._lock, mapped_errors():
            self._driver.execute("PRAGMA wal_checkpoint(FULL)")

    def close(self) -> None:
        """Close every connection and let another process have the folder."""
        with self._lock:
            for connection in (*self._readers, self._writer):
                if connection is not None:
                    connection.close()
            self._readers.clear()
            self._writer = None
            self._writer_engine.dispose()
            self._reader_engine.dispose()
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
            _check_version(connection.exec_driver_sql("PRAGMA user_version").scalar_one())
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
    engine = _engine(path, "rwc")
    event.listen(engine, "begin", _begin_immediate)
    try:
        with engine.connect() as connection:
            found = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
            connection.rollback()
            _check_version(found)
            if found == schema.VERSION:
                return
            if found:
                from seraphine_pos.store.migrations import steps

                steps.upgrade(path, connection, found)
                return
            with connection.begin():
                _create(connection)
    finally:
        engine.dispose()


def _check_version(found: int) -> None:
    if found > schema.VERSION:
        raise NewerDatabase(found=found, known=schema.VERSION)


def _create(connection: Connection) -> None:
    application = connection.exec_driver_sql("PRAGMA application_id").scalar_one()
    tables = connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar_one()
    if application not in (0, schema.APPLICATION_ID) or tables:
        raise StorageDamaged(reason="ce fichier n'est pas celui d'une caisse")
    schema.metadata.create_all(connection)
    for statement in schema.BESIDE_TABLES:
        connection.exec_driver_sql(statement)
    stamp(connection)


def stamp(connection: Connection) -> None:
    """Mark the file as a till's, at this program's version."""
    connection.exec_driver_sql(f"PRAGMA application_id={schema.APPLICATION_ID}")
    connection.exec_driver_sql(f"PRAGMA user_version={schema.VERSION}")


@contextmanager
def mapped_errors() -> Iterator[None]:
    """Turn what SQLite or the disk says into Unavailable; what is our own fault passes."""
    try:
        yield
    except (IntegrityError, sqlite.IntegrityError):
        raise
    except DatabaseError as error:
        raise _unavailable(error.orig, error) from error
    except sqlite.DatabaseError as error:
        raise _unavailable(error, error) from error
    except OSError as error:
        if error.errno in (28, 122):  # ENOSPC, EDQUOT
            raise StorageFull from error
        raise StorageFailed(reason=error.strerror or type(error).__name__) from error


def _unavailable(cause: BaseException | None, error: Exception) -> Unavailable:
    code = getattr(cause, "sqlite_errorname", "") or ""
    text = str(cause)
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


def _engine(path: Path, mode: str) -> Engine:
    uri = f"{path.absolute().as_uri()}?mode={mode}"

    def connect() -> Any:
        connection = sqlite.connect(
            uri,
            uri=True,
            isolation_level=None,
            check_same_thread=False,
            timeout=BUSY_MS / 1000,
            cached_statements=STATEMENTS_KEPT,
        )
        for pragma in (
            "synchronous=FULL",
            "mmap_size=0",
            f"cache_size=-{CACHE_KIB}",
            "foreign_keys=ON",
            "recursive_triggers=ON",  # so that REPLACE, too, asks whether it may delete
            "trusted_schema=OFF",
            "temp_store=MEMORY",
            "journal_size_limit=67108864",
        ):
            connection.execute(f"PRAGMA {pragma}")
        return connection

    return create_engine("sqlite://", module=sqlite, creator=connect, poolclass=NullPool)


def _begin(connection: Connection) -> None:
    run(connection, "BEGIN")


def _begin_immediate(connection: Connection) -> None:
    run(connection, "BEGIN IMMEDIATE")
