"""A founded store to copy for each test: to make its tables and hash its PINs takes longer than most tests do."""

import random
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, text

from sync_server.database import file_of, open_database
from sync_server.store_server import StoreServer
from tests.fakes.clock import FakeClock
from tests.sync_server.shop import Shop, found_by


@dataclass(frozen=True, slots=True)
class Mould:
    """A store on its first morning, with its chance as founding left it; ``copy`` puts its database elsewhere."""

    copy: Callable[[str], None]
    store_id: str
    first_code: str
    opening: str
    chance: tuple[Any, ...]

    def shop(self, url: str) -> Shop:
        """Return the store's server on a copy, as if it had been founded there a moment ago."""
        self.copy(url)
        clock, chance, database = FakeClock(), random.Random(), open_database(url)
        server = StoreServer(database, clock, chance.randbytes)
        database.opening = self.opening
        chance.setstate(self.chance)
        return Shop(server, clock, chance.randbytes, self.store_id, self.first_code)


def made(url: str, copy: Callable[[str], None]) -> Mould:
    """Found the store that is copied in an empty database."""
    chance = random.Random(1)
    shop = found_by(url, chance.randbytes)
    opening = shop.database.opening
    shop.database.close()
    return Mould(copy, shop.store_id, shop.first_code, opening, chance.getstate())


def of_file(folder: Path) -> Mould:
    """Return a mould of SQLite's in a folder."""
    path = folder / "server.db"

    def copy(url: str) -> None:
        target = file_of(url)
        assert target is not None
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)

    return made(f"sqlite:///{path}", copy)


def of_postgres(admin: Engine, name: str) -> Mould:
    """Return a mould in an empty database of a PostgreSQL; ``admin`` makes and drops others beside it."""

    def copy(url: str) -> None:
        target = url.partition("?")[0].rpartition("/")[2]
        with admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE IF EXISTS {target} WITH (FORCE)"))
            connection.execute(text(f"CREATE DATABASE {target} TEMPLATE {name}"))

    return made(admin.url.set(database=name).render_as_string(hide_password=False), copy)
