"""Fuzzed: what comes in over a socket, from the first byte of a request's head, and signed insights from outside."""

import asyncio
import gzip
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import uvicorn
from starlette.datastructures import Headers
from uvicorn.server import ServerState

from sync_server import signature
from sync_server.app import build
from sync_server.errors import Problem
from sync_server.watch.request_head import impatient
from tests.security.fuzz_push import envelope
from tests.security.fuzz_target import StoreUnderFire, count, hold, of_json
from tests.sync_server.shop import Shop

STORE_LASTS: Final = 400
PART_BYTES: Final = 700
WAIT_S: Final = 20.0
FAULT: Final = 500
NOT_NOW: Final = 503
# What a caller said is told again as JSON, in which no line ends.
STATUS_LINE: Final = re.compile(rb"HTTP/1\.1 [0-9]{3} [A-Za-z' -]*\r\n")
ENVELOPE: Final = {"code", "message", "details", "timestamp", "requestId"}
INSIGHT: Final = {
    "category": "topSeller", "sourceRunId": "run-1", "title": "Thé", "detail": "d", "confidence": 0.5,
    "relatedSales": ["s"], "createdAt": 1_795_334_400_000,
}  # fmt: skip


class Wire(asyncio.Transport):
    """The server's end of a connection, in memory."""

    def __init__(self) -> None:
        """Begin open."""
        super().__init__({"peername": ("127.0.0.1", 50_000), "sockname": ("127.0.0.1", 8443)})
        self.written = bytearray()
        self._closing = False

    def write(self, data: Any) -> None:
        """Keep what is said."""
        self.written += data

    def is_closing(self) -> bool:
        """Tell whether the server has ended it."""
        return self._closing

    def close(self) -> None:
        """End it."""
        self._closing = True

    def pause_reading(self) -> None:
        """Do nothing: all is there already."""

    def resume_reading(self) -> None:
        """Do nothing."""


class Request:
    """Whatever bytes come, the answer is none, or whole, and no fault; a refusal is in the envelope."""

    def __init__(self, folder: Path) -> None:
        """Open nothing yet."""
        self._stores = StoreUnderFire(folder, STORE_LASTS)
        self._runner = asyncio.Runner()
        self._config: uvicorn.Config | None = None

    def seeds(self) -> list[bytes]:
        """Return requests, with the keys that every store made here gives."""
        shop = self._stores.shop()
        till, key, token = self._peopled(shop)
        pushed = envelope(till.journal_id, till.entries)
        by_till, by_owner = f"Authorization: Bearer {key}", f"Authorization: Bearer {token}"
        packed = gzip.compress(pushed, mtime=0)
        product = {"name": "Thé", "price": 1250, "tax_code": "TVA20", "codes": [{"code": "6111234567890"}]}
        said = {"scope": "pos", "sentiment": "negative", "message": "x"}
        rows = of_json({"operator_id": "nadia", "dry_run": False, "rows": [{"key": "k", "body": product}]})
        return [
            b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nGET /metrics HTTP/1.1\r\nHost: x\r\n\r\n",
            request("POST", "/v1/push", pushed, by_till),
            request("POST", "/v1/push", packed, by_till, "Content-Encoding: gzip"),
            request("POST", "/v1/enrol", of_json({"code": "ABCD-EFGH-JKLM-NPQR", "machine": "m"})),
            request("POST", "/v1/products/import", rows, by_till),
            request("GET", "/v1/report?start=2026-11-20&end=2026-11-20", b"", by_till),
            request("GET", "/v1/sales?start=2026-11-20&end=2026-11-20&limit=10", b"", by_owner),
            request("GET", "/v1/audit", b"", by_owner),
            request("POST", "/v1/feedback", of_json(said), by_owner),
            request("PUT", "/v1/products/k", of_json(product), by_owner),
            request("POST", "/v1/webhooks/n8n/insights", of_json(INSIGHT), "webhook-id: 1", "webhook-timestamp: 1"),
            b"POST /v1/push HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n[1,2]\r\n0\r\n\r\n",
        ]  # fmt: skip

    def attempt(self, data: bytes) -> None:
        """Say the bytes on a connection of their own, then end it."""
        shop = self._stores.shop()
        if self._stores.is_new or self._config is None:
            self._peopled(shop)
            head = impatient(WAIT_S)
            self._config = uvicorn.Config(build(shop.server), log_config=None, lifespan="off", http=head)
            self._config.load()
        said = self._runner.run(_said(self._config, data))
        begins = [found.start() for found in STATUS_LINE.finditer(said)]
        hold(bool(begins) == bool(said), "an answer begins with its status")
        for start, end in zip(begins, [*begins[1:], len(said)], strict=False):
            looked_at(said[start:end])

    def close(self) -> None:
        """End the loop, and remove the store."""
        self._runner.close()
        self._stores.close()

    def _peopled(self, shop: Shop) -> Any:
        """Give the store a till with a sale and a session, whose keys are the same in every store made here."""
        if not self._stores.is_new and self._config is None:
            return None
        till = shop.till()
        till.sell(100)
        return till, till.enrolment.device_key, shop.token()


async def _said(config: uvicorn.Config, data: bytes) -> bytes:
    """Return what a server says to the bytes of one connection."""
    state, wire = ServerState(), Wire()
    protocol: Any = config.http_protocol_class(  # type: ignore[call-arg]  # what uvicorn itself gives it
        config=config, server_state=state, app_state={}, _loop=asyncio.get_running_loop()
    )
    protocol.connection_made(wire)
    for at in range(0, len(data), PART_BYTES):
        if not wire.is_closing():
            protocol.data_received(data[at : at + PART_BYTES])
        await asyncio.sleep(0)
    while state.tasks and not (protocol.cycle is not None and protocol.cycle.more_body):
        await _ended(state)
    protocol.connection_lost(None)
    while state.tasks:
        await _ended(state)
    return bytes(wire.written)


async def _ended(state: ServerState) -> None:
    ended, _ = await asyncio.wait(list(state.tasks), timeout=WAIT_S, return_when=asyncio.FIRST_COMPLETED)
    hold(ended, "every request comes to an end")
    await asyncio.sleep(0)


def looked_at(answer: bytes) -> None:
    """Raise Broken for a fault, and for a refusal that is not in the envelope."""
    head, _, rest = answer.partition(b"\r\n\r\n")
    status = int(head[9:12])
    hold(status < FAULT or status == NOT_NOW, f"no answer is a fault: {head[:40]!r}")
    if status < 400 or b"application/json" not in head or not rest:
        return
    length = next((int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0)
    if len(rest) >= length > 0:
        hold(set(json.loads(rest[:length])["error"]) == ENVELOPE, "a refusal is in the envelope")


def request(method: str, path: str, body: bytes, *lines: str) -> bytes:
    """Return the bytes of a request."""
    head = [f"{method} {path} HTTP/1.1", "Host: x", *lines, f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(head).encode() + body


class Webhook:
    """Without the secret nothing is published; with it one insight, as it was sent, and never twice."""

    def __init__(self, folder: Path) -> None:
        """Open nothing yet."""
        self._stores = StoreUnderFire(folder, STORE_LASTS)
        self._secret = ""
        self._sent = 0

    def seeds(self) -> Sequence[bytes]:
        """Return a byte that says how the rest is meant (see ``attempt``), and the rest."""
        dated = {**INSIGHT, "createdAt": "2026-11-20T09:00:00+01:00", "category": "watchlist", "relatedSales": []}
        headers = b"webhook-id: 1\nwebhook-timestamp: 1795334400\nwebhook-signature: v1,AAAA\n\n"
        return [b"\x00" + headers + of_json(INSIGHT), b"\x01" + of_json(INSIGHT), b"\x01" + of_json(dated)]

    def attempt(self, data: bytes) -> None:
        """Take the bytes as headers and body if the first is even, else as a body to be signed."""
        shop = self._stores.shop()
        if self._stores.is_new or not self._secret:
            self._secret = shop.server.new_webhook_secret()
        if data[:1] < b"\x01" or data[0] % 2 == 0:
            self._unsigned(shop, data[1:])
        else:
            self._signed(shop, data[1:])

    def close(self) -> None:
        """Remove the store."""
        self._stores.close()

    def _unsigned(self, shop: Shop, data: bytes) -> None:
        said, _, body = data.partition(b"\n\n")
        pairs = [line.partition(b": ") for line in said.split(b"\n")]
        headers = Headers(raw=[(name.strip().lower(), value) for name, _, value in pairs])
        before = count(shop, "insights")
        try:
            shop.server.take_insight(headers, body)
        except Problem:
            hold(count(shop, "insights") == before, "what is refused is not published")
            hold(count(shop, "webhook_failures"), "and it is kept")
            return
        hold(False, "nothing is published without the secret")

    def _signed(self, shop: Shop, body: bytes) -> None:
        self._sent += 1
        named, timestamp = f"id-{self._sent}", str(shop.clock.now_ms() // 1000)
        signed = signature.sign(self._secret, named, timestamp, body)
        headers = {"webhook-id": named, "webhook-timestamp": timestamp, "webhook-signature": signed}
        before = count(shop, "insights")
        try:
            insight_id = shop.server.take_insight(headers, body)
        except Problem:
            hold(count(shop, "insights") == before, "what is refused is not published")
            return
        hold(count(shop, "insights") == before + 1, "one insight is published")
        published = [row for row in shop.rows("insights") if row["insight_id"] == insight_id]
        hold(published[0]["source_run_id"] == json.loads(body)["sourceRunId"], "and it is the one that was sent")
        try:
            shop.server.take_insight(headers, body)
        except Problem:
            hold(count(shop, "insights") == before + 1, "a replay publishes nothing")
            return
        hold(False, "a replay is refused")
