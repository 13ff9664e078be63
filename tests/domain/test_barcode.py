"""Codes: check digits, and one key for every length of one GTIN."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seraphine_pos.domain import barcode
from seraphine_pos.domain.refusal import InvalidCode
from tests.domain.examples import gtin

# Published examples and real goods: the code as printed and its 14 digits.
PRINTED = [
    ("5901234123457", "05901234123457"),
    ("7501031311309", "07501031311309"),
    ("96385074", "00000096385074"),
    ("02345673", "00000002345673"),
    ("40084107", "00000040084107"),
    ("042100005264", "00042100005264"),
    ("036000291452", "00036000291452"),
    ("0042100005264", "00042100005264"),
    ("00614141000036", "00614141000036"),
    ("0000096385074", "00000096385074"),
    ("98765432109213", "98765432109213"),
    ("10009511000179", "10009511000179"),
]
NO_GTIN = [
    "5901234123458",
    "042100005263",
    "12345678",
    "24012345678909",
    "123",
    "75010313113",
    "0123456789abc",
    "0123456789⁰⁰⁰",
    "٥٩٠١٢٣٤١٢٣٤٥٧",
    "A-12",
    "é42",
]


@pytest.mark.parametrize(("code", "key"), PRINTED)
def test_a_gtin_is_found_by_its_fourteen_digits(code: str, key: str) -> None:
    assert barcode.is_gtin(code)
    assert barcode.key_of(code) == key
    assert barcode.key_of(f" {code}\n") == key


@pytest.mark.parametrize("code", NO_GTIN)
def test_any_other_code_is_its_own_key(code: str) -> None:
    assert not barcode.is_gtin(code)
    assert barcode.key_of(code) == code
    assert barcode.shown(code) == code


@given(st.integers(0, 10**7 - 1), st.sampled_from([8, 12, 13, 14]))
def test_every_length_of_one_gtin_has_one_key(body: int, length: int) -> None:
    code = gtin(body, 8)
    assert barcode.key_of(code.zfill(length)) == barcode.key_of(code)


@given(st.integers(0, 10**13 - 1), st.integers(0, 13), st.integers(1, 9))
def test_a_wrong_digit_is_noticed(body: int, place: int, more: int) -> None:
    code = gtin(body, 14)
    wrong = code[:place] + str((int(code[place]) + more) % 10) + code[place + 1 :]
    assert barcode.is_gtin(code)
    assert not barcode.is_gtin(wrong)


@given(st.integers(0, 10**13 - 1))
def test_what_is_shown_is_found_again(body: int) -> None:
    key = gtin(body, 14)
    assert barcode.key_of(barcode.shown(key)) == key


@pytest.mark.parametrize(
    ("key", "shown"),
    [
        ("05901234123457", "5901234123457"),
        ("00042100005264", "042100005264"),
        ("00000096385074", "96385074"),
        ("98765432109213", "98765432109213"),
        ("05901234123458", "05901234123458"),
        ("A-12", "A-12"),
    ],
)
def test_a_key_is_shown_as_it_is_printed(key: str, shown: str) -> None:
    assert barcode.shown(key) == shown


@pytest.mark.parametrize("code", ["", "   ", "a\x00b", "a\x1db", "a\nb", "x" * 129, "9" * 10_000])
def test_what_is_no_code_is_refused_with_a_short_sentence(code: str) -> None:
    with pytest.raises(InvalidCode) as refused:
        barcode.key_of(code)
    assert "scannez de nouveau" in str(refused.value)
    assert len(str(refused.value)) < 200


@given(st.text(max_size=140))
def test_a_key_is_its_own_key(code: str) -> None:
    try:
        key = barcode.key_of(code)
    except InvalidCode:
        return
    assert barcode.key_of(key) == key
