"""A PIN hashed here verifies wherever the pepper is known."""

import hmac
import json
import threading

import pytest
from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from seraphine_pos.domain.staff import Role
from sync_server.errors import Conflict, Missing, Refused
from sync_server.rights import staff
from sync_server.rights.staff import StaffChange
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


def test_a_new_cashier_reaches_the_tills_with_a_revision_and_a_trail(shop: Shop, till: Till) -> None:
    seen = till.pull()
    with shop.server.write(shop.store_id, "staff-add") as tx:
        member = staff.add(tx, "  Rim  B. ", Role.CASHIER, "9753")
    page = till.pull(seen.feed_id, seen.rev)
    assert [(one.kind, one.key, one.rev) for one in page.documents] == [("staff", member.staff_id, seen.rev + 1)]
    body = page.documents[0].body
    assert (body["name"], body["role"], body["active"]) == ("Rim B.", "pilotTester", True)
    pepper = bytes.fromhex(till.enrolment.pepper)
    assert PasswordHasher().verify(str(body["pin_hash"]), hmac.digest(pepper, b"9753", "sha256"))
    rows = {str(row["action"]): row for row in shop.rows("audit")}
    assert rows["staff-add"]["actor"] == "staff-add"
    assert "9753" not in str(rows["staff-add"]["detail"])


def test_who_left_can_no_longer_sign_in_and_the_last_owner_stays(shop: Shop, till: Till) -> None:
    with shop.server.write(shop.store_id, "staff-deactivate") as tx:
        staff.deactivate(tx, CASHIER)
    assert till.mirror()["staff", CASHIER]["active"] is False
    with pytest.raises(Conflict), shop.server.write(shop.store_id, "staff-deactivate") as tx:
        staff.deactivate(tx, OWNER)
    with shop.server.write(shop.store_id, "staff-add") as tx:
        staff.add(tx, "Rim", Role.OWNER, "9753")
    with shop.server.write(shop.store_id, "staff-deactivate") as tx:
        staff.deactivate(tx, OWNER)
    assert till.mirror()["staff", OWNER]["active"] is False


def test_a_new_pin_replaces_the_old_one(shop: Shop, till: Till) -> None:
    before = till.mirror()["staff", CASHIER]
    with shop.server.write(shop.store_id, "staff-pin") as tx:
        staff.set_pin(tx, CASHIER, "8642")
    after = till.mirror()["staff", CASHIER]
    assert {**before, "pin_hash": ""} == {**after, "pin_hash": ""}
    pepper = bytes.fromhex(till.enrolment.pepper)
    assert PasswordHasher().verify(str(after["pin_hash"]), hmac.digest(pepper, b"8642", "sha256"))


def test_a_person_is_changed_whole_in_one_revision(shop: Shop, till: Till) -> None:
    seen = till.pull()
    with shop.server.write(shop.store_id, OWNER) as tx:
        member = staff.change(tx, CASHIER, StaffChange(" Salma  B. ", Role.OWNER, "8642"))
    assert (member.name, member.role) == ("Salma B.", Role.OWNER)
    [document] = till.pull(seen.feed_id, seen.rev).documents
    assert (document.body["name"], document.body["role"], document.rev) == ("Salma B.", "owner", seen.rev + 1)
    [row] = [row for row in shop.rows("audit") if row["action"] == "staff-change"]
    assert json.loads(str(row["detail"])) == {"name": "Salma B.", "pin": True, "role": "owner", "staff_id": CASHIER}


def test_what_is_so_already_takes_no_revision(shop: Shop, till: Till) -> None:
    seen = till.pull()
    with shop.server.write(shop.store_id, OWNER) as tx:
        staff.change(tx, CASHIER, StaffChange("Salma", Role.CASHIER, None, active=True))
    assert till.pull(seen.feed_id, seen.rev).documents == ()


@pytest.mark.parametrize("change", [StaffChange(active=False), StaffChange(role=Role.CASHIER)], ids=str)
def test_the_last_owner_stays_one(shop: Shop, change: StaffChange) -> None:
    with pytest.raises(Conflict, match="last owner"), shop.server.write(shop.store_id, OWNER) as tx:
        staff.change(tx, OWNER, change)


def test_of_two_owners_who_leave_at_once_one_stays(shop: Shop) -> None:
    with shop.server.write(shop.store_id, OWNER) as tx:
        other = staff.add(tx, "Rim", Role.OWNER, "9753").staff_id
    said: list[str] = []
    ready = threading.Barrier(2)

    def leave(staff_id: str) -> None:
        ready.wait()
        try:
            with shop.server.write(shop.store_id, OWNER) as tx:
                staff.deactivate(tx, staff_id)
        except Conflict as problem:
            said.append(problem.message)

    threads = [threading.Thread(target=leave, args=(staff_id,)) for staff_id in (OWNER, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with shop.database.read() as connection:
        owners = [one for one in staff.members(connection, shop.store_id) if one.active and one.role is Role.OWNER]
    assert (len(owners), len(said)) == (1, 1)


def test_a_change_that_cannot_be_is_refused(shop: Shop) -> None:
    for change, problem in (
        (StaffChange(pin="12"), Refused), (StaffChange(name=" "), Refused), (StaffChange(name="NADIA"), Conflict),
    ):  # fmt: skip
        with pytest.raises(problem), shop.server.write(shop.store_id, OWNER) as tx:
            staff.change(tx, CASHIER, change)
    with pytest.raises(Missing), shop.server.write(shop.store_id, OWNER) as tx:
        staff.change(tx, "nobody", StaffChange(active=True))


def test_a_hash_that_nobody_can_read_fits_no_pin(shop: Shop) -> None:
    assert not staff.KeptPin(b"pepper", "no hash", known=True).fits("2604")
    with shop.database.read() as connection:
        kept = staff.pin_of(connection, shop.store_id, OWNER)
        assert (kept.fits("2604"), kept.fits("2605")) == (True, False)


def test_no_till_can_propose_the_last_owner_away(shop: Shop, till: Till) -> None:
    till.propose("staff", OWNER, till.pull().rev, {"active": False})
    till.push()
    assert till.mirror()["staff", OWNER]["active"] is True
    assert [row["reason"] for row in shop.rows("conflicts")] == ["this is the last owner; add another one first"]
