"""A backup put in the place of the server's data: checked first, in one step, with what stood there kept aside.

A restored server keeps its ``server_id``, so that its tills believe it, and begins its feed anew, so that none of them
goes on with a mirror of what was lost. What was sold after the backup, the tills send again by themselves.
"""

import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, func, select, update

from seraphine_pos.domain.clock import Clock, RandomBytes
from seraphine_pos.domain.feed import STORE_SETTING, DocumentKind
from sync_server import audit, feed
from sync_server.backups import backup, postgres_copy, safekeeping, sqlite_copy
from sync_server.backups.archive import (
    Archive,
    BackupRefused,
    Contents,
    HeldJournal,
    HeldStore,
    Manifest,
    digest_of,
    on_disk,
    opened,
)
from sync_server.backups.backup import Made
from sync_server.backups.sealed import MAGIC, is_sealed
from sync_server.database import Database, PostgresDatabase, file_of
from sync_server.errors import DatabaseFailed
from sync_server.intake import RESTORED
from sync_server.lock import InUse, Lock
from sync_server.schema import REVISIONS, documents, journals, prepare, stored_revision, stores
from sync_server.transaction import Transaction

ACTOR: Final = "restore"
ASIDE: Final = "replaced"


@dataclass(frozen=True, slots=True)
class Resent:
    """A journal whose till sends again what came after ``held``; ``had`` is how far the replaced database went."""

    store: str
    till: str
    journal_id: str
    held: int
    had: int | None


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A store that stood here and is not in the backup: from now on it is in what was kept aside, and nowhere else."""

    store_id: str
    name: str
    journals: int
    entries: int

    def __str__(self) -> str:
        """Say which it is and how much of it there was."""
        return f"“{self.name}” ({self.store_id}), {self.journals} journals with {self.entries} entries"


@dataclass(frozen=True, slots=True)
class Restored:
    """What came back, where the replaced database is kept, which stores are only there, and who will send again.

    ``setting`` is what the first store says of itself, its time zone among it.
    """

    manifest: Manifest
    aside: str | None
    readable: bool
    left_out: tuple[LeftOut, ...]
    tills: tuple[Resent, ...]
    setting: str | None
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Standing:
    """What stands in the place: nothing (no contents), a store's server, or something that cannot be read."""

    contents: Contents | None = None
    exists: bool = True
    readable: bool = True


@dataclass(frozen=True, slots=True)
class _Source:
    """The file that is restored, its key, and whether stores that it lacks may go."""

    file: Path
    key: bytes | None
    may_leave_out: bool

    def made(self, manifest: Manifest, problems: tuple[str, ...]) -> Made:
        """Return the backup as the one who made it would tell of it."""
        with self.file.open("rb") as file:
            encrypted = is_sealed(file.read(len(MAGIC)))
        return Made(self.file, self.file.stat().st_size, digest_of(self.file), encrypted, manifest, problems)


def restore(
    place: str | Path,
    file: Path,
    clock: Clock,
    random_bytes: RandomBytes,
    key: bytes | None = None,
    *,
    may_leave_out: bool = False,
) -> Restored:
    """Put a backup in a place; raise BackupDamaged, BackupRefused or InUse, and then nothing was changed.

    A backup that lacks a store of the place is refused, unless it may leave stores out.
    """
    path, source = file_of(place), _Source(file, key, may_leave_out)
    if path is not None:
        return _restore_sqlite(path, source, clock, random_bytes)
    with closing(PostgresDatabase(str(place))) as database:
        return _restore_postgres(database, source, clock, random_bytes)


def _restore_sqlite(path: Path, source: _Source, clock: Clock, random_bytes: RandomBytes) -> Restored:
    with opened(source.file, source.key) as archive, on_disk("restored database"):
        _refuse_foreign(archive, sqlite_copy.DIALECT)
        path.parent.mkdir(parents=True, exist_ok=True)
        with (
            closing(Lock(path, alone=True)),
            tempfile.TemporaryDirectory(prefix=".restore-", dir=path.parent) as folder,
        ):
            standing = _standing_at(path)
            _refuse_other(standing, archive.manifest)
            _refuse_to_leave_out(standing, archive.manifest, source)
            with backup.unpacked(archive, Path(folder)) as database:
                prepare(database, "")
                with database.write() as connection:
                    problems = backup.compare(connection, archive.manifest)
                    _renew(database, connection, clock, random_bytes, source.made(archive.manifest, problems))
                    setting = _setting(connection)
            aside = path.with_name(f"{ASIDE}-{_moment(clock)}") if standing.exists else None
            try:
                if aside is not None:
                    sqlite_copy.set_aside(path, aside)
                sqlite_copy.put_in_place(Path(folder, sqlite_copy.PART), path)
            except PermissionError as problem:  # Windows, where a program has the file open
                raise InUse(f"{path} cannot be replaced: stop the server first ({problem.strerror})") from problem
        return _restored(archive.manifest, standing, str(aside) if aside else None, setting, problems)


def _restore_postgres(database: PostgresDatabase, source: _Source, clock: Clock, random_bytes: RandomBytes) -> Restored:
    with opened(source.file, source.key) as archive:
        _refuse_foreign(archive, postgres_copy.DIALECT)
        with database.write() as connection:
            database.alone(connection)
            _refuse_company(database, connection)
            standing = _standing(connection)
            _refuse_other(standing, archive.manifest)
            _refuse_to_leave_out(standing, archive.manifest, source)
            aside = f"{ASIDE}_{_moment(clock).replace('-', '_')}" if standing.exists else None
            if aside is not None:
                postgres_copy.set_aside(connection, aside)
            postgres_copy.pour(connection, archive)
            problems = backup.compare(connection, archive.manifest)
            _renew(database, connection, clock, random_bytes, source.made(archive.manifest, problems))
            setting = _setting(connection)
            _refuse_company(database, connection)
        return _restored(archive.manifest, standing, f"schema {aside}" if aside else None, setting, problems)


def _refuse_foreign(archive: Archive, dialect: str) -> None:
    manifest = archive.manifest
    if manifest.dialect != dialect:
        raise BackupRefused(f"this backup is of a {manifest.dialect} database, and this one is {dialect}")
    if manifest.revision not in REVISIONS:
        raise BackupRefused(
            f"this backup was made by a newer program (revision {manifest.revision}, this one knows {REVISIONS[-1]}):"
            " install the newer seraphine-server; nothing was changed"
        )


def _refuse_company(database: PostgresDatabase, connection: Connection) -> None:
    count = database.others(connection)
    if count:
        raise InUse(f"{count} other seraphine-server processes use this database: stop them first; nothing was changed")


def _refuse_other(standing: _Standing, manifest: Manifest) -> None:
    """Raise BackupRefused when another server's store stands in the place."""
    if standing.contents is None or not standing.contents.stores:
        return
    ids = {store.store_id for store in manifest.contents.stores}
    if standing.contents.server_id != manifest.contents.server_id or not ids & {
        store.store_id for store in standing.contents.stores
    }:
        raise BackupRefused(
            f"this backup is of another store ({_names(manifest.contents)}) than the one here"
            f" ({_names(standing.contents)}); nothing was changed"
        )


def _refuse_to_leave_out(standing: _Standing, manifest: Manifest, source: _Source) -> None:
    """Raise BackupRefused when stores stand here that the backup lacks, unless it was said that they may go."""
    lacking = _left_out(standing, manifest.contents)
    if lacking and not source.may_leave_out:
        raise BackupRefused(
            f"this backup lacks {'; '.join(map(str, lacking))}: made since, it would be gone here, and its tills would"
            " find no store. Make a backup of what is here first; --leave-out-stores restores all the same, and keeps"
            " it in what stood here before alone; nothing was changed"
        )


def _left_out(standing: _Standing, held: Contents) -> tuple[LeftOut, ...]:
    if standing.contents is None:
        return ()
    known = {store.store_id for store in held.stores}
    seqs: dict[str, list[int]] = {}
    for journal in standing.contents.journals:
        seqs.setdefault(journal.store_id, []).append(journal.seq)
    gone = (store for store in standing.contents.stores if store.store_id not in known)
    return tuple(
        LeftOut(store.store_id, store.name, len(seqs.get(store.store_id, ())), sum(seqs.get(store.store_id, ())))
        for store in gone
    )


def _names(contents: Contents) -> str:
    return ", ".join(f"“{store.name}”" for store in contents.stores) or "none"


def _standing_at(path: Path) -> _Standing:
    if not path.exists():
        return _Standing(exists=False)
    try:
        with closing(sqlite_copy.opened_alone(path)) as database, database.read() as connection:
            return _standing(connection)
    except DatabaseFailed:  # the very reason to restore; it is kept as it is
        return _Standing(readable=False)


def _standing(connection: Connection) -> _Standing:
    revision = stored_revision(connection)
    if revision is None:
        return _Standing(exists=False)
    return _Standing(backup.describe(connection))


def _renew(database: Database, connection: Connection, clock: Clock, random_bytes: RandomBytes, made: Made) -> None:
    """Begin the feed of every store anew, and expect of each journal that its till was promised more than is here.

    What is here is what the backup holds, which has just been restored: so much is durable, and never more.
    """
    at = datetime.fromtimestamp(made.manifest.made_at_ms / 1000, UTC).isoformat()
    for store_id in connection.execute(select(stores.c.store_id)).scalars().all():
        tx = Transaction(database, connection, store_id, clock.now_ms(), random_bytes, ACTOR)
        connection.execute(update(journals).where(journals.c.store_id == store_id).values(lost_hash=RESTORED))
        safekeeping.note(tx, made)
        if not made.problems:
            safekeeping.move_durable(tx, made.manifest.contents.journals)
        audit.note(tx, "restore", {"backup_of": at, "feed_id": feed.restart(tx)})


def _setting(connection: Connection) -> str | None:
    """Return what the first store says of itself."""
    asked = select(documents.c.body).where(
        documents.c.store_id == select(func.min(stores.c.store_id)).scalar_subquery(),
        documents.c.kind == DocumentKind.SETTING.value,
        documents.c.key == STORE_SETTING,
    )
    return connection.execute(asked).scalar_one_or_none()


def _restored(
    manifest: Manifest, standing: _Standing, aside: str | None, setting: str | None, problems: Sequence[str]
) -> Restored:
    left_out = _left_out(standing, manifest.contents)
    tills = _resent(standing.contents, manifest.contents, {one.store_id for one in left_out})
    return Restored(manifest, aside, standing.readable, left_out, tills, setting, tuple(problems))


def _resent(standing: Contents | None, backup_holds: Contents, left_out: set[str]) -> tuple[Resent, ...]:
    """Return in order the journals of the stores that came back."""
    had, held = _heads(standing), _heads(backup_holds)
    names = _told_apart(backup_holds.stores)
    found = (
        Resent(
            names[one.store_id], one.till, one.journal_id, held[place].seq if place in held else 0,
            had[place].seq if place in had else None,
        )
        for place, one in {**had, **held}.items()
        if one.store_id not in left_out
    )  # fmt: skip
    return tuple(sorted(found, key=lambda one: (one.store, one.till, one.journal_id)))


def _told_apart(held: Sequence[HeldStore]) -> Mapping[str, str]:
    """Name stores: two of one name with their ids."""
    often = Counter(store.name for store in held)
    return {one.store_id: one.name if often[one.name] == 1 else f"{one.name} ({one.store_id})" for one in held}


def _heads(contents: Contents | None) -> dict[tuple[str, str], HeldJournal]:
    return {} if contents is None else {(one.store_id, one.journal_id): one for one in contents.journals}


def _moment(clock: Clock) -> str:
    now_ms = clock.now_ms()
    return f"{backup.stamp(now_ms)}-{now_ms % 1000:03d}"
