"""The backups that were made: which are there, how far they make the journals durable, and when their time is over.

A till may empty an entry only below ``durable``: the head of its journal in a backup that was restored aside, verified
and compared. So ``durable`` moves with the row that says so, in one transaction, and never down.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import bindparam, select, update

from sync_server import audit
from sync_server.backups import backup
from sync_server.backups.archive import Ended, HeldJournal, never, on_disk
from sync_server.backups.backup import Made
from sync_server.backups.sealed import read_key
from sync_server.schema import backups, journals
from sync_server.store_server import StoreServer
from sync_server.transaction import Transaction

ACTOR: Final = "backup"
DAY_MS: Final = 86_400_000


@dataclass(frozen=True, slots=True)
class Kept:
    """A backup that counts, and whether it lies on the very disk that it is there to survive."""

    made: Made
    same_disk: bool


def make(server: StoreServer, store_id: str, target: Path, key_file: Path | None, ended: Ended = never) -> Kept:
    """Make a backup of the database, and let it count in every store: note it, and move ``durable``.

    Nothing moves where something is wrong in the books. The audit trail of ``store_id`` says that it was made.
    """
    key = None if key_file is None else read_key(key_file)
    made = backup.make(
        server.database, target, server.clock.now_ms(), key=key, random_bytes=server.random_bytes, ended=ended
    )
    with server.write(store_id, ACTOR) as tx:
        note(tx, made)
        if not made.problems:
            move_durable(tx, made.manifest.contents.journals)
        audit.note(tx, "backup", {"path": str(made.path), "size": made.size, "problems": len(made.problems)})
    return Kept(made, backup.on_same_disk(server.database, made.path))


def note(tx: Transaction, made: Made) -> None:
    """Add a backup to those of each store in it, in the place of one that had its name."""
    path = str(made.path.absolute())
    held = sorted(one.store_id for one in made.manifest.contents.stores)
    _note_removed(tx, path, held)
    columns = ("store_id", "backup_id", "made_at_ms", "path", "size", "encrypted", "digest", "problems")
    told = (made.manifest.made_at_ms, path, made.size, int(made.encrypted), made.digest, len(made.problems))
    backup_id = tx.new_id()
    tx.database.insert_many(tx.connection, backups, columns, [(store_id, backup_id, *told) for store_id in held])


def _note_removed(tx: Transaction, path: str, store_ids: Sequence[str]) -> None:
    """Note in these stores that what they had under this name is there no more."""
    gone = (
        update(backups)
        .where(
            backups.c.store_id == bindparam("of_store"), backups.c.path == path, backups.c.removed_at_ms.is_(None)
        )
        .values(removed_at_ms=tx.now_ms)
    )  # fmt: skip
    if store_ids:
        tx.connection.execute(gone, [{"of_store": store_id} for store_id in store_ids])


def move_durable(tx: Transaction, held: Sequence[HeldJournal]) -> None:
    """Move each journal's ``durable`` up to where a good backup holds it."""
    moved = (
        update(journals)
        .where(
            journals.c.store_id == bindparam("of_store"), journals.c.journal_id == bindparam("of_journal"),
            journals.c.durable < bindparam("held"), journals.c.seq >= bindparam("held"),
        )
        .values(durable=bindparam("held"))
    )  # fmt: skip
    # In one order, so that two backups do not wait for each other.
    rows = [
        {"of_store": one.store_id, "of_journal": one.journal_id, "held": one.seq}
        for one in sorted(held, key=lambda one: (one.store_id, one.journal_id))
    ]
    if rows:
        tx.connection.execute(moved, rows)


def remove_old(server: StoreServer, store_id: str, folder: Path, keep_days: int) -> list[Path]:
    """Remove the backups of a folder that a store has and whose time is over, and return them; the newest good stays.

    One whose file is not there now is left noted: its disk may be elsewhere.
    """
    now_ms = server.clock.now_ms()
    every = [one for one, _ in server.stores()]
    here = (backups.c.store_id == store_id) & backups.c.removed_at_ms.is_(None)
    columns = backups.c.backup_id, backups.c.path, backups.c.made_at_ms, backups.c.problems
    with server.database.read() as connection:
        newest_first = select(*columns).where(here).order_by(backups.c.made_at_ms.desc(), backups.c.backup_id.desc())
        rows = [row for row in connection.execute(newest_first) if Path(row.path).exists()]
    good = next((row.backup_id for row in rows if not row.problems), None)
    removed = []
    for row in rows:
        path = Path(row.path)
        over = row.made_at_ms < now_ms - keep_days * DAY_MS
        if not over or row.backup_id == good or path.parent != folder.absolute():
            continue
        with on_disk("folder of backups"):
            path.unlink(missing_ok=True)
        with server.write(store_id, ACTOR) as tx:
            _note_removed(tx, row.path, every)
            audit.note(tx, "backup-removed", {"path": row.path})
        removed.append(path)
    return removed
