"""One way to write and one to read, on both databases; what the world refuses is said as such."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import BigInteger, Column, LargeBinary, MetaData, Table, Text
from sqlalchemy.exc import DBAPIError, IntegrityError

from sync_server.database import COPY_ROWS_MIN, Database, SqliteDatabase, open_database
from sync_server.errors import DatabaseFailed

metadata = MetaData()
cells = Table(
    "cells",
    metadata,
    Column("place", Text, primary_key=True),
    Column("label", Text, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("raw", LargeBinary),
)
NAMES = ("place", "label", "amount")


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """Give a database with one table."""
    opened = open_database(database_url)
    with opened.write() as connection:
        metadata.create_all(connection)
    yield opened
    opened.close()


def rows(database: Database) -> dict[str, tuple[object, ...]]:
    """Return the table by its key."""
    with database.read() as connection:
        found = connection.execute(cells.select())
        return {row.place: (row.label, row.amount) for row in found}


@pytest.mark.parametrize("many", [1, COPY_ROWS_MIN + 10])
def test_rows_that_exist_are_left_and_not_counted(database: Database, many: int) -> None:
    batch = [(f"p{no}", "a", no) for no in range(many)]
    with database.write() as connection:
        assert database.insert_many(connection, cells, NAMES, batch) == many
        assert database.insert_many(connection, cells, NAMES, [*batch, ("new", "b", 1)]) == 1
        assert database.insert_many(connection, cells, NAMES, []) == 0
    assert len(rows(database)) == many + 1
    assert rows(database)["p0"] == ("a", 0)


@pytest.mark.parametrize("many", [1, COPY_ROWS_MIN + 10])
def test_figures_add_up_and_the_greatest_label_stays(database: Database, many: int) -> None:
    with database.write() as connection:
        for label, amount in (("b", 2), ("é", 3), ("a", 4)):
            batch = [(f"p{no}", label, amount) for no in range(many)]
            database.add_many(connection, cells, NAMES, batch, label="label")
        database.add_many(connection, cells, NAMES, [], label="label")
    assert set(rows(database).values()) == {("é", 9)}


@pytest.mark.parametrize("many", [1, COPY_ROWS_MIN + 10])
def test_rows_can_be_replaced(database: Database, many: int) -> None:
    with database.write() as connection:
        for label, amount in (("b", 2), ("a", 1)):
            database.put_many(connection, cells, NAMES, [(f"p{no}", label, amount) for no in range(many)])
        database.put_many(connection, cells, NAMES, [])
    assert set(rows(database).values()) == {("a", 1)}


def test_any_bytes_and_words_pass(database: Database) -> None:
    odd = [(f"tab\t{no}\n\\N", "«é» \u2028 'x' \"y\"", no, bytes(range(256))) for no in range(COPY_ROWS_MIN + 1)]
    with database.write() as connection:
        database.insert_many(connection, cells, (*NAMES, "raw"), odd)
    with database.read() as connection:
        found = sorted((tuple(row) for row in connection.execute(cells.select())), key=lambda row: row[2])
    assert found == odd


def test_a_transaction_that_fails_leaves_nothing(database: Database) -> None:
    def fail() -> None:
        with database.write() as connection:
            database.insert_many(connection, cells, NAMES, [("p", "a", 1)])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert rows(database) == {}


def test_a_reader_cannot_write(database: Database) -> None:
    with pytest.raises((DatabaseFailed, DBAPIError)), database.read() as connection:
        connection.execute(cells.insert().values(place="p", label="a", amount=1))
    assert rows(database) == {}


def test_a_reader_sees_one_state(database: Database) -> None:
    with database.read() as connection:
        before = connection.execute(cells.select()).all()
        with database.write() as writer:
            database.insert_many(writer, cells, NAMES, [("p", "a", 1)])
        assert connection.execute(cells.select()).all() == before == []
    assert len(rows(database)) == 1


def test_writers_take_turns(database: Database) -> None:
    def count() -> None:
        for _ in range(10):
            with database.write() as connection:
                database.add_many(connection, cells, NAMES, [("p", "a", 1)], label="label")

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert rows(database)["p"] == ("a", 40)


def test_a_wrong_statement_stays_a_bug(database: Database) -> None:
    with pytest.raises(DBAPIError), database.write() as connection:
        connection.exec_driver_sql("SELECT nothing FROM nowhere")
    with pytest.raises(IntegrityError), database.write() as connection:
        connection.execute(cells.insert().values(place="p", label=None, amount=1))


@pytest.mark.parametrize("many", [1, COPY_ROWS_MIN + 10])
def test_a_row_that_is_refused_is_refused_in_one_way(database: Database, many: int) -> None:
    batch = [*[(f"p{no}", "a", no) for no in range(many)], ("bad", None, 1)]
    with pytest.raises(IntegrityError), database.write() as connection:
        database.put_many(connection, cells, NAMES, batch)
    assert rows(database) == {}


def test_a_connection_that_breaks_in_the_middle_is_said(empty_postgres: str) -> None:
    database = open_database(empty_postgres)
    with database.write() as connection:
        metadata.create_all(connection)

    def write_on_a_broken_connection() -> None:
        with database.write() as connection:
            own = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
            with database.write() as other:
                other.exec_driver_sql(f"SELECT pg_terminate_backend({own})")
            database.insert_many(connection, cells, NAMES, [(f"p{no}", "a", no) for no in range(COPY_ROWS_MIN)])

    with pytest.raises(DatabaseFailed):
        write_on_a_broken_connection()
    assert rows(database) == {}
    database.close()


def test_sqlite_syncs_every_commit(tmp_path: Path) -> None:
    database = open_database(tmp_path / "a folder" / "server é?.db")
    with database.write() as connection:
        said = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in (
            "journal_mode", "synchronous", "foreign_keys", "mmap_size",
        )}  # fmt: skip
    assert said == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "mmap_size": 0}
    database.close()
    assert sorted(path.name for path in (tmp_path / "a folder").iterdir()) == ["server é?.db", "server é?.db.lock"]


def test_a_full_disk_is_said_and_leaves_nothing(tmp_path: Path) -> None:
    database = SqliteDatabase(tmp_path / "server.db")
    with database.write() as connection:
        metadata.create_all(connection)
        connection.exec_driver_sql("PRAGMA max_page_count = 10")
    with pytest.raises(DatabaseFailed, match="full"), database.write() as connection:
        database.insert_many(connection, cells, NAMES, [(f"p{no}", "x" * 1000, no) for no in range(200)])
    assert rows(database) == {}
    with database.write() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 10000")
        database.insert_many(connection, cells, NAMES, [("p", "a", 1)])
    assert len(rows(database)) == 1
    database.close()


@pytest.mark.parametrize(
    "url",
    [
        "sqlite://", "mysql://x/y", "postgresql://nobody@127.0.0.1:1/none", "sqlite:////proc/nowhere/server.db",
        "not a url",
    ],
)  # fmt: skip
def test_an_address_that_cannot_be_used_is_said(url: str) -> None:
    with pytest.raises(DatabaseFailed):
        open_database(url)


def test_a_file_that_is_no_database_is_said(tmp_path: Path) -> None:
    path = tmp_path / "server.db"
    path.write_bytes(b"no database" * 1000)
    with pytest.raises(DatabaseFailed, match="not a database"):
        open_database(f"sqlite:///{path}")
