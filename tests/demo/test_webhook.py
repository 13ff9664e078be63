"""The demo's hand of the signed webhook, against the published example and a listener of its own."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from seraphine_pos.demo import webhook

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


class Listener(HTTPServer):
    """Keeps what it is sent, and answers with one status."""

    def __init__(self, status: int) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.status = status
        self.heard: list[tuple[str, dict[str, str], bytes]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Answer(BaseHTTPRequestHandler):
    """One request to the listener."""

    server: Listener

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.heard.append((self.path, headers, body))
        self.send_response(self.server.status)
        self.end_headers()
        self.wfile.write(b"Signature ?")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the library's own name
        """Say nothing."""


@pytest.fixture
def listening() -> Iterator[list[Listener]]:
    started: list[Listener] = []
    yield started
    for one in started:
        one.shutdown()
        one.server_close()


def listener(listening: list[Listener], status: int) -> Listener:
    one = Listener(status)
    threading.Thread(target=one.serve_forever, args=(0.01,), daemon=True).start()
    listening.append(one)
    return one


def test_it_signs_as_the_standards_own_example() -> None:
    body = b'{"test": 2432232314}'
    signed = webhook.signature(SECRET, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_it_sends_the_body_it_signed(listening: list[Listener]) -> None:
    server = listener(listening, 201)
    webhook.send(server.url, SECRET, "msg_1", 1614265330, {"title": "Écart"})
    ((path, headers, body),) = server.heard
    assert path == "/v1/webhooks/n8n/insights"
    assert json.loads(body) == {"title": "Écart"}
    assert headers["webhook-signature"] == webhook.signature(SECRET, "msg_1", 1614265330, body)


def test_a_refusal_says_what_the_server_said(listening: list[Listener]) -> None:
    server = listener(listening, 401)
    with pytest.raises(webhook.Refused, match=r"401 Signature \?"):
        webhook.send(server.url, SECRET, "msg_1", 1614265330, {})
