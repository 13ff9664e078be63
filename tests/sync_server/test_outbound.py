"""The way out over real sockets: one address, no redirect, no proxy, and an end within the deadline."""

import json
import re
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from standardwebhooks import Webhook

from sync_server import signature
from sync_server.certificates import Hosts, OfTheStore
from sync_server.outgoing.outbound import HttpSender, NotDelivered, system_resolve
from sync_server.outgoing.outbox import Message

WHOLE_S = 0.4
GOOD = b"HTTP/1.1 204 No Content\r\n\r\n"


class Listener:
    """Listens on loopback, keeps what it is sent, and answers in pieces until it is told to stop."""

    def __init__(self, answer: Sequence[bytes], *, pause_s: float = 0.0, context: ssl.SSLContext | None = None) -> None:
        self.got: list[bytes] = []
        self._answer = answer
        self._pause_s = pause_s
        self._context = context
        self._ended = threading.Event()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with closing(connection):
                self._talk(connection)

    def _talk(self, connection: socket.socket) -> None:
        if self._context is not None:
            try:
                connection = self._context.wrap_socket(connection, server_side=True)
            except ssl.SSLError:  # the other side did not like the certificate
                return
        with closing(connection):
            self.got.append(_whole(connection))
            self._say(connection)

    def _say(self, connection: socket.socket) -> None:
        for part in self._answer:
            if self._ended.wait(self._pause_s):
                return
            try:
                connection.sendall(part)
            except OSError:
                return

    @contextmanager
    def listening(self) -> Iterator["Listener"]:
        """Listen as long as this lasts."""
        self._thread.start()
        try:
            yield self
        finally:
            self._ended.set()
            self._socket.shutdown(socket.SHUT_RDWR)
            self._socket.close()
            self._thread.join()


def _whole(connection: socket.socket) -> bytes:
    """Read a request to its end, which its head says."""
    got = b""
    while part := connection.recv(65536):
        got += part
        head, _, body = got.partition(b"\r\n\r\n")
        said = re.search(rb"content-length: ([0-9]+)", head.lower())
        if said and len(body) >= int(said[1]):
            break
    return got


def send(listener: Listener, *, host: str = "127.0.0.1", whole_s: float = 5.0) -> int:
    """Send to a listener that the settings allow."""
    sender = HttpSender([f"{host}:{listener.port}"], resolve=lambda _host, _port: ["127.0.0.1"], whole_s=whole_s)
    return sender.send(f"http://{host}:{listener.port}/hook?a=1", {"webhook-id": "m"}, b'{"a":1}')


def test_a_message_arrives_with_its_headers_and_its_very_bytes() -> None:
    with Listener([GOOD]).listening() as listener:
        assert send(listener, host="n8n.shop") == 204
    head, _, body = listener.got[0].partition(b"\r\n\r\n")
    lines = head.decode().lower().split("\r\n")
    assert lines[0] == "post /hook?a=1 http/1.1"
    assert f"host: n8n.shop:{listener.port}" in lines
    assert "webhook-id: m" in lines
    assert body == b'{"a":1}'


def test_a_redirect_is_not_followed() -> None:
    with Listener([GOOD]).listening() as other:
        away = f"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:{other.port}/\r\nContent-Length: 0\r\n\r\n"
        with Listener([away.encode()]).listening() as listener:
            assert send(listener) == 302
        assert other.got == []


def test_no_proxy_of_the_environment_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    with Listener([GOOD]).listening() as proxy, Listener([GOOD]).listening() as listener:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        assert send(listener) == 204
        assert proxy.got == []


@pytest.mark.parametrize(
    "listener",
    [
        Listener([GOOD], pause_s=60),
        Listener([bytes([letter]) for letter in b"HTTP/1.1 200 OK\r\n" + b"x-a: b\r\n" * 1000], pause_s=0.05),
        Listener([b"HTTP/1.1 200 OK\r\ncontent-length: 10000\r\n\r\n", *[b"x"] * 10000], pause_s=0.05),
    ],
    ids=["late", "a header by the byte", "a body by the byte"],
)
def test_a_slow_receiver_is_left_at_the_deadline(listener: Listener) -> None:
    with listener.listening():
        began_s = time.monotonic()
        with pytest.raises(NotDelivered):
            send(listener, whole_s=WHOLE_S)
        assert time.monotonic() - began_s < WHOLE_S + 5


def test_a_long_answer_is_not_read_to_its_end() -> None:
    endless = [b"HTTP/1.1 200 OK\r\ncontent-length: 1000000000\r\n\r\n", *[b"x" * 65536] * 100]
    with Listener(endless).listening() as listener:
        assert send(listener) == 200


@pytest.mark.parametrize("answer", [[b"\x16\x03\x01\x00"], [b"HTTP/1.1 200"], [b""]])
def test_what_is_no_answer_is_no_delivery(answer: list[bytes]) -> None:
    with Listener(answer).listening() as listener, pytest.raises(NotDelivered):
        send(listener)


@pytest.mark.parametrize(("host", "status"), [("n8n.shop", 204), ("other.shop", None)])
def test_a_certificate_is_held_against_the_name_and_not_the_address(
    tmp_path: Path, host: str, status: int | None
) -> None:
    hosts = Hosts(("n8n.shop",), ("127.0.0.1",))
    shown = OfTheStore(tmp_path, lambda: hosts, lambda: time.time_ns() // 1_000_000)
    trusting = ssl.create_default_context(cadata=shown.authority)
    with Listener([GOOD], context=shown.context).listening() as listener:
        sender = HttpSender(
            [f"{host}:{listener.port}"],
            resolve=lambda _host, _port: ["127.0.0.1"],
            transport=lambda: httpx.HTTPTransport(verify=trusting, trust_env=False),
        )
        if status is None:
            with pytest.raises(NotDelivered, match="certificate verify failed"):
                sender.send(f"https://{host}:{listener.port}/", {}, b"")
        else:
            assert sender.send(f"https://{host}:{listener.port}/", {}, b"{}") == status


def test_nobody_there_is_no_delivery() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
    sender = HttpSender([f"127.0.0.1:{port}"])
    with pytest.raises(NotDelivered, match="ConnectError"):
        sender.send(f"http://127.0.0.1:{port}/", {}, b"")


def test_the_system_is_asked_for_names() -> None:
    # An address in full: a bare system may know no name at all, not even its own.
    assert system_resolve("127.0.0.1", 443) == ["127.0.0.1"]


def test_a_message_that_is_signed_here_is_verified_by_the_reference_library_and_the_other_way() -> None:
    secret = signature.new_secret(lambda count: bytes(range(count)))
    now_s = int(time.time())
    message = Message("msg_1", "r", "u", secret, "t", json.dumps({"é": 1}).encode(), 1)
    made = signature.sign(secret, message.message_id, str(now_s), message.body)
    headers = {"webhook-id": message.message_id, "webhook-timestamp": str(now_s), "webhook-signature": made}
    assert Webhook(secret).verify(message.body, headers) == {"é": 1}
    theirs = Webhook(secret).sign(message.message_id, datetime.fromtimestamp(now_s, UTC), message.body.decode())
    assert theirs == made
