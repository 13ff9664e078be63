"""A SQLite database into a backup and out of it again, by SQLite's own online copy."""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import quote

from sqlalchemy import Connection

from sync_server.backups.archive import Archive, BackupDamaged, Draft, blocks_of
from sync_server.database import BUSY_S, SqliteDatabase
from sync_server.errors import DatabaseFailed

PART: Final = "server.db"
DIALECT: Final = "sqlite"


def copy(source: Path, target: Path) -> None:
    """Copy a database that may be in use to a file of its own, as it is at one moment."""
    from pysqlite3 import dbapi2

    with (
        _said(),
        closing(dbapi2.connect(f"file:{quote(str(source))}?mode=ro", uri=True, timeout=BUSY_S)) as reader,
        closing(dbapi2.connect(str(target))) as writer,
    ):
        reader.backup(writer)


def seal(path: Path) -> None:
    """Make a closed copy one file that needs no other beside it."""
    from pysqlite3 import dbapi2

    with _said(), closing(dbapi2.connect(str(path))) as connection:
        connection.execute("PRAGMA journal_mode = DELETE").fetchall()


def add(draft: Draft, path: Path) -> None:
    """Put a sealed copy into an archive."""
    draft.add(PART, blocks_of(path))


def unpack(archive: Archive, folder: Path) -> Path:
    """Take the database out of an archive into a folder; raise BackupDamaged unless it is what was put in."""
    path = folder / PART
    found = [part for part in archive.manifest.parts if part.name == PART]
    if len(found) != 1:
        raise BackupDamaged(f"this backup is damaged: it holds no {PART}; nothing was changed")
    with path.open("xb") as file:
        for block in archive.blocks(found[0]):
            file.write(block)
    return path


def check_pages(connection: Connection) -> None:
    """Raise BackupDamaged unless SQLite finds every page and every index whole."""
    for pragma in ("integrity_check", "foreign_key_check"):
        found = [tuple(row) for row in connection.exec_driver_sql(f"PRAGMA {pragma}")]
        if found not in ([], [("ok",)]):
            raise BackupDamaged(f"the database in this backup is damaged ({found[0]}); nothing was changed")


def set_aside(database: Path, aside: Path) -> None:
    """Keep a database that is about to be replaced, with what SQLite left beside it; nobody has it open."""
    aside.mkdir(parents=True)
    for name in (f"{database.name}-wal", f"{database.name}-shm"):
        if database.with_name(name).exists():
            # Never left where the new file could be taken for the one that they belong to.
            database.with_name(name).replace(aside / name)
    try:
        os.link(database, aside / database.name)
    except OSError:  # a file system without links: for a moment no database stands there
        database.replace(aside / database.name)


def put_in_place(path: Path, database: Path) -> None:
    """Put a closed file where the database stood, in one step that a power cut leaves done or undone."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())
    path.replace(database)
    sync_folder(database.parent)


def sync_folder(folder: Path) -> None:
    """Have the names in a folder on the disk, where the system can."""
    if os.name != "posix":
        return
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def write_anew(path: Path) -> bool:
    """Write a database anew, without a byte of what was emptied in it or its log; False where that cannot be done now.

    Readers may stand in the way, or a disk without room for a second copy.
    """
    from pysqlite3 import dbapi2

    try:
        with closing(dbapi2.connect(str(path), timeout=BUSY_S, isolation_level=None)) as connection:
            connection.execute("VACUUM")
            (busy, *_) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            return not busy
    except dbapi2.Error:
        return False


def opened_alone(path: Path) -> SqliteDatabase:
    """Open a database that nobody else has."""
    return SqliteDatabase(path, locked=True)


@contextmanager
def _said() -> Iterator[None]:
    from pysqlite3 import dbapi2

    try:
        yield
    except dbapi2.Error as problem:
        raise DatabaseFailed(f"the database could not be copied ({problem})") from problem
