"""Every test of the server that asks for ``database_url`` or ``shop`` runs on SQLite and on PostgreSQL."""

import itertools
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, create_engine, event, text

from sync_server.database import file_of
from tests.sync_server import mould
from tests.sync_server.mould import Mould
from tests.sync_server.one_store import stray
from tests.sync_server.shop import Shop, Till

_numbers = itertools.count(1)  # another folder that takes these fixtures in has a database of its own


@pytest.fixture(scope="session")
def postgres_of_server(postgres_url: str) -> Iterator[str]:
    """Give the address of one PostgreSQL database for all tests of the server: making one takes a second."""
    name = f"server_{os.getpid()}_{next(_numbers)}"
    admin = create_engine(postgres_url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE template0"))
    yield admin.url.set(database=name).render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture
def empty_postgres(postgres_of_server: str) -> str:
    """Give the address of that database, emptied."""
    engine = create_engine(postgres_of_server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        kept = "SELECT nspname FROM pg_namespace WHERE nspname = 'public' OR nspname LIKE 'replaced%'"
        for name in connection.execute(text(kept)).scalars().all():
            connection.execute(text(f"DROP SCHEMA {name} CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    engine.dispose()
    return postgres_of_server


@pytest.fixture(autouse=True)
def of_one_store() -> Iterator[None]:
    """Fail a test in which a room reads or changes a table without naming the store."""
    strays: set[str] = set()

    def look(connection: Connection, statement: object, *_: object) -> None:
        if (found := stray(connection, statement)) is not None:
            strays.add(found)

    event.listen(Engine, "before_execute", look)
    yield
    event.remove(Engine, "before_execute", look)
    assert not strays, f"a statement names the store of every table it touches: {sorted(strays)}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Give the address of an empty database, or of the one that ``shop`` makes."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'server.db'}"
    url: str = request.getfixturevalue("postgres_of_server" if "shop" in request.fixturenames else "empty_postgres")
    return url


@pytest.fixture(scope="session")
def file_mould(tmp_path_factory: pytest.TempPathFactory) -> Mould:
    """Give the store that is copied for each test on SQLite."""
    return mould.of_file(tmp_path_factory.mktemp("mould"))


@pytest.fixture(scope="session")
def postgres_mould(postgres_url: str) -> Iterator[Mould]:
    """Give the store that is copied for each test on PostgreSQL."""
    name = f"mould_{os.getpid()}_{next(_numbers)}"
    admin = create_engine(postgres_url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE template0"))
    yield mould.of_postgres(admin, name)
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture
def shop(request: pytest.FixtureRequest, database_url: str) -> Iterator[Shop]:
    """Give a store's server with an owner and a cashier."""
    whole: Mould = request.getfixturevalue("file_mould" if file_of(database_url) else "postgres_mould")
    made = whole.shop(database_url)
    yield made
    made.database.close()


@pytest.fixture
def till(shop: Shop) -> Till:
    """Give the first till of the store."""
    return shop.till()
