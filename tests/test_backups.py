"""The till's backups in their folder: made once when due, not twice, thirty days kept, and told where it failed."""

import sys
import threading
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from seraphine_pos import backups
from seraphine_pos.backups import AGAIN_MS, DAY_MS, DUE_MS, KEEP_DAYS, SCRATCH, Nightly, is_due, kept, over
from seraphine_pos.domain.backup import BackupFailed, BackupFaulty
from seraphine_pos.paths import Home
from seraphine_pos.settings import Settings
from tests.fakes.clock import FakeClock
from tests.silence import ExpectedLog

HOUR_MS = 3_600_000
OURS = Settings(store_id="store-1", till_id="till-1", till_label="A1", backup_folder="usb")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path)
    home.make()
    (home.root / "usb").mkdir()
    return home


def lay(home: Home, now_ms: int, ago_ms: int = 0, settings: Settings = OURS, *, is_faulty: bool = False) -> Path:
    """Put a file there that bears the name of a backup."""
    path = home.root / "usb" / backups.name(settings, now_ms - ago_ms, is_sealed=False, is_faulty=is_faulty)
    path.write_bytes(b"zip")
    return path


class Made:
    """A till's night: its clock, and a command that notes that it ran and writes a file of this name."""

    def __init__(self, home: Home, settings: Settings = OURS, *, end: str = "", is_faulty: bool = False) -> None:
        self.home, self.settings, self.clock = home, settings, FakeClock()
        self.ran = home.root / "ran"
        self._end, self._is_faulty = end, is_faulty
        self.nightly = self.anew()

    def anew(self) -> Nightly:
        """Return what the till that is started now has."""
        name = backups.name(self.settings, self.clock.now_ms(), is_sealed=False, is_faulty=self._is_faulty)
        write = (
            "import os, pathlib, sys\n"
            f"with open({str(self.ran)!r}, 'a') as ran: print(*sys.argv[1:], os.environ['SERAPHINE_HOME'], file=ran)\n"
            f"{self._end}\n"
            f"pathlib.Path(sys.argv[2], {name!r}).write_bytes(b'zip')\n"
            f"sys.exit({int(self._is_faulty)})"
        )
        return Nightly(self.home, self.settings, self.clock, (sys.executable, "-c", write))

    @property
    def times(self) -> int:
        """How often the command ran."""
        return len(self.ran.read_text(encoding="utf-8").splitlines()) if self.ran.exists() else 0


def test_it_is_made_once_and_not_twice(home: Home) -> None:
    night = Made(home)
    assert night.nightly.run() is None
    assert night.ran.read_text(encoding="utf-8").split() == ["backup", str(home.root / "usb"), str(home.root)]
    assert night.nightly.run() is None
    assert night.anew().run() is None
    night.clock.pass_ms(DUE_MS - 1000)
    assert night.anew().run() is None
    assert night.times == 1
    night.clock.pass_ms(1000)
    assert night.anew().run() is None
    assert (night.times, len(kept(home.root / "usb", OURS))) == (2, 2)


def test_the_key_of_the_settings_goes_along_and_no_folder_is_no_backup(home: Home) -> None:
    keyed = Made(home, replace(OURS, backup_key_file="a1.key"))
    keyed.nightly.run()
    assert f"--key-file {home.root / 'a1.key'}" in keyed.ran.read_text(encoding="utf-8")
    none = Made(home, replace(OURS, backup_folder=""))
    assert none.nightly.run() is None
    assert none.times == 1


def test_thirty_days_are_kept_and_the_newest_good_one_always(home: Home) -> None:
    night = Made(home)
    now_ms = night.clock.now_ms()
    late, last = lay(home, now_ms, KEEP_DAYS * DAY_MS + HOUR_MS), lay(home, now_ms, KEEP_DAYS * DAY_MS - HOUR_MS)
    other = lay(home, now_ms, 99 * DAY_MS, replace(OURS, store_id="store-2"))
    hand = home.root / "usb" / "mine.zip"
    hand.touch()
    night.nightly.run()
    assert {late.exists(), last.exists(), other.exists(), hand.exists()} == {False, True}
    assert not late.exists()
    assert [one.made_at_ms for one in kept(home.root / "usb", OURS)] == [
        now_ms, now_ms - KEEP_DAYS * DAY_MS + HOUR_MS,
    ]  # fmt: skip


def test_old_ones_stay_where_no_newer_good_one_could_be_made(home: Home, expected_log: ExpectedLog) -> None:
    expected_log("the backup in")
    night = Made(home, end="sys.exit('no space left')")
    now_ms = night.clock.now_ms()
    older, old = lay(home, now_ms, 50 * DAY_MS), lay(home, now_ms, 40 * DAY_MS)
    faulty = lay(home, now_ms, 31 * DAY_MS, is_faulty=True)
    assert isinstance(night.nightly.run(), BackupFailed)
    assert (older.exists(), old.exists(), faulty.exists()) == (False, True, False)


def test_a_failure_is_told_once_and_tried_again(home: Home, expected_log: ExpectedLog) -> None:
    expected_log("the backup in")
    night = Made(home, end="sys.exit('no space left')")
    failure = night.nightly.run()
    assert isinstance(failure, BackupFailed)
    assert str(home.root / "usb") in str(failure)
    assert "continuer à vendre" in str(failure)
    night.clock.pass_ms(AGAIN_MS[0])
    assert night.nightly.run() is None
    assert night.times == 2
    assert kept(home.root / "usb", OURS) == []


def test_a_failure_is_tried_again_within_minutes_then_every_hour(home: Home, expected_log: ExpectedLog) -> None:
    expected_log("the backup in")
    night = Made(home, end="sys.exit('no space left')")
    night.nightly.run()
    for number, pause_ms in enumerate((*AGAIN_MS, HOUR_MS), start=1):
        night.clock.pass_ms(pause_ms - 1)
        night.nightly.run()
        assert night.times == number, f"not sooner than {pause_ms} ms after the try before"
        night.clock.pass_ms(1)
        night.nightly.run()
    assert night.times == 7
    assert sum(AGAIN_MS) < 3 * HOUR_MS


def test_a_stick_that_is_plugged_in_later_gets_its_backup_and_the_next_failure_is_told(
    home: Home, expected_log: ExpectedLog
) -> None:
    expected_log("no backup in")
    usb = home.root / "usb"
    usb.rmdir()
    night = Made(home)
    assert isinstance(night.nightly.run(), BackupFailed)
    usb.mkdir()
    night.clock.pass_ms(AGAIN_MS[0])
    assert night.nightly.run() is None
    assert len(kept(usb, OURS)) == 1
    for one in usb.iterdir():
        one.unlink()
    usb.rmdir()
    night.clock.pass_ms(HOUR_MS)
    assert isinstance(night.nightly.run(), BackupFailed)


def test_a_disk_that_is_not_plugged_in_is_told(home: Home, expected_log: ExpectedLog) -> None:
    expected_log("no backup in")
    (home.root / "usb").rmdir()
    assert isinstance(Made(home).nightly.run(), BackupFailed)


def test_damaged_data_make_no_backup_that_counts(home: Home, expected_log: ExpectedLog) -> None:
    expected_log("the backup in")
    night = Made(home, is_faulty=True)
    assert isinstance(night.nightly.run(), BackupFaulty)
    night.clock.pass_ms(DAY_MS - 1)
    night.nightly.run()
    assert night.times == 1, "a stick is not filled with copies of damaged data"
    night.clock.pass_ms(1)
    night.nightly.run()
    night.anew().run()
    assert night.times == 3


def test_the_end_of_the_till_does_not_wait_for_it(qtbot: QtBot, home: Home) -> None:
    left = home.root / "usb" / SCRATCH
    begin = f"pathlib.Path(f'{left}{{os.getpid()}}-x').mkdir()\nimport threading\nthreading.Event().wait()"
    night = Made(home, end=begin)
    told: list[object] = []
    helper = threading.Thread(target=lambda: told.append(night.nightly.run()))
    helper.start()
    qtbot.waitUntil(lambda: any((home.root / "usb").iterdir()), timeout=10_000)
    assert night.nightly.run() is None, "who asks meanwhile begins no second one"
    assert night.times == 1
    night.nightly.stop()
    helper.join(10)
    assert (helper.is_alive(), told) == (False, [None])
    assert list((home.root / "usb").iterdir()) == []
    assert night.nightly.run() is None
    assert night.times == 1


def test_what_was_left_by_another_s_kill_goes_after_a_day(home: Home) -> None:
    left = home.root / "usb" / f"{SCRATCH}1-x"
    left.mkdir()
    written_ms = int(left.stat().st_mtime * 1000)
    backups.sweep(left.parent, OURS, written_ms + HOUR_MS)
    assert left.exists()
    backups.sweep(left.parent, OURS, written_ms + DAY_MS)
    assert not left.exists()


def test_a_name_from_a_clock_that_was_wrong_keeps_no_backup_from_being_made(home: Home) -> None:
    now_ms = FakeClock().now_ms()
    lay(home, now_ms, -400 * DAY_MS)
    there = kept(home.root / "usb", OURS)
    assert (is_due(there, now_ms), over(there, now_ms)) == (True, [])
    (home.root / "usb" / f"{there[0].path.name[:19]}-99999999-999999.backup.zip").touch()
    assert len(kept(home.root / "usb", OURS)) == 1
    assert datetime.fromtimestamp(there[0].made_at_ms / 1000, UTC).year > 2026
