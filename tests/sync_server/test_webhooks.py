"""A signed insight is published once; whatever else comes is refused with its reason, and kept."""

import json
from base64 import b64encode

import pytest

from sync_server import insights, signature, webhooks
from sync_server.errors import Conflict, Refused, TooLarge, Unauthenticated
from tests.sync_server.shop import Shop, Till

GOOD = {
    "category": "watchlist",
    "sourceRunId": "run-1",
    "title": "Lait : rupture probable",
    "detail": "Vendu deux fois plus vite que d'habitude.",
    "confidence": 0.875,
    "relatedSales": ["sale-1"],
    "createdAt": "2026-11-22T08:30:00+01:00",
}


@pytest.fixture
def secret(shop: Shop) -> str:
    """Give the secret that insights are signed with."""
    return shop.server.new_webhook_secret()


def signed(shop: Shop, secret: str, body: bytes, webhook_id: str = "msg-1", late_ms: int = 0) -> dict[str, str]:
    """Return the headers of a request signed now."""
    timestamp = str((shop.clock.now_ms() - late_ms) // 1000)
    made = signature.sign(secret, webhook_id, timestamp, body)
    return {"webhook-id": webhook_id, "webhook-timestamp": timestamp, "webhook-signature": made}


def failures(shop: Shop) -> list[dict[str, object]]:
    """Return the refused requests, newest first."""
    with shop.database.read() as connection:
        return webhooks.failures(connection, shop.store_id)


def body_of(**changes: object) -> bytes:
    """Return an insight with some fields changed."""
    return json.dumps({**GOOD, **changes}).encode()


def test_an_insight_comes_through_the_feed(shop: Shop, till: Till, secret: str) -> None:
    insight_id = shop.server.take_insight(signed(shop, secret, body_of()), body_of())
    assert till.mirror()["insight", insight_id] == {
        "category": "watchlist",
        "source_run_id": "run-1",
        "title": "Lait : rupture probable",
        "detail": "Vendu deux fois plus vite que d'habitude.",
        "confidence": 875,
        "related_sales": ["sale-1"],
        "created_at": 1_795_332_600_000,
    }
    assert failures(shop) == []
    assert len(shop.rows("insights")) == 1


def test_the_signature_is_that_of_standard_webhooks(shop: Shop) -> None:
    """The example of the specification's reference libraries."""
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    body = b'{"test": 2432232314}'
    expected = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert signature.sign(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", body) == expected


def refusal(shop: Shop, till: Till, headers: dict[str, str], body: bytes) -> tuple[Refused, dict[str, object]]:
    """Send what will be refused; return the refusal and the row that was kept."""
    before = till.pull().rev
    shop.clock.pass_ms(1)  # the newest comes first
    with pytest.raises(Refused) as caught:
        shop.server.take_insight(headers, body)
    assert till.pull().rev == before
    row = failures(shop)[0]
    assert row["reason"] == caught.value.message
    assert row["code"] == caught.value.code
    return caught.value, row


def test_an_unsigned_one_is_refused_and_kept(shop: Shop, till: Till, secret: str) -> None:
    problem, row = refusal(shop, till, {}, body_of())
    assert isinstance(problem, Unauthenticated)
    assert row["body"] == body_of().decode()


def test_a_wrong_signature_is_refused(shop: Shop, till: Till, secret: str) -> None:
    other = signature.SECRET_PREFIX + b64encode(b"another").decode()
    for headers in (
        signed(shop, other, body_of()),
        signed(shop, secret, body_of(title="x")),
        {**signed(shop, secret, body_of()), "webhook-id": "msg-2"},
        {**signed(shop, secret, body_of()), "webhook-signature": "v1,é"},
        {**signed(shop, secret, body_of()), "webhook-timestamp": "soon"},
        {**signed(shop, secret, body_of()), "webhook-timestamp": "9" * 40},
        {**signed(shop, secret, body_of()), "webhook-id": "x" * 500},
    ):
        assert isinstance(refusal(shop, till, headers, body_of())[0], Unauthenticated)


def test_one_right_signature_among_several_is_enough(shop: Shop, till: Till, secret: str) -> None:
    headers = signed(shop, secret, body_of())
    headers["webhook-signature"] = f"v1a,xyz v1,AAAA {headers['webhook-signature']}"
    assert shop.server.take_insight(headers, body_of())


@pytest.mark.parametrize("late_ms", [301_000, -301_000])
def test_a_request_of_another_time_is_refused(shop: Shop, till: Till, secret: str, late_ms: int) -> None:
    headers = signed(shop, secret, body_of(), late_ms=late_ms)
    assert isinstance(refusal(shop, till, headers, body_of())[0], Unauthenticated)


def test_without_a_secret_everything_is_refused(shop: Shop, till: Till) -> None:
    headers = signed(shop, signature.SECRET_PREFIX, body_of())
    assert "webhook-secret" in refusal(shop, till, headers, body_of())[0].message


def test_a_request_is_taken_once(shop: Shop, till: Till, secret: str) -> None:
    headers = signed(shop, secret, body_of())
    shop.server.take_insight(headers, body_of())
    assert isinstance(refusal(shop, till, headers, body_of())[0], Conflict)


def test_a_run_tells_once(shop: Shop, till: Till, secret: str) -> None:
    shop.server.take_insight(signed(shop, secret, body_of()), body_of())
    again = body_of(title="Autre")
    problem, _ = refusal(shop, till, signed(shop, secret, again, "msg-2"), again)
    assert isinstance(problem, Conflict)
    assert "run-1" in problem.message


def test_a_refused_request_may_be_sent_again_when_it_is_right(shop: Shop, till: Till, secret: str) -> None:
    bad = body_of(category="weather")
    refusal(shop, till, signed(shop, secret, bad), bad)
    assert shop.server.take_insight(signed(shop, secret, body_of()), body_of())


@pytest.mark.parametrize(
    "changes",
    [
        {"category": "weather"},
        {"confidence": 1.01},
        {"confidence": "0.5"},
        {"confidence": True},
        {"sourceRunId": ""},
        {"sourceRunId": None},
        {"title": "x" * 300},
        {"title": "a\0b"},
        {"relatedSales": "sale-1"},
        {"relatedSales": ["x"] * 1000},
        {"createdAt": "yesterday"},
        {"createdAt": "2026-11-22T08:30:00"},
        {"createdAt": -1},
    ],
)
def test_a_malformed_one_is_refused_and_kept(shop: Shop, till: Till, secret: str, changes: dict[str, object]) -> None:
    body = body_of(**changes)
    problem, _ = refusal(shop, till, signed(shop, secret, body), body)
    assert next(iter(changes)) in problem.message


def test_one_from_the_future_is_refused_and_kept(shop: Shop, till: Till, secret: str) -> None:
    limit = shop.clock.now_ms() + insights.AHEAD_MS_MAX
    late = body_of(createdAt=limit + 2)
    problem, _ = refusal(shop, till, signed(shop, secret, late), late)
    assert isinstance(problem, Refused)
    assert "more than ten minutes ahead" in problem.message
    soon = body_of(createdAt=limit)
    assert shop.server.take_insight(signed(shop, secret, soon), soon)


@pytest.mark.parametrize("body", [b"", b"[]", b"\xff\xfe", b"{" * 10_000, b'{"a":1}'])
def test_what_is_no_insight_is_refused_and_kept(shop: Shop, till: Till, secret: str, body: bytes) -> None:
    assert isinstance(refusal(shop, till, signed(shop, secret, body), body)[0], Refused)


def test_a_large_body_is_refused_and_kept_in_part(shop: Shop, till: Till, secret: str) -> None:
    body = b"x" * (webhooks.BODY_BYTES_MAX + 1)
    problem, row = refusal(shop, till, signed(shop, secret, body), body)
    assert isinstance(problem, TooLarge)
    assert len(str(row["body"])) == webhooks.BODY_BYTES_KEPT


def test_two_secrets_are_valid_and_no_more(shop: Shop, till: Till) -> None:
    secrets = []
    for _ in range(3):
        shop.clock.pass_ms(1000)
        secrets.append(shop.server.new_webhook_secret())
    refusal(shop, till, signed(shop, secrets[0], body_of()), body_of())
    for no, secret in enumerate(secrets[1:]):
        body = body_of(sourceRunId=f"run-{no}")
        assert shop.server.take_insight(signed(shop, secret, body, f"msg-{no}"), body)


def test_ids_are_forgotten_long_after_their_signature_is_worthless(shop: Shop, secret: str) -> None:
    shop.server.take_insight(signed(shop, secret, body_of()), body_of())
    shop.clock.pass_ms(webhooks.REMEMBERED_MS + 1)
    body = body_of(sourceRunId="run-2")
    shop.server.take_insight(signed(shop, secret, body, "msg-2"), body)
    assert [row["webhook_id"] for row in shop.rows("webhook_ids")] == ["msg-2"]


def test_only_so_many_failures_are_kept(shop: Shop, till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhooks, "FAILURES_KEPT_MAX", 3)
    for no in range(5):
        refusal(shop, till, {}, str(no).encode())
    assert [row["body"] for row in failures(shop)] == ["4", "3", "2"]
