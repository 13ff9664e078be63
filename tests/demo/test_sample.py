"""The sample store read as values of the domain."""

import pytest

from seraphine_pos.demo import sample
from seraphine_pos.demo.sample import Sample
from seraphine_pos.domain import product
from seraphine_pos.domain.money import ONE
from seraphine_pos.domain.product_row import Rules
from seraphine_pos.domain.staff import Role, checked_pin
from seraphine_pos.till import importing
from seraphine_pos.till.importing import Reading


@pytest.fixture(scope="module")
def shop() -> Sample:
    return sample.read()


def test_the_shop_sells_in_dirhams_in_casablanca(shop: Sample) -> None:
    assert (shop.store.name, shop.store.currency.code, shop.store.currency.decimals) == ("Pharmacie Al Amal", "MAD", 2)
    assert shop.store.time_zone == "Africa/Casablanca"
    assert shop.store.receipt_header


def test_the_people_can_sign_in(shop: Sample) -> None:
    assert shop.owner.name == "Nadia El Idrissi"
    assert [person.role for person in shop.people].count(Role.CASHIER) == 3
    assert all(checked_pin(person.pin) for person in shop.people)


def test_every_product_survives_its_document(shop: Sample) -> None:
    rows = sample.import_rows(shop.products)
    assert tuple(product.from_body(row.key, row.body) for row in rows) == shop.products
    assert len({row.key for row in rows}) == len(rows)


def test_a_product_without_a_code_keeps_its_key_from_one_reading_to_the_next(shop: Sample) -> None:
    again = {one.name: one.product_id for one in sample.read().products if not one.codes}
    assert again == {one.name: one.product_id for one in shop.products if not one.codes}
    assert len(again) == 16


def test_a_scanned_pack_sells_more_than_one(shop: Sample) -> None:
    water = next(one for one in shop.products if one.name == "Eau de source, 50 cl")
    single, pack = water.codes
    assert water.quantity_of(single.code) == ONE
    assert water.quantity_of(pack.code) == 12 * ONE


def test_every_tax_code_on_goods_is_a_tax_of_the_shop(shop: Sample) -> None:
    assert {one.tax_code for one in shop.products} == {tax.code for tax in shop.taxes}


def test_the_importer_reads_the_same_goods_from_the_same_file(shop: Sample) -> None:
    rules = Rules(shop.store.currency, {tax.code: tax for tax in shop.taxes}, "TVA20")
    checked = importing.check(sample.FOLDER / "products.csv", Reading(), rules, lambda _done, _total: None)
    assert [good.row.product for good in checked.good] == [one for one in shop.products if one.codes]
    assert len(checked.bad) == sum(not one.codes for one in shop.products)
