"""A request whose line breaks within its body is the network's doing, and no fault in the server's log."""

import asyncio
from pathlib import Path

import pytest
from starlette.types import Message, Scope

from sync_server.app import build
from tests.sync_server.shop import Shop, Till


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """Give SQLite alone: the body never reaches a database."""
    return f"sqlite:///{tmp_path / 'server.db'}"


def test_a_body_that_breaks_off_is_unreadable_and_not_logged_as_a_fault(shop: Shop, till: Till) -> None:
    coming: list[Message] = [
        {"type": "http.request", "body": b'{"journal', "more_body": True},
        {"type": "http.disconnect"},
    ]
    said: list[Message] = []

    async def receive() -> Message:
        return coming.pop(0)

    async def send(message: Message) -> None:
        said.append(message)

    scope: Scope = {
        "type": "http", "method": "POST", "path": "/v1/push", "raw_path": b"/v1/push", "query_string": b"",
        "headers": [(b"authorization", f"Bearer {till.enrolment.device_key}".encode())],
        "http_version": "1.1", "scheme": "http",
    }  # fmt: skip
    asyncio.run(build(shop.server)(scope, receive, send))
    assert said[0]["status"] == 400
