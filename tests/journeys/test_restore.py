"""The drill: a store loses its server to a day-old backup, and its tills fill it again. All of it real processes."""

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from seraphine_pos import settings as own
from seraphine_pos.devices.keys import FileKeys, device_key_name
from seraphine_pos.domain import barcode
from seraphine_pos.domain.product import PackCode, Product, to_body
from seraphine_pos.domain.protocol import ImportRow
from seraphine_pos.domain.report import ReportQuery, shape
from seraphine_pos.paths import Home
from seraphine_pos.shop import join_shop
from seraphine_pos.sync.client import HttpServer
from tests.journeys.conftest import OWNER_ID, PRODUCTS, STORE
from tests.journeys.watching import Watcher

SERVER = (sys.executable, "-m", "sync_server")
TILLS = 2

pytestmark = pytest.mark.timeout(300)  # some twenty programs are started, one after the other


@dataclass
class Drill:
    """A store on some database, its server at one address for all its lives, and tills that ring there."""

    folder: Path
    url: str
    port: int
    server: "subprocess.Popen[bytes] | None" = None
    server_id: str = ""
    gross: int = 0
    sales: int = 0
    ringing: "list[subprocess.Popen[str]]" = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def homes(self) -> list[Home]:
        return [Home(self.folder / f"till-{number}") for number in range(TILLS)]

    def command(self, *words: str, given: str = "") -> "subprocess.CompletedProcess[str]":
        """Run an operator's command."""
        where = ("--database-url", self.url, "--home", str(self.folder))
        return subprocess.run(
            [*SERVER, *words, *where], input=given, capture_output=True, text=True, check=False, timeout=60
        )

    def start(self) -> None:
        """Start the server, and wait until it answers."""
        ready = self.folder / "ready.json"
        ready.unlink(missing_ok=True)
        self.server = subprocess.Popen(
            [
                *SERVER, "serve", "--database-url", self.url, "--home", str(self.folder), "--port", str(self.port),
                "--ready-file", str(ready),
            ],
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        Watcher.until(ready.exists)

    def kill(self) -> None:
        """Kill the server without warning."""
        if self.server is not None:
            self.server.kill()
            self.server.wait()
            self.server = None

    def direct(self) -> HttpServer:
        """Ask the server in the first till's name."""
        home = self.homes[0]
        key = FileKeys(home.keys).get(device_key_name(own.load(home.settings).device_id))
        return HttpServer(self.address, key or "", self.server_id)

    def publish(self, price: int) -> None:
        """Give every product this price."""
        rows = []
        for code, name, _ in PRODUCTS:
            key = barcode.key_of(code)
            rows.append(ImportRow(key, to_body(Product(key, name, price, "TVA20", (PackCode(key),)))))
        server = self.direct()
        assert {one.outcome for one in server.import_products(OWNER_ID, rows, dry_run=False)} <= {"created", "updated"}
        server.close()

    def ring(self, sales: int) -> None:
        """Let every till sell so often and exchange, all at the same time; see ``rung``."""
        for number, home in enumerate(self.homes):
            command = [sys.executable, "-m", "tests.journeys.selling", str(home.root), str(sales), str(number)]
            self.ringing.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
        self.sales += sales * TILLS

    def rung(self) -> list[dict[str, Any]]:
        """Wait for the tills, and return what each of them said."""
        told = []
        for process in self.ringing:
            said, _ = process.communicate(timeout=90)
            assert process.returncode == 0
            told.append(json.loads(said))
        self.ringing.clear()
        self.gross += sum(one["gross"] for one in told)
        return told

    def reported(self) -> tuple[int, int, int]:
        """Return the server's sales, gross and entries that no report includes."""
        today = datetime.now(UTC).date()
        about = ReportQuery((today - timedelta(days=2)).isoformat(), (today + timedelta(days=2)).isoformat())
        server = self.direct()
        data = server.report(about)
        server.close()
        total = shape(data).total
        return total.sales, total.gross, data.not_included

    def end(self) -> None:
        """End what still runs."""
        for process in self.ringing:
            process.kill()
            process.communicate()
        self.kill()


@pytest.fixture(params=["sqlite", "postgresql"])
def drill(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Drill]:
    """Give a store with PRODUCTS and tills that joined it; its server runs."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'server' / 'server.db'}"
    else:
        url = request.getfixturevalue("postgres_database")
    yield from founded(url, tmp_path)


def founded(url: str, folder: Path) -> Iterator[Drill]:
    """Give a store on some database while its server runs; end what runs afterwards."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    drill = Drill(folder, url, port)
    try:
        made = json.loads(drill.command("create-store", given=json.dumps(STORE)).stdout)
        drill.server_id = made["server_id"]
        drill.start()
        for number, home in enumerate(drill.homes):
            code = drill.command("enrol-code").stdout.strip() if number else made["code"]
            join_shop(home, drill.address, code, keys=FileKeys(home.keys))
        drill.publish(1250)
        yield drill
    finally:
        drill.end()


def good(told: list[dict[str, Any]]) -> bool:
    return all((one["waiting"], one["problem"], one["wrong"], one["journals"]) == (0, None, [], 1) for one in told)


def test_a_restored_server_is_filled_again_without_anyone_s_help(drill: Drill, tmp_path: Path) -> None:
    drill.ring(8)
    assert good(drill.rung())
    drill.ring(8)  # the backup is taken while the tills sell
    backup = drill.command("backup", str(tmp_path / "shop.zip"))
    assert (backup.returncode, "read back and compared: 0 problems" in backup.stdout) == (0, True), backup
    told = drill.rung()
    assert good(told)
    drill.publish(990)  # decided after the backup, and lost with the server
    drill.ring(12)
    assert good(drill.rung())
    assert drill.reported() == (drill.sales, drill.gross, 0)

    refused = drill.command("restore", str(tmp_path / "shop.zip"))
    assert (refused.returncode, "stop" in refused.stderr) == (2, True), refused
    assert drill.reported() == (drill.sales, drill.gross, 0)
    drill.kill()
    restored = drill.command("restore", str(tmp_path / "shop.zip"))
    assert restored.returncode == 0, restored
    assert restored.stdout.count("more were in what stood here before") == TILLS
    drill.start()
    assert drill.reported()[0] < drill.sales

    drill.ring(0)  # nobody sells: the hello alone must tell them
    told_again = drill.rung()
    assert good(told_again)
    assert {one["feed_id"] for one in told_again}.isdisjoint(one["feed_id"] for one in told)
    assert len({one["feed_id"] for one in told_again}) == 1
    assert drill.reported() == (drill.sales, drill.gross, 0)
    drill.ring(3)
    assert good(drill.rung())
    assert drill.reported() == (drill.sales, drill.gross, 0)
    verified = drill.command("verify")
    assert verified.returncode == 0, verified
