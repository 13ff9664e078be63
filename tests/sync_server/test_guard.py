"""Who asks too often waits, whoever guesses waits longer, and every answer carries its headers."""

import asyncio
from collections.abc import AsyncIterator
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
from tests.silence import ExpectedLog

LIMITS = LimitSettings(
    device_per_minute=5, device_burst=5, session_per_minute=5, session_burst=2, service_per_minute=5, service_burst=3,
    body_mib_per_minute=1, body_mib_burst=2, address_per_minute=8, guesses_per_minute=3,
)  # fmt: skip
MIB = 1 << 20
SHOP = ("192.0.2.7", 4711)
HERE = ("127.0.0.1", 1)
GOOD = {"authorization": "Bearer good"}


async def answered(request: Request) -> Response:
    """Answer as a route would to this key, after all of the body."""
    known = request.headers.get("authorization") in {"Bearer good", "Bearer other"}
    size = len(await request.body())
    return PlainTextResponse(f"{size} bytes", status_code=200 if known else 401)


async def parts(count: int, size: int) -> AsyncIterator[bytes]:
    """Give a body that does not say how long it is."""
    for _ in range(count):
        yield bytes(size)


class Door:
    """A guarded application that can be asked from anywhere."""

    def __init__(self, *, in_front: bool = False) -> None:
        self.clock = FakeClock()
        routes = [Route(path, answered, methods=["GET", "POST"]) for path in ("/", "/v1/pull")]
        self.app = Guard(Starlette(routes=routes), LIMITS, self.clock.boot_ms, in_front=in_front)

    def ask(
        self, client: tuple[str, int] = SHOP, scheme: str = "http", path: str = "/", **parts: Any
    ) -> httpx.Response:
        """Ask once; raise RateLimited when it is too often."""

        async def asked() -> httpx.Response:
            transport = httpx.ASGITransport(self.app, client=client)
            async with httpx.AsyncClient(transport=transport, base_url=f"{scheme}://server") as caller:
                return await caller.request("POST" if "content" in parts else "GET", path, **parts)

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
    assert [door.refused(headers=GOOD) for _ in range(6)] == [False] * 5 + [True]
    assert not door.refused(headers={"authorization": "Bearer other"})
    door.clock.pass_ms(12_000)
    assert [door.refused(headers=GOOD) for _ in range(2)] == [False, True]


@pytest.mark.parametrize(("kind", "burst"), [("ses", 2), ("svc", 3), ("other", 5)])
def test_each_kind_of_key_has_its_own_burst(door: Door, kind: str, burst: int) -> None:
    headers = {"authorization": f"Bearer {kind}_store_secret"}
    asked = [door.refused(client=(f"192.0.2.{turn}", 1), headers=headers) for turn in range(burst + 1)]
    assert asked == [False] * burst + [True]


def test_this_machine_has_no_limit_unless_a_proxy_is_in_front() -> None:
    asked = [Door(in_front=in_front) for in_front in (False, True)]
    refused = [[one.refused(client=HERE, headers=GOOD) for _ in range(20)].count(True) for one in asked]
    assert refused == [0, 15]


@pytest.mark.parametrize(("in_front", "stopped"), [(True, [False] * 3 + [True] * 2), (False, [False] * 5)])
def test_who_guesses_through_a_proxy_that_names_nobody_is_stopped(in_front: bool, stopped: list[bool]) -> None:
    door = Door(in_front=in_front)
    assert door.ask(client=HERE, headers=GOOD).status_code == 200
    keys = [{"authorization": f"Bearer {number}"} for number in range(5)]
    assert [door.refused(client=HERE, headers=one) for one in keys] == stopped
    assert not door.refused(client=HERE, headers=GOOD)


def test_this_machine_is_one_address_behind_a_proxy() -> None:
    door = Door(in_front=True)
    asked = [door.refused(client=("127.0.0.1", 1) if turn % 2 else ("::1", 2)) for turn in range(4)]
    assert asked == [False] * 3 + [True]
    assert not door.refused(client=SHOP, headers=GOOD)


@pytest.mark.parametrize(
    ("client", "told", "warned"),
    [(HERE, {}, True), (SHOP, {"x-forwarded-for": "192.0.2.7"}, False), (HERE, {"x-forwarded-for": "192.0.2.7"}, True)],
)
def test_a_proxy_that_names_nobody_is_told_of_once(
    caplog: pytest.LogCaptureFixture,
    expected_log: ExpectedLog,
    client: tuple[str, int],
    told: dict[str, str],
    warned: bool,
) -> None:
    if warned:
        expected_log("without an X-Forwarded-For that is believed")
    door, plain = Door(in_front=True), Door()
    for path in ("/", "/v1/pull", "/v1/pull"):
        door.ask(client=client, path=path, headers=GOOD | told)
        plain.ask(client=client, path=path, headers=GOOD | told)
    assert [record.getMessage().count("X-Forwarded-For") for record in caplog.records] == [1] * warned


def test_bytes_are_counted_and_the_next_body_waits(door: Door) -> None:
    assert not door.refused(headers=GOOD, content=bytes(MIB))
    assert not door.refused(headers=GOOD, content=bytes(MIB - 100))
    assert door.refused(headers=GOOD, content=bytes(200))
    # What was refused costs nothing, what carries nothing goes on, and so does whoever sent nothing yet.
    assert not door.refused(headers=GOOD)
    assert not door.refused(headers={"authorization": "Bearer other"}, content=bytes(200))
    door.clock.pass_ms(60_000)
    assert not door.refused(headers=GOOD, content=bytes(MIB))


def test_a_body_that_does_not_say_its_length_is_counted_as_it_comes(door: Door) -> None:
    assert door.ask(headers=GOOD, content=parts(16, MIB // 16)).status_code == 200
    assert door.refused(headers=GOOD, content=parts(17, MIB // 16))
    assert door.refused(headers=GOOD, content=bytes(1))


def test_a_body_that_claims_more_than_any_call_takes_is_charged_what_one_takes(door: Door) -> None:
    claimed = GOOD | {"content-length": "9" * 5000}
    assert not door.refused(headers=claimed, content=b"x")
    door.clock.pass_ms(19 * 60_000)
    assert not door.refused(headers=GOOD, content=bytes(MIB))
    lied = {"authorization": "Bearer other", "content-length": "-1"}
    assert not door.refused(headers=lied, content=b"x")


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
