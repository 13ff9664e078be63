"""A store made once by the server's own command, copied for each test that starts it; a till and a bad network."""

import random
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from seraphine_pos.paths import Home
from seraphine_pos.sync.sidecar import Created, create_store
from tests.fakes.model_server import BadNetwork, ModelServer
from tests.sync.one_till import OneTill

REQUEST: dict[str, object] = {
    "name": "Épicerie du Port",
    "address": "1, rue du Port",
    "currency": "MAD",
    "decimals": 2,
    "time_zone": "Africa/Casablanca",
    "language": "fr",
    "taxes": [{"code": "TVA20", "name": "TVA 20 %", "rate": 2000, "included": True}],
    "staff": [{"name": "Nadia", "role": "owner", "pin": "2604"}],
}


@dataclass(frozen=True, slots=True)
class Founded:
    """A home with a store in it that no till has joined yet."""

    home: Home
    created: Created


@pytest.fixture(scope="session")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Founded:
    """The store, never to be changed."""
    home = Home(tmp_path_factory.mktemp("pristine") / "home")
    home.make()
    return Founded(home, create_store(home, REQUEST))


@pytest.fixture
def founded(pristine: Founded, tmp_path: Path) -> Founded:
    """A copy of the store in a folder with an accent and a space."""
    home = Home(tmp_path / "Épicerie du Port")
    shutil.copytree(pristine.home.root, home.root)
    return Founded(home, pristine.created)


@pytest.fixture
def server() -> ModelServer:
    return ModelServer()


@pytest.fixture
def network(server: ModelServer) -> BadNetwork:
    return BadNetwork(server, random.Random(1))


@pytest.fixture
def till(tmp_path: Path, network: BadNetwork) -> Iterator[OneTill]:
    till = OneTill(tmp_path / "till", network)
    yield till
    till.close()
