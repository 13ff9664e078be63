"""What the words on the till's line mean."""

import pytest

from seraphine_pos.domain.refusal import InvalidAmount, InvalidQuantity
from seraphine_pos.ui.typed import is_number, is_receipt, typed_amount, typed_quantity, wants_search


@pytest.mark.parametrize(
    ("typed", "number"),
    [("12", True), ("12,5", True), ("12.50", True), ("0,255", True), ("", False), ("12,5555", False), ("a1", False),
     ("4006381333931", False), ("1 2", False), ("-3", False)],
)  # fmt: skip
def test_a_number_is_short_and_has_one_comma(typed: str, number: bool) -> None:
    assert is_number(typed) is number


@pytest.mark.parametrize(
    ("typed", "forced", "searches"),
    [("la", False, True), ("l", False, False), ("12", False, False), ("12", True, True), ("2 l", False, True)],
)
def test_letters_ask_for_a_search_and_digits_only_after_ctrl_k(typed: str, forced: bool, searches: bool) -> None:
    assert wants_search(typed, forced=forced) is searches


def test_an_amount_is_read_in_minor_units() -> None:
    assert typed_amount("12,5", 2) == 1250
    assert typed_amount("1500", 0) == 1500
    assert typed_amount("", 2) is None


@pytest.mark.parametrize("typed", ["lait", "12,555", "4006381333931"])
def test_what_is_no_amount_is_refused(typed: str) -> None:
    with pytest.raises(InvalidAmount):
        typed_amount(typed, 2)


def test_a_quantity_has_up_to_three_decimals() -> None:
    assert typed_quantity("0,255") == 255


@pytest.mark.parametrize("typed", ["", "lait", "0"])
def test_what_is_no_quantity_is_refused(typed: str) -> None:
    with pytest.raises(InvalidQuantity):
        typed_quantity(typed)


@pytest.mark.parametrize(
    ("code", "receipt"), [("A1-7QK-004218", True), ("A1-7QK-42", False), ("4006381333931", False), ("85123A", False)]
)
def test_a_receipt_s_number_has_its_form(code: str, receipt: bool) -> None:
    assert is_receipt(code) is receipt
