"""A copy of everything the server holds, in one file, that was read back and compared before it is called good.

It may be taken while a server runs. Which were made and how long they stay is known in ``safekeeping``; what becomes
of them afterwards is the restore's.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, func, inspect, literal_column, select, table

from seraphine_pos.domain import account
from seraphine_pos.domain.clock import RandomBytes
from sync_server.backups import postgres_copy, sqlite_copy
from sync_server.backups.archive import (
    FORMAT,
    Archive,
    BackupDamaged,
    BackupRefused,
    Contents,
    CutShort,
    Draft,
    Ended,
    HeldJournal,
    HeldStore,
    Manifest,
    digest_of,
    never,
    on_disk,
    opened,
)
from sync_server.database import Database, SqliteDatabase
from sync_server.schema import REVISIONS, journals, metadata, rollups, sales, server, stores, tills
from sync_server.verify import verify

SUFFIX: Final = ".backup.zip"
SEALED_SUFFIX: Final = ".backup.sealed"
SEALED: Final = ".sealed"
FILES: Final = (".zip", SEALED)
TRIAL: Final = "trial_"
SCRATCH: Final = ".seraphine-"
LEFT_S: Final = 24 * 3600
FIGURES: Final = ("sales", "refunds", "quantity", "gross", "refunded", "tax")


@dataclass(frozen=True, slots=True)
class Made:
    """A backup that was restored aside: where it is, how large, its digest, what it says of itself.

    ``problems`` are in the books that it holds, as they are in those it was made of.
    """

    path: Path
    size: int
    digest: str
    encrypted: bool
    manifest: Manifest
    problems: tuple[str, ...]


def make(
    database: Database,
    target: Path,
    now_ms: int,
    *,
    key: bytes | None = None,
    random_bytes: RandomBytes = os.urandom,
    ended: Ended = never,
) -> Made:
    """Write a backup to a file, or into a folder under a name of its own; what stood there stays until it is good.

    With a key it is encrypted, and nothing of it ever lies in the folder as it is. Raises BackupFailed when it cannot
    be written, BackupDamaged when what was written does not come back, CutShort when the program is asked to stop.
    """
    name = f"seraphine-{stamp(now_ms)}{SUFFIX if key is None else SEALED_SUFFIX}"
    path = _place(target, name)
    account.tighten(path.parent.glob(f"seraphine-*{SUFFIX}"))
    with on_disk("backup"), _scratch(path.parent) as folder, _plain_scratch(database, folder, key) as plain:
        draft = folder / "draft"
        _write(database, Draft(draft, key, random_bytes, ended), plain, now_ms)
        with opened(draft, key) as archive:
            problems = _try(database, archive, plain / "trial", ended)
        size, digest = draft.stat().st_size, digest_of(draft)
        draft.replace(path)
        sqlite_copy.sync_folder(path.parent)
        return Made(path, size, digest, key is not None, archive.manifest, problems)


def _place(target: Path, name: str) -> Path:
    """Return the file that is meant; whatever does not end like a backup is a folder, which must be there.

    A name without its end is a disk that is not plugged in, more often than a file. One whose end says something else
    than what is written is refused.
    """
    if target.is_dir():
        return target / name
    end = Path(name).suffix
    if target.suffix in FILES and target.suffix != end:
        what = "is encrypted, no zip" if end == SEALED else "has no key, it is not encrypted"
        raise BackupRefused(f"this backup {what}: name it {target.with_suffix(end)} instead of {target.name}")
    folder = target.parent if target.suffix in FILES else target
    if not folder.is_dir():
        raise BackupRefused(
            f"there is no folder {folder}: is its disk plugged in? (the name of a file ends in {' or '.join(FILES)})"
        )
    return target


@contextmanager
def _scratch(parent: Path) -> Iterator[Path]:
    """Make a folder for as long as it is wanted; what a backup that was killed left a day ago is removed."""
    with tempfile.TemporaryDirectory(prefix=SCRATCH, dir=parent) as name:
        folder = Path(name)
        # By the disk's own clock on both.
        old_s = folder.stat().st_mtime - LEFT_S
        for left in parent.glob(f"{SCRATCH}*"):
            if left.is_dir() and left.stat().st_mtime < old_s:
                shutil.rmtree(left, ignore_errors=True)
        yield folder


@contextmanager
def _plain_scratch(database: Database, folder: Path, key: bytes | None) -> Iterator[Path]:
    """Give where the copy lies as it is: beside the database, when the other folder is to hold it encrypted only."""
    if key is None or not isinstance(database, SqliteDatabase):
        yield folder
        return
    with _scratch(database.path.parent) as plain:
        yield plain


def on_same_disk(database: Database, path: Path) -> bool:
    """Tell whether a backup lies on the file system of the database that it is of, as far as that can be seen here."""
    return isinstance(database, SqliteDatabase) and path.stat().st_dev == database.path.stat().st_dev


def stamp(now_ms: int) -> str:
    """Name a moment, in UTC, so that names sort by it."""
    return f"{datetime.fromtimestamp(now_ms / 1000, UTC):%Y%m%d-%H%M%S}"


def _write(database: Database, draft: Draft, folder: Path, now_ms: int) -> None:
    try:
        if isinstance(database, SqliteDatabase):
            contents = _copied(database, draft, folder / "copy.db")
        else:
            with database.read() as connection:
                contents = describe(connection)
                postgres_copy.add(draft, connection)
        draft.finish(
            Manifest(
                format=FORMAT, made_at_ms=now_ms, dialect=database.dialect, revision=REVISIONS[-1], contents=contents,
                parts=tuple(draft.parts),
            )
        )  # fmt: skip
    finally:
        draft.close()


def _copied(database: SqliteDatabase, draft: Draft, path: Path) -> Contents:
    sqlite_copy.copy(database.path, path)
    with closing(sqlite_copy.opened_alone(path)) as copy, copy.read() as connection:
        contents = describe(connection)
    sqlite_copy.seal(path)
    sqlite_copy.add(draft, path)
    path.unlink()
    return contents


def _try(database: Database, archive: Archive, folder: Path, ended: Ended) -> tuple[str, ...]:
    """Restore the archive aside and compare; on PostgreSQL in a transaction that is then rolled back.

    Returns what is wrong in its books.
    """
    if isinstance(database, SqliteDatabase):
        folder.mkdir()
        with unpacked(archive, folder) as copy, copy.read() as connection:
            return compare(connection, archive.manifest, ended)
    with database.write() as connection:
        postgres_copy.move_into(connection, TRIAL + os.urandom(4).hex())
        postgres_copy.pour(connection, archive)
        problems = compare(connection, archive.manifest, ended)
        transaction = connection.get_transaction()
        if transaction is not None:
            transaction.rollback()
    return problems


@contextmanager
def unpacked(archive: Archive, folder: Path) -> Iterator[SqliteDatabase]:
    """Open the SQLite database of an archive in a folder, whose pages have all been looked at."""
    path = sqlite_copy.unpack(archive, folder)
    with closing(sqlite_copy.opened_alone(path)) as database:
        with database.read() as connection:
            sqlite_copy.check_pages(connection)
        yield database


def compare(connection: Connection, manifest: Manifest, ended: Ended = never) -> tuple[str, ...]:
    """Raise BackupDamaged unless a database holds what its backup says; return what is wrong in its books."""
    found, said = describe(connection), manifest.contents
    same = {
        "server": found.server_id == said.server_id,
        "stores": found.stores == said.stores,
        "journals": found.journals == said.journals,
        **{name: found.rows.get(name) == count for name, count in said.rows.items()},
        **{f"the total of {name}": found.totals.get(name) == total for name, total in said.totals.items()},
    }
    wrong = [name for name, equal in same.items() if not equal]
    if wrong:
        raise BackupDamaged(f"this backup does not hold what it says ({', '.join(wrong)} differ); nothing was changed")
    return books(connection, ended)


def books(connection: Connection, ended: Ended = never) -> tuple[str, ...]:
    """Return what is wrong in the books of every store."""
    every = connection.execute(select(stores.c.store_id)).scalars().all()
    found = [verify(connection, store_id, ended).problems for store_id in every]
    if ended():
        raise CutShort("the program stopped while a backup was tried; nothing of it is kept")
    return tuple(problem for problems in found for problem in problems)


def describe(connection: Connection) -> Contents:
    """Return what a database holds, in those of today's tables that it has."""
    names = metadata.tables.keys() & set(inspect(connection).get_table_names())
    of_stores = select(*(stores.c[name] for name in HeldStore.model_fields))
    label = func.coalesce(tills.c.label, literal_column("''")).label("till")
    kept = (journals.c[name] for name in HeldJournal.model_fields if name != "till")
    of_journals = select(*kept, label).outerjoin(
        tills, (tills.c.store_id == journals.c.store_id) & (tills.c.till_id == journals.c.till_id)
    )
    held_stores = [HeldStore(**row) for row in connection.execute(of_stores).mappings()]
    held = [HeldJournal(**{**row, "hash": row["hash"].hex()}) for row in connection.execute(of_journals).mappings()]
    return Contents(
        server_id=connection.execute(select(server.c.server_id)).scalar_one_or_none() or "",
        stores=tuple(sorted(held_stores, key=lambda one: one.store_id)),
        journals=tuple(sorted(held, key=lambda one: (one.store_id, one.journal_id))),
        rows={name: _count(connection, name) for name in sorted(names)},
        totals=_totals(connection, names),
    )


def _totals(connection: Connection, names: set[str]) -> dict[str, int]:
    """Return the sums of the days' figures, and of the tickets that they are of."""
    totals = {}
    if rollups.name in names:
        sums = select(*(func.coalesce(func.sum(rollups.c[name]), 0) for name in FIGURES))
        found = connection.execute(sums.where(rollups.c.facet == "total")).one()
        totals = {f"figures {name}": int(total) for name, total in zip(FIGURES, found, strict=True)}
    if sales.name in names:
        tickets = select(sales.c.kind, func.sum(sales.c.total), func.sum(sales.c.tax)).group_by(sales.c.kind)
        for kind, total, tax in connection.execute(tickets):
            totals |= {f"tickets {kind}": int(total), f"tickets {kind} tax": int(tax)}
    return totals


def _count(connection: Connection, name: str) -> int:
    count: int = connection.execute(select(func.count()).select_from(table(name))).scalar_one()
    return count
