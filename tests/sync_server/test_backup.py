"""A backup comes back whole or is refused; a restored server is the same one, and its tills fill it again."""

import json
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from zipfile import ZipFile

import pytest
from sqlalchemy import create_engine

from sync_server import cli
from sync_server.backups import backup
from sync_server.backups.archive import BackupDamaged, BackupFailed, BackupRefused
from sync_server.backups.backup import Made
from sync_server.backups.restore import Restored, restore
from sync_server.database import file_of, open_database
from sync_server.lock import InUse, Lock
from sync_server.schema import metadata
from sync_server.store_server import StoreServer
from sync_server.verify import verify
from tests.sync_server.shop import OWNER, Shop, Till, found_shop
from tests.sync_server.test_feed import publish


def make(shop: Shop, folder: Path) -> Made:
    return backup.make(shop.database, folder, shop.clock.now_ms())


def put_back(shop: Shop, file: Path) -> Restored:
    """Restore over a shop that is closed for it, and open it again."""
    shop.database.close()
    restored = restore(shop.database.url, file, shop.clock, shop.random_bytes)
    reopen(shop)
    return restored


def reopen(shop: Shop) -> None:
    """Open the shop's database anew, as the next start of the server does."""
    shop.server = StoreServer(open_database(shop.database.url), shop.clock, shop.random_bytes)


def again(shop: Shop, till: Till) -> Till:
    """Let a till speak to the server as it is now."""
    till.server = shop.server.device(till.enrolment.device_key)
    return till


def problems(shop: Shop) -> list[str]:
    with shop.database.read() as connection:
        return verify(connection, shop.store_id).problems


def sold(till: Till) -> int:
    return sum(cell.sales for cell in till.report().cells if cell.facet == "total")


def actions(shop: Shop) -> list[object]:
    return [row["action"] for row in shop.rows("audit")]


def test_a_restored_server_is_filled_again_by_its_tills(shop: Shop, till: Till, tmp_path: Path) -> None:
    other = shop.till()
    for one in (till, other):
        one.sell(100)
        one.push()
    feed_id, mirror = till.pull().feed_id, till.mirror()
    made = make(shop, tmp_path)
    assert made.problems == ()
    for one in (till, other):
        one.sell(250)
        one.push()
    server_id = shop.server.server_id
    publish(till, "later")
    restored = put_back(shop, made.path)
    assert shop.server.server_id == server_id
    assert [(one.till, one.held, one.had) for one in restored.tills] == [("A1", 1, 2), ("A2", 1, 2)]
    assert restored.problems == ()
    assert sold(again(shop, till)) == 2
    page = till.pull(feed_id, 0)
    assert page.feed_id != feed_id
    assert till.mirror() == mirror
    for one in (till, other):
        head = again(shop, one).push([], acknowledged=one.entries[-1])
        assert (head.seq, head.durable) == (1, 1), "as much as the backup holds"
        assert one.push(one.entries[1:], acknowledged=one.entries[0]).seq == 2
    assert sold(till) == 4
    assert till.pull().feed_id == page.feed_id, "what every till lacks after a restore is no news"
    assert problems(shop) == []
    assert actions(shop).count("restore") == 1


def test_after_a_restore_a_second_loss_is_news_again(shop: Shop, till: Till, tmp_path: Path) -> None:
    till.sell(100)
    till.push()
    made = make(shop, tmp_path)
    till.sell(100)
    put_back(shop, made.path)
    again(shop, till).push([], acknowledged=till.entries[1])
    feed_id = till.pull().feed_id
    third = till.sell(100)
    till.push([], acknowledged=third)
    assert till.pull().feed_id != feed_id


def test_what_stood_there_is_kept(shop: Shop, till: Till, tmp_path: Path) -> None:
    till.sell(100)
    made = make(shop, tmp_path)
    till.push()
    restored = put_back(shop, made.path)
    assert restored.aside is not None
    assert shop.rows("entries") == []
    path = file_of(shop.database.url)
    if path is None:
        assert len(shop.rows(f"{restored.aside.removeprefix('schema ')}.entries")) == 1
        return
    with closing(open_database(Path(restored.aside) / path.name)) as kept, kept.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM entries").scalar_one() == 1


def test_a_backup_goes_into_an_empty_place(shop: Shop, till: Till, tmp_path: Path, empty: str) -> None:
    till.sell(100)
    till.push()
    made = make(shop, tmp_path)
    shop.database.close()
    restored = restore(empty, made.path, shop.clock, shop.random_bytes)
    assert (restored.aside, restored.tills[0].had) == (None, None)
    server = StoreServer(open_database(empty), shop.clock, shop.random_bytes)
    assert server.server_id == made.manifest.contents.server_id
    till.server = server.device(till.enrolment.device_key)
    assert sold(till) == 1
    server.database.close()


@pytest.fixture
def empty(shop: Shop, tmp_path: Path) -> Iterator[str]:
    """Give a second place for the shop's kind of database, with nothing in it."""
    if shop.database.dialect == "sqlite":
        yield f"sqlite:///{tmp_path / 'elsewhere' / 'server.db'}"
        return
    with fresh_database(shop.database.url, f"elsewhere_{os.getpid()}") as url:
        yield url


@contextmanager
def fresh_database(beside: str, name: str) -> Iterator[str]:
    """Make a database on the PostgreSQL server of another one, for as long as it is wanted."""
    admin = create_engine(beside, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE template0")
    yield admin.url.set(database=name).render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    admin.dispose()


def test_every_table_comes_back_as_it_was(shop: Shop, till: Till, tmp_path: Path) -> None:
    till.sell(100)
    till.propose("product", "p", 0, {"name": "Thé\t\\ \n«à la menthe»", "price": 100, "tax_code": ""})
    till.write("feedback.submitted", {"scope": "pos", "sentiment": "up", "related_sale_id": None, "operator_id": OWNER,
                                      "text_digest": None}, text="un mot\\N")  # fmt: skip
    till.push()
    names = sorted({*metadata.tables} - {"stores", "journals", "audit", "gaps", "backups"})
    before = {name: sorted(map(repr, shop.rows(name))) for name in names}
    put_back(shop, make(shop, tmp_path).path)
    assert {name: sorted(map(repr, shop.rows(name))) for name in names} == before


def test_a_backup_under_load_is_one_moment(shop: Shop, tmp_path: Path) -> None:
    tills = [shop.till() for _ in range(3)]
    stop = threading.Event()

    def work(till: Till) -> None:
        while not stop.is_set():
            till.sell(100)
            publish(till, f"p{len(till.entries)}")
            till.push(till.entries[-1:])

    workers = [threading.Thread(target=work, args=(till,)) for till in tills]
    for worker in workers:
        worker.start()
    try:
        made = [backup.make(shop.database, tmp_path / f"{no}.zip", shop.clock.now_ms()) for no in range(4)]
    finally:
        stop.set()
        for worker in workers:
            worker.join()
    assert [one.problems for one in made] == [()] * 4
    assert put_back(shop, made[-1].path).problems == ()
    assert problems(shop) == []


def flipped(path: Path) -> None:
    """Turn some bytes of the largest part over: around the parts a zip does not read everything.

    A single bit may stand in a code table for a sign that no longer comes, and then changes nothing.
    """
    with ZipFile(path) as archive:
        ends = [*sorted(one.header_offset for one in archive.infolist()), archive.start_dir]
        largest = max(archive.infolist(), key=lambda one: one.compress_size)
    end = ends[ends.index(largest.header_offset) + 1]
    data = bytearray(path.read_bytes())
    middle = end - largest.compress_size // 2
    data[middle : middle + 16] = bytes(byte ^ 0xFF for byte in data[middle : middle + 16])
    path.write_bytes(data)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-200])


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def rewritten(change: Callable[[dict[str, object]], None]) -> Callable[[Path], None]:
    """Return what changes the manifest and leaves the rest."""

    def rewrite(path: Path) -> None:
        with ZipFile(path) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
        manifest = json.loads(parts["manifest.json"])
        change(manifest)
        with ZipFile(path, "w") as archive:
            for name, data in parts.items():
                archive.writestr(name, json.dumps(manifest) if name == "manifest.json" else data)

    return rewrite


def no_parts(manifest: dict[str, object]) -> None:
    manifest["parts"] = []


def other_counts(manifest: dict[str, object]) -> None:
    manifest["contents"]["rows"]["entries"] = 7  # type: ignore[index]


def no_contents(manifest: dict[str, object]) -> None:
    del manifest["contents"]


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (flipped, "damaged"),
        (cut, "damaged"),
        (emptied, "damaged"),
        (rewritten(no_parts), "damaged|does not hold"),
        (rewritten(other_counts), r"does not hold what it says \(entries differ\)"),
        (rewritten(no_contents), "manifest cannot be read"),
    ],
)
def test_a_damaged_backup_is_refused_and_nothing_is_changed(
    shop: Shop, till: Till, tmp_path: Path, damage: Callable[[Path], None], said: str
) -> None:
    made = make(shop, tmp_path)
    till.sell(100)
    till.push()
    damage(made.path)
    with pytest.raises(BackupDamaged, match=said):
        put_back(shop, made.path)
    reopen(shop)
    assert sold(again(shop, till)) == 1
    assert "restore" not in actions(shop)
    path = file_of(shop.database.url)
    if path is not None:
        assert {one.name.removeprefix(path.name) for one in path.parent.iterdir() if one.name != made.path.name} <= {
            "", ".lock", "-wal", "-shm",
        }  # fmt: skip


def newer_format(manifest: dict[str, object]) -> None:
    manifest.clear()
    manifest["format"] = 2


def newer_revision(manifest: dict[str, object]) -> None:
    manifest["revision"] = "9999"


def another_dialect(manifest: dict[str, object]) -> None:
    manifest["dialect"] = "oracle"


@pytest.mark.parametrize(
    ("change", "said"),
    [(newer_format, "newer program"), (newer_revision, "newer program"), (another_dialect, "of a oracle database")],
)
def test_a_backup_that_does_not_fit_is_refused(
    shop: Shop, tmp_path: Path, change: Callable[[dict[str, object]], None], said: str
) -> None:
    made = make(shop, tmp_path)
    rewritten(change)(made.path)
    with pytest.raises(BackupRefused, match=said):
        put_back(shop, made.path)


def test_a_backup_of_another_store_is_refused(shop: Shop, tmp_path: Path, empty: str) -> None:
    other = found_shop(empty, seed=2)
    made = make(other, tmp_path)
    other.database.close()
    with pytest.raises(BackupRefused, match="another store"):
        put_back(shop, made.path)


def test_a_database_in_use_is_not_replaced(shop: Shop, tmp_path: Path) -> None:
    made = make(shop, tmp_path)
    with pytest.raises(InUse, match="stop"):
        restore(shop.database.url, made.path, shop.clock, shop.random_bytes)
    assert "restore" not in actions(shop)


def test_a_database_that_is_being_restored_is_not_opened(tmp_path: Path) -> None:
    with closing(Lock(tmp_path / "server.db", alone=True)), pytest.raises(InUse, match="being restored"):
        open_database(tmp_path / "server.db")


def test_a_database_that_cannot_be_read_is_replaced_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "server" / "server.db"
    shop = found_shop(f"sqlite:///{path}")
    made = make(shop, tmp_path)
    shop.database.close()
    path.write_bytes(b"no database at all" * 1000)
    restored = put_back(shop, made.path)
    assert (restored.readable, restored.aside is not None) == (False, True)
    assert (Path(str(restored.aside)) / "server.db").read_bytes().startswith(b"no database")
    assert problems(shop) == []
    shop.database.close()


def test_an_older_backup_is_replaced_only_by_a_good_one(shop: Shop, till: Till, tmp_path: Path) -> None:
    target = tmp_path / "shop.zip"
    first = make(shop, target)
    till.sell(100)
    till.push()
    second = make(shop, target)
    assert (first.path, second.path) == (target, target)
    assert second.manifest.contents.rows["entries"] == 1
    with pytest.raises(BackupRefused, match="no folder"):
        make(shop, tmp_path / "unplugged" / "shop.zip")
    with pytest.raises(BackupFailed, match="could not be written"):
        make(shop, Path("/proc/shop.zip"))
    assert [one.name for one in tmp_path.iterdir() if "shop" in one.name or one.name.startswith(".")] == ["shop.zip"]


def test_books_that_are_wrong_are_backed_up_and_said(shop: Shop, till: Till, tmp_path: Path) -> None:
    till.sell(100)
    till.push()
    with shop.database.write() as connection:
        connection.exec_driver_sql("UPDATE rollups SET gross = 1 WHERE facet = 'hour'")
    made = make(shop, tmp_path)
    assert len(made.problems) == 1
    assert put_back(shop, made.path).problems == made.problems


def test_the_commands(shop: Shop, till: Till, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    till.sell(100)
    till.push()
    place, target = ("--database-url", shop.database.url), tmp_path / "shop.zip"
    assert cli.main(["backup", str(target), *place]) == 0
    assert "1 journals, 1 entries, 4 documents" in capsys.readouterr().out
    assert cli.main(["restore", str(target), *place]) == 2
    assert "stop" in capsys.readouterr().err
    shop.database.close()
    assert cli.main(["restore", str(target), *place]) == 0
    said = capsys.readouterr().out
    assert "Épicerie Nour: as it was on 2" in said
    assert "  A1    journal" in said
    assert cli.main(["verify", *place]) == 0


def test_a_user_that_may_not_make_a_schema_is_told(empty_postgres: str, tmp_path: Path) -> None:
    shop = found_shop(empty_postgres)
    admin = create_engine(empty_postgres, isolation_level="AUTOCOMMIT")
    clerk = f"clerk_{os.getpid()}"
    with admin.connect() as connection:
        connection.exec_driver_sql(f"CREATE ROLE {clerk} LOGIN PASSWORD 'clerk'")
        connection.exec_driver_sql(f"GRANT USAGE ON SCHEMA public TO {clerk}")
        connection.exec_driver_sql(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {clerk}")
    url = admin.url.set(username=clerk, password="clerk").render_as_string(hide_password=False)
    with closing(shop.database), closing(open_database(url)) as limited:
        with pytest.raises(BackupFailed, match="GRANT CREATE ON DATABASE"):
            backup.make(limited, tmp_path, shop.clock.now_ms())
        assert list(tmp_path.iterdir()) == []
    with admin.connect() as connection:
        connection.exec_driver_sql(f"DROP OWNED BY {clerk}")
        connection.exec_driver_sql(f"DROP ROLE {clerk}")
    admin.dispose()


def test_without_a_store_nothing_is_backed_up(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["backup", str(tmp_path), "--home", str(tmp_path / "home")]) == 2
    assert "create-store" in capsys.readouterr().err
    assert cli.main(["restore", str(tmp_path / "none.zip"), "--home", str(tmp_path / "home")]) == 2
    assert "No such file" in capsys.readouterr().err
