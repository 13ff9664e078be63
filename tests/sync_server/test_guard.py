"""Who asks too often waits, whoever guesses waits longer, and every answer carries its headers."""

import asyncio
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from sync_server.errors import RateLimited
from sync_server.settings import LimitSettings
from sync_server.watch.guard import HSTS, SECURITY, Guard, address_of
from tests.fakes.clock import FakeClock

LIMITS = LimitSettings(device_per_minute=5, address_per_minute=8, guesses_per_minute=3)
SHOP = ("192.0.2.7", 4711)
GOOD = {"authorization": "Bearer good"}


async def answered(request: Request) -> Response:
    """Answer as a route would to this key."""
    known = request.headers.get("authorization") in {"Bearer good", "Bearer other"}
    return PlainTextResponse("said", status_code=200 if known else 401)


class Door:
    """A guarded application that can be asked from anywhere."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.app = Guard(Starlette(routes=[Route("/", answered)]), LIMITS, self.clock.boot_ms)

    def ask(self, client: tuple[str, int] = SHOP, scheme: str = "http", **parts: Any) -> httpx.Response:
        """Ask once; raise RateLimited when it is too often."""

        async def asked() -> httpx.Response:
            transport = httpx.ASGITransport(self.app, client=client)
            async with httpx.AsyncClient(transport=transport, base_url=f"{scheme}://server") as caller:
                return await caller.get("/", **parts)

        return asyncio.run(asked())

    def refused(self, **parts: Any) -> bool:
        """Tell whether a request came too soon."""
        try:
            self.ask(**parts)
        except RateLimited as problem:
            return bool(problem.details["retry_after_s"])
        return False


@pytest.fixture
def door() -> Door:
    """Give a door that nobody has come to."""
    return Door()


def test_a_key_has_its_own_limit(door: Door) -> None:
    assert [door.refused(client=("127.0.0.1", 1), headers=GOOD) for _ in range(6)] == [False] * 5 + [True]
    assert not door.refused(client=("127.0.0.1", 1), headers={"authorization": "Bearer other"})
    door.clock.pass_ms(60_000)
    assert not door.refused(client=("127.0.0.1", 1), headers=GOOD)


def test_an_address_has_its_own_limit_and_this_machine_none(door: Door) -> None:
    keys = [{"authorization": f"Bearer {name}"} for name in ("good", "other")]
    asked = [door.refused(headers=keys[number % 2]) for number in range(9)]
    assert asked == [False] * 8 + [True]
    assert not door.refused(client=("192.0.2.8", 1), headers=keys[1])


def test_who_guesses_is_stopped_and_the_till_beside_goes_on(door: Door) -> None:
    assert door.ask(headers=GOOD).status_code == 200
    guesses = [door.refused(headers={"authorization": f"Bearer {number}"}) for number in range(5)]
    assert guesses == [False] * 3 + [True] * 2
    assert door.refused()
    assert not door.refused(headers=GOOD)
    door.clock.pass_ms(60_000)
    assert not door.refused()


def test_every_answer_carries_the_headers(door: Door) -> None:
    plain, crypted = door.ask(headers=GOOD), door.ask(scheme="https")
    for name, value in SECURITY.items():
        assert plain.headers[name] == crypted.headers[name] == value
    assert HSTS[0] not in plain.headers
    assert crypted.headers[HSTS[0]] == HSTS[1]


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", ""), ("::1", ""), ("192.0.2.7", "192.0.2.7"), ("unix", "unix"),
        ("2001:db8::1", str(0x20010DB8 << 32)), ("2001:db8::ffff:1", str(0x20010DB8 << 32)),
        ("fe80::1%eth0", str(0xFE80 << 48)),
    ],
)  # fmt: skip
def test_where_a_request_comes_from(host: str, address: str) -> None:
    assert address_of({"type": "http", "client": (host, 1)}) == address
