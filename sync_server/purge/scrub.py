"""What was emptied leaves the database's files as well, as far as the database can do that."""

from sqlalchemy import create_engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from sync_server.backups import sqlite_copy
from sync_server.database import Database, SqliteDatabase

TABLES = ("entries", "feedback", "documents", "audit", "conflicts", "webhook_failures")


def scrub(database: Database) -> bool:
    """Write the database anew without what was emptied; return False where somebody or the disk stands in the way.

    On SQLite no byte of it stays in the file or its log. PostgreSQL frees the room and uses it again; to have the
    bytes gone at once takes VACUUM FULL, which shuts everybody out meanwhile.
    """
    if isinstance(database, SqliteDatabase):
        return sqlite_copy.write_anew(database.path)
    target = make_url(database.url).set(drivername="postgresql+psycopg")
    engine = create_engine(target, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            for table in TABLES:
                # Its statistics quote the most common values.
                connection.exec_driver_sql(f"VACUUM (ANALYZE) {table}")
    except DBAPIError:
        return False
    finally:
        engine.dispose()
    return True
