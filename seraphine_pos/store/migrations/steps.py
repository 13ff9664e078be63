"""The steps from one version of the tables to the next; loaded only when a file is behind.

Step ``n`` brings a file from version ``n - 1`` to ``n``. A copy of the file is kept beside it
first; the journal's own tables never change what they hold.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pysqlite3.dbapi2 as driver
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import create_engine
from sqlalchemy.pool import StaticPool

from seraphine_pos.store.database import Connection, sync_folder, transaction
from seraphine_pos.store.migrations import step_0001

STEPS: Final[tuple[Callable[[Operations], None], ...]] = (step_0001.upgrade,)


def _copy(path: Path, connection: Connection, found: int) -> None:
    """Keep the file as it was; what an upgrade that was cut off left of a copy is made anew."""
    copy = path.with_name(f"{path.name}.version-{found}")
    if copy.exists():
        return
    begun = copy.with_name(f"{copy.name}.begun")
    begun.unlink(missing_ok=True)
    connection.execute("VACUUM INTO ?", (str(begun),))
    with begun.open("rb+") as file:
        os.fsync(file.fileno())
    begun.rename(copy)
    sync_folder(path.parent)


def upgrade(path: Path, connection: Connection, found: int) -> None:
    """Bring a file from the version found to the newest, in one transaction."""
    if found:
        _copy(path, connection, found)
    engine = create_engine("sqlite://", module=driver, creator=lambda: connection, poolclass=StaticPool)
    with engine.connect() as shared, transaction(connection):
        operations = Operations(MigrationContext.configure(shared))
        for step in STEPS[found:]:
            step(operations)
        connection.execute(f"PRAGMA user_version={len(STEPS)}")
