"""A signed insight is published once; whatever else comes is refused with its reason, and kept."""

import json
import random
import threading
from base64 import b64encode
from datetime import UTC, datetime

import pytest
from standardwebhooks import Webhook

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
    monkeypatch.setattr(webhooks, "UNSIGNED_KEPT_MAX", 3)
    for no in range(5):
        refusal(shop, till, {}, str(no).encode())
    assert [row["body"] for row in failures(shop)] == ["4", "3", "2"]


def test_what_anybody_may_send_never_pushes_out_what_was_signed(
    shop: Shop, till: Till, secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks, "UNSIGNED_KEPT_MAX", 2)
    monkeypatch.setattr(webhooks, "FAILURES_KEPT_MAX", 3)
    late = 2 * webhooks.TOLERANCE_MS
    for no in range(2):
        refusal(shop, till, signed(shop, secret, b"old", f"old-{no}"), b"old")
    refusal(shop, till, signed(shop, secret, b"{}", "msg-1"), b"{}")
    refusal(shop, till, signed(shop, secret, body_of(), "msg-2", late), body_of())
    large = b"x" * (webhooks.BODY_BYTES_MAX + 1)
    for no in range(4):
        refusal(shop, till, {}, large if no % 2 else str(no).encode())
    assert [row["webhook_id"] for row in failures(shop)] == [None, None, "msg-2", "msg-1", "old-1"]


def test_a_field_that_is_given_twice_and_a_confidence_that_is_no_number_are_said(
    shop: Shop, till: Till, secret: str
) -> None:
    body = body_of()[:-1] + b', "title": "x"}'
    assert refusal(shop, till, signed(shop, secret, body), body)[0].message == "title: given more than once"
    body = body_of(confidence=float("nan"))
    assert refusal(shop, till, signed(shop, secret, body, "msg-2"), body)[0].message == "confidence: is no number"


def test_nobody_outside_speaks_in_the_servers_own_name(shop: Shop, till: Till, secret: str) -> None:
    body = body_of(sourceRunId=f"{insights.PREFIX}insights:2026-11-22:top")
    assert "its own runs" in refusal(shop, till, signed(shop, secret, body), body)[0].message


MUTANTS = 500


def test_of_five_hundred_mutants_of_a_good_request_none_is_accepted(shop: Shop, secret: str) -> None:
    """Each differs in its body or a header by a few bytes; replays of what was accepted are among them."""
    chance = random.Random(11)
    good = signed(shop, secret, body_of())
    assert shop.server.take_insight(good, body_of())
    accepted = 0
    for number in range(MUTANTS):
        body = body_of(sourceRunId=f"run-{number}")
        headers = signed(shop, secret, body, f"msg-{number}")
        mutate = chance.choice(MUTATIONS)
        headers, body = mutate(chance, headers, body, good)
        try:
            shop.server.take_insight(headers, body)
        except Refused:
            continue
        accepted += 1
    assert accepted == 0
    assert len(shop.rows("insights")) == 1
    codes = [row["code"] for row in failures(shop)]
    assert codes.count(Unauthenticated.code) == webhooks.UNSIGNED_KEPT_MAX
    assert set(codes) == {Unauthenticated.code, Conflict.code}  # the latter were signed, and came before


Request = tuple[dict[str, str], bytes]


def _byte_changed(chance: random.Random, headers: dict[str, str], body: bytes, _good: dict[str, str]) -> Request:
    place = chance.randrange(len(body))
    return headers, body[:place] + bytes([body[place] ^ (1 << chance.randrange(8))]) + body[place + 1 :]


def _cut_or_grown(chance: random.Random, headers: dict[str, str], body: bytes, _good: dict[str, str]) -> Request:
    return headers, chance.choice([body[: chance.randrange(len(body))], body + b" ", b"\xef\xbb\xbf" + body, b""])


def _written_anew(_chance: random.Random, headers: dict[str, str], body: bytes, _good: dict[str, str]) -> Request:
    return headers, json.dumps(json.loads(body), separators=(",", ":")).encode()


def _header_changed(chance: random.Random, headers: dict[str, str], body: bytes, _good: dict[str, str]) -> Request:
    name = chance.choice(list(headers))
    value = headers[name]
    place = chance.randrange(len(value))
    # The last letter of Base64 may hold bits that mean nothing: another letter is another text all the same.
    letter = chance.choice([one for one in "0123456789aZ+/=, \t." if one != value[place]])
    return {**headers, name: value[:place] + letter + value[place + 1 :]}, body


def _header_gone(chance: random.Random, headers: dict[str, str], body: bytes, _good: dict[str, str]) -> Request:
    name = chance.choice(list(headers))
    return {**headers, name: ""} if chance.random() < 0.5 else {k: v for k, v in headers.items() if k != name}, body


def _another_version(chance: random.Random, headers: dict[str, str], body: bytes, _good: dict[str, str]) -> Request:
    made = headers["webhook-signature"]
    others = [made.removeprefix("v1,"), made.replace("v1,", "v1a,"), made.replace("v1,", "V1,"), made.lower(), made * 2]
    return {**headers, "webhook-signature": chance.choice(others)}, body


def _late(chance: random.Random, headers: dict[str, str], body: bytes, _good: dict[str, str]) -> Request:
    moved = int(headers["webhook-timestamp"]) + chance.choice([-1, 1]) * chance.randrange(1, 10**6)
    return {**headers, "webhook-timestamp": str(moved)}, body


def _of_another(_chance: random.Random, headers: dict[str, str], body: bytes, good: dict[str, str]) -> Request:
    return {**headers, "webhook-signature": good["webhook-signature"]}, body


def _replayed(_chance: random.Random, _headers: dict[str, str], _body: bytes, good: dict[str, str]) -> Request:
    return good, body_of()


MUTATIONS = (
    _byte_changed, _cut_or_grown, _written_anew, _header_changed, _header_gone, _another_version, _late, _of_another,
    _replayed,
)  # fmt: skip


def test_what_the_reference_library_signs_is_taken(shop: Shop, secret: str) -> None:
    at = datetime.fromtimestamp(shop.clock.now_ms() // 1000, UTC)
    made = Webhook(secret).sign("msg-9", at, body_of().decode())
    headers = {"webhook-id": "msg-9", "webhook-timestamp": str(int(at.timestamp())), "webhook-signature": made}
    assert shop.server.take_insight(headers, body_of())


def test_two_that_tell_one_run_at_once_are_taken_once(shop: Shop, secret: str) -> None:
    both = threading.Barrier(2)
    outcomes: list[str] = []

    def tell(webhook_id: str) -> None:
        headers = signed(shop, secret, body_of(), webhook_id)
        both.wait()
        try:
            shop.server.take_insight(headers, body_of())
            outcomes.append("taken")
        except Conflict:
            outcomes.append("conflict")

    threads = [threading.Thread(target=tell, args=(f"msg-{number}",)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["conflict", "taken"]
