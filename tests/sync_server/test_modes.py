"""What the server's programs make is for their account alone, and what earlier ones left readable is closed."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from seraphine_pos.domain.account import tighten
from sync_server import cli
from tests.sync_server.aged import DAY_MS, Aged
from tests.sync_server.shop import found_shop

pytestmark = pytest.mark.skipif(os.name != "posix", reason="Windows has no modes")


@pytest.fixture(autouse=True)
def usual_umask() -> Iterator[None]:
    """Live with the umask that most systems come with."""
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Give an older installation, open to all, whose shop sold long ago."""
    home = tmp_path / "home"
    shop = found_shop(f"sqlite:///{home / 'server' / 'server.db'}")
    shop.clock.pass_ms(-3000 * DAY_MS)
    for name in ("archive", "usb"):
        (tmp_path / name).mkdir()
    aged = Aged(shop, shop.till(), tmp_path / "archive")
    aged.day("2018-09-01", 100, 250)
    aged.back_up()
    shop.database.close()
    return home


def open_to_others(*folders: Path) -> list[Path]:
    return [path for folder in folders for path in folder.rglob("*") if path.stat().st_mode & 0o077]


def test_no_other_account_reads_what_the_server_makes(home: Path, tmp_path: Path) -> None:
    usb, archive, database = tmp_path / "usb", tmp_path / "archive", home / "server" / "server.db"
    older = usb / "seraphine-20251122-190000.backup.zip", archive / "purge-20251122-190000"
    older[0].touch(0o644)
    older[1].mkdir(0o755)
    assert {database, database.parent, *older} <= set(open_to_others(home, usb, archive))
    for words in (
        ("backup", str(usb)),
        ("purge", "--archive", str(archive)),
        ("backup", str(usb / "shop.zip")),
        ("restore", str(usb / "shop.zip")),
        ("verify",),
    ):
        assert cli.main([*words, "--home", str(home)]) == 0
        assert open_to_others(home) == []
    names = {path.name for path in (*usb.rglob("*"), *archive.rglob("*"), *home.rglob("*"))}
    assert {"shop.zip", "emptied.csv", "server.db"} <= names
    assert open_to_others(usb, archive) == []
    assert usb.stat().st_mode & 0o077, "a folder that was there is its owner's matter"
    assert os.umask(0o022) == 0o022, "whoever calls it keeps his own"


def test_nothing_is_closed_through_a_link(tmp_path: Path) -> None:
    """Who may write in a folder of backups would choose what is closed."""
    aim, link = tmp_path / "aim", tmp_path / "link"
    aim.touch(0o644)
    link.symlink_to(aim)
    tighten([link, tmp_path / "missing"])
    assert aim.stat().st_mode & 0o777 == 0o644
