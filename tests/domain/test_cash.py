"""Notes and coins: four keys worth pressing, and an amount in pieces."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seraphine_pos.domain import cash
from seraphine_pos.domain.money import AMOUNT_MAX

currencies = st.sampled_from(["MAD", "EUR", "GBP", "USD", "TND", "JPY", "XOF"])


@given(st.integers(-1000, AMOUNT_MAX), currencies)
def test_quick_notes_are_four_rising_amounts_above_what_is_due(due: int, currency: str) -> None:
    notes = cash.quick_notes(due, currency)
    assert len(notes) == len(set(notes)) == cash.QUICK_NOTES
    assert list(notes) == sorted(notes)
    assert all(note > due for note in notes)


@pytest.mark.parametrize(
    ("due", "notes"),
    [
        (1, (1000, 2000, 5000, 10_000)),
        (4_350, (5_000, 6_000, 10_000, 20_000)),
        (20_000, (30_000, 40_000, 50_000, 60_000)),
    ],
)
def test_quick_notes_of_a_moroccan_till(due: int, notes: tuple[int, ...]) -> None:
    assert cash.quick_notes(due, "MAD") == notes


@given(st.integers(0, 10**7), st.sampled_from(["EUR", "GBP", "USD"]))
def test_an_amount_is_its_pieces(amount: int, currency: str) -> None:
    counted = cash.in_pieces(amount, currency)
    assert sum(count * piece for count, piece in counted) == amount
    assert [piece for _, piece in counted] == sorted((piece for _, piece in counted), reverse=True)


def test_what_no_piece_fits_is_left_out() -> None:
    assert cash.in_pieces(20_003, "MAD") == ((1, 20_000),)
