"""Traces and faults reach who was asked for, and nothing of the shop goes with them."""

import gzip
import json
import logging
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import sentry_sdk

from sync_server.app import build
from sync_server.settings import Settings, TelemetrySettings
from sync_server.store_server import StoreServer
from sync_server.watch import telemetry
from tests.silence import ExpectedLog
from tests.sync_server.caller import Caller
from tests.sync_server.shop import Shop

CANARY = "canari-7QK"


class Collector(BaseHTTPRequestHandler):
    """Keeps what is posted to it."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        self.server.told.append((self.path, body))  # type: ignore[attr-defined]
        self.send_response(200)
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def collector() -> Iterator[ThreadingHTTPServer]:
    """Give a collector on this machine; ``told`` holds what it was sent."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Collector)
    server.told = []  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def database_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Give SQLite alone."""
    return f"sqlite:///{tmp_path_factory.mktemp('telemetry') / 'server.db'}"


def test_a_request_is_traced(shop: Shop, collector: ThreadingHTTPServer) -> None:
    where = f"http://127.0.0.1:{collector.server_port}"
    settings = Settings(telemetry=TelemetrySettings(otlp_endpoint=where))
    server = StoreServer(shop.database, shop.clock, shop.random_bytes, settings)
    app = build(server)
    Caller(app).get("/healthz", headers={"authorization": f"Bearer {CANARY}"})
    provider: Any = app._telemetry["tracer_provider"]  # noqa: SLF001  FastAPI keeps it there alone
    assert provider.force_flush()
    provider.shutdown()
    [(path, body)] = collector.told  # type: ignore[attr-defined]
    assert path == "/v1/traces"
    assert b"/healthz" in body
    assert CANARY.encode() not in body


def test_a_fault_is_told_bare(collector: ThreadingHTTPServer, expected_log: ExpectedLog) -> None:
    telemetry.begin(TelemetrySettings(sentry_dsn=f"http://key@127.0.0.1:{collector.server_port}/1"))
    try:
        expected_log("it broke")
        _break()
        sentry_sdk.flush(10)
        [(_, envelope)] = collector.told  # type: ignore[attr-defined]
        event = json.loads(envelope.split(b"\n")[2])
        assert event["exception"]["values"][0]["type"] == "ZeroDivisionError"
        assert CANARY.encode() not in envelope
        assert not set(telemetry.PRIVATE) & set(event)
    finally:
        sentry_sdk.init(dsn=None)


def test_nobody_is_told_unasked() -> None:
    assert telemetry.begin(TelemetrySettings()) == telemetry.SILENT


def _break() -> None:
    secret = CANARY
    try:
        1 / len(secret[9999:])
    except ZeroDivisionError:
        logging.getLogger("sync_server.watch.access").exception("it broke")
