"""The commands ``backup`` and ``restore``: this till's data in one file, and back in their place."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from seraphine_pos import settings as own
from seraphine_pos.commands import backup_file
from seraphine_pos.commands.backup_file import Manifest
from seraphine_pos.commands.opening import Place
from seraphine_pos.commands.terminal import DONE, FOUND, Terminal, Unusable
from seraphine_pos.devices.machine import machine
from seraphine_pos.domain.refusal import NoStore, StorageDamaged, StorageFull
from seraphine_pos.settings import Settings
from seraphine_pos.shop import make_home
from seraphine_pos.store import copying
from seraphine_pos.store.copying import Contents, PutBack
from seraphine_pos.store.database import mapped_errors, sync_folder
from seraphine_pos.store.opening import hold

SUFFIX: Final = ".backup.zip"
FILE: Final = ".zip"


def write(target: Path, place: Place, terminal: Terminal) -> int:
    """Write this till's data to a file or into a folder, also while it sells; return the exit code.

    The file takes its name only after it was read back and compared; what stood there stays until then.
    """
    settings = own.load(place.home.settings)
    if not (settings.enrolled and place.home.till_database.exists()):
        raise NoStore(path=place.home.root)
    now_ms = place.clock.now_ms()
    path = _place(target, f"seraphine-{settings.till_label}-{_stamp(now_ms)}{SUFFIX}")
    with _on_disk(path), tempfile.TemporaryDirectory(prefix=".seraphine-", dir=path.parent) as name:
        folder = Path(name)
        contents = _draft(settings, place, folder, now_ms)
        problems = _read_back(folder, contents, place)
        size = (folder / "draft.zip").stat().st_size
        (folder / "draft.zip").replace(path)
        sync_folder(path.parent)
    for problem in problems:
        terminal.say(problem)
    terminal.say(
        f"{path}: {len(contents.journals)} journals, {contents.entries:,} entries, {contents.tickets:,} tickets, "
        f"{size:,} bytes; read back and compared: {len(problems)} problems"
    )
    return FOUND if problems else DONE


def _place(target: Path, name: str) -> Path:
    """Return the file that is meant; whatever does not end in .zip is a folder, which must be there."""
    if target.is_dir():
        return target / name
    folder = target.parent if target.suffix == FILE else target
    if not folder.is_dir():
        raise Unusable(f"there is no folder {folder}: is its disk plugged in? (the name of a file ends in {FILE})")
    return target


def _draft(settings: Settings, place: Place, folder: Path, now_ms: int) -> Contents:
    """Write the zip of a copy; return what the copy holds."""
    taken = folder / "taken"
    taken.mkdir()
    database, beside = taken / place.home.till_database.name, taken / place.home.settings.name
    copying.copy(place.home.till_database, database)
    own.save(beside, settings)
    contents = copying.examine(taken)
    backup_file.write(
        folder / "draft.zip",
        Manifest(now_ms, settings.store_name, contents),
        {one.name: one for one in (database, beside)},
    )
    shutil.rmtree(taken)
    return contents


def _read_back(folder: Path, contents: Contents, place: Place) -> tuple[str, ...]:
    """Unpack the zip and compare; return what is wrong in its journals, as it is in those it was made of."""
    trial = folder / "trial"
    trial.mkdir()
    said = backup_file.unpack(folder / "draft.zip", trial)
    if not said.contents == copying.examine(trial) == contents:
        raise Unusable("what was written does not hold what this till does; the disk may be failing. Nothing was kept")
    return copying.faults(trial, place.clock, place.random_bytes)


def restore(file: Path, place: Place, terminal: Terminal) -> int:
    """Put a backup in the place of this till's data, which are kept; return the exit code."""
    home = place.home
    settings = own.load(home.settings)
    make_home(home)
    folder = home.till / copying.RESTORING
    with hold(home.lock):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700)
        try:
            said = backup_file.unpack(file, folder)
            theirs = own.load(folder / home.settings.name)
            _refuse_other(said, settings, theirs)
            problems = _checked(file, said, folder, place)
            done = copying.put_back(
                home.till, folder, machine(), place.clock, place.random_bytes, is_wrong=bool(problems)
            )  # fmt: skip
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    if not settings.enrolled:
        own.save(home.settings, theirs)
    for problem in problems:
        terminal.say(problem)
    _say(said, done, terminal, is_new=not settings.enrolled)
    return FOUND if problems else DONE


def _refuse_other(said: Manifest, settings: Settings, theirs: Settings) -> None:
    """Raise Unusable for a backup of another store or till than this home is."""
    whose = (said.contents.store_id, said.contents.till_id)
    if not theirs.enrolled or whose != (theirs.store_id, theirs.till_id):
        raise Unusable("this backup does not hold what it says: its settings are of another till; nothing was changed")
    if settings.enrolled and whose != (settings.store_id, settings.till_id):
        raise Unusable(
            f"this backup is of the till {theirs.till_label} of “{said.store_name}”, and this PC is the till "
            f"{settings.till_label} of “{settings.store_name}”; nothing was changed"
        )


def _checked(file: Path, said: Manifest, folder: Path, place: Place) -> tuple[str, ...]:
    """Look through the unpacked database; return what is wrong in its journals."""
    try:
        held = copying.examine(folder)
    except StorageDamaged as damage:
        raise Unusable(
            f"{file}: the database in this backup is damaged ({damage.details['reason']}); nothing was changed"
        ) from damage
    if held != said.contents:
        raise Unusable(f"{file} does not hold what it says; nothing was changed")
    return copying.faults(folder, place.clock, place.random_bytes)


def _say(said: Manifest, done: PutBack, terminal: Terminal, *, is_new: bool) -> None:
    made = datetime.fromtimestamp(said.made_at_ms / 1000).astimezone()
    held = said.contents
    terminal.say(
        f"The till {held.till_label} of “{said.store_name}”: as it was on {made:%Y-%m-%d at %H:%M:%S %z}, "
        f"{held.entries:,} entries, {held.tickets:,} tickets"
    )
    if done.aside is not None:
        terminal.say(
            f"What stood here before is kept: {done.aside}{'; it cannot be read' if done.carried is None else ''}"
        )
    if done.carried:
        terminal.say(
            f"{done.carried:,} entries that it held beyond the backup are taken over; nothing of it is missing here."
        )
    terminal.say(
        "A new journal is open, with new letters on its receipts. The next exchange sends what the server lacks. What "
        "the server has beyond the backup stays counted there, once; “seraphine-pos recover” fetches it."
    )
    if is_new:
        terminal.say(
            f"This PC has no key of the store yet: “seraphine-server enrol-code --till {held.till_label}” prints "
            "a code for “seraphine-pos recover --code CODE”."
        )


@contextmanager
def _on_disk(path: Path) -> Iterator[None]:
    try:
        with mapped_errors():
            yield
    except StorageFull as failure:
        raise Unusable(f"the disk of {path.parent} is full; nothing was kept of this backup") from failure


def _stamp(now_ms: int) -> str:
    return f"{datetime.fromtimestamp(now_ms / 1000, UTC):%Y%m%d-%H%M%S}"
