"""Signing in: the right PIN, the wrong ones counted over restarts, and who may lift a limit."""

import pytest

from seraphine_pos.domain import journal as form
from seraphine_pos.domain.event import Kind
from seraphine_pos.domain.feed import Document
from seraphine_pos.domain.refusal import LockedOut, NotAllowed, UnknownStaff, WrongPin
from seraphine_pos.domain.staff import Operator, Right
from tests.store.folder import page_of
from tests.till.room import CASHIER, OWNER, Room

SECOND_MS = 1000


def guess(room: Room, pin: str = "0000", staff_id: str = "amina") -> str:
    """Try a PIN; return what the till says."""
    try:
        room.staff.sign_in(staff_id, pin)
    except (WrongPin, LockedOut) as refusal:
        return f"{type(refusal).__name__} {next(iter(refusal.details.values()))}"
    return "in"


def who(room: Room) -> Operator | None:
    """Return who is signed in now."""
    return room.staff.current


def test_the_right_pin_signs_in_and_out(room: Room) -> None:
    room.staff.sign_out()
    assert room.staff.sign_in("omar", "1111") == OWNER
    assert who(room) == OWNER
    room.staff.sign_out()
    assert who(room) is None
    room.staff.sign_out()
    assert room.kinds()[-3:] == [Kind.STAFF_SIGNED_OUT, Kind.STAFF_SIGNED_IN, Kind.STAFF_SIGNED_OUT]


def test_owners_come_first_and_only_who_works_here(room: Room) -> None:
    assert [member.staff_id for member in room.staff.members()] == ["omar", "amina"]


@pytest.mark.parametrize("staff_id", ["bilal", "nobody", ""])
def test_who_does_not_work_here_cannot_sign_in(room: Room, staff_id: str) -> None:
    with pytest.raises(UnknownStaff):
        room.staff.sign_in(staff_id, "3333")


def test_each_wrong_pin_is_counted_and_the_fifth_locks(room: Room) -> None:
    assert [guess(room) for _ in range(5)] == ["WrongPin 4", "WrongPin 3", "WrongPin 2", "WrongPin 1", "LockedOut 30"]
    assert guess(room, "2222") == "LockedOut 30"
    refused = [entry for entry in room.store.journal.unsent(100, 1 << 20) if entry.kind == Kind.STAFF_REFUSED]
    assert [form.parse(entry.body)["tries"] for entry in refused] == [1, 2, 3, 4, 5]


def test_a_restart_does_not_forget_wrong_pins(room: Room) -> None:
    assert [guess(room) for _ in range(4)][-1] == "WrongPin 1"
    room.open()
    assert guess(room) == "LockedOut 30"
    room.open()
    assert guess(room, "2222") == "LockedOut 30"


def test_the_lock_ends_and_the_next_one_is_longer(room: Room) -> None:
    for _ in range(5):
        guess(room)
    room.clock.pass_ms(29 * SECOND_MS)
    assert guess(room, "2222") == "LockedOut 1"
    room.clock.pass_ms(SECOND_MS)
    assert [guess(room) for _ in range(5)] == ["WrongPin 4", "WrongPin 3", "WrongPin 2", "WrongPin 1", "LockedOut 60"]
    room.clock.pass_ms(60 * SECOND_MS)
    assert guess(room, "2222") == "in"
    assert guess(room) == "WrongPin 4"


def test_a_clock_set_back_locks_nobody_out_for_longer(room: Room) -> None:
    for _ in range(5):
        guess(room)
    room.clock.wall_ms -= 86_400 * SECOND_MS
    assert guess(room) == "LockedOut 30"


def test_one_person_locked_out_does_not_stop_another(room: Room) -> None:
    for _ in range(5):
        guess(room)
    assert guess(room, "1111", "omar") == "in"


def test_an_owner_lifts_a_limit_without_signing_anyone_out(room: Room) -> None:
    assert room.staff.approve("omar", "1111", Right.OVERRIDE_PRICE) == OWNER
    assert room.staff.current == CASHIER
    with pytest.raises(NotAllowed):
        room.staff.approve("amina", "2222", Right.OVERRIDE_PRICE)
    with pytest.raises(WrongPin):
        room.staff.approve("omar", "0000", Right.OVERRIDE_PRICE)


@pytest.mark.parametrize("body", [{"name": "X", "role": "robot", "pin_hash": "pin 1"}, {"role": "owner"}, {}])
def test_a_document_that_only_a_later_program_reads_stops_nobody(room: Room, body: dict[str, object]) -> None:
    room.store.mirror.apply(page_of(Document("staff", "later", 90, body)))
    assert guess(room, "2222") == "in"
    with pytest.raises(UnknownStaff):
        room.staff.sign_in("later", "1")
