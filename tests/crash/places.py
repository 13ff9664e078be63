"""Where a harness keeps the store that it harms, and where it restores what came of it: files, or PostgreSQL."""

import os
import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

DRIVER = "postgresql+psycopg"


class Place(Protocol):
    """An empty database, and others beside it."""

    url: str

    def aside(self) -> AbstractContextManager[str]:
        """Give the address of an empty database for as long as it is wanted."""
        ...


class FilePlace:
    """SQLite, in a folder."""

    def __init__(self, folder: Path) -> None:
        """Name the files; nothing is made yet."""
        self.url = f"sqlite:///{folder / 'server.db'}"
        self._aside = folder / "aside"

    @contextmanager
    def aside(self) -> Iterator[str]:
        """Give a file in a folder of its own, and remove the folder."""
        try:
            yield f"sqlite:///{self._aside / 'server.db'}"
        finally:
            shutil.rmtree(self._aside, ignore_errors=True)


class PostgresPlace:
    """A PostgreSQL server, on whose account databases may be made: one for each harness, emptied each time."""

    def __init__(self, server_url: str) -> None:
        """Make the database anew."""
        self._server = make_url(server_url).set(drivername=DRIVER)
        self.url = self._anew(f"seraphine_lives_{os.getpid()}")

    @contextmanager
    def aside(self) -> Iterator[str]:
        """Give a second database, made anew."""
        yield self._anew(f"seraphine_aside_{os.getpid()}")

    def remove(self) -> None:
        """Take both databases away."""
        self._run(f"DROP DATABASE IF EXISTS seraphine_lives_{os.getpid()} WITH (FORCE)")
        self._run(f"DROP DATABASE IF EXISTS seraphine_aside_{os.getpid()} WITH (FORCE)")

    def _anew(self, name: str) -> str:
        # By force: of who was killed, a session may still be there.
        self._run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        self._run(f"CREATE DATABASE {name} TEMPLATE template0")
        return self._server.set(drivername="postgresql", database=name).render_as_string(hide_password=False)

    def _run(self, statement: str) -> None:
        engine = create_engine(self._server, isolation_level="AUTOCOMMIT")
        try:
            with engine.connect() as connection:
                connection.execute(text(statement))
        finally:
            engine.dispose()
