"""No card number stays in free words, however it was typed; and what is no card number stays as it is."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seraphine_pos.domain.barcode import check_digit
from seraphine_pos.domain.card_mask import mask
from tests.domain.cards import digits_in, luhn, planted, random_card, typed

VISA = "4111111111111111"


@pytest.mark.parametrize(
    "written",
    [
        VISA, "4111 1111 1111 1111", "4111-1111-1111-1111", "4111 - 1111 - 1111 - 1111",
        "4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1",
        "4111\u00a01111\u202f1111\u20091111", "4111\u20101111\u20131111\u20141111",
        "4111\u200b1111\u200b1111\u200b1111",
        "٤١١١ ١١١١ ١١١١ ١١١١", "４１１１１１１１１１１１１１１１", "4111_1111_1111_1111", "4111\t1111\t1111\t1111",
    ],
)  # fmt: skip
def test_a_card_is_masked_however_it_is_typed(written: str) -> None:
    assert mask(f"Carte {written}, exp. 12/27") == "Carte ••••\u00a01111, exp. 12/27"


@pytest.mark.parametrize(
    "card",
    [
        "378282246310005", "30569309025904", "6011111111111117", "3530111333300000", "5555555555554444",
        "2223003122003222", "6304000000000000", "4000056655665556", "6212345678901232", "4222222222222222224",
    ],
)  # fmt: skip
def test_cards_of_every_length_are_masked(card: str) -> None:
    assert luhn(card)
    assert mask(card) == f"••••\u00a0{card[-4:]}"


@pytest.mark.parametrize(
    "text",
    [
        "4111111111111111 12 27 123", "4111 1111 1111 1111 1227", "12 4111 1111 1111 1111", "41111111111111111227123",
        "0612345678 4111111111111111", "4111111111111111 5555555555554444", "41111111111111115555555555554444",
        "réf 2026-11-22 4111111111111111 2026-11-22",
    ],
)  # fmt: skip
def test_a_card_among_other_digits_is_masked(text: str) -> None:
    assert VISA not in digits_in(mask(text))


@pytest.mark.parametrize(
    "text",
    [
        "", "Rien", "0661 23 45 67", "+212 661-234567", "12,50 13,40 99,90 100,00", "5449000000996", "3017620422003",
        "4005808262960", "5449000000996 5449000054227", "2026-11-22 18:00:05", "4111 1111 1111 1112", "A1-7QK-004218",
        "00000000000000", "4111\n1111\n1111\n1111", "n° 1234567", "01a2041e-9117-7766-b197-f7718b655276",
    ],
)  # fmt: skip
def test_what_is_no_card_stays(text: str) -> None:
    assert mask(text) == text


def test_an_ean_that_passes_the_check_of_cards_stays() -> None:
    eans = [body + check_digit(body) for body in (f"4{number:011d}" for number in range(10_000))]
    chance = [ean for ean in eans if luhn(ean)]
    assert len(chance) > 500
    assert [mask(ean) for ean in chance] == chance


def test_an_old_card_of_thirteen_digits_is_masked() -> None:
    assert mask("4222222222222") == "••••\u00a02222"


@given(st.text(max_size=200))
def test_masking_twice_changes_nothing_more(text: str) -> None:
    assert mask(mask(text)) == mask(text)


@given(st.text(alphabet=st.characters(exclude_categories=["Nd"]), max_size=200))
def test_words_without_digits_stay(text: str) -> None:
    assert mask(text) == text


def test_ten_thousand_planted_cards_are_masked() -> None:
    chance = random.Random(11)
    for _ in range(10_000):
        card = random_card(chance)
        assert card not in digits_in(mask(planted(chance, typed(chance, card)))), card


def test_a_long_row_of_digits_is_no_burden() -> None:
    assert VISA not in mask(VISA * 4096)
