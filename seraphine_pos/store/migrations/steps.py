"""The steps from one version of the tables to the next; loaded only when a file is behind.

Step ``n`` brings a file from version ``n - 1`` to ``n``. A copy of the file is kept beside it
first; the journal's own tables never change what they hold.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import pysqlite3.dbapi2 as driver
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import create_engine
from sqlalchemy.pool import StaticPool

from seraphine_pos.store.database import Connection, transaction
from seraphine_pos.store.migrations import step_0001

STEPS: Final[tuple[Callable[[Operations], None], ...]] = (step_0001.upgrade,)


def upgrade(path: Path, connection: Connection, found: int) -> None:
    """Bring a file from the version found to the newest, in one transaction."""
    if found:
        copy = path.with_name(f"{path.name}.version-{found}")
        connection.execute("VACUUM INTO ?", (str(copy),))
    engine = create_engine("sqlite://", module=driver, creator=lambda: connection, poolclass=StaticPool)
    with engine.connect() as shared, transaction(connection):
        operations = Operations(MigrationContext.configure(shared))
        for step in STEPS[found:]:
            step(operations)
        connection.execute(f"PRAGMA user_version={len(STEPS)}")
