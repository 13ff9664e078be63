"""The file: who may open it, what it says when the disk fails, and how an older one becomes today's."""

import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pysqlite3.dbapi2 as sqlite
import pytest

from seraphine_pos.domain.refusal import (
    Failure,
    NewerDatabase,
    OldLibrary,
    StorageBusy,
    StorageDamaged,
    StorageFailed,
    StorageFull,
    StorageInUse,
)
from seraphine_pos.store import opening, schema, verify
from seraphine_pos.store.database import Database, mapped_errors
from seraphine_pos.store.migrations import steps
from seraphine_pos.store.till import TillStore
from tests.store.folder import Folder, sell

OPEN_AND_WAIT = """
import sys
from pathlib import Path
from seraphine_pos.store.opening import hold, open_database
held = hold(Path(sys.argv[1]) / "lock")
database = open_database(Path(sys.argv[1]) / "till.db")
print("open", flush=True)
sys.stdin.read()
"""


# Who may open it


def test_a_second_program_is_kept_out_and_the_first_one_goes_on(folder: Folder) -> None:
    store = folder.open()
    with pytest.raises(StorageInUse) as refused:
        opening.hold(folder.path / "lock")
    assert str(folder.path) in str(refused.value)
    sell(store)


def test_another_process_is_kept_out_until_this_one_ends(folder: Folder) -> None:
    folder.open()
    folder.close()
    words = [sys.executable, "-c", OPEN_AND_WAIT, str(folder.path)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "open\n"
        with pytest.raises(StorageInUse):
            folder.open()
        readonly = opening.open_readonly(folder.path / "till.db")
        readonly.close()
        other.kill()
    sell(folder.open())


def test_a_reader_reads_beside_a_seller_and_cannot_write(folder: Folder) -> None:
    store = folder.open()
    reader = folder.open(readonly=True)
    sold = sell(store)
    assert reader.ledger.ticket(sold.where.receipt) == sold
    with pytest.raises(StorageBusy), reader.database.write():
        pass
    with pytest.raises(StorageFailed), reader.database.read() as connection:
        connection.execute("DELETE FROM cart")


def test_a_reader_reads_what_nobody_has_open(folder: Folder) -> None:
    sold = sell(folder.open())
    folder.close()
    assert folder.open(readonly=True).ledger.ticket(sold.where.receipt) == sold


def test_a_reader_of_nothing_is_told(tmp_path: Path) -> None:
    with pytest.raises(Failure):
        opening.open_readonly(tmp_path / "till.db")


@pytest.mark.parametrize("readonly", [False, True])
def test_a_database_of_a_newer_program_is_left_alone(folder: Folder, *, readonly: bool) -> None:
    folder.open()
    folder.close()
    path = folder.path / "till.db"
    other = sqlite.connect(path)
    other.execute(f"PRAGMA user_version={opening.VERSION + 1}")
    other.close()
    before = path.read_bytes()
    with pytest.raises(NewerDatabase) as refused:
        folder.open(readonly=readonly)
    assert str(opening.VERSION + 1) in str(refused.value)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("version", "ok"), [((3, 40, 1), False), ((3, 51, 2), False), ((3, 51, 3), True), ((4, 0), True)]
)
def test_a_library_with_a_known_fault_is_refused(version: tuple[int, ...], *, ok: bool) -> None:
    if ok:
        opening.check_library(version)
        return
    with pytest.raises(OldLibrary):
        opening.check_library(version)


@pytest.mark.parametrize("content", [b"not a database", b"SQLite format 3\0" + b"\xff" * 4096])
def test_a_file_that_is_no_database_is_left_alone(folder: Folder, content: bytes) -> None:
    folder.path.mkdir()
    (folder.path / "till.db").write_bytes(content)
    with pytest.raises(StorageDamaged):
        folder.open()
    assert (folder.path / "till.db").read_bytes() == content
    with pytest.raises(StorageDamaged):
        folder.open(readonly=True)


def test_the_database_of_another_program_is_left_alone(folder: Folder) -> None:
    folder.path.mkdir()
    other = sqlite3.connect(folder.path / "till.db")
    other.execute("CREATE TABLE letters (words TEXT)")
    other.commit()
    other.close()
    with pytest.raises(StorageDamaged):
        folder.open()


def test_a_folder_in_the_place_of_the_file_is_told(folder: Folder) -> None:
    (folder.path / "till.db").mkdir(parents=True)
    with pytest.raises(Failure):
        folder.open()


def test_a_damaged_page_is_told_and_not_repaired_in_silence(folder: Folder) -> None:
    store = folder.open()
    for no in range(60):
        sell(store, no)
    folder.close()
    path = folder.path / "till.db"
    data = bytearray(path.read_bytes())
    for page in range(4096 * 3, len(data), 4096):
        data[page : page + 64] = b"\xff" * 64
    path.write_bytes(data)
    with pytest.raises(StorageDamaged):
        sell(folder.open())


# How it is kept


def test_every_connection_is_as_safe_as_the_design_asks(store: TillStore) -> None:
    wanted = {"journal_mode": "wal", "synchronous": 2, "mmap_size": 0, "foreign_keys": 1, "recursive_triggers": 1}
    with store.database.write() as writer:
        found = {name: writer.execute(f"PRAGMA {name}").fetchone()[0] for name in wanted}
    assert found == wanted
    with store.database.write(durable=False) as writer:
        assert writer.execute("PRAGMA synchronous").fetchone()[0] == 1
    with store.database.write() as writer:
        assert writer.execute("PRAGMA synchronous").fetchone()[0] == 2
    with store.database.read() as reader:
        assert reader.execute("PRAGMA query_only").fetchone()[0] in (0, 1)
        assert reader.execute("PRAGMA mmap_size").fetchone()[0] == 0


def test_every_table_is_strict(store: TillStore) -> None:
    with store.database.read() as connection:
        rows = connection.execute("PRAGMA table_list").fetchall()
    ours = {name: strict for _, name, _, _, _, strict in rows if name in schema.metadata.tables}
    assert set(ours.values()) == {1}
    assert ours.keys() == schema.metadata.tables.keys()


def test_two_threads_write_one_after_the_other(store: TillStore) -> None:
    def sell_some() -> None:
        for no in range(10):
            sell(store, no)

    threads = [threading.Thread(target=sell_some) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.database.read() as connection:
        numbers = [found for (found,) in connection.execute("SELECT number FROM ticket ORDER BY number")]
    assert numbers == list(range(1, 41))
    assert list(verify.chain(store)) == []


def test_a_reader_in_a_transaction_sees_one_moment(store: TillStore) -> None:
    with store.database.read() as connection:
        before = connection.execute("SELECT count(*) FROM entry").fetchone()[0]
        sell(store)
        assert connection.execute("SELECT count(*) FROM entry").fetchone()[0] == before
    with store.database.read() as connection:
        assert connection.execute("SELECT count(*) FROM entry").fetchone()[0] == (before or 0) + 1


def test_what_a_program_has_wrong_is_not_blamed_on_the_disk(store: TillStore) -> None:
    with pytest.raises(sqlite.OperationalError), store.database.read() as connection:
        connection.execute("SELECT nothing FROM nowhere")
    with pytest.raises(sqlite.IntegrityError), store.database.write() as connection:
        connection.execute("INSERT INTO local VALUES ('a', NULL)")
    sell(store)


@pytest.mark.parametrize(
    ("error", "failure"),
    [
        (OSError(28, "No space left on device"), StorageFull),
        (OSError(122, "Disk quota exceeded"), StorageFull),
        (OSError(5, "Input/output error"), StorageFailed),
        (PermissionError(13, "Permission denied"), StorageFailed),
        (sqlite.OperationalError("database or disk is full"), StorageFull),
        (sqlite.OperationalError("disk I/O error"), StorageFailed),
        (sqlite.OperationalError("unable to open database file"), StorageFailed),
        (sqlite.OperationalError("database is locked"), StorageBusy),
        (sqlite.DatabaseError("database disk image is malformed"), StorageDamaged),
        (sqlite.DatabaseError("file is not a database"), StorageDamaged),
    ],
)
def test_what_the_disk_says_becomes_a_sentence(error: Exception, failure: type[Failure]) -> None:
    with pytest.raises(failure) as told, mapped_errors():
        raise error
    assert str(told.value)


def test_a_file_that_another_program_holds_is_busy(folder: Folder) -> None:
    database = folder.open().database
    with database.write() as writer:
        writer.execute("PRAGMA busy_timeout=1")
    other = sqlite.connect(folder.path / "till.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StorageBusy), database.write():
        pass
    other.close()
    with database.write():
        pass


# Versions


def structure(database: Database) -> set[tuple[str, str]]:
    """Return every table, index and trigger with the words that make it."""
    with database.read() as connection:
        rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    return {(name, " ".join(sql.split()).replace('"', "")) for name, sql in rows}


def test_a_file_brought_up_step_by_step_equals_a_fresh_one(folder: Folder, tmp_path: Path) -> None:
    fresh = folder.open().database
    path = tmp_path / "stepped.db"
    with closing(sqlite.connect(path, isolation_level=None)) as connection:
        steps.upgrade(path, connection, 0)
    stepped = opening.open_readonly(path)
    assert structure(stepped) == structure(fresh)
    stepped.close()


def test_there_is_a_step_to_every_version() -> None:
    assert len(steps.STEPS) == opening.VERSION
