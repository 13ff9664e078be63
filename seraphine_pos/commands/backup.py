"""The commands ``backup`` and ``restore``: this till's data in one file, and back in their place."""

import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from seraphine_pos import backups
from seraphine_pos import settings as own
from seraphine_pos.commands import backup_file, backup_seal
from seraphine_pos.commands.backup_file import Manifest
from seraphine_pos.commands.opening import Place
from seraphine_pos.commands.terminal import DONE, FOUND, Terminal, Unusable
from seraphine_pos.devices.machine import machine
from seraphine_pos.domain import account
from seraphine_pos.domain.refusal import NoStore, StorageDamaged, StorageFull
from seraphine_pos.domain.shift import local_time
from seraphine_pos.joining import store_of
from seraphine_pos.settings import Settings
from seraphine_pos.shop import make_home
from seraphine_pos.store import copying
from seraphine_pos.store.copying import Contents, PutBack
from seraphine_pos.store.database import mapped_errors, sync_folder
from seraphine_pos.store.opening import hold, open_till

SEALED: Final = ".sealed"
FILES: Final = (".zip", SEALED)


def write(target: Path | None, key_file: Path | None, place: Place, terminal: Terminal) -> int:
    """Write this till's data to a file or into a folder, also while it sells; return the exit code.

    The file takes its name only after it was read back, put up aside, verified and compared; what stood there stays
    until then. With a key nothing that is not encrypted is ever written beside it. What is not said is in the
    settings.
    """
    settings = own.load(place.home.settings)
    if not (settings.enrolled and place.home.till_database.exists()):
        raise NoStore(path=place.home.root)
    target = target or backups.folder_of(settings, place.home)
    if target is None:
        raise Unusable("say where: backup FILE|DIR, or backup_folder in this till's settings")
    key_file = key_file or backups.key_file_of(settings, place.home)
    key = None if key_file is None else backup_seal.read_key(key_file)
    now_ms = place.clock.now_ms()
    path = _place(target, backups.name(settings, now_ms, is_sealed=key is not None))
    account.tighten(path.parent.glob("seraphine-*.backup.zip"))
    with _on_disk(path), backups.scratch(path.parent, settings, now_ms) as folder:
        draft = folder / "draft"
        # What is not encrypted stays on the disk of the data.
        with backups.scratch(folder if key is None else place.home.till, settings, now_ms) as plain:
            contents = _draft(settings, place, draft, plain, now_ms, key)
            problems = _read_back(draft, contents, plain, place, key)
        if problems and target.is_dir():
            path = target / backups.name(settings, now_ms, is_sealed=key is not None, is_faulty=True)
        size = draft.stat().st_size
        draft.replace(path)
        sync_folder(path.parent)
    for problem in problems:
        terminal.say(problem)
    terminal.say(
        f"{path}: {len(contents.journals)} journals, {contents.entries:,} entries, {contents.tickets:,} tickets, "
        f"{size:,} bytes{'' if key is None else ', encrypted'}; read back and compared: {len(problems)} problems"
    )
    return FOUND if problems else DONE


def _place(target: Path, name: str) -> Path:
    """Return the file that is meant; whatever does not end like a backup is a folder, which must be there.

    One whose end says something else than what is written is refused.
    """
    if target.is_dir():
        return target / name
    end = Path(name).suffix
    if target.suffix in FILES and target.suffix != end:
        what = "is encrypted, no zip" if end == SEALED else "has no key, it is not encrypted"
        raise Unusable(f"this backup {what}: name it {target.with_suffix(end)} instead of {target.name}")
    folder = target.parent if target.suffix in FILES else target
    if not folder.is_dir():
        raise Unusable(
            f"there is no folder {folder}: is its disk plugged in? (the name of a file ends in {' or '.join(FILES)})"
        )
    return target


def _draft(settings: Settings, place: Place, draft: Path, plain: Path, now_ms: int, key: bytes | None) -> Contents:
    """Write the zip of a copy; return what the copy holds."""
    taken = plain / "taken"
    taken.mkdir()
    database, beside = taken / place.home.till_database.name, taken / place.home.settings.name
    copying.copy(place.home.till_database, database)
    own.save(beside, settings)
    contents = copying.examine(taken)
    backup_file.write(
        draft,
        Manifest(now_ms, settings.store_name, contents),
        {one.name: one for one in (database, beside)},
        key,
        place.random_bytes,
    )
    shutil.rmtree(taken)
    return contents


def _read_back(draft: Path, contents: Contents, plain: Path, place: Place, key: bytes | None) -> tuple[str, ...]:
    """Unpack the zip and compare; return what is wrong in journals and tables, as it is in those it was made of."""
    trial = plain / "trial"
    trial.mkdir()
    said = backup_file.unpack(draft, trial, key)
    if not said.contents == copying.examine(trial) == contents:
        raise Unusable("what was written does not hold what this till does; the disk may be failing. Nothing was kept")
    asked = (trial, place.clock, place.random_bytes)
    return copying.faults(*asked) or copying.differences(*asked)


def new_key(path: Path, place: Place, terminal: Terminal) -> int:
    """Write a new key for backups; return the exit code."""
    backup_seal.new_key(path, place.random_bytes)
    terminal.say(f"{path}: name it as backup_key_file in {place.home.settings}, or with --key-file")
    terminal.say("Without this file nobody can read an encrypted backup: keep a copy where the backups are not.")
    return DONE


def restore(file: Path, key_file: Path | None, place: Place, terminal: Terminal) -> int:
    """Put a backup in the place of this till's data, which are kept; return the exit code."""
    home = place.home
    settings = own.load(home.settings)
    make_home(home)
    key = _key_at_hand(key_file, backups.key_file_of(settings, home))
    folder = home.till / copying.RESTORING
    with hold(home.lock):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700)
        try:
            said = backup_file.unpack(file, folder, key)
            theirs = own.load(folder / home.settings.name)
            _refuse_other(said, settings, theirs)
            problems = _checked(file, said, folder, place)
            zone = _zone(folder, place)
            done = copying.put_back(
                home.till, folder, machine(), place.clock, place.random_bytes, is_wrong=bool(problems)
            )  # fmt: skip
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    if not settings.enrolled:
        own.save(home.settings, theirs)
    for problem in problems:
        terminal.say(problem)
    _say(said, done, zone, terminal, is_new=not settings.enrolled)
    return FOUND if problems else DONE


def _key_at_hand(asked: Path | None, usual: Path | None) -> bytes | None:
    """Return the key that was asked for, else the till's own if it is there: only an encrypted backup needs it."""
    path = asked or usual
    return backup_seal.read_key(path) if path is not None and (asked is not None or path.exists()) else None


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


def _zone(folder: Path, place: Place) -> str:
    """Return the time zone of the store in an unpacked backup; UTC where it does not say."""
    with closing(
        open_till(folder, clock=place.clock, random_bytes=place.random_bytes, machine="", readonly=True)
    ) as it:
        try:
            return store_of(it, place.home).time_zone
        except (NoStore, KeyError, ValueError, TypeError):  # a faulty backup is restored, and its faults are said
            return "UTC"


def _say(said: Manifest, done: PutBack, zone: str, terminal: Terminal, *, is_new: bool) -> None:
    made = local_time(said.made_at_ms, zone)
    held = said.contents
    terminal.say(
        f"The till {held.till_label} of “{said.store_name}”: as it was on {made:%Y-%m-%d at %H:%M:%S} ({zone}), "
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
