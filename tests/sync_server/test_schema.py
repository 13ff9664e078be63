"""A fresh schema and a migrated one are the same; a newer database is left alone."""

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert, inspect, select
from sqlalchemy.exc import IntegrityError

from sync_server import migrations, schema
from sync_server.database import Database, open_database
from sync_server.errors import NewerDatabase
from tests.sync_server.first_schema import NEXT, URLS, statements

COLUMNS = """
    SELECT table_name, column_name, data_type, is_nullable, collation_name FROM information_schema.columns
    WHERE table_schema = 'public' ORDER BY 1, 2"""
CONSTRAINTS = """
    SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2"""
INDEXES = "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1, 2"
TRIGGERS = """
    SELECT tgrelid::regclass::text, tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
    ORDER BY 1, 2"""
FUNCTIONS = "SELECT proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace ORDER BY 1"
POSTGRES_CATALOGUE = (COLUMNS, CONSTRAINTS, INDEXES, TRIGGERS, FUNCTIONS)
SQLITE_CATALOGUE = ("SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY name",)


def catalogue(connection: Connection) -> list[list[str]]:
    """Return everything the database says of its schema, spaces aside."""
    queries = POSTGRES_CATALOGUE if connection.dialect.name == "postgresql" else SQLITE_CATALOGUE
    return [
        [" | ".join(" ".join(str(value).split()) for value in row) for row in connection.exec_driver_sql(query)]
        for query in queries
    ]


def wiped(database: Database) -> None:
    """Take every table away."""
    with database.write() as connection:
        if database.dialect == "postgresql":
            connection.exec_driver_sql("DROP SCHEMA public CASCADE")
            connection.exec_driver_sql("CREATE SCHEMA public")
            return
        connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
        for name in inspect(connection).get_table_names():
            connection.exec_driver_sql(f"DROP TABLE {name}")


def test_a_fresh_schema_is_the_migrated_one(database_url: str) -> None:
    database = open_database(database_url)
    schema.prepare(database, "server-1")
    with database.read() as connection:
        fresh = catalogue(connection)
    wiped(database)
    with database.write() as connection:
        migrations.upgrade(connection, schema.REVISIONS[-1])
        assert schema.stored_revision(connection) == schema.REVISIONS[-1]
        assert catalogue(connection) == fresh
    database.close()


@pytest.mark.parametrize("dialect", URLS)
def test_the_first_migration_is_the_released_schema(dialect: str) -> None:
    """Until the first release it is written anew by ``python -m tests.sync_server.first_schema``."""
    path = Path(migrations.__file__).parent / "versions" / f"0001_{dialect}.sql"
    assert path.read_text(encoding="utf-8") == NEXT.join(statements(dialect)) + "\n"


def test_a_prepared_database_keeps_its_server(database_url: str) -> None:
    database = open_database(database_url)
    assert schema.prepare(database, "server-1") == "server-1"
    assert schema.prepare(database, "server-2") == "server-1"
    database.close()


def test_a_newer_database_is_refused_and_left_alone(database_url: str) -> None:
    database = open_database(database_url)
    schema.prepare(database, "server-1")
    with database.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(NewerDatabase, match=r"9999.*nothing was changed"):
        schema.prepare(database, "server-2")
    with database.read() as connection:
        assert schema.stored_revision(connection) == "9999"
        assert connection.execute(select(schema.server.c.server_id)).scalars().all() == ["server-1"]
    database.close()


def test_every_primary_key_starts_with_the_store() -> None:
    for table in schema.metadata.tables.values():
        if table is not schema.server:
            assert next(column.name for column in table.primary_key) == "store_id", table.name


def test_every_constraint_and_index_has_the_name_of_the_convention() -> None:
    for table in schema.metadata.tables.values():
        names = [*(one.name for one in table.constraints), *(one.name for one in table.indexes)]
        for name in names:
            assert str(name).split("_")[0] in {"pk", "uq", "fk", "ix", "ck"}, (table.name, name)


def test_sqlite_keeps_types(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path}/server.db")
    schema.prepare(database, "server-1")
    values = {"store_id": "s", "name": "n", "feed_id": "f", "rev": "many", "opening": "o", "arrival": 0}
    statement = insert(schema.stores).values(pepper=b"", created_at_ms=0, **values)
    with pytest.raises(IntegrityError, match="cannot store TEXT value in INTEGER"), database.write() as connection:
        connection.execute(statement)
    database.close()


def test_alembic_loads_only_for_a_migration(tmp_path: Path) -> None:
    program = (
        "import sys\n"
        "from sync_server import schema\n"
        "from sync_server.database import open_database\n"
        f"schema.prepare(open_database('sqlite:///{tmp_path}/server.db'), 'server-1')\n"
        "sys.exit('alembic' in sys.modules)\n"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
