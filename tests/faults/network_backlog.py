"""A till that was away for days sends everything over a thin line, and sells meanwhile as if nothing were.

    python -m tests.faults.network_backlog [--entries 10000] [--first-seed S]

The line has 1 Mbit/s and answers after 300 ms: three times for each request, which connects, greets and asks. It is
encrypted as it is in a shop, so the till packs what it sends; time-outs and back-off are the real ones.
"""

import argparse
import random
import ssl
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import httpx

from seraphine_pos.bench.figure import P99, percentile
from seraphine_pos.devices.keys import FileKeys, device_key_name
from seraphine_pos.domain.sale import Ticket
from seraphine_pos.shop import Shop, open_shop
from seraphine_pos.sync.client import HttpServer
from seraphine_pos.sync.engine import Engine
from seraphine_pos.sync.worker import Worker
from tests import harness
from tests.faults.counter import Counter
from tests.faults.network import P99_MOVES_MS_MAX, TRIES
from tests.faults.premises import Premises, found
from tests.faults.proofs import faults
from tests.faults.proxy import Proxy
from tests.faults.toxics import Slow

LINE: Final = Slow(byte_s=8 / 1_000_000, before_s=0.9)
ENTRIES: Final = 10_000
HEALTHY_SALES: Final = 500
PAUSE_S: Final = 0.05
DRAINED_S_MAX: Final = 60.0
GIVEN_UP_S: Final = 600.0
# Stands for the certificate of a shop's server.
CERTIFICATE: Final = Path(__file__).parents[1] / "sync" / "self_signed.pem"


@dataclass(slots=True)
class Drained:
    """What became of a backlog."""

    entries: int = 0
    seconds: float = 0
    healthy_ms: list[float] = field(default_factory=list)
    draining_ms: list[float] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def moved_ms(self) -> float:
        """How much longer the slowest sale of a hundred takes while the backlog goes."""
        return percentile(self.draining_ms, P99) - percentile(self.healthy_ms, P99)

    def __str__(self) -> str:
        """Return the figures in a line."""
        before, meanwhile = (percentile(sales, P99) for sales in (self.healthy_ms, self.draining_ms))
        return (
            f"{self.entries} entries drained in {self.seconds:.1f} s; sale commit p99 {before:.1f} ms before,"
            f" {meanwhile:.1f} ms meanwhile ({self.moved_ms:+.1f}, of {len(self.draining_ms)} sales)"
        )


def exchange(shop: Shop, url: str) -> tuple[HttpServer, Worker]:
    """Return the till's real client and worker, which trust CERTIFICATE."""
    trusted = ssl.create_default_context(cafile=str(CERTIFICATE))
    key = shop.keys.get(device_key_name(shop.settings.device_id)) or ""
    server = HttpServer(url, key, shop.settings.server_id, transport=httpx.HTTPTransport(verify=trusted))
    worker = Worker(Engine(shop.stored.journal, shop.stored.mirror, server, shop.clock), lambda _: None)
    shop.stored.journal.committed = worker.wake
    return server, worker


def drain(scene: Premises, place: Path, entries: int, seed: int, shown: Callable[[int, int], None]) -> Drained:
    """Let a till gather so many entries offline, then send them over LINE while it goes on selling."""
    premises, drained, totals = scene.copied(place), Drained(), dict[str, int]()
    offered = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    offered.load_cert_chain(CERTIFICATE)

    def note(ticket: Ticket) -> None:
        totals[ticket.event_id] = ticket.total

    with ExitStack() as stack:
        stack.callback(premises.sidecar.stop)
        wire = stack.enter_context(Proxy(lambda: premises.url, seed=seed, tls=offered))
        premises.lead_through(premises.url)
        home = premises.tills[0]
        shop = stack.enter_context(open_shop(home, keys=FileKeys(home.keys)))
        counter = Counter(shop, random.Random(seed), note)
        counter.sign_in()
        server, worker = exchange(shop, wire.url)
        stack.callback(server.close)
        pause = threading.Event()
        while drained.entries < entries:
            counter.act()
            drained.entries = shop.stored.journal.state().waiting
            if len(counter.commits_ms) < HEALTHY_SALES:
                pause.wait(PAUSE_S)
            shown(drained.entries, 2 * entries)
        drained.healthy_ms = counter.commits_ms[:HEALTHY_SALES]
        _send(shop, worker, wire, counter, drained, pause)
        shop.exchange()
        drained.problems += faults(premises, stack.enter_context(premises.direct()), [(shop, totals)])
        shown(2 * entries, 2 * entries)
    return drained


def _send(
    shop: Shop, worker: Worker, wire: Proxy, counter: Counter, drained: Drained, pause: threading.Event
) -> None:  # fmt: skip
    """Start the worker over the thin line, and sell until the backlog has gone."""
    before, backlog = len(counter.commits_ms), shop.stored.journal.state().seq
    wire.suffer(LINE)
    begun_s = time.monotonic()
    with worker:
        while shop.stored.journal.state().acked_seq < backlog and time.monotonic() - begun_s < GIVEN_UP_S:
            counter.sell()
            pause.wait(PAUSE_S)
        drained.seconds = time.monotonic() - begun_s
        wire.heal()
    drained.draining_ms = counter.commits_ms[before:]
    if drained.seconds > DRAINED_S_MAX:
        drained.problems.append(f"{drained.entries} entries took {drained.seconds:.1f} s: {worker.state}")


def main(words: Sequence[str] | None = None) -> int:
    """Run the command; a p99 that moved is measured again, for the machine may have been busy."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.network_backlog", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--entries", type=int, default=ENTRIES, metavar="N", help=f"default: {ENTRIES}")
    parser.add_argument("--first-seed", type=int, default=1, metavar="S")
    given = parser.parse_args(words)
    drained = Drained()
    with tempfile.TemporaryDirectory(prefix="seraphine-backlog-") as folder:
        scene = found(Path(folder) / "scene", 1)
        for turn in range(TRIES):
            with harness.progress("backlog") as shown:
                drained = drain(scene, Path(folder) / str(turn), given.entries, given.first_seed, shown)
            print(drained, flush=True)  # noqa: T201  a command
            if drained.problems or drained.moved_ms <= P99_MOVES_MS_MAX:
                break
        else:
            drained.problems.append(f"{TRIES} times in a row, sales waited for the sending")
    if drained.problems:
        again = f"python -m tests.faults.network_backlog --entries {given.entries} --first-seed {given.first_seed}"
        harness.failure(given.first_seed, "; ".join(drained.problems), again)
    return harness.finish(int(not drained.problems), int(bool(drained.problems)))


if __name__ == "__main__":
    sys.exit(main())
