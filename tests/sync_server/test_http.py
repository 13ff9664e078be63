"""The wire: what each call takes and answers, and the one envelope of every failure."""

import gzip
import json
import tomllib
import zlib
from pathlib import Path
from typing import Any

import pytest

from seraphine_pos.domain import report
from seraphine_pos.domain.journal import FIRST_HASH
from seraphine_pos.domain.protocol import document_from_wire, entry_from_wire, entry_to_wire
from seraphine_pos.domain.quarantine import from_wire
from sync_server.app import build
from sync_server.errors import TooLarge
from sync_server.routes import body as bodies
from tests.architecture.tree import ROOT
from tests.silence import ExpectedLog
from tests.sync_server.caller import Caller
from tests.sync_server.described import DescribedCaller
from tests.sync_server.shop import DAY, OWNER, Shop, Till
from tests.sync_server.test_webhooks import body_of, signed


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """Give SQLite alone: the wire is the same whatever is behind, and the others test that on both."""
    return f"sqlite:///{tmp_path / 'server.db'}"


@pytest.fixture
def client(shop: Shop) -> Caller:
    """Give a caller that holds no key."""
    return Caller(build(shop.server))


@pytest.fixture
def key(till: Till) -> dict[str, str]:
    """Give the headers of an enrolled till."""
    return {"authorization": f"Bearer {till.enrolment.device_key}"}


@pytest.fixture
def owner(shop: Shop) -> dict[str, str]:
    """Give the headers of an owner who has signed in."""
    return {"authorization": f"Bearer {shop.token()}"}


def push_of(till: Till) -> dict[str, Any]:
    """Return the whole journal as a push."""
    return {
        "journal_id": till.journal_id,
        "acknowledged": {"seq": 0, "hash": FIRST_HASH.hex()},
        "entries": [entry_to_wire(entry) for entry in till.entries],
    }


def error_of(answer: Any) -> dict[str, Any]:
    """Return what the envelope of a failure holds, checked."""
    error: dict[str, Any] = answer.json()["error"]
    assert set(error) == {"code", "message", "details", "timestamp", "requestId"}
    assert error["requestId"] == answer.headers["x-request-id"]
    assert error["timestamp"].endswith("Z")
    return error


def test_a_till_enrols_pushes_pulls_and_reports(shop: Shop, client: Caller, till: Till) -> None:
    enrolled = client.post("/v1/enrol", json={"code": shop.first_code, "machine": "m"}).json()
    assert enrolled["server_id"] == shop.server.server_id
    assert set(enrolled) == {
        "server_id", "store_id", "store_name", "till_id", "till_label", "device_id", "device_key", "pepper",
    }  # fmt: skip
    key = {"authorization": f"Bearer {enrolled['device_key']}"}
    till.sell(100)
    head = client.post("/v1/push", json=push_of(till), headers=key).json()
    assert head == {
        "server_id": shop.server.server_id, "journal_id": till.journal_id, "seq": 1,
        "hash": till.entries[0].hash.hex(), "durable": 0,
    }  # fmt: skip
    page = client.post("/v1/pull", json={"feed_id": "", "rev": 0, "journal_id": till.journal_id}, headers=key).json()
    assert set(page) == {"server_id", "feed_id", "rev", "documents", "applied_seq", "more", "after"}
    assert page["applied_seq"] == 1
    assert tuple(map(document_from_wire, page["documents"])) == till.pull().documents
    known = client.post("/v1/hashes", json={"journal_id": till.journal_id, "seqs": [1, 2]}, headers=key).json()
    assert known["hashes"] == {"1": till.entries[0].hash.hex()}
    told = client.get("/v1/journals", params={"nonce": "n-1"}, headers=key).json()
    head = {"journal_id": till.journal_id, "seq": 1, "hash": till.entries[0].hash.hex(), "durable": 0}
    assert told == {"server_id": shop.server.server_id, "journals": [head], "nonce": "n-1"}
    told = client.post("/v1/entries", json={"journal_id": till.journal_id, "after": 0}, headers=key).json()
    assert [entry_from_wire(till.journal_id, wire) for wire in told["entries"]] == till.entries
    wire = client.get("/v1/report", params={"start": DAY, "end": DAY}, headers=key).json()
    assert report.from_wire(wire) == till.report()


def test_every_answer_to_a_till_is_as_it_is_described(shop: Shop, till: Till) -> None:
    """The caller holds each answer against the type of its route."""
    call = DescribedCaller(build(shop.server), till.enrolment.device_key)
    call("POST", "/v1/enrol", json={"code": shop.first_code, "machine": "m"})
    till.sell(100)
    till.sell(100, total=250)
    till.propose("product", "milk", 0, {"name": "Lait", "price": 5, "tax_code": "", "codes": []})
    said = {"scope": "pos", "sentiment": "neutral", "related_sale_id": None, "operator_id": OWNER}
    till.write("feedback.submitted", said, text="Bien")
    told = [
        call("POST", "/v1/push", json=push_of(till)),
        call("POST", "/v1/push", json={**push_of(till), "entries": []}),
    ]
    of_journal = {"journal_id": till.journal_id}
    told += [
        call("POST", "/v1/pull", json={"feed_id": "", "rev": 0, **of_journal}),
        call("POST", "/v1/hashes", json={"seqs": [1, 2, 9], **of_journal}),
        call("POST", "/v1/entries", json={"after": 0, **of_journal}),
        call("POST", "/v1/proofs", json={"proofs": [{"day": DAY, "tickets": 1, "net": 100, "digest": "0f" * 32}]}),
    ]
    days, label = f"start={DAY}&end={DAY}", till.enrolment.till_label
    paths = (
        "journals?nonce=n-1", f"report?{days}", f"proofs?{days}", f"proofs/tickets?day={DAY}&till={label}",
        "quarantine", "feedback", "insights", "products", f"reports/daily?date={DAY}", "authority",
    )  # fmt: skip
    told += [call("GET", f"/v1/{path}") for path in paths]
    told.append(call("GET", "/healthz"))
    assert [answer.status_code for answer in told] == [200] * len(told)
    held = {name for answer in told for name, value in answer.json().items() if value and not isinstance(value, str)}
    assert held > {"documents", "hashes", "entries", "journals", "cells", "counted", "told", "labels", "tickets"}


def test_a_push_may_be_compressed(client: Caller, till: Till, key: dict[str, str]) -> None:
    till.sell(100)
    content = gzip.compress(json.dumps(push_of(till)).encode())
    answer = client.post("/v1/push", content=content, headers={**key, "content-encoding": "gzip"})
    assert answer.json()["seq"] == 1


def test_a_catalogue_is_imported(client: Caller, key: dict[str, str]) -> None:
    rows = [{"key": "milk", "body": {"name": "Lait", "price": 5, "tax_code": ""}}, {"key": "x", "body": {}}]
    asked = {"operator_id": OWNER, "dry_run": False, "rows": rows}
    answer = client.post("/v1/products/import", json=asked, headers=key).json()
    assert [result["outcome"] for result in answer["results"]] == ["created", "refused"]
    assert set(answer["results"][0]) == {"key", "outcome", "reason"}


def test_a_signed_insight_is_published(shop: Shop, client: Caller) -> None:
    secret = shop.server.new_webhook_secret()
    answer = client.post("/v1/webhooks/n8n/insights", content=body_of(), headers=signed(shop, secret, body_of()))
    assert answer.status_code == 201
    assert answer.json()["insight_id"] == shop.rows("insights")[0]["insight_id"]


def test_a_refused_insight_is_listed(client: Caller, owner: dict[str, str]) -> None:
    answer = client.post("/v1/webhooks/n8n/insights", content=b"{}")
    assert (answer.status_code, error_of(answer)["code"]) == (401, "AUTH_UNAUTHENTICATED")
    [failure] = client.get("/v1/webhooks/failures", headers=owner).json()["failures"]
    assert failure["reason"] == error_of(answer)["message"]


@pytest.mark.parametrize(("path", "name"), [("/v1/feedback", "feedback"), ("/v1/conflicts", "conflicts")])
def test_the_owner_s_lists(shop: Shop, client: Caller, owner: dict[str, str], path: str, name: str) -> None:
    assert client.get(path, headers=owner).json() == {"server_id": shop.server.server_id, name: [], "next": None}


def test_what_is_in_quarantine_is_told_with_what_can_be_read_of_it(
    client: Caller, till: Till, key: dict[str, str]
) -> None:
    assert client.get("/v1/quarantine", headers=key).json()["count"] == 0
    sale = till.sell(100, total=250)
    till.push()
    told = client.get("/v1/quarantine", headers=key).json()
    [one] = told["entries"]
    assert (told["count"], one["event_id"], one["nature"], one["total"]) == (1, sale.event_id, "inconsistent", 250)
    assert from_wire(told).entries == till.server.quarantine().entries


def test_the_sales_of_a_day(client: Caller, till: Till, owner: dict[str, str]) -> None:
    entry = till.sell(100)
    till.push()
    [sale] = client.get("/v1/sales", params={"start": DAY, "end": DAY}, headers=owner).json()["sales"]
    assert (sale["event_id"], sale["total"], sale["kind"]) == (entry.event_id, 100, "sale")


def test_health_is_open_to_all(shop: Shop, client: Caller) -> None:
    said = client.get("/healthz").json()
    assert (said["live"], said["ready"], said["database"]) == (True, True, shop.database.dialect)
    assert said["server_id"] == shop.server.server_id
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert said["version"] == project["version"]


# Who may call which route is in tests/security/test_access.py; these are the calls of a till.
CLOSED = (
    ("POST", "/v1/push"), ("POST", "/v1/hashes"), ("POST", "/v1/pull"), ("POST", "/v1/entries"),
    ("GET", "/v1/journals"), ("GET", "/v1/report"), ("POST", "/v1/products/import"), ("GET", "/v1/feedback"),
    ("GET", "/v1/quarantine"), ("GET", "/v1/proofs"), ("POST", "/v1/proofs"), ("GET", "/v1/proofs/tickets"),
)  # fmt: skip


@pytest.mark.parametrize("authorization", [None, "", "Bearer ", "Bearer x", "Basic abc", "Bearer é"])
def test_a_closed_route_needs_a_key(client: Caller, authorization: str | None) -> None:
    headers = {} if authorization is None else {"authorization": authorization.encode()}
    for method, path in CLOSED:
        answer = client.request(method, path, headers=headers)
        assert (answer.status_code, error_of(answer)["code"]) == (401, "AUTH_UNAUTHENTICATED"), path


def test_a_revoked_key_is_forbidden(shop: Shop, client: Caller, key: dict[str, str]) -> None:
    shop.server.enrol(shop.server.new_code(till_label="A1"), "m")
    answer = client.get("/v1/feedback", headers=key)
    assert (answer.status_code, error_of(answer)["code"]) == (403, "AUTH_FORBIDDEN")


def damage(push: dict[str, Any], **changes: object) -> dict[str, Any]:
    """Return a push whose first entry has other fields."""
    return {**push, "entries": [{**push["entries"][0], **changes}]}


@pytest.mark.parametrize(
    "changes",
    [
        {"hash": "00" * 32}, {"hash": "zz" * 32}, {"hash": "00"}, {"seq": 0}, {"seq": 2**70}, {"seq": "1"},
        {"seq": 1.0}, {"at_ms": 2**80}, {"version": -1}, {"version": 2**40}, {"kind": "a\0b"}, {"kind": "x" * 100},
        {"event_id": ""}, {"event_id": "é"}, {"body": 5}, {"body": "x" * 300_000}, {"text": 5}, {"salt": "x"},
        {"salt": None},
    ],
    ids=str,
)  # fmt: skip
def test_a_damaged_push_is_400_and_nothing_is_kept(
    shop: Shop, client: Caller, till: Till, key: dict[str, str], changes: dict[str, object]
) -> None:
    till.sell(100)
    answer = client.post("/v1/push", json=damage(push_of(till), **changes), headers=key)
    assert (answer.status_code, error_of(answer)["code"]) == (400, "DAMAGED")
    assert shop.rows("entries") == []


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"null", b"\xff", b"[" * 100_000, b'{"journal_id":"\\ud800","entries":[]}']
)
def test_what_is_no_request_is_400(client: Caller, key: dict[str, str], content: bytes) -> None:
    for path in [path for method, path in CLOSED if method == "POST"]:
        answer = client.post(path, content=content, headers=key)
        assert (answer.status_code, error_of(answer)["code"]) == (400, "DAMAGED"), path


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"no gzip", 400),
        (gzip.compress(b"{}")[:-5], 400),
        (gzip.compress(b"{}") + b"more", 400),
        (gzip.compress(bytes(bodies.INFLATED_BYTES_MAX + 1)), 413),
    ],
    ids=["broken", "cut off", "followed", "bomb"],
)
def test_a_bad_gzip_stream_is_refused(client: Caller, key: dict[str, str], content: bytes, status: int) -> None:
    answer = client.post("/v1/push", content=content, headers={**key, "content-encoding": "gzip"})
    assert answer.status_code == status
    error_of(answer)


def test_a_bomb_is_never_inflated_beyond_the_cap() -> None:
    stream = zlib.compressobj(9, wbits=bodies.GZIP_WINDOW)
    bomb = b"".join([*(stream.compress(bytes(1 << 20)) for _ in range(64)), stream.flush()])
    with pytest.raises(TooLarge):
        bodies.inflate(bomb)


def test_another_encoding_is_refused(client: Caller, key: dict[str, str]) -> None:
    answer = client.post("/v1/push", content=b"{}", headers={**key, "content-encoding": "br"})
    assert (answer.status_code, error_of(answer)["code"]) == (400, "DAMAGED")


def test_a_body_beyond_the_cap_is_413(client: Caller, key: dict[str, str]) -> None:
    answer = client.post("/v1/push", content=bytes(bodies.SENT_BYTES_MAX + 1), headers=key)
    assert (answer.status_code, error_of(answer)["code"]) == (413, "TOO_LARGE")


def test_too_many_of_anything_is_413(client: Caller, till: Till, key: dict[str, str]) -> None:
    for no in range(501):
        till.write("staff.signed_in", {"operator_id": str(no)})
    rows = [{"key": str(no), "body": {}} for no in range(501)]
    for path, asked in (
        ("/v1/push", push_of(till)),
        ("/v1/hashes", {"journal_id": "j", "seqs": list(range(501))}),
        ("/v1/products/import", {"operator_id": OWNER, "dry_run": True, "rows": rows}),
    ):
        answer = client.post(path, json=asked, headers=key)
        assert (answer.status_code, error_of(answer)["code"]) == (413, "TOO_LARGE")


def test_a_wrong_period_is_refused(client: Caller, key: dict[str, str]) -> None:
    answer = client.get("/v1/report", params={"start": "2026-11-21", "end": "2026-11-20"}, headers=key)
    assert (answer.status_code, error_of(answer)["code"]) == (422, "INVALID_PERIOD")
    assert client.get("/v1/report", headers=key).status_code == 400


def test_what_the_shop_refuses_is_422(client: Caller, key: dict[str, str]) -> None:
    answer = client.post("/v1/enrol", json={"code": "X", "machine": "m"})
    assert (answer.status_code, error_of(answer)["code"]) == (422, "CODE_REFUSED")
    asked = {"operator_id": "nobody", "dry_run": False, "rows": []}
    answer = client.post("/v1/products/import", json=asked, headers=key)
    assert (answer.status_code, error_of(answer)["code"]) == (422, "NOT_ALLOWED")


def test_an_unknown_address_or_method_has_the_envelope(client: Caller) -> None:
    assert error_of(client.get("/nowhere"))["code"] == "NOT_FOUND"
    assert error_of(client.get("/v1/push"))["code"] == "METHOD_NOT_ALLOWED"


def test_an_address_tells_every_method_it_can_be_asked_by(client: Caller) -> None:
    told = {
        "/v1/push": "POST", "/v1/feedback": "GET, POST", "/v1/sessions": "GET, POST, DELETE",
        "/v1/sales/x/flag": "POST, DELETE", "/v1/products/x": "GET, PUT, DELETE",
        "/v1/products/import": "GET, POST, PUT, DELETE", "/openapi.json": "GET, HEAD", "/healthz": "GET, HEAD",
    }  # fmt: skip
    assert {path: client.request("TRACE", path).headers["allow"] for path in told} == told
    for path, calls in client.app.openapi()["paths"].items():
        answer = client.request("TRACE", path)
        assert answer.status_code == 405, path
        assert set(answer.headers["allow"].split(", ")) >= {method.upper() for method in calls}, path


def test_a_caller_s_request_id_is_kept_when_it_is_one(client: Caller) -> None:
    assert client.get("/healthz", headers={"x-request-id": "till-1-0001"}).headers["x-request-id"] == "till-1-0001"
    assert client.get("/healthz", headers={"x-request-id": "a b"}).headers["x-request-id"] != "a b"


def test_a_fault_of_ours_is_logged_whole_and_told_without_detail(
    shop: Shop, client: Caller, key: dict[str, str], expected_log: ExpectedLog
) -> None:
    expected_log("request .* failed: GET /v1/feedback", "sync_server.watch.access")
    with shop.database.write() as connection:
        connection.exec_driver_sql("ALTER TABLE feedback RENAME COLUMN message TO words")
    answer = client.get("/v1/feedback", headers=key)
    assert (answer.status_code, error_of(answer)["code"]) == (500, "INTERNAL")
    assert "words" not in answer.text
