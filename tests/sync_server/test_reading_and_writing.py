"""Over HTTP: an owner, a cashier and a program read and change what they may, each answer as it is described."""

import csv
import io
from typing import Any

import pytest
from fastapi import FastAPI

from seraphine_pos.domain.event import Kind
from sync_server import feedback
from sync_server.app import build
from sync_server.feedback import FeedbackQuery
from sync_server.rebuild import rebuild
from sync_server.rights import service_keys
from sync_server.rights.service_keys import Scope
from tests.sync_server.caller import Caller
from tests.sync_server.described import DescribedCaller, agree, routes_of
from tests.sync_server.shop import CASHIER, DAY, OWNER, Shop, Till

MILK = "06111111111111"
BODY = {"name": "Lait", "price": 500, "tax_code": "TVA20", "codes": [{"code": "6111111111111"}]}
OURS = {"products", "sales", "insights", "feedback", "conflicts", "reports"}
DAYS = f"start={DAY}&end={DAY}"


@pytest.fixture
def app(shop: Shop) -> FastAPI:
    """Give the application over the shop."""
    return build(shop.server)


@pytest.fixture
def owner(app: FastAPI, shop: Shop) -> DescribedCaller:
    """Give an owner who has signed in."""
    return DescribedCaller(app, shop.token())


@pytest.fixture
def cashier(app: FastAPI, shop: Shop) -> DescribedCaller:
    """Give a cashier who has signed in."""
    return DescribedCaller(app, shop.token(CASHIER))


@pytest.fixture
def program(app: FastAPI, shop: Shop) -> DescribedCaller:
    """Give a program that may do all that programs may."""
    with shop.server.write(shop.store_id, OWNER) as tx:
        return DescribedCaller(app, service_keys.new(tx, "n8n", list(Scope)).token)


def code(answer: Any) -> tuple[int, str]:
    """Return the status of a failure and its code."""
    return answer.status_code, answer.json()["error"]["code"]


def test_every_route_of_ours_is_described_and_its_examples_are_some(app: FastAPI) -> None:
    described = 0
    for route in routes_of(app):
        if not OURS & set(route.tags):
            continue
        for status, said in route.responses.items():
            example = said.get("content", {}).get("application/json", {}).get("example")
            if example is not None:
                agree(said["model"], example)
                described += isinstance(status, int)
        assert 200 in route.responses or 201 in route.responses, route.path
        takes = (route.openapi_extra or {}).get("requestBody")
        assert (takes is not None) == bool(set(route.methods or ()) & {"POST", "PUT", "PATCH"}), route.path
    assert described >= 20
    document = app.openapi()
    assert "HTTPValidationError" not in str(document)


def test_the_document_names_every_call_parameter_failure_and_example(app: FastAPI) -> None:
    summaries = []
    for path, calls in app.openapi()["paths"].items():
        for method, call in calls.items():
            named = f"{method} {path}"
            summaries.append(call["summary"])
            assert len(call["summary"].split()) > 1, named
            for parameter in call.get("parameters", []):
                assert parameter["description"], (named, parameter["name"])
            body = call.get("requestBody", {"content": {}})
            answers = [told for status, told in call["responses"].items() if status[0] == "2"]
            for media, content in [*body["content"].items(), *(p for a in answers for p in a["content"].items())]:
                assert media != "application/json" or "example" in content, named
            assert {"400", "429", "503"} < set(call["responses"]), named
            by_other_means = named in {"post /v1/sessions", "post /v1/webhooks/n8n/insights"}
            assert ("401" in call["responses"]) == ("security" in call or by_other_means), named
            if path.endswith(".csv") and method == "get":
                assert [*answers[0]["content"]] == ["text/csv"], named
    assert len(set(summaries)) == len(summaries)
    hook = app.openapi()["paths"]["/v1/webhooks/n8n/insights"]["post"]
    assert {one["name"] for one in hook["parameters"]} > {"webhook-id", "webhook-timestamp", "webhook-signature"}
    assert "201" in hook["responses"]
    assert "200" not in hook["responses"]


def test_products_over_the_wire(owner: DescribedCaller, cashier: DescribedCaller, program: DescribedCaller) -> None:
    assert owner("PUT", "/v1/products/milk", json=BODY).status_code == 201
    assert owner("PUT", "/v1/products/milk?rev=1", json={"price": 510}).status_code == 409
    made = program("PUT", "/v1/products/milk", json={"price": 510}).json()
    assert (made["outcome"], made["product"]["price"]) == ("updated", 510)
    for reader in (owner, cashier, program):
        assert [one["key"] for one in reader("GET", "/v1/products?q=LAIT").json()["products"]] == ["milk"]
        assert reader("GET", "/v1/products/by-code/6111111111111").json()["quantity"] == 1000
        assert reader("GET", "/v1/products/milk").json()["product"]["name"] == "Lait"
    assert code(cashier("PUT", "/v1/products/milk", json={"price": 1})) == (403, "AUTH_FORBIDDEN")
    assert code(cashier("DELETE", "/v1/products/milk")) == (403, "AUTH_FORBIDDEN")
    for bad in (
        b"{",
        b"[]",
        b'{"price":1.5}',
        b'{"price":true}',
        b'{"rank":1}',
        b'{"name":"\\ud800"}',
        b'{"price":1e400}',
    ):
        assert code(owner("PUT", "/v1/products/milk", content=bad)) == (400, "VALIDATION_ERROR")
    assert code(owner("GET", "/v1/products/nothing")) == (404, "NOT_FOUND")
    assert owner("PUT", "/v1/products/a%2Fb%20%25", json={**BODY, "codes": []}).status_code == 201
    assert owner("GET", "/v1/products/a%2Fb%20%25").json()["product"]["key"] == "a/b %"
    rows = [{"key": MILK, "body": {"name": "Pain", "price": 1, "tax_code": "", "codes": []}}]
    block = {"operator_id": "somebody else", "dry_run": False, "rows": rows}
    assert owner("POST", "/v1/products/import", json=block).json()["results"][0]["outcome"] == "created"
    assert owner("GET", f"/v1/products/{MILK}").json()["product"]["updated_by"] == OWNER
    assert owner("DELETE", "/v1/products/milk").json()["product"]["active"] is False
    assert owner("GET", "/v1/products?q=lait").json()["products"][0]["key"] == "a/b %"


def test_a_cashier_sees_the_own_sales_alone(
    till: Till, owner: DescribedCaller, cashier: DescribedCaller, program: DescribedCaller
) -> None:
    own, other = till.sell(100), till.sell(200, operator_id=OWNER)
    till.push()
    for caller, count in ((owner, 2), (program, 2), (cashier, 1)):
        assert len(caller("GET", f"/v1/sales?{DAYS}").json()["sales"]) == count
        assert len(caller("GET", f"/v1/sales?{DAYS}&operator={OWNER}").json()["sales"]) == 1
        assert caller("GET", f"/v1/sales.csv?{DAYS}").text.count("\r\n") == count + 1
    assert cashier("GET", f"/v1/sales?{DAYS}&operator={OWNER}").json()["sales"][0]["event_id"] == own.event_id
    assert cashier("GET", f"/v1/sales/{own.event_id}").json()["sale"]["total"] == 100
    assert code(cashier("GET", f"/v1/sales/{other.event_id}")) == (404, "NOT_FOUND")
    assert owner("GET", f"/v1/sales/{other.event_id}").json()["sale"]["ticket"]["total"] == 200


def test_a_till_is_asked_for_by_its_label_or_id_and_only_what_there_is(
    till: Till, owner: DescribedCaller, program: DescribedCaller, app: FastAPI
) -> None:
    till.sell(100)
    till.push()
    label = owner("GET", "/v1/devices").json()["tills"][0]["label"]
    for name in (label, till.enrolment.till_id):
        for caller in (owner, program):
            assert len(caller("GET", f"/v1/sales?{DAYS}&till={name}").json()["sales"]) == 1
            assert caller("GET", f"/v1/sales.csv?{DAYS}&till={name}").text.count("\r\n") == 2
        for path in (f"reports/daily?date={DAY}", f"reports/range?{DAYS}"):
            assert owner("GET", f"/v1/{path}&till={name}").json()["till"] == till.enrolment.till_id
    told = {"authorization": f"Bearer {owner.token}"}
    for path in (f"report?{DAYS}", f"proofs?{DAYS}", f"proofs/tickets?day={DAY}"):
        for name, status in ((label, 200), ("A99", 404)):
            assert Caller(app).request("GET", f"/v1/{path}&till={name}", headers=told).status_code == status, path
    for path in (
        f"sales?{DAYS}", f"sales.csv?{DAYS}", f"reports/daily?date={DAY}", f"reports/range?{DAYS}&format=pdf",
    ):  # fmt: skip
        assert code(owner("GET", f"/v1/{path}&till=A99")) == (404, "NOT_FOUND"), path
    assert code(owner("GET", f"/v1/sales?{DAYS}&operator=nobody")) == (404, "NOT_FOUND")


def test_a_parameter_that_a_call_does_not_have_is_named(owner: DescribedCaller, app: FastAPI) -> None:
    for path, unknown in (
        (f"sales?{DAYS}&varience=true&page=2", "varience, page"), ("products/nothing?ref=1", "ref"),
        ("products?limt=5", "limt"), ("authority?x=", "x"),
    ):  # fmt: skip
        answer = owner("GET", f"/v1/{path}")
        assert code(answer) == (400, "VALIDATION_ERROR"), path
        assert f"no parameter {unknown}:" in answer.json()["error"]["message"]
    assert code(DescribedCaller(app)("GET", "/v1/products?limt=5")) == (401, "AUTH_UNAUTHENTICATED")


def test_pages_and_flags_over_the_wire(
    shop: Shop, till: Till, owner: DescribedCaller, cashier: DescribedCaller, program: DescribedCaller
) -> None:
    for no in range(5):
        shop.clock.pass_ms(10)
        till.sell(100 + no)
    till.push()
    last = till.entries[-1]
    first = owner("GET", f"/v1/sales?{DAYS}&limit=2&order=newest").json()
    rest = owner("GET", f"/v1/sales?{DAYS}&limit=9&order=newest&after={first['next']}").json()
    assert [one["total"] for one in first["sales"] + rest["sales"]] == [104, 103, 102, 101, 100]
    assert rest["next"] is None
    path = f"/v1/sales/{last.event_id}/flag"
    assert owner("POST", path, json={"reason": "Il manque 20"}).json()["flag"]["flagged_by"] == OWNER
    assert len(owner("GET", f"/v1/sales?{DAYS}&flagged=true").json()["sales"]) == 1
    assert owner("DELETE", path).json()["flag"]["state"] == "cleared"
    assert code(owner("DELETE", path)) == (404, "NOT_FOUND")
    assert code(owner("POST", path, json={"reason": ""})) == (400, "VALIDATION_ERROR")
    for caller in (cashier, program):
        assert code(caller("POST", path, json={"reason": "x"})) == (403, "AUTH_FORBIDDEN")
    for wrong in ("kind=gift", "method=gold", "flagged=perhaps", "limit=0", "limit=99999999999999999999", "order=odd"):
        assert code(owner("GET", f"/v1/sales?{DAYS}&{wrong}")) == (400, "VALIDATION_ERROR"), wrong
    assert code(owner("GET", "/v1/sales?start=2026-02-30&end=2026-03-01")) == (422, "INVALID_PERIOD")


def test_what_is_wrong_is_said_in_plain_words(owner: DescribedCaller, app: FastAPI) -> None:
    def said(method: str, path: str, **parts: Any) -> str:
        return str(Caller(app).request(method, path, headers=told, **parts).json()["error"]["message"])

    told = {"authorization": f"Bearer {owner.token}"}
    assert said("PUT", "/v1/products/milk", json={"price": "1", "rank": 1}) == (
        "price: is no whole number; rank: is not known here"
    )
    assert said("GET", "/v1/products?limit=0") == "limit: is too small, 1 at least"
    assert said("GET", "/v1/nothing").startswith("there is no call /v1/nothing here")
    answer = Caller(app).request("DELETE", "/v1/insights", headers=told)
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, POST"
    assert "DELETE" in answer.json()["error"]["message"]
    lost = {"scope": "pos", "sentiment": "negative", "message": "Ça bloque", "related_sale_id": "no-sale"}
    assert said("POST", "/v1/feedback", json=lost) == "related_sale_id: there is no such sale"


def test_feedback_as_a_table(shop: Shop, till: Till, owner: DescribedCaller, cashier: DescribedCaller) -> None:
    body = {"scope": "salesLog", "sentiment": "negative", "related_sale_id": None, "operator_id": CASHIER}
    till.write(Kind.FEEDBACK_SUBMITTED, body, text="=1+1\nÇa bloque ; souvent")
    till.push()
    shop.clock.pass_ms(1000)
    said = {"scope": "dashboard", "sentiment": "positive", "message": "Les cartes sont claires"}
    written = owner("POST", "/v1/feedback", json=said).json()["feedback"]["event_id"]
    owner("PATCH", f"/v1/feedback/{written}", json={"state": "resolved", "tag": "idea"})
    answer = owner("GET", "/v1/feedback.csv")
    assert 'filename="avis.csv"' in answer.headers["content-disposition"]
    headings, first, second = csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"), newline=""), delimiter=";")
    assert (headings[:4], headings[-1]) == (["moment", "partie", "avis", "message"], "identifiant")
    assert first[1:10] == ["accueil", "bien", said["message"], "", "Nadia", "", "résolu", "idée", "Nadia"]
    assert (first[10][:11], first[11]) == (first[0][:11], written)
    assert second[1:8] == ["ventes", "pas bien", "'=1+1\nÇa bloque ; souvent", "", "Salma", "A1", "nouveau"]
    assert second[8:] == ["", "", "", till.entries[-1].event_id]
    assert owner("GET", "/v1/feedback.csv?sentiment=positive").text.count("\r\n") == 2
    assert owner("GET", "/v1/feedback.csv?end=2020-01-01").text.count("\r\n") == 1
    assert code(cashier("GET", "/v1/feedback.csv")) == (403, "AUTH_FORBIDDEN")
    assert [row["action"] for row in shop.rows("audit")].count("feedback.exported") == 3


def test_feedback_is_read_page_by_page_to_the_end(shop: Shop, till: Till) -> None:
    body = {"scope": "pos", "sentiment": "neutral", "related_sale_id": None, "operator_id": CASHIER}
    for number in range(5):
        till.write(Kind.FEEDBACK_SUBMITTED, body, text=f"Avis {number}")
    till.push()
    pages = list(feedback.all_pages(shop.database.read, shop.store_id, FeedbackQuery(), rows_max=2))
    assert [len(page.rows) for page in pages] == [2, 2, 1]
    assert {row["message"] for page in pages for row in page.rows} == {f"Avis {number}" for number in range(5)}


def test_feedback_is_said_on_a_page_moderated_and_survives(
    shop: Shop, till: Till, owner: DescribedCaller, cashier: DescribedCaller
) -> None:
    said = {"scope": "pos", "sentiment": "negative", "related_sale_id": None, "operator_id": CASHIER}
    told = till.write(Kind.FEEDBACK_SUBMITTED, said, text="Ça bloque")
    till.push()
    shop.clock.pass_ms(1000)
    page = {"scope": "dashboard", "sentiment": "positive", "message": " Les cartes\nsont claires "}
    made = cashier("POST", "/v1/feedback", json=page).json()["feedback"]
    assert (made["message"], made["operator_id"], made["till_id"]) == ("Les cartes\nsont claires", CASHIER, "")
    moderated = owner("PATCH", f"/v1/feedback/{told.event_id}", json={"state": "resolved", "tag": "bug"}).json()
    assert (moderated["feedback"]["state"], moderated["feedback"]["moderated_by"]) == ("resolved", OWNER)
    assert till.mirror()["feedback", told.event_id]["tag"] == "bug"
    before = owner("GET", "/v1/feedback").json()
    assert [one["event_id"] for one in before["feedback"]] == [made["event_id"], told.event_id]
    for asked, wanted in (
        ("scope=pos", told.event_id), ("state=new", made["event_id"]), ("tag=bug", told.event_id),
        ("sentiment=positive", made["event_id"]), ("limit=1", made["event_id"]),
    ):  # fmt: skip
        assert [one["event_id"] for one in owner("GET", f"/v1/feedback?{asked}").json()["feedback"]] == [wanted]
    day = "2026-11-22"
    assert len(owner("GET", f"/v1/feedback?start={day}&end={day}").json()["feedback"]) == 2
    assert owner("GET", "/v1/feedback?start=0001-01-01&end=2026-11-21").json()["feedback"] == []
    assert len(owner("GET", "/v1/feedback?start=0001-01-01&end=9999-12-31").json()["feedback"]) == 2
    assert rebuilt(shop) == 0
    assert owner("GET", "/v1/feedback").json() == before
    untagged = owner("PATCH", f"/v1/feedback/{told.event_id}", json={"tag": None}).json()["feedback"]
    assert (untagged["state"], untagged["tag"]) == ("resolved", None)
    for bad in ({"state": None}, {"state": "gone"}, {"tag": "x"}, {"words": "x"}):
        assert code(owner("PATCH", f"/v1/feedback/{told.event_id}", json=bad)) == (400, "VALIDATION_ERROR")
    assert code(owner("PATCH", "/v1/feedback/nothing", json={"state": "read"})) == (404, "NOT_FOUND")
    assert code(cashier("PATCH", f"/v1/feedback/{told.event_id}", json={"state": "read"})) == (403, "AUTH_FORBIDDEN")
    assert code(cashier("POST", "/v1/feedback", json={**page, "message": " \n"})) == (400, "VALIDATION_ERROR")


def rebuilt(shop: Shop) -> int:
    """Fold everything anew; return how much went to quarantine."""
    with shop.server.write(shop.store_id, "test") as tx:
        return rebuild(tx).quarantined


def test_insights_are_published_by_a_program_and_read(
    shop: Shop, owner: DescribedCaller, cashier: DescribedCaller, program: DescribedCaller
) -> None:
    sent: dict[str, object] = {"confidence": 0.5}
    for no, category in enumerate(["topSeller", "watchlist", "topSeller"]):
        said = {"category": category, "sourceRunId": f"run-{no}", "title": f"n° {no}"}
        sent = {**sent, **said, "createdAt": shop.clock.now_ms() - 1000 + no}
        assert program("POST", "/v1/insights", json=sent).status_code == 201
    assert code(program("POST", "/v1/insights", json=sent)) == (409, "CONFLICT")
    assert code(program("POST", "/v1/insights", json={**sent, "sourceRunId": "local:x"})) == (400, "VALIDATION_ERROR")
    assert code(owner("POST", "/v1/insights", json=sent)) == (403, "AUTH_FORBIDDEN")
    assert [one["title"] for one in owner("GET", "/v1/insights").json()["insights"]] == ["n° 2", "n° 1"]
    first = owner("GET", "/v1/insights/history?limit=2").json()
    rest = owner("GET", f"/v1/insights/history?after={first['next']}").json()
    assert [one["title"] for one in first["insights"] + rest["insights"]] == ["n° 2", "n° 1", "n° 0"]
    assert len(program("GET", "/v1/insights/history?category=watchlist").json()["insights"]) == 1
    assert code(cashier("GET", "/v1/insights")) == (403, "AUTH_FORBIDDEN")


def test_a_conflict_is_decided_once(shop: Shop, till: Till, owner: DescribedCaller, cashier: DescribedCaller) -> None:
    owner("PUT", f"/v1/products/{MILK}", json=BODY)
    rev = till.pull().rev
    owner("PUT", f"/v1/products/{MILK}", json={"price": 520, "notes": "x"})
    wish = till.propose("product", MILK, rev, {"price": 600, "notes": "promo"})
    role = till.propose("staff", CASHIER, rev, {"role": "owner"}, CASHIER)
    till.push()
    waiting = owner("GET", "/v1/conflicts").json()["conflicts"]
    assert {(one["field"], one["proposed"], one["current"], one["stands"]) for one in waiting} == {
        ("price", 600, 520, 520), ("notes", "promo", "x", "x"), ("role", "owner", "pilotTester", "pilotTester"),
    }  # fmt: skip
    taken = owner("POST", f"/v1/conflicts/{wish.event_id}/price", json={"resolution": "take"}).json()["conflict"]
    assert (taken["stands"], taken["resolved_by"], taken["resolution"]) == (600, OWNER, "take")
    assert till.mirror()["product", MILK]["price"] == 600
    kept = owner("POST", f"/v1/conflicts/{wish.event_id}/notes", json={"resolution": "keep"}).json()["conflict"]
    assert (kept["stands"], kept["resolution"]) == ("x", "keep")
    for field in ("price", "notes"):
        again = owner("POST", f"/v1/conflicts/{wish.event_id}/{field}", json={"resolution": "take"})
        assert code(again) == (409, "CONFLICT")
    assert till.mirror()["product", MILK]["price"] == 600
    assert len(owner("GET", "/v1/conflicts?decided=true").json()["conflicts"]) == 2
    assert code(owner("POST", "/v1/conflicts/nothing/price", json={"resolution": "keep"})) == (404, "NOT_FOUND")
    assert code(cashier("GET", "/v1/conflicts")) == (403, "AUTH_FORBIDDEN")
    assert code(owner("POST", f"/v1/conflicts/{role.event_id}/role", json={})) == (400, "VALIDATION_ERROR")


def test_a_person_s_rights_want_the_pin_again_and_the_last_owner_stays(shop: Shop, till: Till, app: FastAPI) -> None:
    role = till.propose("staff", CASHIER, till.pull().rev, {"role": "owner"}, CASHIER)
    gone = till.propose("staff", OWNER, till.pull().rev, {"active": False}, CASHIER)
    till.push()
    fresh = DescribedCaller(app, shop.token())
    take = {"resolution": "take"}
    assert code(fresh("POST", f"/v1/conflicts/{gone.event_id}/active", json=take)) == (409, "CONFLICT")
    shop.clock.pass_ms(20 * 60_000)
    assert code(fresh("POST", f"/v1/conflicts/{role.event_id}/role", json=take)) == (403, "AUTH_STEP_UP")
    again = DescribedCaller(app, shop.token())
    assert again("POST", f"/v1/conflicts/{role.event_id}/role", json=take).status_code == 200
    assert till.mirror()["staff", CASHIER]["role"] == "owner"


UNHEARD_OF = (
    "/v1/sales/a%00b", "/v1/sales/%ff", "/v1/sales/%ed%a0%80", "/v1/products?q=%00", "/v1/products?q=%ff",
    f"/v1/sales?{DAYS}&till=%00", f"/v1/sales?{DAYS}&operator=%ed%a0%80", "/v1/feedback?after=%00",
    "/v1/products/by-code/%00", "/%00", "/v1/reports/daily?date=%00", "/v1/products?limit=" + "9" * 5000,
    "/v1/insights/history?category=weather",
)  # fmt: skip


def test_letters_and_numbers_that_no_database_holds_are_400(app: FastAPI, shop: Shop) -> None:
    key = {"authorization": f"Bearer {shop.token()}"}
    answers = [Caller(app).get(path, headers=key) for path in UNHEARD_OF]
    answers.append(Caller(app).request("PUT", "/v1/products/x?rev=9223372036854775808", headers=key, json=BODY))
    for answer in answers:
        assert code(answer) == (400, "VALIDATION_ERROR"), answer.request.url
        assert set(answer.json()["error"]) == {"code", "message", "details", "timestamp", "requestId"}


def test_what_is_not_there_or_not_so_has_the_envelope_too(app: FastAPI, owner: DescribedCaller) -> None:
    assert code(owner("GET", "/v1/sales/" + "x" * 5000)) == (404, "NOT_FOUND")
    assert code(owner("GET", "/v1/sales/' OR 1=1")) == (404, "NOT_FOUND")
    for method, path, wanted in (("GET", "/v2", 404), ("TRACE", "/v1/sales", 405), ("PUT", "/v1/feedback", 405)):
        answer = Caller(app).request(method, path)
        assert (answer.status_code, set(answer.json())) == (wanted, {"error"})
