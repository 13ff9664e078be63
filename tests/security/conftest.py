"""The server that these tests attack, on both databases."""

from tests.sync_server.conftest import (
    database_url,
    empty_postgres,
    file_mould,
    postgres_mould,
    postgres_of_server,
    shop,
    till,
)

__all__ = ["database_url", "empty_postgres", "file_mould", "postgres_mould", "postgres_of_server", "shop", "till"]
