"""The numbered steps from every schema ever released to today's; alembic loads only when one is due."""

from pathlib import Path

from sqlalchemy import Connection


def upgrade(connection: Connection, revision: str) -> None:
    """Take the steps up to a revision, in the open transaction."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)
