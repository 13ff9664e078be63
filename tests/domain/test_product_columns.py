"""Which column means what."""

import pytest

from seraphine_pos.domain.product_columns import ColumnsRefused, find_columns

PRICE_LIST = [
    "רשת",
    "מזהה רשת",
    "מזהה חנות",
    "ברקוד",
    "שם מוצר",
    "יצרן",
    "ארץ ייצור",
    "כמות",
    "יחידת מידה",
    "יחידת כמות",
    "מחיר (₪)",
    "מחיר ליחידה (₪)",
    "שקיל",
    "כמות באריזה",
    "מותר הנחה",
    "סטטוס",
    "עודכן",
]


def refusal(header: list[str], named: dict[str, str] | None = None) -> str:
    with pytest.raises(ColumnsRefused) as refused:
        find_columns(header, named)
    return refused.value.reason.english


def test_the_header_of_the_original_price_lists_is_known() -> None:
    columns = find_columns(PRICE_LIST)
    assert columns.places == {
        "barcode": 3,
        "name": 4,
        "price": 10,
        "by_weight": 12,
        "chain": 0,
        "chain_id": 1,
        "shop": 2,
    }
    assert columns.price_currency == "ILS"


@pytest.mark.parametrize(
    "header",
    [
        ["barcode", "name", "price"],
        ["Code-barres", "Désignation", "Prix TTC"],
        ["CODE BARRE", "Libellé", "Prix de vente (MAD)"],
        ["EAN13", "Nom du produit", "Tarif"],
        ["StockCode", "Description", "UnitPrice"],
    ],
)
def test_usual_headers_are_known(header: list[str]) -> None:
    assert find_columns(header).places == {"barcode": 0, "name": 1, "price": 2}


def test_the_better_name_wins_and_the_other_column_is_said_to_be_unused() -> None:
    columns = find_columns(["description", "designation", "ean", "prix"])
    assert columns.places["name"] == 1
    assert columns.unused == ("description",)


def test_a_unit_beside_a_quantity_is_the_content_not_the_unit_of_sale() -> None:
    assert "unit" not in find_columns(["ean", "nom", "prix", "quantity", "unit"]).places
    assert find_columns(["ean", "nom", "prix", "unit"]).places["unit"] == 3


def test_a_person_names_columns_by_header_or_number() -> None:
    columns = find_columns(["a", "b", "prix"], {"name": "B", "barcode": "1"})
    assert columns.places == {"barcode": 0, "name": 1, "price": 2}


def test_what_is_missing_or_double_is_said_with_what_to_do() -> None:
    assert "no column for barcode, price; name it with --columns" in refusal(["nom"])
    assert "two columns may be the price: Prix (1), prix (2)" in refusal(["Prix", "prix", "ean", "nom"])
    assert "there is no column “z”" in refusal(["ean", "nom", "prix"], {"name": "z"})
    assert "there is no field “colour”" in refusal(["ean", "nom", "prix"], {"colour": "1"})
    assert "there is no column “9”" in refusal(["ean", "nom", "prix"], {"name": "9"})
