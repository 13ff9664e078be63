"""Every store can live on a machine of its own: the script that spreads the tables, and the rules it must keep.

Citus itself is not there: functions of its names stand in on a plain PostgreSQL, and refuse what it refuses.
"""

from collections.abc import Iterator

import pytest
from sqlalchemy import Column, Connection, ForeignKeyConstraint, MetaData, Table, Text, UniqueConstraint, select
from sqlalchemy.exc import DBAPIError

from sync_server import citus, schema
from sync_server.database import Database, open_database
from sync_server.schema import devices, journals, metadata, sales, server, stores, tills
from tests.sync_server.one_store import unbound

STAND_IN = """
CREATE TABLE spread (name regclass PRIMARY KEY, by text);

CREATE FUNCTION refuse_what_citus_refuses(target regclass, by_column text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    wrong text;
    place smallint;
BEGIN
    SELECT attnum INTO place FROM pg_attribute
        WHERE attrelid = target AND attname = by_column AND NOT attisdropped AND attnotnull;
    IF place IS NULL THEN RAISE EXCEPTION '% has no column % that is never null', target, by_column; END IF;
    SELECT indexrelid::regclass::text INTO wrong FROM pg_index
        WHERE indrelid = target AND (indisunique OR indisexclusion) AND NOT place = ANY (indkey) LIMIT 1;
    IF wrong IS NOT NULL THEN RAISE EXCEPTION 'unique %, without the distribution column', wrong; END IF;
    SELECT tgname INTO wrong FROM pg_trigger WHERE tgrelid = target AND NOT tgisinternal LIMIT 1;
    IF wrong IS NOT NULL AND coalesce(current_setting('citus.enable_unsafe_triggers', true), '') <> 'on' THEN
        RAISE EXCEPTION 'trigger %, not supported on distributed tables', wrong;
    END IF;
    SELECT conname INTO wrong FROM pg_constraint AS one LEFT JOIN spread ON spread.name = one.confrelid
        WHERE one.contype = 'f' AND one.conrelid = target AND (
            spread.name IS NULL
            OR spread.by IS NOT NULL AND NOT EXISTS (
                SELECT FROM unnest(one.conkey, one.confkey) AS pair (here, there)
                    JOIN pg_attribute ON attrelid = one.confrelid AND attnum = pair.there
                WHERE pair.here = place AND attname = spread.by)) LIMIT 1;
    IF wrong IS NOT NULL THEN RAISE EXCEPTION 'foreign key %, not to a colocated table by its column', wrong; END IF;
END $$;

CREATE FUNCTION create_distributed_table(
    table_name regclass, distribution_column text, distribution_type text DEFAULT 'hash',
    colocate_with text DEFAULT 'default'
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF colocate_with NOT IN ('default', 'none') AND NOT EXISTS (
        SELECT FROM spread WHERE name = colocate_with::regclass AND by IS NOT NULL)
    THEN RAISE EXCEPTION '% is not distributed', colocate_with; END IF;
    PERFORM refuse_what_citus_refuses(table_name, distribution_column);
    INSERT INTO spread VALUES (table_name, distribution_column);
END $$;

CREATE FUNCTION create_reference_table(table_name regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM pg_constraint JOIN spread ON spread.name = confrelid
               WHERE contype = 'f' AND conrelid = table_name AND by IS NOT NULL)
    THEN RAISE EXCEPTION 'a reference table refers to no distributed one'; END IF;
    INSERT INTO spread VALUES (table_name, NULL);
END $$;
"""


@pytest.fixture
def cluster(empty_postgres: str) -> Iterator[Database]:
    """Give the server's tables on a PostgreSQL in which the functions of Citus stand in."""
    database = open_database(empty_postgres)
    schema.prepare(database, "server-1")
    with database.write() as connection:
        connection.exec_driver_sql(STAND_IN.replace("%", "%%"))
    yield database
    database.close()


def run(connection: Connection, lines: Iterator[str]) -> None:
    """Run a script within a transaction that is open already."""
    for line in lines:
        said = line.removesuffix("COMMIT;").replace("BEGIN;\n", "")
        if said:
            connection.exec_driver_sql(said.replace("%", "%%"))


def test_the_script_spreads_every_table(cluster: Database) -> None:
    with cluster.write() as connection:
        run(connection, citus.script())
        rows = connection.exec_driver_sql("SELECT name::text, by FROM spread").all()
    spread = {row[0]: row[1] for row in rows}
    assert spread == {name: "store_id" if "store_id" in table.c else None for name, table in metadata.tables.items()}
    assert [name for name, by in spread.items() if by is None] == [server.name]


@pytest.mark.parametrize(
    ("breach", "why"),
    [
        ("ALTER TABLE devices ADD UNIQUE (key_hash)", "without the distribution column"),
        ("CREATE UNIQUE INDEX planted_key ON sales (receipt)", "without the distribution column"),
        ("ALTER TABLE sales ADD FOREIGN KEY (event_id) REFERENCES planted", "foreign key"),
        ("ALTER TABLE gaps DROP CONSTRAINT pk_gaps; ALTER TABLE gaps ALTER store_id DROP NOT NULL", "never null"),
    ],
)
def test_the_functions_refuse_what_citus_refuses(cluster: Database, breach: str, why: str) -> None:
    with cluster.write() as connection:
        connection.exec_driver_sql("CREATE TABLE planted (event_id text PRIMARY KEY)")
        for statement in breach.split("; "):
            connection.exec_driver_sql(statement)
    with pytest.raises(DBAPIError, match=why), cluster.write() as connection:
        run(connection, citus.script())


def test_the_functions_refuse_a_trigger_that_nobody_has_allowed(cluster: Database) -> None:
    unset = (line.replace("SET LOCAL", "-- SET LOCAL") for line in citus.script())
    with pytest.raises(DBAPIError, match="trigger entries_are_kept"), cluster.write() as connection:
        run(connection, unset)


def test_every_key_is_of_one_store() -> None:
    for table in metadata.tables.values():
        if table is server:
            continue
        assert next(iter(table.primary_key)).name == "store_id", table.name
        for one in table.constraints:
            if isinstance(one, UniqueConstraint):
                assert "store_id" in one.columns, (table.name, one.name)
            if isinstance(one, ForeignKeyConstraint):
                pairs = {element.parent.name: element.column.name for element in one.elements}
                assert pairs.get("store_id") == "store_id", (table.name, one.name)
        for index in table.indexes:
            assert not index.unique or "store_id" in index.columns, (table.name, index.name)


def test_a_table_without_a_store_is_copied_to_every_machine() -> None:
    tables = MetaData()
    Table("stores", tables, Column("store_id", Text, primary_key=True))
    Table("rates", tables, Column("code", Text, primary_key=True))
    lines = list(citus.script(tables))
    assert "SELECT create_reference_table('rates');" in lines
    assert "SELECT create_distributed_table('stores', 'store_id');" in lines


def test_a_statement_that_does_not_name_the_store_is_seen() -> None:
    assert unbound(select(sales).where(sales.c.store_id == "s")) == ()
    assert unbound(select(sales).where(sales.c.till_id == "t")) == ("sales",)
    assert unbound(sales.update().values(total=0)) == ("sales",)
    assert unbound(sales.delete().where(sales.c.store_id == "s")) == ()
    beside = select(sales).join(tills, tills.c.till_id == sales.c.till_id).where(sales.c.store_id == "s")
    assert unbound(beside) == ("tills",)
    assert unbound(beside.where(tills.c.store_id == sales.c.store_id)) == ()
    within = select(stores).where(
        stores.c.store_id == "s", stores.c.name.in_(select(journals.c.journal_id).where(journals.c.seq > 1))
    )
    assert unbound(within) == ("journals",)
    other = devices.alias("other")
    assert unbound(select(devices, other).where(devices.c.store_id == "s")) == ("other",)
