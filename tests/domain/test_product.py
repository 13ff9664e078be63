"""A product: what may be sold, how its name is tidied, its document there and back."""

import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seraphine_pos.domain import product as products
from seraphine_pos.domain.money import AMOUNT_MAX, QUANTITY_MAX
from seraphine_pos.domain.product import PackCode, Product
from seraphine_pos.domain.refusal import InvalidCode, InvalidPrice, InvalidQuantity, InvalidText
from tests.domain import examples

BREAD = Product(
    "00000000000123", "Pain", 150, "TVA7", (PackCode("A-1"), PackCode("A-6", 6000)),
    category="Boulangerie", unit="pièce", by_weight=True, notes="le matin", active=False,
)  # fmt: skip


def test_a_product_is_read_back_from_its_document() -> None:
    assert products.from_body(BREAD.product_id, products.to_body(BREAD)) == BREAD


def test_a_document_may_leave_out_what_came_later() -> None:
    old = {"name": "Pain", "price": 150, "tax_code": "TVA7", "codes": [{"code": "A-1"}]}
    assert products.from_body("A-1", old) == Product("A-1", "Pain", 150, "TVA7", (PackCode("A-1", 1000),))
    with pytest.raises(KeyError):
        products.from_body("A-1", {"name": "Pain"})


def test_a_scan_sells_the_quantity_of_its_code() -> None:
    assert BREAD.quantity_of("A-1") == 1000
    assert BREAD.quantity_of("A-6") == 6000
    assert BREAD.quantity_of("other") == 1000


def test_the_code_is_shown_as_printed() -> None:
    assert BREAD.code == "A-1"
    assert replace(BREAD, codes=(PackCode("05901234123457"),)).code == "5901234123457"
    assert replace(BREAD, codes=()).code == ""


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("  Eau  minérale\t1 L\n", "Eau minérale 1 L"),
        ("Cafe\u0301", "Café"),
        ("a\x00b", "a b"),
        ("\u200fחלב\u200e", "חלב"),
        ("e\u200d\u0301", "é"),
        ("12\xa0kg\u202fnet", "12 kg net"),
        ("plain", "plain"),
    ],
)
def test_a_name_is_tidied(written: str, name: str) -> None:
    assert products.tidy(written) == name


@given(st.text(max_size=60))
def test_a_tidy_name_stays_as_it_is(text: str) -> None:
    name = products.tidy(text)
    assert products.tidy(name) == name
    assert unicodedata.is_normalized("NFC", name)
    assert name.isprintable()
    assert name == name.strip()


def test_codes_are_keyed_and_the_first_stays_first() -> None:
    upc = "036000291452"
    given_codes = (PackCode(upc), PackCode("B"), PackCode("0" + upc, 6000))
    kept = products.checked(replace(BREAD, codes=given_codes)).codes
    assert kept == (PackCode("00036000291452"), PackCode("B"))


def test_a_product_is_tidied_when_checked() -> None:
    kept = products.checked(replace(BREAD, name=" Pain  complet", category="\tFrais ", unit=" kg"))
    assert (kept.name, kept.category, kept.unit) == ("Pain complet", "Frais", "kg")
    assert products.checked(examples.product()) == examples.product()


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"name": " \n"}, InvalidText),
        ({"name": "x" * 201}, InvalidText),
        ({"category": "x" * 201}, InvalidText),
        ({"notes": "x" * 2001}, InvalidText),
        ({"price": -1}, InvalidPrice),
        ({"price": AMOUNT_MAX + 1}, InvalidPrice),
        ({"codes": (PackCode(""),)}, InvalidCode),
        ({"codes": (PackCode("a\x00"),)}, InvalidCode),
        ({"codes": tuple(PackCode(f"A{n}") for n in range(101))}, InvalidCode),
        ({"codes": (PackCode("A", 0),)}, InvalidQuantity),
        ({"codes": (PackCode("A", QUANTITY_MAX + 1),)}, InvalidQuantity),
    ],
)
def test_what_cannot_be_sold_is_refused(changes: dict[str, object], refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        products.checked(replace(BREAD, **changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "folded"),
    [
        ("Crème  FRAÎCHE", "creme  fraiche"),
        ("m² USB-C", "m2 usb c"),
        ("Straße", "strasse"),
        ("Œufs frais", "oeufs frais"),
        ("\U0001d756", "α"),
        ("זֵיתִים", "זיתים"),
        ("ABC", "abc"),
    ],
)
def test_a_search_sees_bare_letters_and_digits(name: str, folded: str) -> None:
    assert products.folded(name) == folded


@given(st.text(max_size=40))
def test_folding_twice_changes_nothing_more(text: str) -> None:
    words = products.folded(text).split()
    assert products.folded(" ".join(words)).split() == words
