"""What a transaction costs a database, in steps it took or rows it looked at: the same on every machine.

SQLite counts the instructions of its virtual machine, PostgreSQL the rows that its scans fetched.
"""

from collections.abc import Callable

from sqlalchemy import Connection

from sync_server.database import Database

FETCHED = "SELECT coalesce(sum(seq_tup_read), 0) + coalesce(sum(idx_tup_fetch), 0) FROM pg_stat_xact_user_tables"


def of_reading(database: Database, work: Callable[[Connection], object]) -> int:
    """Return what some reading costs."""
    with database.read() as connection:
        return _measured(connection, lambda: work(connection))


def of_writing(database: Database, work: Callable[[Connection], object]) -> int:
    """Return what some writing costs; it is committed."""
    with database.write() as connection:
        return _measured(connection, lambda: work(connection))


def _measured(connection: Connection, work: Callable[[], object]) -> int:
    if connection.dialect.name == "postgresql":
        before = int(connection.exec_driver_sql(FETCHED).scalar_one())
        work()
        return int(connection.exec_driver_sql(FETCHED).scalar_one()) - before
    driver = connection.connection.driver_connection
    assert driver is not None
    steps = 0

    def count() -> int:
        nonlocal steps
        steps += 1
        return 0

    driver.set_progress_handler(count, 1)
    try:
        work()
    finally:
        driver.set_progress_handler(None, 1)
    return steps
