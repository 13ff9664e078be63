"""Measures whether clients that send a byte a second hold the others up.

    python -m tests.security.slow_bodies --clients 50 [--requests 2000] [--rounds 5] [--bytes-per-second 1]

A real ``seraphine-server serve``, slow clients in a process of their own, and one client that asks for the server's
health, each time on a new connection, as tills do. Rounds without and with slow clients take turns, so that what else
the machine does falls on both. It fails where the p99 beside them is more than twice the p99 without.
"""

import argparse
import json
import multiprocessing
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Final

from tests import harness
from tests.faults.server_kills import found_store

FACTOR_MAX: Final = 2.0
WARMING: Final = 300
BODY_BYTES: Final = 10_000
READY_S: Final = 60.0
HEALTH: Final = b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Serving:
    """A server in a process of its own."""

    port: int
    key: str

    def connect(self) -> socket.socket:
        """Open a connection."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=30)


@dataclass(slots=True)
class Taken:
    """How long answers took, in seconds, round by round."""

    rounds: list[list[float]] = field(default_factory=list)

    def at(self, percent: int) -> float:
        """Return a percentile of all rounds, in milliseconds."""
        return percentile([one for some in self.rounds for one in some], percent) * 1000

    def told(self, what: str) -> str:
        """Return a line of p50, p99 and how far they differ between rounds."""
        parts = []
        for percent in (50, 99):
            each = [percentile(some, percent) * 1000 for some in self.rounds]
            parts.append(f"p{percent} {self.at(percent):6.2f} ms (rounds {min(each):.2f} to {max(each):.2f})")
        return f"{what:14} {sum(map(len, self.rounds)):>6,} requests  {'  '.join(parts)}"


def percentile(spent: Sequence[float], percent: int) -> float:
    """Return the nearest rank."""
    return sorted(spent)[max(0, -(-len(spent) * percent // 100) - 1)]


@contextmanager
def serving(folder: Path) -> Iterator[Serving]:
    """Start a server on a new store and wait until it answers."""
    url, ready = f"sqlite:///{folder / 'server.db'}", folder / "ready.json"
    _, keys = found_store(url)
    words = ["serve", "--database-url", url, "--home", str(folder), "--port", "0", "--ready-file", str(ready)]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([sys.executable, "-m", "sync_server", *words], stderr=log)
        try:
            pause, ends = threading.Event(), time.monotonic() + READY_S
            while not ready.exists():
                assert time.monotonic() < ends, "the server is not ready"
                pause.wait(0.02)
            yield Serving(int(json.loads(ready.read_text())["url"].rpartition(":")[2]), keys[0])
        finally:
            process.terminate()
            process.wait()


def drip(server: Serving, clients: int, per_second: float, dripping: Event, ended: Event) -> None:
    """Begin so many bodies, and send a byte of each now and then, until it is over."""
    head = (
        f"POST /v1/push HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {server.key}\r\n"
        f"Content-Length: {BODY_BYTES}\r\n\r\n"
    ).encode()
    with ExitStack() as stack:
        slow = [stack.enter_context(server.connect()) for _ in range(clients)]
        for one in slow:
            one.sendall(head + b"{")
        dripping.set()
        # Spread over the time, as they would be, and not all at one moment.
        while not ended.is_set():
            for one in slow:
                one.sendall(b" ")
                if ended.wait(1 / (per_second * clients)):
                    return


@contextmanager
def slow_clients(server: Serving, clients: int, per_second: float) -> Iterator[None]:
    """Have slow clients in a process of their own."""
    spawn = multiprocessing.get_context("spawn")
    dripping, ended = spawn.Event(), spawn.Event()
    process = spawn.Process(target=drip, args=(server, clients, per_second, dripping, ended), daemon=True)
    process.start()
    try:
        assert dripping.wait(READY_S), "the slow clients have not begun"
        yield
        assert process.is_alive(), "the slow clients were not slow: their connections have ended"
    finally:
        ended.set()
        process.join()


def asked(server: Serving, requests: int) -> list[float]:
    """Ask so many times, and return how long each answer took."""
    taken = []
    for _ in range(requests):
        began = time.perf_counter()
        with server.connect() as connection:
            connection.sendall(HEALTH)
            said = b""
            while part := connection.recv(65_536):
                said += part
        taken.append(time.perf_counter() - began)
        assert said.startswith(b"HTTP/1.1 200 "), said[:60]
    return taken


def measured(server: Serving, clients: int, requests: int, rounds: int, per_second: float) -> tuple[Taken, Taken]:
    """Return how long answers took without and with slow clients."""
    alone, beside = Taken(), Taken()
    asked(server, WARMING)
    with harness.progress("rounds") as bar:
        for number in range(rounds):
            alone.rounds.append(asked(server, requests // rounds))
            with slow_clients(server, clients, per_second):
                beside.rounds.append(asked(server, requests // rounds))
            bar(number + 1, rounds)
    return alone, beside


def main(words: Sequence[str] | None = None) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m tests.security.slow_bodies", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--requests", type=int, default=2000, help="without, and as many beside")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--bytes-per-second", type=float, default=1.0)
    given = parser.parse_args(words)
    with tempfile.TemporaryDirectory(prefix="seraphine-slow-") as folder, serving(Path(folder)) as server:
        alone, beside = measured(server, given.clients, given.requests, given.rounds, given.bytes_per_second)
    sys.stdout.write(f"{alone.told('without')}\n{beside.told(f'beside {given.clients}')}\n")
    factors = {percent: beside.at(percent) / alone.at(percent) for percent in (50, 99)}
    sys.stdout.write(
        f"p50 × {factors[50]:.2f}, p99 × {factors[99]:.2f}; {os.cpu_count()} processors,"
        f" load {os.getloadavg()[0]:.1f}\n"
    )
    return harness.finish(int(factors[99] <= FACTOR_MAX), int(factors[99] > FACTOR_MAX))


if __name__ == "__main__":
    sys.exit(main())
