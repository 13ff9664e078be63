"""What becomes of a backup that was made: it counts, makes the journals durable, is encrypted, and goes in time."""

from pathlib import Path

import pytest

from sync_server import cli
from sync_server.backups import safekeeping
from sync_server.backups.archive import BackupDamaged, BackupRefused, CutShort, opened
from sync_server.backups.backup import SCRATCH
from sync_server.backups.restore import Restored, restore
from sync_server.backups.safekeeping import DAY_MS, Kept
from sync_server.backups.sealed import KeyRefused, new_key_file, read_key
from sync_server.errors import Problem, Refused
from sync_server.settings import BackupSettings, Settings
from sync_server.upkeep import jobs
from sync_server.verify import verify
from tests.fakes.clock import seeded_bytes
from tests.sync_server.shop import CASHIER, Shop, Till
from tests.sync_server.test_backup import again, reopen, sold

# What is of files and days alone is the same on either database.
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def make(shop: Shop, target: Path, key_file: Path | None = None) -> Kept:
    return safekeeping.make(shop.server, shop.store_id, target, key_file)


def durable(shop: Shop) -> dict[object, object]:
    return {row["journal_id"]: row["durable"] for row in shop.rows("journals")}


def put_back(shop: Shop, file: Path, key_file: Path | None = None) -> Restored:
    shop.database.close()
    try:
        key = None if key_file is None else read_key(key_file)
        return restore(shop.database.url, file, shop.clock, shop.random_bytes, key)
    finally:
        reopen(shop)


def nightly(shop: Shop, folder: Path, keep_days: int = 30, key_file: Path | None = None) -> None:
    """Say where the nightly backups go."""
    shop.server.settings = Settings(backup=BackupSettings(folder=folder, keep_days=keep_days, key_file=key_file))


def spoil(shop: Shop) -> None:
    """Make a figure wrong."""
    with shop.database.write() as connection:
        connection.exec_driver_sql("UPDATE rollups SET gross = gross + 1 WHERE facet = 'hour'")


def read_whole(path: Path, key_file: Path) -> None:
    """Read all that a backup holds."""
    with opened(path, read_key(key_file)) as archive:
        for part in archive.manifest.parts:
            assert sum(len(block) for block in archive.blocks(part)) == part.bytes


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder for backups."""
    path = tmp_path / "usb"
    path.mkdir()
    return path


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    """Give a key."""
    new_key_file(tmp_path / "backup.key", seeded_bytes(7))
    return tmp_path / "backup.key"


def test_durable_is_what_a_tried_backup_holds(shop: Shop, till: Till, folder: Path) -> None:
    other = shop.till()
    till.sell(100)
    till.push()
    assert till.push([], acknowledged=till.entries[-1]).durable == 0
    made = make(shop, folder).made
    till.sell(100)
    till.sell(100)
    till.push()
    other.sell(100)
    other.push()
    assert durable(shop) == {till.journal_id: 1, other.journal_id: 0}
    assert till.push([], acknowledged=till.entries[-1]).durable == 1
    (row,) = shop.rows("backups")
    assert (row["path"], row["size"], row["problems"], row["encrypted"], row["removed_at_ms"]) == (
        str(made.path), made.path.stat().st_size, 0, 0, None,
    )  # fmt: skip
    make(shop, folder / "second.zip")
    assert durable(shop) == {till.journal_id: 3, other.journal_id: 1}


def test_durable_never_goes_down_but_by_a_restore(shop: Shop, till: Till, folder: Path) -> None:
    till.sell(100)
    till.push()
    first = make(shop, folder / "first.zip").made
    till.sell(100)
    till.push()
    make(shop, folder / "second.zip")
    with shop.server.write(shop.store_id, "test") as tx:
        safekeeping.move_durable(tx, first.manifest.contents.journals)
    assert durable(shop) == {till.journal_id: 2}
    put_back(shop, first.path)
    assert durable(shop) == {till.journal_id: 1}, "all of what is here is in the backup it came from"
    assert again(shop, till).push(till.entries[1:], acknowledged=till.entries[0]).durable == 1
    assert [row["path"] for row in shop.rows("backups")] == [str(first.path)], "the backup it came from is known"


def test_books_with_problems_make_nothing_durable(shop: Shop, till: Till, folder: Path) -> None:
    till.sell(100)
    till.push()
    spoil(shop)
    made = make(shop, folder).made
    assert made.problems
    assert durable(shop) == {till.journal_id: 0}
    assert [row["problems"] for row in shop.rows("backups")] == [1]
    put_back(shop, made.path)
    assert durable(shop) == {till.journal_id: 0}


def test_a_backup_that_cannot_be_made_moves_nothing(shop: Shop, till: Till, tmp_path: Path) -> None:
    till.sell(100)
    till.push()
    with pytest.raises(BackupRefused):
        make(shop, tmp_path / "unplugged" / "shop.zip")
    with pytest.raises(KeyRefused):
        make(shop, tmp_path, tmp_path / "no.key")
    assert (durable(shop), shop.rows("backups")) == ({till.journal_id: 0}, [])


def test_totals_are_held_beside_the_rows(shop: Shop, till: Till, folder: Path) -> None:
    till.sell(100, 250)
    till.refund(100)
    till.push()
    totals = make(shop, folder).made.manifest.contents.totals
    figures = {name.removeprefix("figures "): total for name, total in totals.items() if name.startswith("figures")}
    assert (figures["sales"], figures["refunds"], figures["gross"], figures["refunded"]) == (1, 1, 350, 100)
    assert (totals["tickets sale"], totals["tickets refund"]) == (350, 100)


def test_an_encrypted_backup_shows_nothing_and_comes_back_with_its_key(
    shop: Shop, till: Till, folder: Path, key_file: Path, tmp_path: Path
) -> None:
    till.sell(100)
    till.push()
    kept = make(shop, folder, key_file)
    path = kept.made.path
    assert path.name.endswith(".backup.sealed")
    assert kept.made.encrypted
    file = path.read_bytes()
    assert b"manifest.json" not in file
    assert b"PK\x03\x04" not in file
    assert list(folder.iterdir()) == [path]
    with pytest.raises(BackupRefused, match="--key-file"):
        put_back(shop, path)
    new_key_file(tmp_path / "other.key", seeded_bytes(8))
    with pytest.raises(BackupDamaged, match="another key"):
        put_back(shop, path, tmp_path / "other.key")
    assert sold(again(shop, till)) == 1
    till.sell(100)
    till.push()
    restored = put_back(shop, path, key_file)
    assert (restored.problems, sold(again(shop, till))) == ((), 1)
    assert [row["encrypted"] for row in shop.rows("backups")] == [1]
    till.push(till.entries[1:], acknowledged=till.entries[0])
    assert sold(till) == 2


@ON_SQLITE
@pytest.mark.parametrize("cut", [1, 20, 5000])
def test_an_encrypted_backup_that_was_cut_off_or_changed_is_refused(
    shop: Shop, folder: Path, key_file: Path, cut: int
) -> None:
    path = make(shop, folder, key_file).made.path
    whole = path.read_bytes()
    for damaged in (whole[:-cut], whole[:-cut] + bytes([whole[-cut] ^ 1]) + whole[len(whole) - cut + 1 :]):
        path.write_bytes(damaged)
        with pytest.raises(BackupDamaged, match="changed or cut off"):
            read_whole(path, key_file)


@ON_SQLITE
def test_with_a_key_nothing_lies_as_it_is_where_the_backup_goes(
    shop: Shop, till: Till, folder: Path, key_file: Path
) -> None:
    seen: set[str] = set()

    def look() -> bool:
        seen.update(path.name for path in folder.rglob("*") if path.is_file())
        return False

    safekeeping.make(shop.server, shop.store_id, folder, key_file, look)
    assert seen == {"draft"}


@pytest.mark.parametrize("looks", [0, 1])
def test_a_backup_is_cut_short_when_the_server_stops(shop: Shop, till: Till, folder: Path, looks: int) -> None:
    asked = iter([False] * looks)
    nightly(shop, folder)
    with pytest.raises(CutShort):
        jobs.run(shop.server, shop.store_id, "backup", lambda: next(asked, True))
    assert list(folder.iterdir()) == []
    assert shop.rows("backups") == []
    assert {one.name: one.state for one in jobs.standings(shop.server, shop.store_id)}["backup"] == "failed"


@ON_SQLITE
def test_nightly_backups_stay_their_days_and_the_newest_good_one_stays(shop: Shop, till: Till, folder: Path) -> None:
    nightly(shop, folder, keep_days=3)
    till.sell(100)
    till.push()
    names = []
    for day in range(5):
        ran = jobs.run(shop.server, shop.store_id, "backup")
        names.append(Path(str(ran.detail["path"])).name)
        assert sorted(path.name for path in folder.iterdir()) == sorted(names[-4:]), f"day {day}"
        shop.clock.pass_ms(DAY_MS)
    spoil(shop)
    shop.clock.pass_ms(30 * DAY_MS)
    ran = jobs.run(shop.server, shop.store_id, "backup")
    assert ran.found
    bad = Path(str(ran.detail["path"])).name
    assert {path.name for path in folder.iterdir()} == {bad, names[-1]}, "what has problems is not the good one"
    assert sum(row["removed_at_ms"] is None for row in shop.rows("backups")) == 2
    assert [row["action"] for row in shop.rows("audit")].count("backup-removed") == 4


@ON_SQLITE
def test_backups_made_elsewhere_and_those_that_are_away_are_left(shop: Shop, folder: Path, tmp_path: Path) -> None:
    nightly(shop, folder, keep_days=3)
    by_hand = make(shop, tmp_path / "mine.zip").made.path
    first = Path(str(jobs.run(shop.server, shop.store_id, "backup").detail["path"]))
    away = first.rename(tmp_path / "away")
    shop.clock.pass_ms(10 * DAY_MS)
    jobs.run(shop.server, shop.store_id, "backup")
    assert by_hand.exists()
    assert [row["removed_at_ms"] for row in shop.rows("backups")] == [None] * 3
    away.rename(first)
    shop.clock.pass_ms(DAY_MS)
    jobs.run(shop.server, shop.store_id, "backup")
    assert not first.exists(), "when its disk is back its time is over"


@ON_SQLITE
def test_a_backup_in_the_place_of_another_is_the_only_one_of_its_name(shop: Shop, folder: Path) -> None:
    make(shop, folder / "shop.zip")
    shop.clock.pass_ms(DAY_MS)
    make(shop, folder / "shop.zip")
    first, second = sorted(shop.rows("backups"), key=lambda row: str(row["backup_id"]))
    assert (first["removed_at_ms"], second["removed_at_ms"]) == (shop.clock.now_ms(), None)


@ON_SQLITE
def test_the_job_needs_a_folder_that_is_there(shop: Shop, tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"folder = .* under \[backup\]"):
        jobs.run(shop.server, shop.store_id, "backup")
    nightly(shop, tmp_path / "unplugged")
    with pytest.raises(BackupRefused, match="plugged in"):
        jobs.run(shop.server, shop.store_id, "backup")
    told = {one.name: one.detail for one in jobs.standings(shop.server, shop.store_id)}["backup"]
    assert "plugged in" in str(told["problem"])


@ON_SQLITE
def test_what_a_killed_backup_left_is_removed_a_day_later(shop: Shop, folder: Path) -> None:
    import os

    old, fresh, other = folder / f"{SCRATCH}old", folder / f"{SCRATCH}fresh", folder / "photos"
    for path in (old, fresh, other):
        path.mkdir()
        (path / "draft").write_bytes(b"x")
    long_ago = fresh.stat().st_mtime - 2 * DAY_MS / 1000
    for path in (old, other):
        os.utime(path, (long_ago, long_ago))
    make(shop, folder)
    assert (old.exists(), fresh.exists(), other.exists()) == (False, True, True)


def test_the_same_disk_is_said(shop: Shop, tmp_path: Path) -> None:
    assert make(shop, tmp_path).same_disk is (shop.database.dialect == "sqlite")


def test_the_end_of_a_name_says_what_the_file_is(shop: Shop, folder: Path, key_file: Path) -> None:
    with pytest.raises(BackupRefused, match=r"is encrypted, no zip: name it .*shop\.sealed instead of shop\.zip"):
        make(shop, folder / "shop.zip", key_file)
    with pytest.raises(BackupRefused, match=r"is not encrypted: name it .*shop\.zip instead of shop\.sealed"):
        make(shop, folder / "shop.sealed")
    assert list(folder.iterdir()) == []
    assert make(shop, folder / "shop.sealed", key_file).made.encrypted


def test_a_restore_drill_loses_nothing_that_a_till_has(shop: Shop, till: Till, folder: Path, key_file: Path) -> None:
    """Sell, back up at night, sell on, lose the disk, restore, and let the till send again."""
    nightly(shop, folder, key_file=key_file)
    for number in range(1, 30):
        till.sell(number * 100, operator_id=CASHIER)
        if number == 20:
            till.push()
            jobs.run(shop.server, shop.store_id, "backup")
    till.push()
    (file,) = folder.iterdir()
    restored = put_back(shop, file, key_file)
    assert [(one.till, one.held, one.had) for one in restored.tills] == [("A1", 20, 29)]
    head = again(shop, till).push([], acknowledged=till.entries[-1])
    assert (head.seq, head.durable) == (20, 20)
    till.push(till.entries[20:], acknowledged=till.entries[19])
    assert sold(till) == 29
    with shop.database.read() as connection:
        assert verify(connection, shop.store_id).problems == []


@ON_SQLITE
def test_a_problem_is_one_sentence(shop: Shop, tmp_path: Path) -> None:
    with pytest.raises(Problem) as found:
        make(shop, tmp_path / "none" / "x.zip")
    assert "\n" not in found.value.message


@pytest.mark.parametrize("name", ["usb", "no/shop.zip", "shop.backup"])
def test_a_disk_that_is_not_plugged_in_is_no_file(
    shop: Shop, tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / name
    assert cli.main(["backup", str(target), "--database-url", shop.database.url]) == 2
    assert "is its disk plugged in?" in capsys.readouterr().err
    assert not target.exists()
