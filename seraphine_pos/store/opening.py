"""Opening a till's folder: who may have it, which file it may be, and what is done to that before anything is sold."""

import os
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from seraphine_pos.domain.clock import Clock, RandomBytes, new_id
from seraphine_pos.domain.refusal import NewerDatabase, NothingSaved, OldLibrary, StorageDamaged, StorageInUse
from seraphine_pos.store.anchor import Anchor
from seraphine_pos.store.attempts import AttemptBook
from seraphine_pos.store.carts import Carts
from seraphine_pos.store.catalogue import Catalogue
from seraphine_pos.store.database import (
    FILES,
    Connection,
    Database,
    connect,
    library_version,
    mapped_errors,
    sync_folder,
    transaction,
)
from seraphine_pos.store.journal import Journal
from seraphine_pos.store.ledger import Ledger
from seraphine_pos.store.mirror import Mirror
from seraphine_pos.store.place import check_place
from seraphine_pos.store.room import Limits, Room
from seraphine_pos.store.till import MARK, MENDED, Mended, TillStore

VERSION: Final = 1
APPLICATION_ID: Final = 0x53455250
SQLITE_OLDEST: Final = (3, 51, 3)
CHECKED_AT_START: Final = 200
_NEW_FOLDERS: Final = 3
_MAGIC: Final = b"SQLite format 3\0"


def open_till(
    folder: Path, *, clock: Clock, random_bytes: RandomBytes, machine: str, readonly: bool = False,
    limits: Limits | None = None,
) -> TillStore:  # fmt: skip
    """Open ``till.db``, ``anchor`` and ``lock`` in a folder.

    A database that was restored or cloned gets a successor journal before anything is sold; one that is
    damaged is mended first, and the damaged file kept aside. Raises StorageInUse, NetworkFolder, NewerDatabase,
    OldLibrary, StorageFull, and StorageDamaged where nothing could be saved.
    """
    check_place(folder)
    opening = _Opening(clock, random_bytes, machine, limits or Limits())
    if not readonly:
        return opening.sellable(folder)
    database = open_readonly(folder / FILES[0])
    try:
        return opening.parts(folder, database, None, None)
    except BaseException:
        database.close()
        raise


@dataclass(frozen=True, slots=True)
class _Opening:
    """What opening takes, whether of the till's folder or of one that is being made for it."""

    clock: Clock
    random_bytes: RandomBytes
    machine: str
    limits: Limits

    def parts(self, folder: Path, database: Database, held: BinaryIO | None, mended: Mended | None) -> TillStore:
        """Put the parts over an open database; raise StorageDamaged where it cannot be read."""
        anchor, room = Anchor(folder / "anchor"), Room(folder, self.limits)
        try:
            ledger, mirror = Ledger(database), Mirror(database)
            journal = Journal(database, ledger, anchor, self.clock, self.random_bytes, self.machine)
            carts = Carts(database, room)
            if database.writable:
                journal.check_tail(CHECKED_AT_START)
                journal.follow()
                carts.renew(lambda: new_id(self.clock.now_ms(), self.random_bytes))
            return TillStore(
                database, journal, ledger, mirror, Catalogue(database, mirror, ledger), carts,
                AttemptBook(database), anchor, room, held, mended,
            )  # fmt: skip
        except BaseException:
            anchor.close()
            raise

    def fresh(self, folder: Path) -> TillStore:
        """Open a folder for selling that nobody else knows of."""
        held = hold(folder / "lock")
        try:
            return self._sellable(folder, held, None)
        except BaseException:
            held.close()
            raise

    def sellable(self, folder: Path) -> TillStore:
        """Open the till's folder for selling; what is damaged there is mended first."""
        held = hold(folder / "lock")
        try:
            return self._mended(folder, held)
        except BaseException:
            held.close()
            raise

    def _mended(self, folder: Path, held: BinaryIO) -> TillStore:
        if not any((folder / name).exists() for name in (MARK, MENDED)):
            try:
                return self._sellable(folder, held, None)
            except StorageDamaged:
                if not (folder / FILES[0]).exists():
                    raise
        from seraphine_pos.store import salvage

        try:
            mended = None if salvage.finish(folder) else salvage.mend(folder, self.fresh, self.machine)
            return self._sellable(folder, held, mended)
        except StorageDamaged as failure:
            raise NothingSaved(**failure.details) from failure

    def _sellable(self, folder: Path, held: BinaryIO, mended: Mended | None) -> TillStore:
        database = open_database(folder / FILES[0])
        try:
            store = self.parts(folder, database, held, mended)
        except BaseException:
            database.close()
            raise
        database.damage_met = lambda: leave_word(folder)
        return store


def leave_word(folder: Path) -> None:
    """Leave word that the database of this folder is to be looked through before it is sold with again."""
    with suppress(OSError):
        (folder / MARK).touch()


def open_database(path: Path) -> Database:
    """Open a till's database for selling, making or upgrading it as needed; the caller holds its folder.

    Raises NewerDatabase, OldLibrary, StorageDamaged, StorageFull.
    """
    check_library(library_version())
    _check_file(path)
    with mapped_errors():
        prepare(path)
    return Database(path, writable=True)


def open_readonly(path: Path) -> Database:
    """Open a till's database to read it while the till may be running.

    Raises NewerDatabase, OldLibrary, StorageDamaged, StorageFailed.
    """
    check_library(library_version())
    _check_file(path)
    database = Database(path, writable=False)
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
    with closing(connect(path, "rwc")) as connection:
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
    # The folders themselves may be as new as the file: a power cut must not take their names away.
    for folder in path.absolute().parents[:_NEW_FOLDERS]:
        sync_folder(folder)


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


def _check_file(path: Path) -> None:
    if not path.exists() or not path.stat().st_size or path.with_name(f"{path.name}-journal").exists():
        return  # new, or cut off while it was made: SQLite takes the beginning back
    with mapped_errors(), path.open("rb") as file:
        if file.read(len(_MAGIC)) != _MAGIC:
            raise StorageDamaged(reason="ce n'est pas un fichier SQLite")
