"""Backup and restore of a till as commands: what they write and say, and every file that they refuse."""

import json
import shutil
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from seraphine_pos import cli
from seraphine_pos import settings as own
from seraphine_pos.commands.backup_file import MANIFEST
from seraphine_pos.commands.opening import owner_of
from seraphine_pos.devices.keys import FileKeys
from seraphine_pos.domain.sale import Method
from seraphine_pos.paths import Home
from seraphine_pos.shop import Shop, open_shop
from seraphine_pos.store.tickets import TicketFilter


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
