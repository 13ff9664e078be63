"""The connection to the server's database: one writer at a time on SQLite, many on PostgreSQL.

It owns engines, transactions and the quick ways to write many rows. It knows no table by name.
"""

import secrets
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from sqlalchemy import Connection, Engine, Table, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.pool import QueuePool, StaticPool

from sync_server import turn
from sync_server.errors import DatabaseFailed, OldLibrary
from sync_server.lock import Lock

SQLITE_OLDEST: Final = (3, 51, 3)
SQLITE_ERROR: Final = 1
BUSY_S: Final = 10
CACHE_KIB: Final = 64 * 1024
READERS: Final = 8
READERS_MAX: Final = 48
COPY_ROWS_MIN: Final = 40
SESSION: Final = "seraphine-server"
SCHEMA_LOCK: Final = 7_347_001
WAL_PAGES: Final = 8000  # 64 MB: pages of the indexes are folded back once, not with every batch
WAL_BYTES_KEPT: Final = 64 << 20

Values = tuple[object, ...]


class Database(ABC):
    """A store server's database; ``write`` and ``read`` are its only transactions."""

    dialect: str

    def __init__(self, url: str) -> None:
        """Keep where the database is, for messages; nothing is opened yet.

        ``opening`` tells this opening of the database from every other one.
        """
        self.url = url
        self.opening = secrets.token_hex(8)

    @abstractmethod
    def write(self) -> AbstractContextManager[Connection]:
        """Open a transaction that is committed at the end, or rolled back by an exception."""

    @abstractmethod
    def read(self) -> AbstractContextManager[Connection]:
        """Open a read-only transaction that sees one state of all tables."""

    @abstractmethod
    def alone(self, connection: Connection) -> None:
        """Keep every other program that asks for the same out until the transaction ends."""

    @abstractmethod
    def turn(self, name: str) -> AbstractContextManager[bool]:
        """Be the only one of all programs on this database that does ``name``; False when somebody else does it now.

        The turn is lost with the process, and on PostgreSQL with the connection that holds it.
        """

    @abstractmethod
    def insert_many(self, connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[Values]) -> int:
        """Insert rows, leave those whose key exists as they are, and return how many were new."""

    @abstractmethod
    def add_many(
        self, connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[Values], label: str = ""
    ) -> None:
        """Insert rows; where a key exists add the figures up and keep the greatest label, if there is one."""

    @abstractmethod
    def put_many(self, connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[Values]) -> None:
        """Insert rows; where a key exists the row is replaced."""

    @abstractmethod
    def close(self) -> None:
        """Close every connection."""


@contextmanager
def _mapped() -> Iterator[None]:
    """Turn what a driver raises about the world into DatabaseFailed; a wrong statement stays a bug."""
    try:
        yield
    except DBAPIError as problem:
        if not is_lost(problem):
            raise
        reason = str(problem.orig).strip().splitlines()[0] if problem.orig else "no reason given"
        raise DatabaseFailed(f"the database did not take it ({reason}); nothing was done, try again") from problem


def is_lost(problem: DBAPIError) -> bool:
    """Tell whether the connection or the disk failed, rather than one statement."""
    if problem.connection_invalidated or isinstance(problem, InterfaceError):
        return True
    if type(problem) is DatabaseError:  # what SQLite says of a damaged file; the others say what is wrong more closely
        return True
    # SQLite calls a statement that it cannot read an operational error, too.
    return isinstance(problem, OperationalError) and getattr(problem.orig, "sqlite_errorcode", 0) != SQLITE_ERROR


class SqliteDatabase(Database):
    """One file, in WAL with every commit synced; one connection writes, the others can only read."""

    dialect = "sqlite"

    def __init__(self, path: Path, *, locked: bool = False) -> None:
        """Open the file, making it and its folder when they are not there; ``locked`` says who calls has it alone."""
        super().__init__(f"sqlite:///{path}")
        self.path = path
        self._lock = threading.Lock()
        refuse_old_sqlite()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as problem:
            raise DatabaseFailed(f"the folder {path.parent} cannot be made: {problem.strerror}") from problem
        self._place = None if locked else Lock(path)
        try:
            self._open(path)
        except BaseException:
            self._leave()
            raise

    def _open(self, path: Path) -> None:
        self._writer = _sqlite_engine(path, mode="rwc", begin="BEGIN IMMEDIATE", poolclass=StaticPool)
        self._reader = _sqlite_engine(
            path, mode="ro", begin="BEGIN", poolclass=QueuePool, pool_size=READERS, max_overflow=READERS_MAX
        )
        with _mapped(), self._writer.connect() as connection:
            connection.exec_driver_sql("PRAGMA user_version")

    def _leave(self) -> None:
        if self._place is not None:
            self._place.close()

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Open the one writing transaction, after whoever writes now."""
        with self._lock, _mapped(), self._writer.begin() as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a transaction on a connection that cannot write."""
        with _mapped(), self._reader.begin() as connection:
            yield connection

    def alone(self, connection: Connection) -> None:
        """Do nothing: whoever writes is alone."""

    def turn(self, name: str) -> AbstractContextManager[bool]:
        """Lock a file beside the database."""
        return turn.of_file(self.path, name)

    def insert_many(self, connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[Values]) -> int:
        """Insert rows with one prepared statement, past SQLAlchemy's processing of values."""
        if not rows:
            return 0
        statement = _insert(table, tuple(columns), "?") + " ON CONFLICT DO NOTHING"
        return connection.exec_driver_sql(statement, list(rows)).rowcount

    def add_many(
        self, connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[Values], label: str = ""
    ) -> None:
        """Add rows up with one prepared statement."""
        if rows:
            statement = _insert(table, tuple(columns), "?") + _adding(table, tuple(columns), label, "max")
            connection.exec_driver_sql(statement, list(rows))

    def put_many(self, connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[Values]) -> None:
        """Replace rows with one prepared statement."""
        if rows:
            statement = _insert(table, tuple(columns), "?") + _replacing(table, tuple(columns))
            connection.exec_driver_sql(statement, list(rows))

    def close(self) -> None:
        """Close every connection; the last one folds the WAL into the file."""
        self._reader.dispose()
        with self._lock:
            self._writer.dispose()
        self._leave()


def refuse_old_sqlite() -> None:
    """Raise OldLibrary when SQLite may corrupt a WAL that two connections checkpoint."""
    from pysqlite3 import dbapi2

    if dbapi2.sqlite_version_info < SQLITE_OLDEST:
        wanted = ".".join(map(str, SQLITE_OLDEST))
        raise OldLibrary(f"SQLite {dbapi2.sqlite_version} can damage data; install {wanted} or newer (pysqlite3)")


def _sqlite_engine(path: Path, *, mode: str, begin: str, **pool: Any) -> Engine:
    from pysqlite3 import dbapi2

    uri = f"file:{quote(str(path))}?mode={mode}"

    def connect() -> Any:
        return dbapi2.connect(uri, uri=True, timeout=BUSY_S, check_same_thread=False, isolation_level=None)

    engine = create_engine("sqlite://", module=dbapi2, creator=connect, **pool)

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: object) -> None:
        if mode != "ro":
            # Heeded while the file is empty only; half as many pages to write for the wide rows of a push.
            connection.execute("PRAGMA page_size = 8192")
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute(f"PRAGMA journal_size_limit = {WAL_BYTES_KEPT}")
            connection.execute(f"PRAGMA wal_autocheckpoint = {WAL_PAGES}")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA mmap_size = 0")
        connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


class PostgresDatabase(Database):
    """A PostgreSQL database; any number of processes may share it."""

    dialect = "postgresql"

    def __init__(self, url: str) -> None:
        """Connect once, so that a wrong address is said at the start."""
        super().__init__(url)
        target = make_url(url).set(drivername="postgresql+psycopg")
        self._session = f"{SESSION} {self.opening}"
        self._writer = create_engine(
            target, pool_size=READERS, max_overflow=READERS_MAX, pool_pre_ping=True,
            connect_args={"application_name": self._session},
        )  # fmt: skip
        self._reader = self._writer.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        with _mapped(), self._writer.connect() as connection:
            connection.exec_driver_sql("SELECT 1")

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Open a writing transaction; rows are locked by who updates them first."""
        with _mapped(), self._writer.begin() as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a read-only transaction on one snapshot."""
        with _mapped(), self._reader.begin() as connection:
            yield connection

    def alone(self, connection: Connection) -> None:
        """Take the advisory lock of the schema; the others wait."""
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({SCHEMA_LOCK})")

    @contextmanager
    def turn(self, name: str) -> Iterator[bool]:
        """Take an advisory lock of a session."""
        with _mapped(), turn.of_session(self._writer, name) as mine:
            yield mine

    def others(self, connection: Connection) -> int:
        """Return how many other programs of ours are connected to this database."""
        found = connection.exec_driver_sql(
            "SELECT count(DISTINCT application_name) FROM pg_stat_activity"
            " WHERE datname = current_database() AND starts_with(application_name, %s) AND application_name <> %s",
            (SESSION, self._session),
        )
        count: int = found.scalar_one()
        return count

    def insert_many(self, connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[Values]) -> int:
        """Insert rows, by COPY through a temporary table when they are many."""
        return self._pour(connection, table, tuple(columns), rows, " ON CONFLICT DO NOTHING")

    def add_many(
        self, connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[Values], label: str = ""
    ) -> None:
        """Add rows up, by COPY through a temporary table when they are many."""
        self._pour(connection, table, tuple(columns), rows, _adding(table, tuple(columns), label, "greatest"))

    def put_many(self, connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[Values]) -> None:
        """Replace rows, by COPY through a temporary table when they are many."""
        self._pour(connection, table, tuple(columns), rows, _replacing(table, tuple(columns)))

    @staticmethod
    def _pour(
        connection: Connection, table: Table, columns: tuple[str, ...], rows: Sequence[Values], on_conflict: str
    ) -> int:
        if not rows:
            return 0
        if len(rows) < COPY_ROWS_MIN:
            # One statement, since executemany is a pipeline: one that fails in it logs what is no news.
            values = tuple(value for row in rows for value in row)
            statement = _insert(table, columns, "%s", len(rows)) + on_conflict
            return connection.exec_driver_sql(statement, values).rowcount
        driver = connection.dialect.loaded_dbapi
        try:
            return PostgresDatabase._copied(connection, table, columns, rows, on_conflict)
        except driver.Error as problem:  # as SQLAlchemy says it of its own statements
            raise DBAPIError.instance(
                f"COPY {table.name}", None, problem, driver.Error, dialect=connection.dialect
            ) from problem

    @staticmethod
    def _copied(
        connection: Connection, table: Table, columns: tuple[str, ...], rows: Sequence[Values], on_conflict: str
    ) -> int:
        names = ", ".join(columns)
        incoming = f"incoming_{table.name}"
        with closing(connection.connection.cursor()) as cursor:
            cursor.execute(
                f"CREATE TEMPORARY TABLE IF NOT EXISTS {incoming} (LIKE {table.name} INCLUDING DEFAULTS)"
                " ON COMMIT DELETE ROWS"
            )
            with cursor.copy(f"COPY {incoming} ({names}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
            cursor.execute(
                f"INSERT INTO {table.name} ({names}) SELECT {names} FROM {incoming}{on_conflict}"  # noqa: S608  names of our own
            )
            count: int = cursor.rowcount
            cursor.execute(f"DELETE FROM {incoming}")  # noqa: S608  names of our own
        return count

    def close(self) -> None:
        """Close every connection."""
        self._writer.dispose()


@lru_cache(maxsize=256)
def _insert(table: Table, columns: tuple[str, ...], mark: str, rows: int = 1) -> str:
    marks = f"({', '.join([mark] * len(columns))})"
    return f"INSERT INTO {table.name} ({', '.join(columns)}) VALUES {', '.join([marks] * rows)}"  # noqa: S608  names of our own


@lru_cache(maxsize=256)
def _adding(table: Table, columns: tuple[str, ...], label: str, greatest: str) -> str:
    keys = [column.name for column in table.primary_key]
    sums = [name for name in columns if name not in keys and name != label]
    changes = [f"{name} = {table.name}.{name} + excluded.{name}" for name in sums]
    if label:
        changes.append(f"{label} = {greatest}({table.name}.{label}, excluded.{label})")
    return f" ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {', '.join(changes)}"


@lru_cache(maxsize=256)
def _replacing(table: Table, columns: tuple[str, ...]) -> str:
    keys = [column.name for column in table.primary_key]
    changes = [f"{name} = excluded.{name}" for name in columns if name not in keys]
    return f" ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {', '.join(changes)}"


def open_database(place: str | Path) -> Database:
    """Open a SQLite file, or the database that a URL names: ``sqlite:///path`` or ``postgresql://…``."""
    path = file_of(place)
    return PostgresDatabase(str(place)) if path is None else SqliteDatabase(path)


def file_of(place: str | Path) -> Path | None:
    """Return the file of a SQLite database, None for PostgreSQL; raise DatabaseFailed for anything else."""
    if isinstance(place, Path):
        return place
    try:
        target = make_url(place)
    except ArgumentError as problem:
        raise DatabaseFailed("the database URL cannot be read: write sqlite:///PATH or postgresql://…") from problem
    if target.get_backend_name() == "sqlite":
        if not target.database:
            raise DatabaseFailed("the SQLite database needs a file: sqlite:////path/to/server.db")
        return Path(target.database)
    if target.get_backend_name() == "postgresql":
        return None
    raise DatabaseFailed(f"{target.get_backend_name()} is not supported: use sqlite:/// or postgresql://")
