"""The commands that keep the store's data safe: backup, its key, and restore."""

import argparse
import os
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Final

from seraphine_pos.domain import account
from seraphine_pos.domain.clock import Clock
from sync_server.errors import Refused
from sync_server.settings import Settings

if TYPE_CHECKING:
    from sync_server.backups.restore import Restored
    from sync_server.store_server import StoreServer

    Commands = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001  it has no public name

DONE: Final = 0
FOUND: Final = 1
KEY_HELP: Final = "the key of encrypted backups (default: backup.key_file of the settings)"


def add(commands: "Commands", shared: argparse.ArgumentParser) -> None:
    """Add these commands to a parser."""
    backing = commands.add_parser("backup", parents=[shared], help="write everything to one file, and read it back")
    backing.add_argument(
        "target", nargs="?", metavar="FILE|DIR", type=Path,
        help="a file, *.zip or *.sealed, or a folder that is there and gets one of its own name (default: backup.folder"
        " of the settings)",
    )  # fmt: skip
    backing.add_argument("--key-file", metavar="FILE", type=Path, help=KEY_HELP)
    restoring = commands.add_parser("restore", parents=[shared], help="put a backup in the place of this server's data")
    restoring.add_argument("file", metavar="FILE", type=Path, help="what backup wrote; the server must not run")
    restoring.add_argument("--key-file", metavar="FILE", type=Path, help=KEY_HELP)
    restoring.add_argument(
        "--leave-out-stores", action="store_true",
        help="also where stores were made since the backup: they go, and are kept in what stood here before alone",
    )  # fmt: skip
    making = commands.add_parser("backup-key", help="make the key that encrypts backups")
    doing = making.add_subparsers(dest="doing", required=True, metavar="DOING")
    new = doing.add_parser("new", help="write a new key; keep a copy of it where the backups are not")
    new.add_argument("file", metavar="FILE", type=Path, help="it must not be there yet")


def tighten(home: Path, database: Path) -> None:
    """Close to other accounts what a program before this one left readable: PIN hashes and the pepper are in it."""
    beside = (database.parent.glob(pattern) for pattern in (f"{database.name}*", "replaced-*"))
    account.tighten((home / "server", *chain.from_iterable(beside)))


def backup_key(given: argparse.Namespace) -> int:
    """Write a new key."""
    from sync_server.backups.sealed import new_key_file

    new_key_file(given.file, os.urandom)
    print(f"{given.file}: name it as backup.key_file in server/settings.toml")
    print("without this file no encrypted backup can be read, by nobody: keep a copy where the backups are not")
    return DONE


def backup(server: "StoreServer", given: argparse.Namespace) -> int:
    """Make a backup that counts."""
    from sync_server.backups import safekeeping
    from sync_server.upkeep.agenda import keeper

    store_id = keeper(server) if server.is_chain() else server.only_store()
    asked = server.settings.backup
    target = given.target or asked.folder
    if target is None:
        raise Refused("say where: backup FILE|DIR, or put “folder = 'FOLDER'” under [backup] in server/settings.toml")
    kept = safekeeping.make(server, store_id, target, given.key_file or asked.key_file)
    made = kept.made
    for problem in made.problems:
        print(problem)
    rows, held = made.manifest.contents.rows, made.manifest.contents
    sealed = ", encrypted" if made.encrypted else ""
    print(
        f"{made.path}: {len(held.journals)} journals, {rows['entries']} entries, {rows['documents']} documents,"
        f" {made.size} bytes{sealed}; read back and compared: {len(made.problems)} problems"
    )
    if kept.same_disk:
        print("it lies on the same disk as the data: what takes the disk takes both; copy it to another one")
    return FOUND if made.problems else DONE


def restore(place: str | Path, given: argparse.Namespace, settings: Settings, clock: Clock) -> int:
    """Put a backup in the place of a server's data."""
    from sync_server.backups.restore import restore
    from sync_server.backups.sealed import read_key

    key_file = given.key_file or settings.backup.key_file
    # A key that is not at hand matters only where the backup has one.
    key = read_key(key_file) if key_file is not None and (given.key_file or key_file.exists()) else None
    restored = restore(
        place, given.file, clock, os.urandom, key, may_leave_out=given.leave_out_stores
    )  # fmt: skip
    for line in _said(restored):
        print(line)
    return FOUND if restored.problems else DONE


def _said(restored: "Restored") -> Iterator[str]:
    from sync_server.commands import moment
    from sync_server.upkeep.standing import zone_named

    yield from restored.problems
    zone, held = zone_named(restored.setting), restored.manifest.contents.stores
    made = moment.said(restored.manifest.made_at_ms, zone, "%Y-%m-%d at %H:%M:%S")
    yield f"{', '.join(store.name for store in held)}: as it was on {made} ({zone})"
    if restored.aside is not None:
        unreadable = "" if restored.readable else "; it cannot be read"
        yield f"what stood here before is kept: {restored.aside}{unreadable}"
    for lost in restored.left_out:
        yield f"not in the backup, and here no more: {lost}; kept in {restored.aside} alone, its tills find no store"
    if restored.tills:
        yield "tills send again what the backup lacks, at their next contact:"
    for one in restored.tills:
        had = "" if one.had is None else f", {max(0, one.had - one.held)} more were in what stood here before"
        store = f"{one.store}: " if len(held) > 1 else ""
        yield f"  {store}{one.till or '?':4}  journal {one.journal_id}  {one.held} entries in the backup{had}"
    yield "tills that enrolled after the backup need a new code; keys revoked after it are good again: see operations"
