"""Hostile bytes on a real socket: nobody holds a place by saying nothing, and nothing large is kept."""

import gzip
import json
import os
import socket
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import pytest
import uvicorn

from seraphine_pos.bench.memory import resident_kib
from sync_server.app import build
from sync_server.certificates import Hosts, OfTheStore
from sync_server.routes.body import INFLATED_BYTES_MAX, SENT_BYTES_MAX
from sync_server.settings import LimitSettings, Settings
from sync_server.store_server import StoreServer
from sync_server.watch.request_head import HEAD_BYTES_MAX, Prompt, impatient
from tests.silence import ExpectedLog
from tests.sync_server.shop import Shop, found_shop

HEAD_S = 0.5
BODY_S = 1
MIB = 1 << 20
GROWN_KIB_MAX = 32 << 10
DRIPPING = 50
ASKED = 60


@dataclass(frozen=True)
class Listener:
    """A server that listens, and the key of its till."""

    port: int
    key: str

    def connect(self) -> socket.socket:
        """Open a connection that waits at most ten seconds for anything."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=10)

    def head(self, path: str, *lines: str, length: int) -> bytes:
        """Return the head of a request of the till."""
        said = [
            f"POST {path} HTTP/1.1", "Host: server", f"Authorization: Bearer {self.key}",
            f"Content-Length: {length}", *lines, "", "",
        ]  # fmt: skip
        return "\r\n".join(said).encode()


@pytest.fixture(scope="module")
def listener(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listener]:
    """Give a listening server whose patience is short."""
    with listening(tmp_path_factory.mktemp("wire"), BODY_S) as found:
        yield found


@pytest.fixture
def patient(tmp_path: Path) -> Iterator[Listener]:
    """Give one that waits for a body as long as any."""
    with listening(tmp_path, 60) as found:
        yield found


@contextmanager
def listening(folder: Path, body_s: int) -> Iterator[Listener]:
    """Let a server listen on a thread."""
    shop = waiting_shop(found_shop(f"sqlite:///{folder / 'server.db'}"), body_s)
    config = Prompt(
        build(shop.server), host="127.0.0.1", port=0, log_config=None, lifespan="off", http=impatient(HEAD_S)
    )
    with running(config) as port:
        yield Listener(port, shop.till().enrolment.device_key)
    shop.database.close()


@contextmanager
def running(config: uvicorn.Config) -> Iterator[int]:
    """Run a server on a thread, and give the port that it listens on."""
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        thread.join(0.01)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    thread.join()


def waiting_shop(shop: Shop, body_s: int) -> Shop:
    """Return a shop whose server waits so long for a body."""
    settings = Settings(limits=LimitSettings(body_seconds=body_s))
    server = StoreServer(shop.database, shop.clock, shop.random_bytes, settings)
    return Shop(server, shop.clock, shop.random_bytes, shop.store_id, shop.first_code)


def rest(connection: socket.socket) -> bytes:
    """Read until the other side ends the connection."""
    parts = []
    try:
        while part := connection.recv(65_536):
            parts.append(part)
    except ConnectionResetError:
        parts.append(b"")
    return b"".join(parts)


def status_of(answer: bytes) -> int:
    """Return the status of an answer."""
    return int(answer.split(b" ", 2)[1])


@pytest.mark.parametrize("said", [b"", b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-A: "])
def test_a_head_that_does_not_come(listener: Listener, said: bytes) -> None:
    begun_s = time.monotonic()
    with listener.connect() as connection:
        connection.sendall(said)
        assert rest(connection) == b""
    assert time.monotonic() - begun_s < HEAD_S * 10


def test_a_head_a_byte_at_a_time(listener: Listener) -> None:
    ended = threading.Event()
    with listener.connect() as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nX-Slow: ")

        def drip() -> None:
            while not ended.wait(0.05):
                try:
                    connection.sendall(b"x")
                except OSError:
                    return

        thread = threading.Thread(target=drip)
        thread.start()
        assert rest(connection) == b""
        ended.set()
        thread.join()


def test_a_second_head_that_does_not_come(listener: Listener) -> None:
    with listener.connect() as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert status_of(connection.recv(65_536)) == 200
        connection.sendall(b"GET /heal")
        assert rest(connection) == b""


def test_a_head_without_end(listener: Listener) -> None:
    with listener.connect() as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\n")
        sent = 0
        with suppress(OSError):  # it is ended in the middle
            while sent < 64 * HEAD_BYTES_MAX:
                connection.sendall(b"X-More: " + b"x" * 1000 + b"\r\n")
                sent += 1010
        assert rest(connection) == b""
    assert sent < 64 * HEAD_BYTES_MAX


LARGE = {
    "one header": b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-A: " + b"x" * 70_000 + b"\r\n\r\n",
    "many headers": b"GET /healthz HTTP/1.1\r\nHost: x\r\n" + b"X-A: 1\r\n" * 8750 + b"\r\n",
    "an address": b"GET /healthz?" + b"x" * 70_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    "trailers": b"GET /healthz HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"
    + b"X-A: 1\r\n" * 8750 + b"\r\n",
}  # fmt: skip


@pytest.mark.parametrize("named", LARGE)
def test_a_large_head_that_comes_at_once(listener: Listener, expected_log: ExpectedLog, named: str) -> None:
    expected_log("Invalid HTTP request received")
    with listener.connect() as connection:
        connection.sendall(LARGE[named])
        assert rest(connection) == b""


def test_a_head_that_is_nearly_too_large(listener: Listener) -> None:
    head = b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-A: "
    with listener.connect() as connection:
        connection.sendall(head + b"x" * (HEAD_BYTES_MAX - len(head) - 4) + b"\r\n\r\n")
        assert status_of(rest(connection)) == 200


def test_a_hello_of_tls_that_does_not_come(tmp_path: Path) -> None:
    shown = OfTheStore(tmp_path, lambda: Hosts(("localhost",), ("127.0.0.1",)), lambda: time.time_ns() // 1_000_000)
    config = Prompt(
        _nothing, host="127.0.0.1", port=0, log_config=None, lifespan="off", http=impatient(HEAD_S),
        ssl_context_factory=lambda _config, _usual: shown.context,
    )  # fmt: skip
    begun_s = time.monotonic()
    with running(config) as port, socket.create_connection(("127.0.0.1", port), timeout=HEAD_S * 10) as connection:
        assert rest(connection) == b""
    assert time.monotonic() - begun_s < HEAD_S * 10


async def _nothing(_scope: object, _receive: object, _send: object) -> None:
    pass


def test_a_monitor_asks_for_the_head_of_health_alone(listener: Listener) -> None:
    with listener.connect() as connection:
        connection.sendall(b"HEAD /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        head, _, body = rest(connection).partition(b"\r\n\r\n")
    assert (status_of(head), body) == (200, b"")
    assert b"content-type: application/json" in head


def test_a_body_that_does_not_come(listener: Listener) -> None:
    with listener.connect() as connection:
        connection.sendall(listener.head("/v1/push", length=1000) + b"{")
        answer = rest(connection)
    assert status_of(answer) == 408
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["error"]["code"] == "TOO_SLOW"


def test_200_mb(listener: Listener) -> None:
    before_kib = resident_kib(os.getpid())
    sent, block = 0, bytes(MIB)
    with listener.connect() as connection:
        connection.sendall(listener.head("/v1/push", length=200 * MIB))
        with suppress(OSError):  # the answer is given, and the line ended, before all is sent
            while sent < 200 * MIB:
                connection.sendall(block)
                sent += len(block)
    assert resident_kib(os.getpid()) - before_kib < GROWN_KIB_MAX


@pytest.mark.parametrize("size", [INFLATED_BYTES_MAX + 1, 500 * MIB])
def test_a_gzip_bomb(listener: Listener, size: int) -> None:
    bomb = _bomb(size)
    assert len(bomb) < SENT_BYTES_MAX
    before_kib = resident_kib(os.getpid())
    with listener.connect() as connection:
        connection.sendall(listener.head("/v1/push", "Content-Encoding: gzip", length=len(bomb)) + bomb)
        answer = rest(connection)
    assert status_of(answer) == 413
    assert resident_kib(os.getpid()) - before_kib < GROWN_KIB_MAX


@pytest.mark.parametrize("depth", [10_000, 500_000])
def test_a_body_a_hundred_thousand_levels_deep(listener: Listener, depth: int) -> None:
    for opening, closing in ((b"[", b"]"), (b'{"a":', b"}")):
        body = opening * depth + b"1" + closing * depth
        if len(body) > SENT_BYTES_MAX:
            body = body[:SENT_BYTES_MAX]
        with listener.connect() as connection:
            connection.sendall(listener.head("/v1/push", "Connection: close", length=len(body)) + body)
            assert status_of(rest(connection)) == 400


def test_slow_bodies_hold_nobody_up(patient: Listener) -> None:
    alone_s = median(answer_times(patient))
    stopped = threading.Event()
    with ExitStack() as stack:
        slow = [stack.enter_context(patient.connect()) for _ in range(DRIPPING)]
        for one in slow:
            one.sendall(patient.head("/v1/push", length=10_000))

        def drip() -> None:
            while not stopped.wait(0.05):
                for one in slow:
                    one.sendall(b"x")

        thread = threading.Thread(target=drip)
        thread.start()
        beside_s = median(answer_times(patient))
        stopped.set()
        thread.join()
    assert beside_s < alone_s * 3


def answer_times(listener: Listener) -> list[float]:
    """Ask some times for the server's health, and return how long each answer took."""
    taken = []
    for _ in range(ASKED):
        begun_s = time.perf_counter()
        with listener.connect() as connection:
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            assert status_of(rest(connection)) == 200
        taken.append(time.perf_counter() - begun_s)
    return taken


def test_the_server_still_answers(listener: Listener) -> None:
    with listener.connect() as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert status_of(rest(connection)) == 200


def _bomb(size: int) -> bytes:
    if size < 100 * MIB:
        return gzip.compress(bytes(size))
    packer = zlib.compressobj(9, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    block = bytes(MIB)
    return b"".join([*(packer.compress(block) for _ in range(size // MIB)), packer.flush()])
