"""What an owner does over the wire: people, tills, keys of programs, the trail, jobs, the quarantine."""

from base64 import b64decode
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import TypeAdapter

from seraphine_pos.domain import pairing
from seraphine_pos.domain.pairing import Pairing
from sync_server import audit as trail
from sync_server.app import build
from sync_server.rights import sessions
from sync_server.rights.callers import Scope
from sync_server.routes import audit, authority, devices, service_keys, staff
from sync_server.routes import owner as lists
from sync_server.routes import sessions as session_routes
from tests.sync_server.caller import Caller
from tests.sync_server.shop import CASHIER, DAY, OWNER, Shop, Till


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """Give SQLite alone: the wire is the same whatever is behind, and the rooms are tested on both."""
    return f"sqlite:///{tmp_path / 'server.db'}"


@pytest.fixture
def client(shop: Shop) -> Caller:
    """Give a caller that holds nothing."""
    return Caller(build(shop.server))


def headers(token: str) -> dict[str, str]:
    """Return the headers of who shows a token."""
    return {"authorization": f"Bearer {token}"}


@pytest.fixture
def owner(shop: Shop) -> dict[str, str]:
    """Give the headers of an owner who has just signed in."""
    return headers(shop.token())


def told(answer: httpx.Response, kind: Any, status: int = 200) -> Any:
    """Return what an answer holds, once it is what its route is described to give."""
    assert answer.status_code == status, answer.text
    return TypeAdapter(kind).validate_json(answer.content, strict=True, extra="forbid")


def test_people_are_added_changed_and_leave(client: Caller, owner: dict[str, str], till: Till) -> None:
    asked = {"name": " Rim  B. ", "role": "cashier", "pin": "9753"}
    person = told(client.post("/v1/staff", json=asked, headers=owner), staff.OnePerson, 201)["person"]
    assert (person["name"], person["role"], person["active"]) == ("Rim B.", "pilotTester", True)
    path = f"/v1/staff/{person['staff_id']}"
    change = {"name": "Rim Benali", "role": "owner"}
    changed = told(client.request("PATCH", path, json=change, headers=owner), staff.OnePerson)["person"]
    assert (changed["name"], changed["role"]) == ("Rim Benali", "owner")
    assert till.mirror()["staff", person["staff_id"]]["role"] == "owner"
    told(client.request("PATCH", path, json={"active": False}, headers=owner), staff.OnePerson)
    everybody = told(client.get("/v1/staff", headers=owner), staff.People)["staff"]
    assert [(one["name"], one["active"]) for one in everybody] == [
        ("Nadia", True), ("Rim Benali", False), ("Salma", True),
    ]  # fmt: skip


def test_the_last_owner_and_names_that_are_taken_are_protected(client: Caller, owner: dict[str, str]) -> None:
    for change in ({"active": False}, {"role": "pilotTester"}, {"name": "salma"}):
        answer = client.request("PATCH", f"/v1/staff/{OWNER}", json=change, headers=owner)
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "CONFLICT"), change
    assert client.request("PATCH", "/v1/staff/nobody", json={}, headers=owner).status_code == 404


def test_no_pin_and_no_hash_is_answered_or_kept_in_the_trail(shop: Shop, client: Caller, owner: dict[str, str]) -> None:
    client.request("PATCH", f"/v1/staff/{CASHIER}", json={"pin": "864201"}, headers=owner)
    answers = [client.get(path, headers=owner).text for path in ("/v1/staff", "/v1/audit")]
    for text in (*answers, str(shop.rows("audit"))):
        assert "argon2" not in text
        assert "864201" not in text


def test_a_sensitive_change_wants_the_pin_again(shop: Shop, client: Caller, owner: dict[str, str]) -> None:
    shop.clock.pass_ms(sessions.PROOF_MS + 1)
    change = {"name": "Salma B."}
    answer = client.request("PATCH", f"/v1/staff/{CASHIER}", json=change, headers=owner)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "AUTH_STEP_UP")
    told(client.post("/v1/sessions/proof", json={"pin": "2604"}, headers=owner), session_routes.Proven)
    told(client.request("PATCH", f"/v1/staff/{CASHIER}", json=change, headers=owner), staff.OnePerson)


def test_sessions_are_answered_as_described(client: Caller) -> None:
    opened = client.post("/v1/sessions", json={"staff_id": OWNER, "pin": "2604"})
    owner = headers(told(opened, session_routes.SignedIn, 201)["token"])
    assert len(told(client.get("/v1/sessions", headers=owner), session_routes.Sessions)["sessions"]) == 1
    assert told(client.request("DELETE", "/v1/sessions", headers=owner), session_routes.Ended)["ended"] == 1


def test_a_till_is_seen_with_its_devices_and_revoked_at_once(
    shop: Shop, client: Caller, owner: dict[str, str], till: Till
) -> None:
    till.sell(100)
    till.push()
    [one] = told(client.get("/v1/devices", headers=owner), devices.Tills)["tills"]
    [device] = one["devices"]
    assert (one["label"], one["machine"]) == ("A1", "machine")
    assert (device["pushed_at_ms"], device["revoked_at_ms"]) == (shop.clock.now_ms(), None)
    path = f"/v1/devices/{device['device_id']}"
    told(client.request("DELETE", path, headers=owner), devices.Revoked)
    assert client.get("/v1/journals", headers=headers(till.enrolment.device_key)).status_code == 403
    assert client.request("DELETE", path, headers=owner).status_code == 404
    [one] = told(client.get("/v1/devices", headers=owner), devices.Tills)["tills"]
    assert one["devices"][0]["revoked_at_ms"] == shop.clock.now_ms()


def test_a_code_enrols_a_till_or_a_known_one_again(client: Caller, owner: dict[str, str]) -> None:
    for asked, label in (({}, "A1"), ({"till": "A1", "minutes": 5}, "A1"), ({}, "A2")):
        code = told(client.post("/v1/enrol-codes", json=asked, headers=owner), devices.Code, 201)["code"]
        assert client.post("/v1/enrol", json={"code": code, "machine": "m"}).json()["till_label"] == label
    [one, _] = told(client.get("/v1/devices", headers=owner), devices.Tills)["tills"]
    assert len(one["devices"]) == 2
    for wrong, status in (('{"till": "Z9"}', 404), ('{"minutes": 0}', 400), ('{"label": "A1"}', 400)):
        assert client.post("/v1/enrol-codes", content=wrong, headers=owner).status_code == status


def test_over_tls_a_code_comes_in_a_line_with_address_and_pin(
    shop: Shop, client: Caller, owner: dict[str, str]
) -> None:
    assert client.post("/v1/enrol-codes", json={}, headers=owner).json()["line"] == ""
    client.app.state.pairing = Pairing("https://192.168.1.10:8443", "p" * 43, "")
    made = told(client.post("/v1/enrol-codes", json={}, headers=owner), devices.Code, 201)
    line = pairing.read(made["line"])
    assert (line.url, line.pin) == ("https://192.168.1.10:8443", "p" * 43)
    assert shop.server.enrol(line.code, "m").till_label == "A1"


def test_whom_to_trust_is_told_to_anybody(client: Caller) -> None:
    assert told(client.get("/v1/authority"), authority.Authority)["authority"] == ""
    client.app.state.authority = b"certificate"
    assert b64decode(told(client.get("/v1/authority"), authority.Authority)["authority"]) == b"certificate"


def test_a_program_s_key_opens_its_scopes_until_it_is_taken_away(
    shop: Shop, client: Caller, owner: dict[str, str]
) -> None:
    asked = {"name": "n8n", "scopes": ["reports:read", "sales:read", "sales:read"]}
    made = told(client.post("/v1/service-keys", json=asked, headers=owner), service_keys.MadeKey, 201)
    program = headers(made["token"])
    assert made["key"]["scopes"] == [Scope.REPORTS_READ, Scope.SALES_READ]
    days = {"start": DAY, "end": DAY}
    for path in ("/v1/sales", "/v1/proofs"):
        assert client.get(path, params=days, headers=program).status_code == 200
    assert client.get("/v1/audit", headers=program).status_code == 403
    assert made["token"].rpartition("_")[2] not in str(shop.rows("service_keys")) + str(shop.rows("audit"))
    path = f"/v1/service-keys/{made['key']['key_id']}"
    told(client.request("DELETE", path, headers=owner), service_keys.OneKey)
    assert client.get("/v1/proofs", params=days, headers=program).status_code == 403
    assert client.request("DELETE", path, headers=owner).status_code == 404
    [kept] = told(client.get("/v1/service-keys", headers=owner), service_keys.Keys)["keys"]
    assert kept["revoked_at_ms"] == shop.clock.now_ms()


def test_the_trail_is_read_page_by_page(shop: Shop, client: Caller, owner: dict[str, str]) -> None:
    begun = shop.clock.now_ms()
    with shop.server.write(shop.store_id, "counting") as tx:
        for no in range(210):
            trail.note(replace(tx, now_ms=begun + no), "counted", {"no": no})
    first = told(client.get("/v1/audit", headers=owner), audit.Trail)
    second = told(client.get("/v1/audit", params={"after": first["next"]}, headers=owner), audit.Trail)
    seen = [row["audit_id"] for row in (*first["rows"], *second["rows"])]
    assert (len(first["rows"]), second["next"], len(set(seen))) == (200, None, len(seen))
    assert sorted(seen) == sorted(str(row["audit_id"]) for row in shop.rows("audit"))
    asked = {"action": "counted", "from_ms": begun + 100, "to_ms": begun + 102}
    rows = told(client.get("/v1/audit", params=asked, headers=owner), audit.Trail)["rows"]
    assert [(row["actor"], row["detail"]["no"]) for row in rows] == [("counting", 101), ("counting", 100)]
    assert client.get("/v1/audit", params={"after": "x"}, headers=owner).status_code == 400


def test_the_jobs_stand_with_their_runs(client: Caller, owner: dict[str, str]) -> None:
    found = told(client.get("/v1/jobs", headers=owner), audit.Jobs)["jobs"]
    assert {one["state"] for one in found} == {"never"}


def test_the_quarantine_is_tried_again(client: Caller, owner: dict[str, str], till: Till) -> None:
    till.sell(100, total=250)
    till.push()
    [one] = told(client.get("/v1/quarantine", headers=owner), lists.Quarantine)["entries"]
    assert (one["total"], one["till"]) == (250, "A1")
    answer = client.post("/v1/quarantine/retry", headers=owner)
    assert (told(answer, audit.Retried)["tried"], answer.json()["released"]) == (1, 0)


def test_refused_insights_are_answered_as_described(client: Caller, owner: dict[str, str]) -> None:
    client.post("/v1/webhooks/n8n/insights", content=b"{}")
    [one] = told(client.get("/v1/webhooks/failures", headers=owner), lists.RefusedInsights)["failures"]
    assert (one["code"], one["body"]) == ("AUTH_UNAUTHENTICATED", "{}")


def test_a_cashier_sees_the_own_sales_alone(shop: Shop, client: Caller, till: Till) -> None:
    mine, other = till.sell(100), till.sell(200, operator_id=OWNER)
    till.push()
    seen = {}
    for who in (OWNER, CASHIER):
        asked = {"start": DAY, "end": DAY, "operator": OWNER}
        answer = client.get("/v1/sales", params=asked, headers=headers(shop.token(who)))
        seen[who] = [sale["event_id"] for sale in answer.json()["sales"]]
    assert seen == {OWNER: [other.event_id], CASHIER: [mine.event_id]}
