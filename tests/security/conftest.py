"""The server that these tests attack, on both databases."""

from tests.sync_server.conftest import database_url, empty_postgres, postgres_of_server, shop, till

__all__ = ["database_url", "empty_postgres", "postgres_of_server", "shop", "till"]
