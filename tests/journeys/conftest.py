"""Real processes for journeys: a store's server on a port of its own, tills that joined it, and the wire between."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from seraphine_pos import settings
from seraphine_pos.devices.keys import Keys, MemoryKeys
from seraphine_pos.domain import barcode
from seraphine_pos.domain.product import PackCode, Product, to_body
from seraphine_pos.domain.protocol import ImportRow
from seraphine_pos.paths import Home
from seraphine_pos.shop import Shop, join_shop, open_shop
from seraphine_pos.sync.sidecar import Created, Sidecar, create_store
from tests.faults.proxy import Proxy

OWNER_ID = "01900000-0000-7000-8000-000000000001"
CASHIER_ID = "01900000-0000-7000-8000-000000000002"
OWNER_PIN = "2604"
CASHIER_PIN = "1357"
STORE: dict[str, object] = {
    "name": "Épicerie du Port",
    "address": "1, rue du Port",
    "currency": "MAD",
    "decimals": 2,
    "time_zone": "Africa/Casablanca",
    "language": "fr",
    "taxes": [{"code": "TVA20", "name": "TVA 20 %", "rate": 2000, "included": True}],
    "staff": [
        {"staff_id": OWNER_ID, "name": "Nadia", "role": "owner", "pin": OWNER_PIN},
        {"staff_id": CASHIER_ID, "name": "Salma", "role": "pilotTester", "pin": CASHIER_PIN},
    ],
}
# Code, name, price.
PRODUCTS = (("2000000000015", "Thé à la menthe", 1250), ("2000000000022", "Café moulu", 3490))


@dataclass(slots=True)
class StoreServer:
    """The store's server as a process that a journey may stop, kill and start again; each start has a new port."""

    home: Home
    created: Created
    sidecar: Sidecar = field(init=False)

    def __post_init__(self) -> None:
        self.sidecar = Sidecar(self.home, self.created.server_id)

    @property
    def url(self) -> str:
        """Where it listens; it is started if it does not."""
        return self.sidecar.url()

    def stop(self) -> None:
        """End it in order; it starts again when its address is next asked for."""
        self.sidecar.stop()


@dataclass(slots=True)
class JoinedTill:
    """The home of a till that joined the store, and its keys."""

    home: Home
    keys: Keys


@dataclass(frozen=True, slots=True)
class Scene:
    """A store with PRODUCTS and one till that joined it, made once and then copied for each journey."""

    store: Home
    till: Home
    created: Created
    keys: Keys


@pytest.fixture(scope="session")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """Make the scene by the real commands; never change it afterwards."""
    folder = tmp_path_factory.mktemp("scene")
    scene = Scene(
        Home(folder / "store"), Home(folder / "till"), create_store(Home(folder / "store"), STORE), MemoryKeys()
    )
    with Sidecar(scene.store, scene.created.server_id) as server:
        join_shop(scene.till, server.url(), scene.created.code, keys=scene.keys)
        with open_shop(scene.till, keys=scene.keys) as shop:
            results = shop.server.import_products(OWNER_ID, [_row(*one) for one in PRODUCTS], dry_run=False)
            assert [result.outcome for result in results] == ["created"] * len(PRODUCTS)
            assert shop.exchange().problem is None
    return scene


@pytest.fixture
def store_server(tmp_path: Path, scene: Scene) -> Iterator[StoreServer]:
    """The store's server: it starts when its address is first asked for."""
    home = Home(tmp_path / "store")
    shutil.copytree(scene.store.root, home.root)
    server = StoreServer(home, scene.created)
    yield server
    server.stop()


@pytest.fixture
def wire(store_server: StoreServer) -> Iterator[Proxy]:
    """The network between the tills and the server: always at the same address."""
    with Proxy(lambda: store_server.url) as proxy:
        yield proxy


@pytest.fixture
def joined_till(tmp_path: Path, scene: Scene, wire: Proxy) -> JoinedTill:
    """A till that joined the store, reaches it through the wire and has PRODUCTS to sell; closed."""
    home = Home(tmp_path / "till-1")
    shutil.copytree(scene.till.root, home.root)
    settings.save(home.settings, replace(settings.load(home.settings), server_url=wire.url))
    return JoinedTill(home, scene.keys)


def _row(code: str, name: str, price: int) -> ImportRow:
    key = barcode.key_of(code)
    return ImportRow(key, to_body(Product(key, name, price, "TVA20", (PackCode(key),))))


@pytest.fixture
def shop(joined_till: JoinedTill) -> Iterator[Shop]:
    """The till, open, with the cashier signed in and its sync not started: a journey calls exchange or start."""
    with open_shop(joined_till.home, keys=joined_till.keys) as shop:
        shop.staff.sign_in(CASHIER_ID, CASHIER_PIN)
        yield shop
