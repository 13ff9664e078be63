"""Sessions: opened with a PIN, proven anew, ended at once; and what somebody gets who guesses."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

import pytest

from seraphine_pos.domain.staff import Role
from sync_server.app import build
from sync_server.errors import RateLimited, Unauthenticated
from sync_server.rights import sessions, sign_ins, staff
from sync_server.rights.callers import Caller as Who
from sync_server.rights.staff import StaffChange
from sync_server.transaction import Transaction
from sync_server.turnstile import Turnstile
from tests.sync_server.caller import Caller
from tests.sync_server.shop import CASHIER, OWNER, Shop, Till

PIN = "2604"
HOUR_MS = 3_600_000
SECOND_MS = 1000


@pytest.fixture
def client(shop: Shop) -> Caller:
    """Give a caller that holds nothing."""
    return Caller(build(shop.server))


def sign_in(shop: Shop, pin: str = PIN, staff_id: str = OWNER, device_id: str | None = None) -> sessions.Opened:
    """Sign somebody in at the server."""
    write = partial(shop.server.write, shop.store_id, staff_id)
    return sign_ins.sign_in(write, shop.server.sign_in_turns, staff_id, pin, device_id)


def who(shop: Shop, token: str) -> Who:
    """Return whom a token names."""
    return shop.server.caller(token)


def bearer(token: str) -> dict[str, str]:
    """Return the headers of who shows a token."""
    return {"authorization": f"Bearer {token}"}


def test_a_pin_opens_a_session_for_a_day(shop: Shop, client: Caller) -> None:
    told = client.post("/v1/sessions", json={"staff_id": OWNER, "pin": PIN})
    assert told.status_code == 201
    said = told.json()
    assert said["staff"] == {"staff_id": OWNER, "name": "Nadia", "role": "owner"}
    assert said["expires_at_ms"] == shop.clock.now_ms() + sessions.LIFE_MS
    caller = who(shop, said["token"])
    assert (caller.person and caller.person.staff_id, caller.store_id, caller.proven) == (OWNER, shop.store_id, True)
    shop.clock.pass_ms(sessions.LIFE_MS - 1)
    assert not who(shop, said["token"]).proven
    shop.clock.pass_ms(1)
    with pytest.raises(Unauthenticated):
        who(shop, said["token"])


def test_a_session_opened_at_a_till_says_at_which(shop: Shop, client: Caller, till: Till) -> None:
    key = bearer(till.enrolment.device_key)
    said = client.post("/v1/sessions", json={"staff_id": CASHIER, "pin": "1357"}, headers=key).json()
    [one] = client.get("/v1/sessions", headers=bearer(said["token"])).json()["sessions"]
    assert (one["device_id"], one["own"]) == (till.enrolment.device_id, True)


def test_a_pin_given_again_proves_for_five_minutes(shop: Shop, client: Caller) -> None:
    token = shop.token()
    shop.clock.pass_ms(sessions.PROOF_MS + 1)
    assert not who(shop, token).proven
    said = client.post("/v1/sessions/proof", json={"pin": PIN}, headers=bearer(token)).json()
    assert said["proven_until_ms"] == shop.clock.now_ms() + sessions.PROOF_MS
    assert who(shop, token).proven
    wrong = client.post("/v1/sessions/proof", json={"pin": "0000"}, headers=bearer(token))
    assert (wrong.status_code, wrong.json()["error"]["details"]) == (401, {"left": 4})


def test_a_person_sees_and_ends_the_own_sessions_and_an_owner_all(shop: Shop, client: Caller) -> None:
    owner, cashier, other = bearer(shop.token()), bearer(shop.token(CASHIER)), shop.token(CASHIER)
    seen = client.get("/v1/sessions", headers=cashier).json()["sessions"]
    assert sorted((one["staff_id"], one["own"]) for one in seen) == [(CASHIER, False), (CASHIER, True)]
    [second] = [one["session_id"] for one in seen if not one["own"]]
    everybody = client.get("/v1/sessions", headers=owner).json()["sessions"]
    assert len(everybody) == 3
    [own] = [one["session_id"] for one in everybody if one["own"]]
    assert client.request("DELETE", f"/v1/sessions/{own}", headers=cashier).status_code == 404
    assert client.request("DELETE", f"/v1/sessions?staff_id={OWNER}", headers=cashier).status_code == 403
    assert client.request("DELETE", f"/v1/sessions/{second}", headers=owner).json()["ended"] == 1
    with pytest.raises(Unauthenticated):
        who(shop, other)
    assert client.request("DELETE", f"/v1/sessions?staff_id={CASHIER}", headers=owner).json()["ended"] == 1
    assert client.get("/v1/sessions", headers=cashier).status_code == 401
    assert client.request("DELETE", "/v1/sessions", headers=owner).json()["ended"] == 1
    assert client.get("/v1/sessions", headers=owner).status_code == 401


@pytest.mark.parametrize(
    "change", [StaffChange(active=False), StaffChange(pin="8642"), StaffChange(role=Role.OWNER)], ids=str
)
def test_a_change_of_the_person_ends_the_sessions_at_once(shop: Shop, change: StaffChange) -> None:
    token, owner = shop.token(CASHIER), shop.token()
    with shop.server.write(shop.store_id, OWNER) as tx:
        staff.change(tx, CASHIER, change)
    with pytest.raises(Unauthenticated):
        who(shop, token)
    assert who(shop, owner).person


def test_another_name_ends_no_session(shop: Shop) -> None:
    token = shop.token(CASHIER)
    with shop.server.write(shop.store_id, OWNER) as tx:
        staff.change(tx, CASHIER, StaffChange(name="Salma B."))
    person = who(shop, token).person
    assert person is not None
    assert person.name == "Salma B."


def test_what_a_till_proposes_of_a_person_ends_the_sessions_too(shop: Shop, till: Till) -> None:
    token = shop.token(CASHIER)
    till.propose("staff", CASHIER, 1, {"role": "owner"})
    till.push()
    with pytest.raises(Unauthenticated):
        who(shop, token)


def test_a_till_that_is_enrolled_again_ends_what_was_opened_at_it(shop: Shop, till: Till) -> None:
    opened = sign_in(shop, device_id=till.enrolment.device_id)
    shop.server.enrol(shop.server.new_code(till_label="A1"), "m")
    with pytest.raises(Unauthenticated):
        who(shop, opened.token)


def test_a_token_that_is_not_quite_one_opens_nothing(shop: Shop) -> None:
    token = shop.token()
    head, _, secret = token.rpartition("_")
    others = [
        token.replace("ses_", "svc_"), token.replace("ses_", ""), token.replace("_", "_x", 1), f"{token}0", secret,
        f"{head}_{secret[::-1]}", f"{head}_{secret.upper()}",
    ]  # fmt: skip
    for other in others:
        with pytest.raises(Unauthenticated):
            who(shop, other)
    assert who(shop, token).person


def test_no_token_and_no_pin_is_stored(shop: Shop, client: Caller) -> None:
    told = client.post("/v1/sessions", json={"staff_id": OWNER, "pin": PIN}).json()
    client.post("/v1/sessions", json={"staff_id": OWNER, "pin": "9876"})
    stored = "".join(str(row) for table in ("sessions", "sign_ins", "audit") for row in shop.rows(table))
    secret = told["token"].rpartition("_")[2]
    for shown in (secret, str(bytes.fromhex(secret)), "9876"):
        assert shown not in stored


def guesses_of(shop: Shop, staff_id: str, tries: int, pause_ms: int) -> int:
    """Guess so many times with a pause between; return how many guesses were looked at."""
    looked_at = 0
    with shop.server.write(shop.store_id, "guessing") as tx:
        for no in range(tries):
            try:
                sign_ins.count(replace(tx, now_ms=tx.now_ms + no * pause_ms), staff_id, sign_ins.OPEN)
            except RateLimited:
                continue
            looked_at += 1
    return looked_at


@pytest.mark.parametrize(("staff_id", "tries", "pause_s"), [(OWNER, 10_000, 1), ("nobody", 600, 40)])
def test_a_guesser_gets_four_guesses_an_hour(shop: Shop, staff_id: str, tries: int, pause_s: int) -> None:
    tries = tries if shop.database.dialect == "sqlite" else min(tries, 600)
    hours = tries * pause_s / 3600
    looked_at = guesses_of(shop, staff_id, tries, pause_s * SECOND_MS)
    # Five at once, then after 30 s, 1, 2, 4 and 8 min: before the wait is the longest, four more than later.
    assert looked_at <= 5 + 4 + 4 * hours


def test_many_at_once_get_no_more_than_five(shop: Shop) -> None:
    turnstile = Turnstile(8, 8, "many")
    write = partial(shop.server.write, shop.store_id, OWNER)
    said: list[type] = []

    def guess() -> None:
        try:
            sign_ins.check(write, turnstile, OWNER, "0000", sign_ins.OPEN)
        except (Unauthenticated, RateLimited) as problem:
            said.append(type(problem))

    threads = [threading.Thread(target=guess) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (said.count(Unauthenticated), said.count(RateLimited)) == (5, 3)


def test_the_count_survives_a_restart_and_a_clock_set_back(shop: Shop, database_url: str) -> None:
    for _ in range(5):
        with pytest.raises(Unauthenticated):
            sign_in(shop, "0000")
    with pytest.raises(RateLimited) as waiting:
        sign_in(shop)
    assert waiting.value.details == {"retry_after_s": 30}
    shop.clock.pass_ms(-HOUR_MS)
    with pytest.raises(RateLimited) as waiting:
        sign_in(shop)
    assert waiting.value.details == {"retry_after_s": 30}
    shop.clock.pass_ms(HOUR_MS + 30 * SECOND_MS)
    with pytest.raises(Unauthenticated):
        sign_in(shop, "0000")
    with pytest.raises(RateLimited) as waiting:
        sign_in(shop)
    assert waiting.value.details == {"retry_after_s": 60}


def test_the_right_pin_forgets_the_wrong_ones(shop: Shop) -> None:
    for _ in range(4):
        with pytest.raises(Unauthenticated):
            sign_in(shop, "0000")
    sign_in(shop)
    assert shop.rows("sign_ins") == []


def test_a_person_locked_elsewhere_still_signs_in_at_the_till(shop: Shop, till: Till) -> None:
    for _ in range(5):
        with pytest.raises(Unauthenticated):
            sign_in(shop, "0000")
    assert sign_in(shop, device_id=till.enrolment.device_id).session.staff_id == OWNER


def test_who_is_not_on_the_staff_is_told_the_same_after_the_same_work(shop: Shop, client: Caller) -> None:
    with shop.server.write(shop.store_id, OWNER) as tx:
        staff.deactivate(tx, CASHIER)
    answers = []
    for staff_id in (OWNER, CASHIER, "nobody"):
        told = [client.post("/v1/sessions", json={"staff_id": staff_id, "pin": "0000"}) for _ in range(6)]
        answers.append(
            [(one.status_code, one.json()["error"]["message"], one.json()["error"]["details"]) for one in told]
        )
    assert answers[0] == answers[1] == answers[2]
    assert [status for status, _, _ in answers[0]] == [401] * 5 + [429]
    with shop.database.read() as connection:
        kept = [staff.pin_of(connection, shop.store_id, staff_id).pin_hash for staff_id in (OWNER, CASHIER, "nobody")]
    assert {one.rpartition("p=1")[0] for one in kept} == {"$argon2id$v=19$m=19456,t=2,"}
    assert {tuple(map(len, one.split("$"))) for one in kept} == {(0, 8, 4, 15, 22, 43)}


def test_the_right_pin_of_who_left_opens_nothing(shop: Shop) -> None:
    with shop.server.write(shop.store_id, OWNER) as tx:
        staff.deactivate(tx, CASHIER)
    with pytest.raises(Unauthenticated):
        sign_in(shop, "1357", CASHIER)


def test_a_pin_changed_while_it_is_looked_at_opens_nothing(shop: Shop) -> None:
    changed: list[bool] = []

    @contextmanager
    def write() -> Iterator[Transaction]:
        with shop.server.write(shop.store_id, CASHIER) as tx:
            yield tx
        if not changed:
            changed.append(True)
            with shop.server.write(shop.store_id, OWNER) as tx:
                staff.set_pin(tx, CASHIER, "8642")

    with pytest.raises(Unauthenticated, match="just now"):
        sign_ins.sign_in(write, shop.server.sign_in_turns, CASHIER, "1357", None)


def test_few_pins_are_looked_at_together_and_the_others_are_sent_away() -> None:
    turnstile = Turnstile(1, 0, "many")
    with turnstile.turn(), pytest.raises(RateLimited), turnstile.turn():
        pytest.fail("nobody else has a turn")
    with turnstile.turn():
        pass


def test_what_is_over_is_cleaned_away(shop: Shop) -> None:
    assert shop.token() != shop.token(CASHIER)
    with shop.server.write(shop.store_id, OWNER) as tx:
        sessions.end_of_person(tx, CASHIER)
        sign_ins.count(tx, "nobody", sign_ins.OPEN)
        assert sessions.clean(tx) == 1
    shop.clock.pass_ms(sessions.TRIES_KEPT_MS + 1)
    with shop.server.write(shop.store_id, OWNER) as tx:
        assert sessions.clean(tx) == 2
    assert shop.rows("sessions") == shop.rows("sign_ins") == []


def test_a_store_that_is_not_here_is_answered_as_a_wrong_pin(shop: Shop, client: Caller) -> None:
    asked = {"staff_id": OWNER, "pin": PIN}
    assert client.post("/v1/sessions", json={**asked, "store_id": shop.store_id}).status_code == 201
    answer = client.post("/v1/sessions", json={**asked, "store_id": "another"})
    assert (answer.status_code, answer.json()["error"]["message"]) == (401, sign_ins.WRONG)
    assert shop.rows("sign_ins") == []


def test_a_right_pin_and_wrong_ones_at_once_all_end_well(shop: Shop) -> None:
    turnstile = Turnstile(6, 0, "many")
    write = partial(shop.server.write, shop.store_id, OWNER)
    said: list[object] = []

    def sign(pin: str) -> None:
        try:
            said.append(sign_ins.sign_in(write, turnstile, OWNER, pin, None).session.staff_id)
        except (Unauthenticated, RateLimited) as problem:
            said.append(type(problem))

    threads = [threading.Thread(target=sign, args=(pin,)) for pin in (PIN, "0000", PIN, "0000", PIN)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(str, said)) == sorted(map(str, [OWNER, OWNER, OWNER, Unauthenticated, Unauthenticated]))


def test_what_is_no_sign_in_is_400_and_counts_nothing(shop: Shop, client: Caller) -> None:
    asked: list[object] = [
        {}, [], {"staff_id": OWNER}, {"staff_id": OWNER, "pin": 2604}, {"staff_id": OWNER, "pin": "12"},
        {"staff_id": OWNER, "pin": PIN, "role": "owner"}, {"staff_id": "a\0", "pin": PIN},
    ]  # fmt: skip
    assert [client.post("/v1/sessions", json=one).status_code for one in asked] == [400] * len(asked)
    assert shop.rows("sign_ins") == []
