"""The first schema, as it was released: one file of SQL for each database."""

from pathlib import Path

from alembic import op

revision = "0001"
down_revision = None

NEXT = "\n-- next\n"


def upgrade() -> None:
    """Make every table."""
    connection = op.get_bind()
    path = Path(__file__).with_name(f"0001_{connection.dialect.name}.sql")
    for statement in path.read_text(encoding="utf-8").split(NEXT):
        connection.exec_driver_sql(statement.strip())
