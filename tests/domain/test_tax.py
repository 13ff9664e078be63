"""Tax inside and on top of an amount, rounded by line."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seraphine_pos.domain import tax
from seraphine_pos.domain.tax import Tax

amounts = st.integers(0, 10**12)
rates = st.integers(0, 10_000)


@given(amounts, rates)
def test_tax_within_an_amount_is_exact_to_half_a_unit(amount: int, rate: int) -> None:
    exact = Fraction(amount * rate, 10_000 + rate)
    assert abs(tax.tax_within(amount, rate) - exact) <= Fraction(1, 2)


@given(amounts, rates)
def test_tax_upon_an_amount_is_exact_to_half_a_unit(amount: int, rate: int) -> None:
    assert abs(tax.tax_upon(amount, rate) - Fraction(amount * rate, 10_000)) <= Fraction(1, 2)


@given(amounts, rates)
def test_tax_put_upon_is_found_within(net: int, rate: int) -> None:
    added = tax.tax_upon(net, rate)
    assert abs(tax.tax_within(net + added, rate) - added) <= 1


@pytest.mark.parametrize(
    ("amount", "rate", "within", "upon"),
    [(12_000, 2000, 2000, 2400), (100, 2000, 17, 20), (1, 2000, 0, 0), (5, 1000, 0, 1), (999, 0, 0, 0)],
)
def test_tax_of_known_amounts(amount: int, rate: int, within: int, upon: int) -> None:
    assert tax.tax_within(amount, rate) == within
    assert tax.tax_upon(amount, rate) == upon


def test_a_tax_is_read_back_from_its_document() -> None:
    vat = Tax("TVA20", "TVA 20 %", 2000, included=False)
    assert tax.from_body("TVA20", tax.to_body(vat)) == vat
    assert tax.from_body("X", {"name": "Old", "rate": 500}) == Tax("X", "Old", 500, included=True)
