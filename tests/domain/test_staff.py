"""Who may do what: the whole table, walked; PINs and how long a guesser waits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seraphine_pos.domain import staff
from seraphine_pos.domain.refusal import InvalidPin, NotAllowed
from seraphine_pos.domain.staff import Operator, Right, Role, StaffMember

OWNER = Operator("omar", "Omar", Role.OWNER)
CASHIER = Operator("amina", "Amina", Role.CASHIER)
# What a cashier may do; whoever gives a new right to a cashier says so here, too.
CASHIER_MAY = {
    Right.SELL: True,
    Right.REFUND: True,
    Right.REFUND_WITHOUT_RECEIPT: False,
    Right.OVERRIDE_PRICE: False,
    Right.CREATE_PRODUCT: False,
    Right.OWN_SALES: True,
    Right.ALL_SALES: False,
    Right.REPORTS: False,
    Right.DEVICES: True,
    Right.STORE_SETTINGS: False,
    Right.GIVE_FEEDBACK: True,
}


@pytest.mark.parametrize("right", Right)
def test_the_table_of_rights(right: Right) -> None:
    assert OWNER.may(right)
    assert CASHIER.may(right) == CASHIER_MAY[right]
    staff.require(OWNER, right)
    if not CASHIER_MAY[right]:
        with pytest.raises(NotAllowed):
            staff.require(CASHIER, right)


def test_roles_are_named_as_the_original_names_them() -> None:
    assert [role.value for role in Role] == ["owner", "pilotTester"]


def test_a_person_is_read_back_from_the_document() -> None:
    member = StaffMember("amina", "Amina", Role.CASHIER, "$argon2id$…", active=False)
    assert staff.from_body("amina", staff.to_body(member)) == member
    assert member.operator == CASHIER


@pytest.mark.parametrize("pin", ["1234", "012345", "00000"])
def test_a_pin_has_four_to_six_digits(pin: str) -> None:
    assert staff.checked_pin(pin) == pin


@pytest.mark.parametrize("pin", ["", "123", "1234567", "12a4", "١٢٣٤", "12 34", "-123", "9" * 10_000])
def test_what_is_no_pin_is_refused(pin: str) -> None:
    with pytest.raises(InvalidPin):
        staff.checked_pin(pin)


def test_each_fifth_wrong_pin_makes_a_guesser_wait_twice_as_long() -> None:
    assert [staff.lock_s(tries) for tries in range(11)] == [0, 0, 0, 0, 0, 30, 0, 0, 0, 0, 60]
    assert [staff.lock_s(5 * rounds) for rounds in range(1, 8)] == [30, 60, 120, 240, 480, 900, 900]


@given(st.integers(0, 10_000))
def test_no_wait_is_longer_than_a_quarter_of_an_hour(tries: int) -> None:
    assert 0 <= staff.lock_s(tries) <= 15 * 60
