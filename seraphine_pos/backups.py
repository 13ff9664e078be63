"""The backups of this till in its folder: their names, which one is due, which are over, and the child that makes one.

It knows names and a command; what a backup holds and when it counts is the command's.
"""

import logging
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import IO, Final

from seraphine_pos.domain.backup import BackupFailed, BackupFaulty
from seraphine_pos.domain.clock import Clock
from seraphine_pos.domain.refusal import Failure, StorageInUse
from seraphine_pos.paths import VARIABLE, Home
from seraphine_pos.settings import Settings
from seraphine_pos.store.opening import hold

KEEP_DAYS: Final = 30
HOUR_MS: Final = 3_600_000
DUE_MS: Final = 20 * HOUR_MS
LEFT_MS: Final = DUE_MS
# Between making its folder and holding it a backup needs less.
BEGUN_MS: Final = 60_000
# After a failure: a stick is plugged in within the day more often than by the next one.
AGAIN_MS: Final = (300_000, 600_000, 1_200_000, 2_400_000, HOUR_MS)
DAY_MS: Final = 86_400_000
SECOND_MS: Final = 1000
SCRATCH: Final = ".seraphine-"
HELD: Final = "held"
FAULTY: Final = ".faulty"
STAMP: Final = "%Y%m%d-%H%M%S"
MARK_DIGITS: Final = 6
TOLD_BYTES: Final = 1000
PACKAGES: Final = Path(__file__).resolve().parents[1]
COMMAND: Final = (sys.executable,) if getattr(sys, "frozen", False) else (sys.executable, "-m", "seraphine_pos")

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Kept:
    """A backup that lies in the folder; ``faulty`` where its journals are not whole."""

    path: Path
    made_at_ms: int
    faulty: bool


def folder_of(settings: Settings, home: Home) -> Path | None:
    """Return where this till's backups go, None where nobody has said it; paths begin at the home."""
    return home.root / settings.backup_folder if settings.backup_folder else None


def key_file_of(settings: Settings, home: Home) -> Path | None:
    """Return the file of the key that encrypts them, None where they are not."""
    return home.root / settings.backup_key_file if settings.backup_key_file else None


def name(settings: Settings, now_ms: int, *, is_sealed: bool, is_faulty: bool = False) -> str:
    """Return the name of a backup that is made now."""
    made = datetime.fromtimestamp(now_ms / 1000, UTC).strftime(STAMP)
    end = f"{FAULTY if is_faulty else ''}.backup.{'sealed' if is_sealed else 'zip'}"
    return f"{_own(settings)}-{made}{end}"


def kept(folder: Path, settings: Settings) -> list[Kept]:
    """Return this till's backups in a folder, the newest first; other tills' and other stores' are not among them."""
    ours = re.compile(rf"{re.escape(_own(settings))}-(\d{{8}}-\d{{6}})({re.escape(FAULTY)})?\.backup\.(?:zip|sealed)")
    found = []
    for path in folder.iterdir():
        match = ours.fullmatch(path.name)
        if match is None:
            continue
        with suppress(ValueError):  # digits that are no day: somebody else's name
            made = datetime.strptime(match[1], STAMP).replace(tzinfo=UTC)
            found.append(Kept(path, int(made.timestamp()) * 1000, bool(match[2])))
    return sorted(found, key=lambda one: one.made_at_ms, reverse=True)


def is_due(there: Sequence[Kept], now_ms: int) -> bool:
    """Tell whether the newest good one is too old; one from the future, of a wrong clock, does not count."""
    return not any(not one.faulty and 0 <= now_ms - one.made_at_ms < DUE_MS for one in there)


def over(there: Sequence[Kept], now_ms: int) -> list[Kept]:
    """Return those whose days are over; the newest good one always stays."""
    newest = next((one for one in there if not one.faulty), None)
    return [one for one in there if one is not newest and one.made_at_ms < now_ms - KEEP_DAYS * DAY_MS]


@contextmanager
def scratch(parent: Path, settings: Settings, now_ms: int) -> Iterator[Path]:
    """Make a folder for as long as it is wanted, named by whose it is and held; what killed backups left goes."""
    sweep(parent, settings, now_ms)
    prefix, suffix = f"{SCRATCH}{os.getpid()}-", f"-{_mark(settings)}"
    with tempfile.TemporaryDirectory(suffix, prefix, parent) as made, hold(Path(made, HELD)):
        yield Path(made)


def sweep(folder: Path, settings: Settings, now_ms: int) -> None:
    """Remove what a backup that was killed left in a folder: this till's at once, another's after a day.

    It may hold everything as it is, and what is emptied later has to be gone from there too.
    """
    ours = re.compile(rf"{re.escape(SCRATCH)}\d+-.*-{_mark(settings)}")
    for left in folder.glob(f"{SCRATCH}*"):
        with suppress(OSError, StorageInUse):  # it is gone meanwhile, somebody's, or stays until the next time
            age_ms = now_ms - left.stat().st_mtime * 1000
            if age_ms > LEFT_MS or (age_ms > BEGUN_MS and ours.fullmatch(left.name) and _is_nobody_s(left)):
                shutil.rmtree(left)


def _is_nobody_s(left: Path) -> bool:
    """Tell that who made a folder has ended; raise StorageInUse otherwise: a lock ends with its process."""
    held = left / HELD
    if held.exists():
        hold(held).close()
    return True


def _mark(settings: Settings) -> str:
    """Return what tells this till from another one of its label in another store."""
    return sha256(f"{settings.store_id} {settings.till_id}".encode()).hexdigest()[:MARK_DIGITS]


def _own(settings: Settings) -> str:
    """Return how the names of this till's backups begin."""
    return f"seraphine-{settings.till_label}-{_mark(settings)}"


class Nightly:
    """A backup by itself when one is due: in a process of its own, so that the counter does not wait for it.

    One that cannot be made is tried again within minutes, then every hour; the copy of damaged data a day later.
    """

    def __init__(self, home: Home, settings: Settings, clock: Clock, command: Sequence[str] = COMMAND) -> None:
        """Start nothing."""
        self._home, self._settings, self._clock = home, settings, clock
        self._command = tuple(command)
        self._lock = threading.Lock()
        self._turn = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._failures = 0
        self._rests_until_ms = 0
        self._is_over = False
        self._is_told = False

    def run(self) -> Failure | None:
        """Make one if it is due, remove what is over, and return what went wrong, once; it takes its time.

        To be asked every few minutes: it does nothing while it waits, or while another thread is at it.
        """
        if not self._turn.acquire(blocking=False):
            return None
        try:
            return self._run() if self._clock.boot_ms() >= self._rests_until_ms else None
        finally:
            self._turn.release()

    def _run(self) -> Failure | None:
        sweep(self._home.till, self._settings, self._clock.now_ms())
        folder = folder_of(self._settings, self._home)
        failure = None if folder is None else self._made(folder)
        self._rests_until_ms = self._clock.boot_ms() + self._rest_ms(failure)
        if failure is None:
            self._is_told = False
        if failure is None or self._is_told or self._is_over:
            return None
        self._is_told = True
        return failure

    def _rest_ms(self, failure: Failure | None) -> int:
        """Return how long to do nothing after what came of a look."""
        if failure is None:
            self._failures = 0
            return HOUR_MS
        if isinstance(failure, BackupFaulty):
            return DAY_MS
        self._failures += 1
        return AGAIN_MS[min(self._failures, len(AGAIN_MS)) - 1]

    def stop(self) -> None:
        """End what is under way; nothing of it is kept."""
        with self._lock:
            self._is_over = True
            if self._child is not None:
                self._child.kill()

    def _made(self, folder: Path) -> Failure | None:
        now_ms = self._clock.now_ms()
        failure: Failure | None = None
        try:
            sweep(folder, self._settings, now_ms)
            if is_due(kept(folder, self._settings), now_ms):
                failure = self._from_child(folder, now_ms)
            for one in over(kept(folder, self._settings), now_ms):
                one.path.unlink(missing_ok=True)
        except OSError as error:
            _log.warning("no backup in %s: %s", folder, error)
            return BackupFailed(folder=folder)
        return failure

    def _from_child(self, folder: Path, now_ms: int) -> Failure | None:
        with tempfile.TemporaryFile() as told:
            child = self._started(folder, told)
            if child is None or child.wait() == 0:
                return None
            self._clear(child.pid, folder)
            if self._is_over:
                return None
            told.seek(max(0, told.seek(0, os.SEEK_END) - TOLD_BYTES))
            said = told.read().decode("utf-8", "replace").strip()
        _log.warning("the backup in %s ended with %s: %s", folder, child.returncode, said)
        # The clock of a name has no milliseconds.
        fresh = [one for one in kept(folder, self._settings) if one.made_at_ms > now_ms - SECOND_MS]
        return BackupFaulty() if any(one.faulty for one in fresh) else BackupFailed(folder=folder)

    def _started(self, folder: Path, told: IO[bytes]) -> "subprocess.Popen[bytes] | None":
        key_file = key_file_of(self._settings, self._home)
        with self._lock:
            if self._is_over:
                return None
            self._child = subprocess.Popen(  # noqa: S603  this till's own command
                (*self._command, "backup", str(folder), *(() if key_file is None else ("--key-file", str(key_file)))),
                cwd=PACKAGES,
                env={**os.environ, VARIABLE: str(self._home.root)},
                stdin=subprocess.DEVNULL,
                stdout=told,
                stderr=told,
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
            return self._child

    def _clear(self, pid: int, folder: Path) -> None:
        """Remove what a child that was ended could not."""
        for place in (folder, self._home.till):
            for left in place.glob(f"{SCRATCH}{pid}-*"):
                shutil.rmtree(left, ignore_errors=True)
