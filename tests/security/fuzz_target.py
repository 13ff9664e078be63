"""What every fuzzed parser has: inputs to begin with, and one call that raises when a promise is broken."""

import json
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, Protocol

from seraphine_pos.domain.refusal import Refusal, Unavailable
from sync_server.errors import Problem
from sync_server.settings import LimitSettings, Settings
from sync_server.store_server import StoreServer
from tests.sync_server.shop import Shop, found_shop

OURS: Final = (Problem, Refusal, Unavailable)
UNLIMITED: Final = 10**9
INSERTED_MAX: Final = 8


class Broken(AssertionError):
    """A parser did not keep what it promises."""


class Target(Protocol):
    """A parser under fire."""

    def seeds(self) -> Sequence[bytes]:
        """Return inputs that are taken, for others to be made of."""
        ...

    def attempt(self, data: bytes) -> None:
        """Parse; raise Broken, or whatever else the parser should not have let through."""
        ...

    def close(self) -> None:
        """Let go of what was opened."""
        ...


def hold(kept: object, promise: str) -> None:
    """Raise Broken unless the promise was kept."""
    if not kept:
        raise Broken(promise)


def of_json(good: object) -> bytes:
    """Return JSON."""
    return json.dumps(good, ensure_ascii=False).encode()


def mutations(seeds: Sequence[bytes], chance: random.Random) -> Iterator[bytes]:
    """Yield the seeds, then for ever what comes of them by cutting, flipping, doubling, mixing, or of nothing."""
    yield from seeds
    while True:
        data = bytearray(chance.choice(seeds))
        for _ in range(chance.randint(1, 4)):
            _mutate(data, chance, seeds)
        yield bytes(data)


def _mutate(data: bytearray, chance: random.Random, seeds: Sequence[bytes]) -> None:
    start, end = sorted(chance.randint(0, len(data)) for _ in range(2))
    way = chance.randrange(6)
    if way == 0:
        del data[start:end]
    elif way == 1:
        data[start:start] = chance.randbytes(chance.randint(1, INSERTED_MAX))
    elif way == 2:
        data[start:start] = data[start:end]
    elif way == 3:
        data[start:end] = chance.choice(seeds)[: end - start]
    elif way == 4:
        data[:] = chance.randbytes(chance.randint(0, 64))
    elif data:
        data[start % len(data)] ^= 1 << chance.randrange(8)


class StoreUnderFire:
    """A store's server on a file, without limits, made anew after so many inputs: none may slow the others down."""

    def __init__(self, folder: Path, lasts: int) -> None:
        """Make the first when it is asked for."""
        self._folder = folder
        self._lasts = lasts
        self._used = 0
        self._number = 0
        self._shop: Shop | None = None

    def shop(self) -> Shop:
        """Return the store, and count."""
        if self._shop is None or self._used >= self._lasts:
            self.close()
            self._number += 1
            self._used = 0
            self._shop = unlimited(found_shop(f"sqlite:///{self._folder / f'{self._number}.db'}"))
        self._used += 1
        return self._shop

    @property
    def is_new(self) -> bool:
        """Tell whether the store was made for the last caller."""
        return self._used == 1

    @property
    def is_over(self) -> bool:
        """Tell whether nobody gets this store again."""
        return self._used >= self._lasts

    def close(self) -> None:
        """Close the store and remove its file."""
        if self._shop is not None:
            self._shop.database.close()
            for path in self._folder.glob(f"{self._number}.db*"):
                path.unlink()
            self._shop = None


def unlimited(shop: Shop) -> Shop:
    """Return a shop whose server lets everybody ask as often as they like."""
    limits = {name: UNLIMITED for name in LimitSettings.model_fields if name.endswith(("_per_minute", "_burst"))}
    settings = Settings(limits=LimitSettings(**limits))
    server = StoreServer(shop.database, shop.clock, shop.random_bytes, settings)
    return Shop(server, shop.clock, shop.random_bytes, shop.store_id, shop.first_code)


def count(shop: Shop, table: str, where: str = "1 = 1") -> int:
    """Return how many rows of a table are so."""
    with shop.database.read() as connection:
        return int(connection.exec_driver_sql(f"SELECT COUNT(*) FROM {table} WHERE {where}").scalar_one())
