"""A code enrols one till once; a key is nobody's but its holder's."""

import json
from hashlib import sha256

import pytest
from sqlalchemy import select, update

from seraphine_pos.domain.refusal import CodeRefused
from sync_server.errors import Forbidden, Missing, Unauthenticated
from sync_server.rights import auth
from sync_server.schema import audit as audit_table
from sync_server.schema import devices
from tests.sync_server.shop import Shop


def test_a_code_is_exchanged_for_a_till(shop: Shop) -> None:
    enrolment = shop.server.enrol(shop.first_code, "caisse-1")
    assert (enrolment.store_id, enrolment.store_name) == (shop.store_id, "Épicerie Nour")
    assert enrolment.till_label == "A1"
    assert len(bytes.fromhex(enrolment.pepper)) == 32
    store_id, secret = enrolment.device_key.split(".")
    assert (store_id, len(bytes.fromhex(secret))) == (shop.store_id, 32)
    device = shop.server.device(enrolment.device_key).device
    assert (device.store_id, device.till_id) == (shop.store_id, enrolment.till_id)


def test_tills_are_labelled_in_order(shop: Shop) -> None:
    assert [shop.till().enrolment.till_label for _ in range(3)] == ["A1", "A2", "A3"]


def test_a_code_is_good_once(shop: Shop) -> None:
    shop.server.enrol(shop.first_code, "caisse-1")
    with pytest.raises(CodeRefused):
        shop.server.enrol(shop.first_code, "caisse-2")


def test_a_code_is_read_as_people_type_it(shop: Shop) -> None:
    typed = f" {shop.first_code.lower().replace('-', ' ')} "
    assert shop.server.enrol(typed, "caisse-1").till_label == "A1"


def test_a_code_is_good_for_a_quarter_of_an_hour(shop: Shop) -> None:
    shop.clock.pass_ms(auth.CODE_LIFE_MS)
    assert shop.server.enrol(shop.first_code, "caisse-1").till_label == "A1"
    late = shop.server.new_code()
    shop.clock.pass_ms(auth.CODE_LIFE_MS + 1)
    with pytest.raises(CodeRefused):
        shop.server.enrol(late, "caisse-2")


@pytest.mark.parametrize("code", ["", "AAAA-AAAA-AAAA-AAAA", "é" * 20, "\0"])
def test_an_unknown_code_is_refused(shop: Shop, code: str) -> None:
    with pytest.raises(CodeRefused):
        shop.server.enrol(code, "caisse-1")


def test_a_till_enrolled_again_keeps_its_name_and_loses_its_old_key(shop: Shop) -> None:
    first = shop.server.enrol(shop.first_code, "caisse-1")
    again = shop.server.enrol(shop.server.new_code(till_label="A1"), "caisse-neuve")
    assert (again.till_id, again.till_label) == (first.till_id, "A1")
    assert shop.server.device(again.device_key).device.till_id == first.till_id
    with pytest.raises(Forbidden):
        shop.server.device(first.device_key)


def test_a_code_for_a_till_that_is_not_there_is_refused(shop: Shop) -> None:
    with pytest.raises(Missing, match="A9"):
        shop.server.new_code(till_label="A9")


@pytest.mark.parametrize("key", ["", "0" * 64, "\0", "é", "' OR 1=1 --", ".", "a.b", "a\0.b", f"{'a' * 65}.b"])
def test_an_unknown_key_is_nobody(shop: Shop, key: str) -> None:
    with pytest.raises(Unauthenticated):
        shop.server.device(key)


@pytest.mark.parametrize(
    ("token", "said"),
    [
        ("0" * 64, "enrol this till again"), (f"a-store.{'0' * 64}", "enrol this till again"),
        ("ses_cut", "nobody has this key or session"), ("svc_a-store_0", "nobody has this key or session"),
        ("whatever", "nobody has this key or session"),
    ],
)  # fmt: skip
def test_only_a_till_s_key_is_told_to_enrol_again(shop: Shop, token: str, said: str) -> None:
    with pytest.raises(Unauthenticated, match=said):
        shop.server.caller(token)


def test_a_key_opens_nothing_under_another_store_s_name(shop: Shop) -> None:
    secret = shop.server.enrol(shop.first_code, "caisse-1").device_key.partition(".")[2]
    for key in (secret, f"other.{secret}", f".{secret}", f"{shop.store_id}.{secret} "):
        with pytest.raises(Unauthenticated):
            shop.server.device(key)


def test_a_key_that_names_no_store_is_found_by_its_secret(shop: Shop) -> None:
    enrolment = shop.server.enrol(shop.first_code, "caisse-1")
    with shop.database.write() as connection:
        bare = sha256(b"device key " + b"0" * 64).digest()
        connection.execute(update(devices).values(key_hash=bare))
    assert shop.server.device("0" * 64).device.till_id == enrolment.till_id


def test_no_secret_is_stored(shop: Shop) -> None:
    enrolment = shop.server.enrol(shop.first_code, "caisse-1")
    stored = "".join(str(row) for table in ("devices", "enrol_codes", "audit") for row in shop.rows(table))
    secret = enrolment.device_key.partition(".")[2]
    for shown in (shop.first_code, secret, bytes.fromhex(secret)):
        assert str(shown) not in stored


def test_enrolments_are_in_the_audit_trail(shop: Shop) -> None:
    shop.server.enrol(shop.first_code, "caisse-1")
    trail = {str(row["action"]): json.loads(str(row["detail"])) for row in shop.rows("audit")}
    assert set(trail) == {"create-store", "enrol-code", "enrol"}
    assert (trail["enrol"]["till"], trail["enrol"]["machine"]) == ("A1", "caisse-1")


def wrong(number: int) -> str:
    return f"2222-2222-2222-{number:04d}".replace("0", "A").replace("1", "B")


def test_wrong_codes_burn_the_open_ones_and_a_new_one_is_good_at_once(shop: Shop) -> None:
    for number in range(auth.TRIES_MAX):
        with pytest.raises(CodeRefused):
            shop.server.enrol(wrong(number), "m")
    with pytest.raises(CodeRefused):
        shop.server.enrol(shop.first_code, "caisse-1")
    assert shop.server.enrol(shop.server.new_code(), "caisse-1").till_label == "A1"
    with shop.database.read() as connection:
        noted = connection.execute(select(audit_table.c.detail).where(audit_table.c.action == "enrol-codes-burnt"))
        assert len(noted.all()) == 1


def test_fewer_wrong_codes_are_a_slip_of_the_hand(shop: Shop) -> None:
    for number in range(auth.TRIES_MAX - 1):
        with pytest.raises(CodeRefused):
            shop.server.enrol(wrong(number), "m")
    assert shop.server.enrol(shop.first_code, "caisse-1").till_label == "A1"


def test_a_used_code_typed_again_burns_nothing(shop: Shop) -> None:
    shop.server.enrol(shop.first_code, "caisse-1")
    another = shop.server.new_code()
    for _ in range(auth.TRIES_MAX):
        with pytest.raises(CodeRefused):
            shop.server.enrol(shop.first_code, "caisse-2")
    assert shop.server.enrol(another, "caisse-2").till_label == "A2"


def test_where_no_code_is_open_a_guess_writes_nothing(shop: Shop) -> None:
    shop.server.enrol(shop.first_code, "caisse-1")
    with shop.database.read() as connection:
        assert auth.stores_with_open_codes(connection, shop.clock.now_ms()) == []


def test_a_code_that_is_copied_has_128_bits(shop: Shop) -> None:
    letters = shop.server.new_code(length=auth.LONG_CODE_LENGTH).replace("-", "")
    assert len(auth.CODE_LETTERS) ** len(letters) > 2**128
    assert set(letters) <= set(auth.CODE_LETTERS)
