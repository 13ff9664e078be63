"""Every test of the server that asks for ``database_url`` or ``shop`` runs on SQLite and on PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sync_server.shop import Shop, Till, found_shop


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Give the address of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'server.db'}"
    url: str = request.getfixturevalue("postgres_database")
    return url


@pytest.fixture
def shop(database_url: str) -> Iterator[Shop]:
    """Give a store's server with an owner and a cashier."""
    made = found_shop(database_url)
    yield made
    made.database.close()


@pytest.fixture
def till(shop: Shop) -> Till:
    """Give the first till of the store."""
    return shop.till()
