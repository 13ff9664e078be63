"""Backup and restore of a till as commands: what they write and say, and every file that they refuse."""

import json
import os
import shutil
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from seraphine_pos import cli
from seraphine_pos import settings as own
from seraphine_pos.backups import BEGUN_MS, SCRATCH, Nightly, kept, sweep
from seraphine_pos.commands.backup import write
from seraphine_pos.commands.backup_file import MANIFEST
from seraphine_pos.commands.opening import Place, owner_of
from seraphine_pos.commands.terminal import Terminal
from seraphine_pos.devices.keys import FileKeys
from seraphine_pos.domain.sale import Method
from seraphine_pos.domain.sealed import HEAD_BYTES, MAGIC
from seraphine_pos.paths import Home
from seraphine_pos.shop import Shop, SystemClock, open_shop
from seraphine_pos.store.database import connect
from seraphine_pos.store.tickets import TicketFilter
from tests.fakes.clock import FakeClock


@dataclass(frozen=True, slots=True)
class Said:
    code: int
    out: str
    err: str


def run(home: Home, *words: str | Path) -> Said:
    out, err = StringIO(), StringIO()
    code = cli.main(list(map(str, words)), environ={"SERAPHINE_HOME": str(home.root)}, out=out, err=err)
    return Said(code, out.getvalue(), err.getvalue())


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Make a default store once, with something to sell."""
    home = Home(tmp_path_factory.mktemp("founded") / "home")
    assert run(home, "sync").code == 0
    goods = home.root.parent / "goods.csv"
    goods.write_text("barcode,name,price\n2000000000015,Thé,12.50\n", encoding="utf-8")
    assert run(home, "import-catalogue", goods).code == 0
    return home


@pytest.fixture
def home(founded: Home, tmp_path: Path) -> Home:
    shutil.copytree(founded.root, tmp_path / "home")
    return Home(tmp_path / "home")


def sell(shop: Shop) -> str:
    shop.staff.take_over(owner_of(shop))
    shop.checkout.scan("2000000000015")
    ticket = shop.checkout.pay(Method.CASH)
    assert ticket is not None
    return ticket.where.receipt


def sold(home: Home, count: int = 1) -> list[str]:
    with open_shop(home) as shop:
        return [sell(shop) for _ in range(count)]


@pytest.fixture
def backup(home: Home, tmp_path: Path) -> Path:
    sold(home, 2)
    file = tmp_path / "till.zip"
    assert run(home, "backup", file).code == 0
    return file


def receipts(home: Home) -> set[str]:
    with open_shop(home) as shop:
        return {row.receipt for row in shop.stored.ledger.tickets(TicketFilter())}


def test_a_backup_is_taken_while_the_till_sells_and_holds_no_secret(home: Home, tmp_path: Path) -> None:
    usb = tmp_path / "usb"
    usb.mkdir()
    with open_shop(home) as shop:
        sell(shop)
        said = run(home, "backup", usb)
        sell(shop)
    assert said.code == 0, said
    assert "1 tickets" in said.out
    assert "read back and compared: 0 problems" in said.out
    (file,) = usb.iterdir()
    assert file.name.startswith("seraphine-A1-")
    with ZipFile(file) as archive:
        assert sorted(archive.namelist()) == [MANIFEST, "settings.toml", "till.db"]
        every = b"".join(archive.read(name) for name in archive.namelist())
    secrets = json.loads(home.keys.read_text(encoding="utf-8")) if home.keys.exists() else {}
    assert secrets
    assert not [value for value in secrets.values() if str(value).encode() in every]


@pytest.mark.skipif(os.name != "posix", reason="Windows has no modes")
def test_no_other_account_reads_what_a_till_makes(home: Home, tmp_path: Path) -> None:
    older = tmp_path / "seraphine-A1-3f09c2-20251122-190000.backup.zip"
    older.touch(0o644)
    before = os.umask(0o022)
    assert run(home, "backup", tmp_path).code == 0
    assert os.umask(before) == 0o022, "whoever calls it keeps his own"
    made = [*tmp_path.rglob("*")]
    assert {"till.db", "server.db", "settings.toml", older.name} <= {path.name for path in made}
    assert [path for path in made if path.stat().st_mode & 0o077] == []


def test_a_backup_goes_over_the_one_before_only_when_it_is_good(home: Home, backup: Path, tmp_path: Path) -> None:
    before = backup.read_bytes()
    for away in (tmp_path / "no" / "usb.zip", tmp_path / "usb", tmp_path / "shop.backup"):
        missing = run(home, "backup", away)
        assert (missing.code, "is its disk plugged in" in missing.err) == (2, True)
        assert not away.exists()
    data = bytearray(home.till_database.read_bytes())
    for start in range(4096, len(data), 8192):
        data[start : start + 4096] = b"\xff" * len(data[start : start + 4096])
    home.till_database.write_bytes(data)
    damaged = run(home, "backup", backup)
    assert damaged.code == 1, damaged
    assert backup.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir() if one.name.startswith(".seraphine")] == []


def test_nothing_is_lost_by_a_restore(home: Home, backup: Path) -> None:
    early = receipts(home)
    late = sold(home, 2)
    said = run(home, "restore", backup)
    assert " (Africa/Casablanca), " in said.out
    assert said.code == 0, said
    assert "As it was" not in said.out
    assert "2 tickets" in said.out
    assert f"What stood here before is kept: {home.till / 'replaced-1'}" in said.out
    assert "entries that it held beyond the backup are taken over" in said.out
    assert receipts(home) == early | set(late)
    assert run(home, "sync").code == 0
    assert run(home, "verify").code == 0


def test_a_folder_that_burned_is_filled_again_and_the_server_has_the_rest(home: Home, backup: Path) -> None:
    late = sold(home, 2)
    assert run(home, "sync").code == 0
    for path in home.till.glob("till.db*"):
        path.unlink()
    said = run(home, "restore", backup)
    assert said.code == 0, said
    assert len(receipts(home)) == 2
    assert run(home, "sync").code == 0
    told = run(home, "report", "--format", "json")
    assert json.loads(told.out)["total"]["sales"] == 4, told
    fetched = run(home, "recover")
    assert fetched.code == 0, fetched
    assert set(late) < receipts(home)
    assert len(receipts(home)) == 4
    assert run(home, "verify").code == 0
    assert sold(home)[0] not in late


def test_an_open_till_is_not_replaced(home: Home, backup: Path) -> None:
    with open_shop(home):
        said = run(home, "restore", backup)
    assert (said.code, "close its window" in said.err) == (2, True), said
    assert not (home.till / "restoring").exists()


def test_a_damaged_file_and_what_is_none_are_refused(home: Home, backup: Path, tmp_path: Path) -> None:
    before = home.till_database.read_bytes()
    whole = backup.read_bytes()
    middle = len(whole) // 2
    files = {
        "cut": whole[:middle],
        "flipped": whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :],
        "empty": b"",
        "text": b"no zip at all",
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
        said = run(home, "restore", tmp_path / name)
        assert (said.code, "nothing was changed" in said.err) == (2, True), (name, said)
    assert run(home, "restore", tmp_path / "missing").code == 2
    assert home.till_database.read_bytes() == before
    assert sorted(one.name for one in home.till.iterdir() if "restor" in one.name or "replaced" in one.name) == []


def changed(backup: Path, target: Path, **changes: object) -> Path:
    """Write the backup again with another manifest."""
    with ZipFile(backup) as old, ZipFile(target, "w", ZIP_DEFLATED) as new:
        for name in old.namelist():
            data = old.read(name)
            new.writestr(name, json.dumps({**json.loads(data), **changes}) if name == MANIFEST else data)
    return target


def test_a_newer_program_s_backup_and_a_server_s_are_refused(home: Home, backup: Path, tmp_path: Path) -> None:
    newer = run(home, "restore", changed(backup, tmp_path / "newer.zip", format=99))
    assert (newer.code, "newer program" in newer.err) == (2, True), newer
    server = run(home, "restore", changed(backup, tmp_path / "server.zip", holds=None))
    assert (server.code, "no backup of a till" in server.err) == (2, True), server
    lie = run(home, "restore", changed(backup, tmp_path / "lie.zip", parts=[]))
    assert lie.code == 2, lie


def test_another_till_s_backup_is_refused(home: Home, backup: Path) -> None:
    own.save(home.settings, replace(own.load(home.settings), till_id="another", till_label="A7"))
    said = run(home, "restore", backup)
    assert (said.code, "this PC is the till A7" in said.err) == (2, True), said


def test_a_new_pc_takes_the_backup_and_is_told_to_fetch_a_key(home: Home, backup: Path, tmp_path: Path) -> None:
    new = Home(tmp_path / "new-pc")
    said = run(new, "restore", backup)
    assert said.code == 0, said
    assert "enrol-code --till A1" in said.out
    assert own.load(new.settings) == own.load(home.settings)
    with open_shop(new, keys=FileKeys(new.keys)) as shop:
        assert len(shop.stored.ledger.tickets(TicketFilter())) == 2
        assert len(shop.stored.journal.journals()) == 2


def test_there_is_nothing_to_back_up_in_an_empty_home(tmp_path: Path) -> None:
    said = run(Home(tmp_path / "empty"), "backup", tmp_path / "till.zip")
    assert (said.code, "there is no store" in said.err) == (2, True)
    assert not (tmp_path / "till.zip").exists()


@pytest.fixture
def key_file(home: Home, tmp_path: Path) -> Path:
    path = tmp_path / "backup.key"
    made = run(home, "backup-key", "new", path)
    assert (made.code, "keep a copy" in made.out) == (0, True), made
    return path


@pytest.fixture
def sealed(home: Home, key_file: Path, tmp_path: Path) -> Path:
    """Give an encrypted backup with two tickets."""
    sold(home, 2)
    file = tmp_path / "usb" / "till.sealed"
    for folder in (file.parent, home.till):  # what a kill left, days ago
        left = folder / f"{SCRATCH}1-x"
        left.mkdir(parents=True)
        os.utime(left, (0, 0))
    said = run(home, "backup", file, "--key-file", key_file)
    assert (said.code, ", encrypted; read back and compared: 0 problems" in said.out) == (0, True), said
    return file


def test_the_end_of_a_name_says_what_the_file_is(home: Home, key_file: Path, tmp_path: Path) -> None:
    for wrong, right, words in (("a.zip", "a.sealed", ("--key-file", key_file)), ("a.sealed", "a.zip", ())):
        said = run(home, "backup", tmp_path / wrong, *words)
        assert (said.code, f"name it {tmp_path / right}" in said.err) == (2, True), said


def test_an_encrypted_backup_restores_with_its_key(home: Home, sealed: Path, key_file: Path, tmp_path: Path) -> None:
    assert sealed.read_bytes().startswith(MAGIC)
    assert [one.name for one in sealed.parent.iterdir()] == [sealed.name]
    assert [one.name for one in home.till.iterdir() if one.name.startswith(SCRATCH)] == []
    new = Home(tmp_path / "new-pc")
    said = run(new, "restore", sealed, "--key-file", key_file)
    assert said.code == 0, said
    assert len(receipts_of_new(new)) == 2


def receipts_of_new(home: Home) -> set[str]:
    with open_shop(home, keys=FileKeys(home.keys)) as shop:
        return {row.receipt for row in shop.stored.ledger.tickets(TicketFilter())}


def test_an_encrypted_backup_opens_with_no_other_key_and_not_when_touched(
    home: Home, sealed: Path, key_file: Path, tmp_path: Path
) -> None:
    new, other = Home(tmp_path / "new-pc"), tmp_path / "other.key"
    assert run(home, "backup-key", "new", other).code == 0
    whole = sealed.read_bytes()
    touched = {
        "cut": whole[:-1],
        "head": whole[:HEAD_BYTES],
        "changed": whole[: HEAD_BYTES + 99] + bytes([whole[HEAD_BYTES + 99] ^ 1]) + whole[HEAD_BYTES + 100 :],
    }
    cases = [(sealed, (), "is encrypted"), (sealed, ("--key-file", other), "another key")]
    for name, data in touched.items():
        (tmp_path / name).write_bytes(data)
        cases.append((tmp_path / name, ("--key-file", key_file), "changed or cut off"))
    for file, words, why in cases:
        said = run(new, "restore", file, *words)
        assert (said.code, why in said.err, "nothing was changed" in said.err) == (2, True, True), (file, said)
        assert not new.till_database.exists()


def test_nothing_unencrypted_is_written_beside_an_encrypted_backup(home: Home, key_file: Path, tmp_path: Path) -> None:
    usb = tmp_path / "usb"
    usb.mkdir()
    seen: list[bytes] = []
    clear = home.till_database.read_bytes()[:16]
    place = Place(home, WatchfulClock(usb, seen), os.urandom)
    assert write(usb / "a.sealed", key_file, place, Terminal(StringIO(), StringIO(), SystemClock())) == 0
    assert [data[: len(MAGIC)] for data in seen if data] == [MAGIC] * len([data for data in seen if data])
    assert clear not in b"".join(seen)
    seen.clear()
    assert write(usb / "b.zip", None, place, Terminal(StringIO(), StringIO(), SystemClock())) == 0
    assert any(data.startswith(clear) for data in seen), "the control: what lies there unencrypted is seen"


class WatchfulClock(SystemClock):
    """A clock that notes what lies in a folder each time it is asked, which is while a backup is made and tried."""

    def __init__(self, folder: Path, seen: list[bytes]) -> None:
        self._folder, self._seen = folder, seen

    def now_ms(self) -> int:
        self._seen.extend(path.read_bytes() for path in self._folder.rglob("*") if path.is_file())
        return super().now_ms()

    def boot_ms(self) -> int:
        self.now_ms()
        return super().boot_ms()


STALLING = """
import sys, threading
from io import StringIO
from pathlib import Path
from seraphine_pos.commands.backup import write
from seraphine_pos.commands.opening import Place
from seraphine_pos.commands.terminal import Terminal
from seraphine_pos.paths import Home
from seraphine_pos.shop import SystemClock

def stall(count):
    print("copied", flush=True)
    threading.Event().wait()

home, target, key_file = map(Path, sys.argv[1:])
write(target, key_file, Place(Home(home), SystemClock(), stall), Terminal(StringIO(), StringIO(), SystemClock()))
"""


def test_the_copy_that_a_kill_left_goes_at_the_next_look_and_no_one_s_that_is_at_work(
    home: Home, key_file: Path, tmp_path: Path
) -> None:
    (usb := tmp_path / "usb").mkdir()
    words = (sys.executable, "-c", STALLING, str(home.root), str(usb), str(key_file))
    settings, clock = own.load(home.settings), FakeClock(wall_ms=SystemClock().now_ms() + 2 * BEGUN_MS)

    def left() -> list[bytes]:
        return [path.read_bytes()[:16] for path in home.till.glob(f"{SCRATCH}*/taken/till.db")]

    with subprocess.Popen(words, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"copied\n"
        assert Nightly(home, settings, clock).run() is None
        assert left() == [home.till_database.read_bytes()[:16]], "it is at work, and its copy is not encrypted"
        child.kill()
    assert len(left()) == 1
    assert len(list(usb.iterdir())) == 1
    assert Nightly(home, settings, clock).run() is None
    assert list(home.till.glob(f"{SCRATCH}*")) == []
    sweep(usb, replace(settings, till_id="another"), clock.now_ms())
    assert len(list(usb.iterdir())) == 1, "another till's waits for a day"
    sweep(usb, settings, clock.now_ms())
    assert list(usb.iterdir()) == []


def test_the_settings_say_where_to_and_with_which_key(home: Home, key_file: Path, tmp_path: Path) -> None:
    nowhere = run(home, "backup")
    assert (nowhere.code, "backup_folder" in nowhere.err) == (2, True), nowhere
    own.save(home.settings, replace(own.load(home.settings), backup_folder="usb", backup_key_file=str(key_file)))
    unplugged = run(home, "backup")
    assert (unplugged.code, "is its disk plugged in" in unplugged.err) == (2, True), unplugged
    (home.root / "usb").mkdir()
    assert run(home, "backup").code == 0
    (file,) = (home.root / "usb").iterdir()
    assert file.name.endswith(".backup.sealed")
    assert run(home, "restore", file).code == 0
    assert run(home, "backup", tmp_path / "x.zip", "--key-file", tmp_path / "none").code == 2


def test_tables_that_are_not_what_the_journal_says_make_no_good_backup(home: Home, tmp_path: Path) -> None:
    sold(home)
    with closing(connect(home.till_database, "rw")) as database:
        database.execute("UPDATE ticket SET total = total + 1")
    usb = tmp_path / "usb"
    usb.mkdir()
    said = run(home, "backup", usb)
    assert (said.code, "ticket" in said.out) == (1, True), said
    (file,) = usb.iterdir()
    assert ".faulty." in file.name
    assert kept(usb, own.load(home.settings))[0].faulty
