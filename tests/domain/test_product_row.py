"""One row of a product list: which are taken, as what, and why the others are not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seraphine_pos.domain import barcode
from seraphine_pos.domain.money import ONE, Currency, currency_of, plain, written
from seraphine_pos.domain.product import PackCode
from seraphine_pos.domain.product_columns import find_columns
from seraphine_pos.domain.product_row import ProductRow, RowRefused, Rules, read_code, read_price, read_row
from seraphine_pos.domain.tax import Tax

MAD = currency_of("MAD")
TAXES = {"TVA20": Tax("TVA20", "TVA 20 %", 2000), "TVA55": Tax("TVA55", "TVA 5,5 %", 550)}
RULES = Rules(MAD, TAXES, "TVA20")
HEADER = ("barcode", "name", "price", "currency", "sold_by_weight", "tax", "pack barcode", "pack quantity")
GOOD = ("3017620422003", "Pâte à tartiner", "32.90", "MAD", "0", "", "", "")


def row(**changed: str) -> ProductRow:
    columns = find_columns(HEADER)
    fields = [changed.get(title.replace(" ", "_"), value) for title, value in zip(HEADER, GOOD, strict=True)]
    return read_row(fields, columns, RULES)


def reason(**changed: str) -> str:
    with pytest.raises(RowRefused) as refused:
        row(**changed)
    assert str(refused.value.reason)
    return refused.value.reason.english


def test_a_good_row_is_a_product_keyed_by_its_padded_code() -> None:
    product = row().product
    assert (product.product_id, product.name, product.price, product.tax_code) == (
        "03017620422003",
        "Pâte à tartiner",
        3290,
        "TVA20",
    )
    assert product.codes == (PackCode("03017620422003", ONE),)
    assert not product.by_weight


@pytest.mark.parametrize(
    ("printed", "key"),
    [
        ("96385074", "00000096385074"),  # GTIN-8
        ("036000291452", "00036000291452"),  # UPC-A
        ("0036000291452", "00036000291452"),  # the same as EAN-13
        ("00036000291452", "00036000291452"),  # the same as GTIN-14
        (' ="036000291452" ', "00036000291452"),  # what spreadsheets are told to keep zeros
        ("'036000291452", "00036000291452"),
        ("\u200f3017620422003\u200e", "03017620422003"),  # direction marks around a pasted code
        ("00042", "00042"),  # a short code of the shop's own keeps its zeros
        ("85123A", "85123A"),
        ("gift_0001_40", "gift_0001_40"),
    ],
)
def test_a_code_has_one_key(printed: str, key: str) -> None:
    assert read_code(printed) == ((PackCode(key),), ())


@pytest.mark.parametrize(
    ("written_code", "key"),
    [("10181040009", "00010181040009"), ("9531112855", "00009531112855"), ("2589855", "00000002589855")],
)
def test_a_lost_zero_comes_back_and_the_written_code_stays(written_code: str, key: str) -> None:
    codes, remarks = read_code(written_code)
    assert codes == (PackCode(key), PackCode(written_code))
    assert ["leading zeros" in remark.english for remark in remarks] == [True]


@pytest.mark.parametrize("short", ["1001899", "83511007210", "117834", "46020"])
def test_a_short_code_without_a_right_check_digit_is_the_shops_own(short: str) -> None:
    assert read_code(short) == ((PackCode(short),), ())


@pytest.mark.parametrize("wrong", ["7290003444009", "622356619179", "10002227", "10036000291453"])
def test_a_wrong_check_digit_is_kept_as_written_and_said(wrong: str) -> None:
    codes, remarks = read_code(wrong)
    assert codes == (PackCode(wrong),)
    assert ["check digit" in remark.english for remark in remarks] == [True]


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("", "no barcode"),
        ("9" * 10_000, "10000 characters"),
        ("30176\x0020422003", "unprintable"),
        ("7.29E+12", "spreadsheet"),
        ("7,29E12", "spreadsheet"),
        ("7290017513485.0", "spreadsheet"),
    ],
)
def test_a_code_that_is_none_is_refused(code: str, why: str) -> None:
    assert why in reason(barcode=code)


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("14.5", 1450),
        ("14,50", 1450),
        (" 6 ", 600),
        ("0", 0),
        ("0.01", 1),
        (".5", 50),
        ("12.5000", 1250),
        ("0.500", 50),
        ("1 234,50", 123450),
        ("1\u202f234,50", 123450),
        ("1'234.50", 123450),
        ("1,234.50", 123450),
        ("1.234,50", 123450),
        ("1,234,567", 123456700),
        ("12,50 €", 1250),
        ("₪12.5", 1250),
        ("1234.50", 123450),
        ("1234.500", 123450),
    ],
)
def test_a_price_is_read_where_it_has_one_meaning(text: str, amount: int) -> None:
    assert read_price(text, MAD) == amount


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no price"),
        ("-4.50", "negative"),
        ("\u22124,50", "negative"),
        ("(4.50)", "negative"),
        ("1,234", "thousands or decimals"),
        ("1.234", "thousands or decimals"),
        ("12.345", "thousands or decimals"),
        ("12.3456", "more decimals than MAD (2)"),
        ("0.001", "more decimals"),
        ("gratuit", "not a price"),
        ("1,23,456", "not a price"),
        ("1 2", "not a price"),
        ("1e5", "not a price"),
        ("NaN", "not a price"),
        ("١٢", "not a price"),
        (".", "not a price"),
        ("99999999999999", "too large"),
        ("9" * 5000, "not a price"),
    ],
)
def test_a_price_that_is_none_or_two_is_refused(text: str, why: str) -> None:
    assert why in reason(price=text)


@given(st.integers(0, 10**12), st.sampled_from([0, 2, 3]))
def test_a_price_written_for_a_person_or_a_machine_reads_back(amount: int, decimals: int) -> None:
    currency = Currency("XTS", decimals)
    for text in (plain(amount, decimals), written(amount, decimals)):
        if decimals or len(text) < 4 or " " in text or "\u202f" in text:
            assert read_price(text, currency) == amount


def test_three_decimals_are_decimals_where_the_currency_has_three() -> None:
    assert read_price("1.234", currency_of("TND")) == 1234


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"name": "  "}, "no name"),
        ({"name": "a\0b"}, "NUL"),
        ({"name": "x" * 201}, "201 characters"),
        ({"sold_by_weight": "peut-être"}, "sold by weight"),
        ({"tax": "TVA99"}, "the store has TVA20, TVA55"),
        ({"pack_barcode": "96385074", "pack_quantity": "zero"}, "how many a pack holds"),
    ],
)
def test_a_field_that_cannot_be_read_is_refused(changed: dict[str, str], why: str) -> None:
    assert why in reason(**changed)


@pytest.mark.parametrize(("title", "longest"), [("category", 200), ("unit", 200), ("notes", 2000)])
def test_a_text_that_no_product_holds_is_refused_here_and_not_by_the_server(title: str, longest: int) -> None:
    columns = find_columns(("ean", "nom", "prix", title))
    assert read_row(("42", "Pain", "1", "x" * longest), columns, RULES).product.price == 100
    with pytest.raises(RowRefused) as refused:
        read_row(("42", "Pain", "1", "x" * (longest + 1)), columns, RULES)
    assert f"longer than {longest} characters" in refused.value.reason.english


def test_a_pack_code_that_is_the_products_own_is_one_code() -> None:
    product = row(pack_barcode="03017620422003", pack_quantity="6").product
    assert product.codes == (PackCode("03017620422003", ONE),)


def test_a_name_is_tidied_not_cut() -> None:
    assert row(name=" כוס קש\tשלישייה\n טוליפ ").product.name == "כוס קש שלישייה טוליפ"
    assert row(name="Cafe\u0301").product.name == "Café"


def test_tax_is_named_by_code_or_by_rate() -> None:
    assert [row(tax=text).product.tax_code for text in ("", "TVA55", "5,5 %", "20")] == [
        "TVA20",
        "TVA55",
        "TVA55",
        "TVA20",
    ]


def test_goods_by_weight_are_sold_by_the_kilo() -> None:
    product = row(sold_by_weight="oui").product
    assert (product.by_weight, product.unit) == (True, "kg")


def test_a_pack_has_its_own_code_and_quantity() -> None:
    product = row(pack_barcode="10036000291459", pack_quantity="6").product
    assert product.codes[1:] == (PackCode("10036000291459", 6 * ONE),)
    assert barcode.is_gtin("10036000291459")


def test_another_currency_and_a_price_of_zero_are_said() -> None:
    remarks = [remark.english for remark in row(currency="ils", price="0").remarks]
    assert remarks == ["the price is zero", "the price is in ILS, the amount is taken as it is"]


def test_a_row_of_another_width_is_refused_unless_the_rest_is_empty() -> None:
    columns = find_columns(HEADER)
    assert read_row((*GOOD, "", ""), columns, RULES) == row()
    for fields in (GOOD[:-1], (*GOOD, "more")):
        with pytest.raises(RowRefused, match="colonnes"):
            read_row(fields, columns, RULES)
