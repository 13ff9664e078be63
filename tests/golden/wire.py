"""The wire between the till's real client and the server's real application, in one process; what passes is kept."""

from dataclasses import dataclass, field
from typing import Any

import httpx

from sync_server.app import build
from sync_server.store_server import StoreServer
from tests.fakes.clock import FakeClock
from tests.sync_server.caller import Caller

URL = "http://127.0.0.1:1"
# The headers of a request that the server reads.
KEPT = ("authorization", "content-type", "webhook-id", "webhook-timestamp", "webhook-signature")


@dataclass(slots=True)
class Wire(httpx.BaseTransport):
    """A transport for the client; ``passed`` holds every request with its answer."""

    server: StoreServer
    clock: FakeClock
    passed: list[dict[str, Any]] = field(default_factory=list)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Carry a request there and the answer back."""
        target = request.url.raw_path.decode()
        headers = {name: request.headers[name] for name in KEPT if name in request.headers}
        return self.carry(request.method, target, headers, request.read())

    def carry(self, method: str, target: str, headers: dict[str, str], content: bytes) -> httpx.Response:
        """Let the application answer, and keep both."""
        answer = Caller(build(self.server)).request(method, target, headers=headers, content=content)
        self.passed.append({
            "at_ms": self.clock.now_ms(), "method": method, "target": target, "headers": headers,
            "content": content.decode(), "status": answer.status_code, "answer": answer.json(),
        })  # fmt: skip
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)
