"""Amounts and quantities: what is written is read back, and no division loses a cent in silence."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seraphine_pos.domain import money
from seraphine_pos.domain.refusal import InvalidAmount, InvalidQuantity

amounts = st.integers(0, money.AMOUNT_MAX)
decimals = st.sampled_from([0, 2, 3])


@given(amounts, decimals)
def test_an_amount_written_is_read_back(amount: int, places: int) -> None:
    assert money.parse_amount(money.written(amount, places), places) == amount
    assert money.parse_amount(money.plain(amount, places), places) == amount
    assert money.parse_amount(money.written(amount, places, mark=".", group=" "), places) == amount


@given(st.integers(-money.AMOUNT_MAX, money.AMOUNT_MAX), decimals)
def test_a_plain_amount_is_its_decimal_number(amount: int, places: int) -> None:
    assert Fraction(money.plain(amount, places)) * 10**places == amount


@pytest.mark.parametrize(
    ("amount", "places", "expected"),
    [
        (123_450, 2, "1\u202f234,50"),
        (-123_450, 2, "\u22121\u202f234,50"),
        (5, 2, "0,05"),
        (1_234_567, 0, "1\u202f234\u202f567"),
        (1_234_567, 3, "1\u202f234,567"),
        (0, 3, "0,000"),
        (0, 0, "0"),
    ],
)
def test_an_amount_is_written_as_french_does(amount: int, places: int, expected: str) -> None:
    assert money.written(amount, places) == expected


@pytest.mark.parametrize(
    ("text", "places", "expected"),
    [
        ("12,50", 2, 1250),
        ("12.5", 2, 1250),
        (" 1 234,5 ", 2, 123_450),
        ("1\xa0234", 2, 123_400),
        ("12,", 2, 1200),
        (",5", 2, 50),
        ("7", 0, 7),
        ("1,234", 3, 1234),
    ],
)
def test_an_amount_is_read_as_people_write_it(text: str, places: int, expected: int) -> None:
    assert money.parse_amount(text, places) == expected


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("", 2),
        (",", 2),
        ("abc", 2),
        ("-5", 2),
        ("+5", 2),
        ("1e3", 2),
        ("12,505", 2),
        ("12,5", 0),
        ("1,2,3", 2),
        ("1.234,50", 2),
        ("nan", 2),
        ("٣", 2),
        ("²", 2),
        ("1" * 16, 0),
        (str(money.AMOUNT_MAX + 1), 0),
        ("9" * 10_000, 2),
    ],
)
def test_what_is_no_amount_is_refused_with_a_sentence(text: str, places: int) -> None:
    with pytest.raises(InvalidAmount) as refused:
        money.parse_amount(text, places)
    assert len(str(refused.value)) < 200


@given(st.text(max_size=30), decimals)
def test_any_text_is_an_amount_or_refused(text: str, places: int) -> None:
    try:
        amount = money.parse_amount(text, places)
    except InvalidAmount:
        return
    assert 0 <= amount <= money.AMOUNT_MAX


@given(st.integers(1, money.QUANTITY_MAX))
def test_a_quantity_written_is_read_back(quantity: int) -> None:
    assert money.parse_quantity(money.written_quantity(quantity)) == quantity
    assert money.written_quantity(-quantity) == "\u2212" + money.written_quantity(quantity)


@pytest.mark.parametrize("text", ["0", "0,000", "-1", "1,0005", "", "1000000,001", "x", "5901234123457"])
def test_what_no_line_can_hold_is_no_quantity(text: str) -> None:
    with pytest.raises(InvalidQuantity):
        money.parse_quantity(text)


@pytest.mark.parametrize(("quantity", "expected"), [(1000, "1"), (250, "0,25"), (1005, "1,005"), (12_000, "12")])
def test_a_quantity_has_no_idle_zeros(quantity: int, expected: str) -> None:
    assert money.written_quantity(quantity) == expected


@given(st.integers(-(10**15), 10**15), st.integers(1, 10**9))
def test_a_division_is_half_away_from_zero(numerator: int, denominator: int) -> None:
    exact = Fraction(numerator, denominator)
    result = money.divide(numerator, denominator)
    assert abs(exact - result) <= Fraction(1, 2)
    if abs(exact - result) == Fraction(1, 2):
        assert abs(result) > abs(exact)
    assert money.divide(-numerator, denominator) == -result


@given(amounts, st.integers(1, 1000))
def test_whole_units_cost_their_price_each(price: int, units: int) -> None:
    assert money.extend(price, units * money.ONE) == price * units


@pytest.mark.parametrize(("code", "places"), [("MAD", 2), ("EUR", 2), ("JPY", 0), ("XOF", 0), ("TND", 3), ("KWD", 3)])
def test_a_currency_has_its_decimals(code: str, places: int) -> None:
    assert money.currency_of(code) == money.Currency(code, places)
