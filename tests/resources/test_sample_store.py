"""The sample store: invented, whole, and free of what an importer or a till would refuse."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

SAMPLE = Path(__file__).parents[2] / "resources/sample_store"
WEEKDAYS = {"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"}
IN_STORE = tuple(str(prefix) for prefix in range(20, 30))


def read(name: str) -> Any:
    return json.loads((SAMPLE / name).read_text("utf-8"))


@pytest.fixture(scope="module")
def products() -> list[dict[str, str]]:
    with (SAMPLE / "products.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def codes_of(products: list[dict[str, str]]) -> list[str]:
    codes = [row[column] for row in products for column in ("barcode", "pack_barcode")]
    return [code for code in codes if code]


def minor(price: str) -> int:
    whole, _, cents = price.partition(".")
    assert len(cents) == 2
    return int(whole) * 100 + int(cents)


def test_it_has_the_goods_of_a_pharmacy_and_a_corner_shop(products: list[dict[str, str]]) -> None:
    assert 380 <= len(products) <= 450
    assert len({row["name"] for row in products}) == len(products)
    assert len({row["category"] for row in products}) > 15
    assert sum(not row["category"] for row in products) == 3
    assert sum(not row["barcode"] for row in products) >= 10


def test_every_barcode_is_a_right_ean_13_from_the_shops_own_range(
    products: list[dict[str, str]],
) -> None:
    for code in codes_of(products):
        assert len(code) == 13
        assert code.startswith(IN_STORE)
        weighted = sum(int(digit) * (3 if at % 2 else 1) for at, digit in enumerate(code))
        assert weighted % 10 == 0, code


def test_no_barcode_stands_twice(products: list[dict[str, str]]) -> None:
    codes = codes_of(products)
    assert len(set(codes)) == len(codes)


def test_a_pack_has_a_code_and_a_quantity_or_neither(products: list[dict[str, str]]) -> None:
    packs = [row for row in products if row["pack_barcode"] or row["pack_quantity"]]
    assert len(packs) >= 5
    assert all(row["pack_barcode"] and int(row["pack_quantity"]) > 1 for row in packs)


def test_prices_are_above_zero_and_tax_codes_are_the_stores(products: list[dict[str, str]]) -> None:
    known = {tax["code"] for tax in read("store.json")["taxes"]}
    assert {row["tax_code"] for row in products} == known
    assert all(minor(row["price"]) > 0 for row in products)


def test_goods_by_weight_are_priced_by_the_kilogram(products: list[dict[str, str]]) -> None:
    weighed = [row for row in products if row["sold_by_weight"] == "1"]
    assert len(weighed) >= 5
    assert all((row["unit"] == "kg") == (row["sold_by_weight"] == "1") for row in products)


def test_taxes_are_moroccos_and_in_the_price() -> None:
    taxes = read("store.json")["taxes"]
    assert sorted(tax["rate"] for tax in taxes) == [0, 700, 1000, 2000]
    assert all(tax["included"] is True for tax in taxes)


def test_the_people_are_two_owners_and_three_cashiers_with_pins_of_their_own() -> None:
    staff = read("staff.json")
    assert sorted(person["role"] for person in staff) == ["owner"] * 2 + ["pilotTester"] * 3
    pins = [person["pin"] for person in staff]
    assert len(set(pins)) == len(pins)
    assert all(pin.isdigit() and 4 <= len(pin) <= 6 for pin in pins)
    assert len({person["staff_id"] for person in staff}) == len(staff)


def test_the_rhythm_names_every_weekday_and_open_hours_with_someone_there() -> None:
    rhythm, people = read("rhythm.json"), {person["staff_id"] for person in read("staff.json")}
    assert rhythm["days"].keys() == rhythm["shifts"].keys() == WEEKDAYS
    for day, shifts in rhythm["shifts"].items():
        hours = {int(hour) for hour in rhythm["days"][day]["hours"]}
        assert rhythm["days"][day]["sales"] > 0
        assert {shift["staff"] for shift in shifts} <= people
        assert hours <= {hour for shift in shifts for hour in range(shift["from"], shift["to"])}


def test_friday_prayer_is_quiet_and_sunday_the_quietest_day() -> None:
    days = read("rhythm.json")["days"]
    friday = days["friday"]["hours"]
    assert friday["13"] < min(friday["11"], friday["17"])
    assert days["sunday"]["sales"] == min(day["sales"] for day in days.values())


def test_the_rhythm_speaks_of_goods_that_exist(products: list[dict[str, str]]) -> None:
    rhythm = read("rhythm.json")
    names, categories = ({row[column] for row in products} for column in ("name", "category"))
    assert set(rhythm["category_weights"]) == categories
    assert set(rhythm["popular_percent"]) <= names
    for trend in rhythm["trends_per_mille_per_week"]:
        assert trend.get("product") in names or trend.get("category") in categories


def test_insights_have_runs_of_their_own_and_people_who_exist() -> None:
    insights = read("insights.json")
    people = {person["staff_id"] for person in read("staff.json")}
    assert {card["category"] for card in insights} == {"cashVariance", "topSeller", "watchlist"}
    assert len({card["sourceRunId"] for card in insights}) == len(insights)
    assert all(0 <= card["confidence_percent"] <= 100 for card in insights)
    assert {message["staff"] for message in read("feedback.json")} <= people
