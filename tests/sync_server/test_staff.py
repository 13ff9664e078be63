"""A PIN hashed here verifies wherever the pepper is known."""

import hmac

import pytest
from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from sync_server import staff
from tests.fakes.clock import seeded_bytes
from tests.sync_server.shop import CASHIER, OWNER, Shop, Till


def test_a_pin_verifies_with_the_pepper_that_enrolment_gives(till: Till) -> None:
    pepper = bytes.fromhex(till.enrolment.pepper)
    stored = str(till.mirror()["staff", OWNER]["pin_hash"])
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert PasswordHasher().verify(stored, hmac.digest(pepper, b"2604", "sha256"))
    with pytest.raises(VerifyMismatchError):
        PasswordHasher().verify(stored, hmac.digest(pepper, b"2605", "sha256"))
    with pytest.raises(VerifyMismatchError):
        PasswordHasher().verify(stored, b"2604")


def test_the_same_pin_has_another_hash_for_another_person() -> None:
    chance = seeded_bytes(3)
    assert staff.hash_pin(b"pepper", "1234", chance) != staff.hash_pin(b"pepper", "1234", chance)


def test_an_operator_is_an_active_member(shop: Shop, till: Till) -> None:
    till.propose("staff", CASHIER, 1, {"active": False})
    till.push()
    with shop.database.read() as connection:
        owner = staff.operator(connection, shop.store_id, OWNER)
        assert owner is not None
        assert owner.name == "Nadia"
        assert staff.operator(connection, shop.store_id, CASHIER) is None
        assert staff.operator(connection, shop.store_id, "nobody") is None
