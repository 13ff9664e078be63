"""A PostgreSQL database into a backup and out of it again: one COPY a table, all in one transaction."""

from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from typing import Final

from sqlalchemy import Connection, delete, inspect
from sqlalchemy.exc import DBAPIError, ProgrammingError

from sync_server import migrations
from sync_server.backups.archive import Archive, BackupDamaged, BackupFailed, Draft, Part
from sync_server.schema import REVISIONS, VERSION_TABLE, create, metadata, server

DIALECT: Final = "postgresql"
FOLDER: Final = "tables/"


def add(draft: Draft, connection: Connection) -> None:
    """Put every table into an archive, as one snapshot sees them."""
    for table in metadata.sorted_tables:
        columns = tuple(column.name for column in table.columns)
        draft.add(FOLDER + table.name, _rows(connection, table.name, columns), columns)


def _rows(connection: Connection, table: str, columns: tuple[str, ...]) -> Generator[bytes]:
    with (
        _mapped(connection, table),
        closing(connection.connection.cursor()) as cursor,
        cursor.copy(f"COPY {table} ({', '.join(columns)}) TO STDOUT") as copy,
    ):
        for block in copy:
            yield bytes(block)


def move_into(connection: Connection, schema: str) -> None:
    """Make a schema of its own for this transaction; everything without a name of a schema then happens there."""
    _make_schema(connection, schema)
    connection.exec_driver_sql(f"SET LOCAL search_path TO {schema}")


def _make_schema(connection: Connection, schema: str) -> None:
    try:
        connection.exec_driver_sql(f"CREATE SCHEMA {schema}")
    except ProgrammingError as problem:
        raise BackupFailed(
            f"the database's user may not make a schema ({str(problem.orig).strip()}): let its owner run"
            " GRANT CREATE ON DATABASE … TO …; nothing was changed"
        ) from problem


def pour(connection: Connection, archive: Archive) -> None:
    """Make the tables of the backup's revision and fill them; raise BackupDamaged."""
    manifest = archive.manifest
    if manifest.revision == REVISIONS[-1]:
        create(connection, "")
        connection.execute(delete(server))
    else:
        migrations.upgrade(connection, manifest.revision)
    known = _columns(connection)
    for part in manifest.parts:
        table = part.name.removeprefix(FOLDER)
        if not part.columns or not set(part.columns) <= known.get(table, set()):
            raise BackupDamaged(f"this backup is damaged: {part.name} is no table of its version; nothing was changed")
        with _mapped(connection, table):
            _fill(connection, table, part, archive)
    if manifest.revision != REVISIONS[-1]:
        migrations.upgrade(connection, REVISIONS[-1])


def _fill(connection: Connection, table: str, part: Part, archive: Archive) -> None:
    with (
        closing(connection.connection.cursor()) as cursor,
        cursor.copy(f"COPY {table} ({', '.join(part.columns)}) FROM STDIN") as copy,
    ):
        for block in archive.blocks(part):
            copy.write(block)


def _columns(connection: Connection) -> dict[str, set[str]]:
    looking = inspect(connection)
    names = [name for name in looking.get_table_names() if name in metadata.tables]
    return {name: {column["name"] for column in looking.get_columns(name)} for name in names}


def set_aside(connection: Connection, schema: str) -> None:
    """Move the tables that are about to be replaced into a schema that keeps them."""
    _make_schema(connection, schema)
    for name in inspect(connection).get_table_names():
        if name in metadata.tables or name == VERSION_TABLE:
            connection.exec_driver_sql(f"ALTER TABLE {name} SET SCHEMA {schema}")
    connection.exec_driver_sql(f"ALTER FUNCTION keep_entries() SET SCHEMA {schema}")


@contextmanager
def _mapped(connection: Connection, table: str) -> Iterator[None]:
    """Say of the bare driver's errors what SQLAlchemy says of its own; rows that no table takes are damage."""
    driver = connection.dialect.loaded_dbapi
    try:
        yield
    except (driver.DataError, driver.IntegrityError, driver.ProgrammingError) as problem:
        reason = str(problem).splitlines()[0]
        raise BackupDamaged(
            f"this backup is damaged: {table} does not fit ({reason}); nothing was changed"
        ) from problem
    except driver.Error as problem:
        raise DBAPIError.instance(f"COPY {table}", None, problem, driver.Error, dialect=connection.dialect) from problem
