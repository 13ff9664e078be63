"""A store on real disks: its server as a process, and tills that joined it, for every harness that breaks things."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from seraphine_pos import settings as own
from seraphine_pos.devices.keys import FileKeys, device_key_name
from seraphine_pos.domain import barcode
from seraphine_pos.domain.product import PackCode, Product, to_body
from seraphine_pos.domain.protocol import ImportRow
from seraphine_pos.paths import Home
from seraphine_pos.shop import join_shop, open_shop
from seraphine_pos.sync.client import HttpServer
from seraphine_pos.sync.sidecar import COMMAND, PACKAGES, Created, Sidecar, create_store
from tests.journeys.conftest import CASHIER_ID, CASHIER_PIN, OWNER_ID, STORE

CODES: Final = tuple(f"{2_000_000_000_000 + number * 10}" for number in range(24))
CASHIER: Final = (CASHIER_ID, CASHIER_PIN)


@dataclass(slots=True)
class Premises:
    """A store's server in the folder ``store`` and its tills beside it; the server starts when it is asked for."""

    folder: Path
    created: Created
    sidecar: Sidecar = field(init=False)

    def __post_init__(self) -> None:
        self.sidecar = Sidecar(self.store, self.created.server_id)

    @property
    def store(self) -> Home:
        """The server's home."""
        return Home(self.folder / "store")

    @property
    def tills(self) -> tuple[Home, ...]:
        """The tills' homes, in the order in which they joined."""
        return tuple(Home(path) for path in sorted(self.folder.glob("till-*")))

    @property
    def url(self) -> str:
        """Where the server listens; it is started if it does not."""
        return self.sidecar.url()

    @contextmanager
    def direct(self) -> Iterator[HttpServer]:
        """Ask the server past every wire, in the first till's name."""
        home = self.tills[0]
        settings = own.load(home.settings)
        key = FileKeys(home.keys).get(device_key_name(settings.device_id)) or ""
        server = HttpServer(self.sidecar.url, key, self.created.server_id)
        try:
            yield server
        finally:
            server.close()

    def lead_through(self, url: str) -> None:
        """Let every till ask at this address from now on."""
        for home in self.tills:
            own.save(home.settings, replace(own.load(home.settings), server_url=url))

    def copied(self, folder: Path) -> "Premises":
        """Return the same store and tills in another folder; the server must be at rest, its data in its home."""
        self.sidecar.stop()
        shutil.copytree(self.folder, folder)
        return Premises(folder, self.created)

    def told(self, *words: str) -> str:
        """Run an operator's command on the store; return what it says, and raise when it finds a fault."""
        done = subprocess.run(
            [*COMMAND, *words, "--home", str(self.store.root)],
            cwd=PACKAGES, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise AssertionError(f"seraphine-server {' '.join(words)}: {done.stdout}{done.stderr[-2000:]}")
        return done.stdout


def found(folder: Path, tills: int) -> Premises:
    """Make a store with CODES to sell, and so many tills that know them; the server is left running."""
    premises = Premises(folder, create_store(Home(folder / "store"), STORE))
    _join(premises, premises.created.code)
    with premises.direct() as server:
        publish(server, [(code, 100 + 35 * number) for number, code in enumerate(CODES)])
    first = premises.tills[0]
    with open_shop(first, keys=FileKeys(first.keys)) as shop:
        assert shop.exchange().problem is None
    for _ in range(tills - 1):
        _join(premises, premises.told("enrol-code").strip())
    return premises


def _join(premises: Premises, code: str) -> None:
    home = Home(premises.folder / f"till-{len(premises.tills) + 1:03}")
    join_shop(home, premises.url, code, keys=FileKeys(home.keys))


def publish(server: HttpServer, prices: list[tuple[str, int]]) -> None:
    """Set the prices of some products, by their codes, in one revision."""
    rows = []
    for code, price in prices:
        key = barcode.key_of(code)
        rows.append(ImportRow(key, to_body(Product(key, f"Article {code}", price, "TVA20", (PackCode(key),)))))
    refused = [one for one in server.import_products(OWNER_ID, rows, dry_run=False) if one.outcome == "refused"]
    assert not refused, refused
