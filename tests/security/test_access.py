"""Who may call what: every route of the application, called by everybody, held against a table written by hand.

A route that declares nothing fails, as does one that declares twice, and one that is missing here: whoever adds a route
adds its line, and says in it who may.
"""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from fastapi import Depends, FastAPI
from fastapi.routing import APIRoute
from sqlalchemy import insert

from seraphine_pos.domain.staff import Role
from sync_server.app import build
from sync_server.errors import StepUp, Unauthenticated
from sync_server.rights import auth, service_keys, sessions, staff
from sync_server.rights.callers import Scope
from sync_server.routes.caller import ByTill, Open, Required, require_role
from sync_server.schema import stores
from tests.sync_server.caller import Caller
from tests.sync_server.shop import CASHIER, OWNER, Shop, found_shop

# Till: a device key. Cashier, owner: a session. Proven: an owner's, with the PIN given again. The others are scopes of
# service keys. Whoever is named may, and nobody else; "everybody" is answered alike whatever is shown.
TABLE: Final[Mapping[tuple[str, str], str]] = {
    ("GET", "/healthz"): "everybody",
    ("HEAD", "/healthz"): "everybody",
    ("GET", "/metrics"): "owner metrics:read",
    ("GET", "/v1/authority"): "everybody",
    ("POST", "/v1/enrol"): "everybody",
    ("POST", "/v1/webhooks/n8n/insights"): "everybody",
    ("POST", "/v1/push"): "till",
    ("POST", "/v1/hashes"): "till",
    ("POST", "/v1/pull"): "till",
    ("POST", "/v1/entries"): "till",
    ("GET", "/v1/journals"): "till",
    ("GET", "/v1/report"): "till owner reports:read",
    ("GET", "/v1/reports/daily"): "till owner reports:read",
    ("GET", "/v1/reports/range"): "till owner reports:read",
    ("GET", "/v1/proofs"): "till owner reports:read",
    ("POST", "/v1/proofs"): "till",
    ("GET", "/v1/proofs/tickets"): "till owner reports:read",
    ("POST", "/v1/sessions"): "everybody",
    ("POST", "/v1/sessions/proof"): "cashier owner",
    ("GET", "/v1/sessions"): "cashier owner",
    ("DELETE", "/v1/sessions/{session_id}"): "cashier owner",
    ("DELETE", "/v1/sessions"): "cashier owner",
    ("GET", "/v1/staff"): "owner",
    ("POST", "/v1/staff"): "proven",
    ("PATCH", "/v1/staff/{staff_id}"): "proven",
    ("GET", "/v1/devices"): "owner",
    ("DELETE", "/v1/devices/{device_id}"): "proven",
    ("POST", "/v1/enrol-codes"): "proven",
    ("GET", "/v1/service-keys"): "owner",
    ("POST", "/v1/service-keys"): "proven",
    ("DELETE", "/v1/service-keys/{key_id}"): "proven",
    ("GET", "/v1/audit"): "owner",
    ("GET", "/v1/jobs"): "owner",
    ("GET", "/v1/quarantine"): "till owner",
    ("POST", "/v1/quarantine/retry"): "proven",
    ("GET", "/v1/webhooks/failures"): "owner",
    ("GET", "/v1/products"): "till cashier owner products:read",
    ("GET", "/v1/products/by-code/{code:path}"): "till cashier owner products:read",
    ("GET", "/v1/products/{key:path}"): "till cashier owner products:read",
    ("PUT", "/v1/products/{key:path}"): "owner products:write",
    ("DELETE", "/v1/products/{key:path}"): "owner products:write",
    ("POST", "/v1/products/import"): "till owner products:write",
    ("POST", "/v1/products/import.csv"): "owner products:write",
    ("GET", "/v1/products.csv"): "owner products:read",
    ("GET", "/v1/sales"): "cashier owner sales:read",
    ("GET", "/v1/sales.csv"): "cashier owner sales:read",
    ("GET", "/v1/sales/{event_id}"): "cashier owner sales:read",
    ("POST", "/v1/sales/{event_id}/flag"): "owner",
    ("DELETE", "/v1/sales/{event_id}/flag"): "owner",
    ("GET", "/v1/insights"): "till owner reports:read",
    ("GET", "/v1/insights/history"): "till owner reports:read",
    ("POST", "/v1/insights"): "insights:write",
    ("GET", "/v1/feedback"): "till owner",
    ("GET", "/v1/feedback.csv"): "owner",
    ("POST", "/v1/feedback"): "cashier owner",
    ("PATCH", "/v1/feedback/{event_id}"): "owner",
    ("GET", "/v1/conflicts"): "owner",
    ("POST", "/v1/conflicts/{event_id}/{field}"): "owner",
}
EVERYBODY: Final = "everybody"
# The description of all this, without anything of the shop.
UNDECLARED: Final = {("GET", "/openapi.json"), ("HEAD", "/openapi.json")}
# Ends every session of the person who calls it: called last, with fresh ones.
LAST: Final = ("DELETE", "/v1/sessions")


Told = tuple[tuple[str, str], str, httpx.Response]


@dataclass(frozen=True, slots=True)
class Somebody:
    """A caller: what is shown, and which words of the table mean it; ``known`` tells 403 from 401."""

    token: str | None
    words: frozenset[str] = frozenset()
    known: bool = False

    def at(self, route: tuple[str, str], shop: Shop) -> dict[str, str]:
        """Return the headers of this caller."""
        token = self.token
        if route == LAST and self.words & {"owner", "cashier"}:
            token = shop.token(OWNER if "owner" in self.words else CASHIER)
        return {} if token is None else {"authorization": f"Bearer {token}"}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """Give one store for all calls, on SQLite alone: rights are decided before any table is read."""
    path: Path = tmp_path_factory.mktemp("access") / "server.db"
    made = found_shop(f"sqlite:///{path}")
    yield made
    made.database.close()


@pytest.fixture(scope="module")
def app(shop: Shop) -> FastAPI:
    """Give the whole application."""
    return build(shop.server)


@pytest.fixture(scope="module")
def callers(shop: Shop) -> dict[str, Somebody]:
    """Give everybody who might call."""
    gone = shop.token()
    shop.clock.pass_ms(sessions.LIFE_MS)
    old_owner, old_cashier = shop.token(), shop.token(CASHIER)
    shop.clock.pass_ms(sessions.PROOF_MS + 1)
    return {
        "nobody": Somebody(None),
        "garbage": Somebody("x" * 64),
        "a garbled session": Somebody(f"ses_{shop.store_id}_{'0' * 64}"),
        "a garbled service key": Somebody(f"svc_{shop.store_id}_{'0' * 64}"),
        "an owner after a day": Somebody(gone),
        "an owner": Somebody(old_owner, frozenset({"owner"}), known=True),
        "a cashier": Somebody(old_cashier, frozenset({"cashier"}), known=True),
        "an owner who has just given the PIN": Somebody(shop.token(), frozenset({"owner", "proven"}), known=True),
        "a cashier who has just given the PIN": Somebody(shop.token(CASHIER), frozenset({"cashier"}), known=True),
        **_ended(shop),
        **_tills(shop),
        **_programs(shop),
        **_elsewhere(shop),
    }


def _ended(shop: Shop) -> dict[str, Somebody]:
    """Sign people in whose sessions are then ended by hand, and by their leaving."""
    ended = shop.token()
    with shop.server.write(shop.store_id, OWNER) as tx:
        sessions.end(tx, shop.server.caller(ended).session.session_id)  # type: ignore[union-attr]  # just opened
        rim = staff.add(tx, "Rim", Role.OWNER, "9753").staff_id
        left = sessions.open_for(tx, rim, None).token
    with shop.server.write(shop.store_id, OWNER) as tx:
        staff.deactivate(tx, rim)
    return {"an owner who signed out": Somebody(ended), "an owner who left": Somebody(left)}


def _tills(shop: Shop) -> dict[str, Somebody]:
    revoked, till = shop.till().enrolment, shop.till().enrolment
    with shop.server.write(shop.store_id, OWNER) as tx:
        auth.revoke(tx, revoked.device_id)
    secret = till.device_key.rpartition(".")[2]
    return {
        "a till": Somebody(till.device_key, frozenset({"till"}), known=True),
        "a till whose key was revoked": Somebody(revoked.device_key, known=True),
        "a till's secret alone": Somebody(secret),
        "a till's secret as a session": Somebody(f"ses_{shop.store_id}_{secret}"),
    }


def _programs(shop: Shop) -> dict[str, Somebody]:
    """Make a key of each scope, and one of all scopes that is revoked."""
    with shop.server.write(shop.store_id, OWNER) as tx:
        made = {scope: service_keys.new(tx, scope.value, [scope]).token for scope in Scope}
        revoked = service_keys.new(tx, "revoked", list(Scope))
        service_keys.revoke(tx, revoked.key.key_id)
    return {
        **{f"a program of {scope}": Somebody(made[scope], frozenset({scope.value}), known=True) for scope in Scope},
        "a program whose key was revoked": Somebody(revoked.token, known=True),
    }


def _elsewhere(shop: Shop) -> dict[str, Somebody]:
    """Show good secrets under the name of another store, where they are nobody's."""
    till, session = shop.till().enrolment.device_key, shop.token()
    with shop.server.write(shop.store_id, OWNER) as tx:
        program = service_keys.new(tx, "elsewhere", list(Scope)).token
    return {
        f"{what} of another store": Somebody(token.replace(shop.store_id, "another"))
        for what, token in (("a till", till), ("an owner", session), ("a program", program))
    }


def walked(routes: list[Any]) -> Iterator[Any]:
    """Return every route, also those of routers in routers."""
    for route in routes:
        inner = getattr(route, "original_router", None)
        yield from [route] if inner is None else walked(inner.routes)


def declared(dependant: Any) -> Iterator[Required | Open]:
    """Return what a route declares of its callers, wherever it stands among its parameters."""
    for part in dependant.dependencies:
        if isinstance(part.call, Required | Open):
            yield part.call
        yield from declared(part)


def faults(app: FastAPI) -> list[str]:
    """Return what is wrong with the declarations of an application's routes."""
    found = []
    for route in walked(app.routes):
        for method in sorted(route.methods or ()):
            if (method, route.path) in UNDECLARED:
                continue
            said = set(declared(route.dependant)) if isinstance(route, APIRoute) else set()
            if len(said) != 1:
                found.append(f"{method} {route.path} says {len(said)} times who may call it: once, please")
            elif (method, route.path) not in TABLE:
                found.append(f"{method} {route.path} has no line in the table of this test")
            elif isinstance(next(iter(said)), Open) != (TABLE[method, route.path] == EVERYBODY):
                found.append(f"{method} {route.path} is open, or closed, and the table says otherwise")
    return found


def test_every_route_says_once_who_may_call_it_and_stands_in_the_table(app: FastAPI) -> None:
    assert faults(app) == []
    routes = {(method, route.path) for route in walked(app.routes) for method in route.methods}
    assert {*TABLE} - routes == set(), "lines of routes that are no longer there"


def test_the_document_of_the_calls_says_which_want_a_token(app: FastAPI) -> None:
    told = app.openapi()["paths"]
    for (method, path), words in TABLE.items():
        if method == "HEAD":  # said with its GET
            continue
        said = told[path.replace(":path}", "}")][method.lower()]
        assert ("security" in said) == (words != EVERYBODY), path
        assert said["summary"], path
        assert said["description"], path


def test_a_route_that_declares_nothing_or_twice_is_found() -> None:
    app = FastAPI(openapi_url=None)
    twice = Depends(require_role(scope=Scope.SALES_READ))

    @app.get("/v1/nothing")
    def nothing() -> str:
        return "everything"

    @app.get("/v1/push", dependencies=[twice])
    def both(visit: ByTill) -> str:
        return visit.store_id

    @app.post("/v1/new")
    def new(visit: ByTill) -> str:
        return visit.store_id

    assert [one.partition(" says")[0].partition(" has")[0] for one in faults(app)] == [
        "GET /v1/nothing", "GET /v1/push", "POST /v1/new",
    ]  # fmt: skip


def address(path: str) -> str:
    """Return an address of a route, where nothing is."""
    return "/".join("none" if part.startswith("{") else part for part in path.split("/"))


async def asked(shop: Shop, app: FastAPI, callers: Mapping[str, Somebody]) -> list[Told]:
    """Call every route of the table as everybody; return route, the caller's name, and the answer."""
    told = []
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://server") as client:
        for route in (*({*TABLE} - {LAST}), LAST):
            for name, caller in callers.items():
                answer = await client.request(route[0], address(route[1]), headers=caller.at(route, shop))
                told.append((route, name, answer))
    return told


def fault_of(route: tuple[str, str], caller: Somebody, answer: httpx.Response) -> str | None:
    """Return what is wrong with an answer, None when it is as the table says."""
    words, refused = TABLE[route].split(), answer.status_code in {401, 403}
    if words == [EVERYBODY] or caller.words & set(words):
        wrong = words != [EVERYBODY] and refused
        return f"was refused with {answer.status_code}" if wrong else None
    if not refused:
        return f"was answered with {answer.status_code}"
    code = answer.json()["error"]["code"]
    step_up = "proven" in words and "owner" in caller.words
    wanted = StepUp.code if step_up else "AUTH_FORBIDDEN" if caller.known else Unauthenticated.code
    return None if code == wanted else f"was told {code}, not {wanted}"


def test_everybody_may_what_the_table_says_and_nothing_else(
    shop: Shop, app: FastAPI, callers: dict[str, Somebody]
) -> None:
    told = asyncio.run(asked(shop, app, callers))
    assert len(told) == len(TABLE) * len(callers)
    found = [
        f"{route}: {name} {fault}"
        for route, name, answer in told
        if (fault := fault_of(route, callers[name], answer)) is not None
    ]
    assert found == []
    alike: dict[tuple[str, str], set[int]] = {}
    for route, _, answer in told:
        if TABLE[route] == EVERYBODY:
            alike.setdefault(route, set()).add(answer.status_code)
    assert all(len(statuses) == 1 for statuses in alike.values()), alike


def test_nothing_of_a_token_is_kept_or_told(
    shop: Shop, app: FastAPI, callers: dict[str, Somebody], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    client = Caller(app)
    shown = [caller.token for caller in callers.values() if caller.token]
    answers = [client.get("/v1/audit", headers={"authorization": f"Bearer {token}"}).text for token in shown]
    answers += [client.get("/v1/push", headers={"authorization": f"Bearer {token}"}).text for token in shown]
    tables = ("audit", "devices", "sessions", "service_keys", "sign_ins", "enrol_codes")
    kept = [str(row) for table in tables for row in shop.rows(table)]
    everything = "\n".join([*answers, *kept, caplog.text])
    for token in shown:
        secret = token[-64:]
        assert secret not in everything or set(secret) == {"0"}
        if set(secret) <= set("0123456789abcdef"):
            assert str(bytes.fromhex(secret)) not in everything


def test_what_another_store_has_is_not_there(shop: Shop, app: FastAPI) -> None:
    device = shop.till().enrolment.device_id
    with shop.server.write(shop.store_id, OWNER) as tx:
        key = service_keys.new(tx, "n8n", [Scope.SALES_READ]).key.key_id
        session = sessions.open_for(tx, OWNER, None).session.session_id
    with shop.server.write("another", "zineb") as tx:
        tx.connection.execute(
            insert(stores).values(
                store_id="another", name="Ailleurs", feed_id="f", rev=0, opening="", arrival=0, pepper=b"p",
                created_at_ms=tx.now_ms,
            )
        )  # fmt: skip
        zineb = staff.add(tx, "Zineb", Role.OWNER, "4321").staff_id
        token = sessions.open_for(tx, zineb, None).token
    client, headers = Caller(app), {"authorization": f"Bearer {token}"}
    for path, found in (
        ("staff", ["Zineb"]), ("devices", []), ("service-keys", []), ("audit", ["staff-add", "sign-in"]),
    ):  # fmt: skip
        said = client.get(f"/v1/{path}", headers=headers).json()
        [rows] = [value for value in said.values() if isinstance(value, list)]
        assert [row.get("action", row.get("name")) for row in rows] in (found, found[::-1]), path
    mine = client.get("/v1/sessions", headers=headers).json()["sessions"]
    assert [one["staff_id"] for one in mine] == [zineb]
    for path in (f"devices/{device}", f"service-keys/{key}", f"sessions/{session}"):
        assert client.request("DELETE", f"/v1/{path}", headers=headers).status_code == 404, path
    assert client.request("DELETE", f"/v1/sessions?staff_id={OWNER}", headers=headers).json()["ended"] == 0
    assert client.request("PATCH", f"/v1/staff/{OWNER}", json={"active": False}, headers=headers).status_code == 404
    signing_in = {"staff_id": OWNER, "pin": "2604", "store_id": "another"}
    assert client.post("/v1/sessions", json=signing_in).status_code == 401
