"""The statements that spread the tables over the machines of a Citus cluster, each store's rows together on one."""

from collections.abc import Iterator
from typing import Final

from sqlalchemy import MetaData, Table

from sync_server.schema import metadata, stores

COLUMN: Final = "store_id"
OPENING: Final = """\
-- Spreads the tables of a Seraphine POS server by store over a Citus cluster. Run it once on the coordinator, as the
-- owner of the tables, after the server has made them and while none runs:
--     seraphine-server citus-sql | psql --set ON_ERROR_STOP=1 DATABASE
-- Rows that are there already are moved. The table of the schema's version stays where it is.
BEGIN;
-- The trigger on entries looks at the row that is changed and at nothing else, so each machine can run it alone.
SET LOCAL citus.enable_unsafe_triggers TO on;"""


def script(tables: MetaData = metadata) -> Iterator[str]:
    """Return the lines of the script; a table comes after those that it refers to."""
    yield OPENING
    for table in sorted(tables.sorted_tables, key=lambda one: one.name != stores.name):
        yield _spread(table)
    yield "COMMIT;"


def _spread(table: Table) -> str:
    if COLUMN not in table.c:
        return f"SELECT create_reference_table('{table.name}');"
    beside = "" if table.name == stores.name else f", colocate_with => '{stores.name}'"
    return f"SELECT create_distributed_table('{table.name}', '{COLUMN}'{beside});"
