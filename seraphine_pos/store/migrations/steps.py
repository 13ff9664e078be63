"""The steps from one version of the tables to the next; loaded only when a file is behind.

Step ``n`` brings a file from version ``n - 1`` to ``n``. A copy of the file is kept beside it
first; the journal's own tables never change what they hold.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Connection

from seraphine_pos.store.migrations import step_0001

STEPS: Final[tuple[Callable[[Operations], None], ...]] = (step_0001.upgrade,)


def upgrade(path: Path, connection: Connection, found: int) -> None:
    """Bring a file from the version found to the newest, in one transaction."""
    if found:
        copy = path.with_name(f"{path.name}.version-{found}")
        connection.exec_driver_sql("VACUUM INTO ?", (str(copy),))
        connection.rollback()
    with connection.begin():
        operations = Operations(MigrationContext.configure(connection))
        for step in STEPS[found:]:
            step(operations)
        connection.exec_driver_sql(f"PRAGMA user_version={len(STEPS)}")
