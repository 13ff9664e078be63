"""Finding products: by any length of their code, by any words of their name."""

import pytest

from seraphine_pos.domain import product as products
from seraphine_pos.domain.product import PackCode, Product
from seraphine_pos.domain.tax import Tax
from seraphine_pos.store.till import TillStore
from tests.store.folder import page_of, product_document
from tests.store.test_mirror import TAX

NAMES = {
    1: "Café moulu 250 g",
    2: "Crème fraîche épaisse",
    3: "Œufs de ferme ×6",
    4: "חלב תנובה 3%",
    5: "Straße 5",
    6: "Câble USB-C 2 m²",
    7: "Café",
    8: "Moulin à café",
    9: "زيت زَيْتون",
}


@pytest.fixture
def stocked(store: TillStore) -> TillStore:
    """Give a till with a few products of many tongues."""
    store.mirror.apply(page_of(TAX, *(product_document(no, no, name) for no, name in NAMES.items())))
    store.catalogue.refresh()
    return store


def search(store: TillStore, text: str) -> list[str]:
    return [product.name for product in store.catalogue.search(text)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("cafe", ["Café", "Café moulu 250 g", "Moulin à café"]),
        ("CAFÉ", ["Café", "Café moulu 250 g", "Moulin à café"]),
        ("caf mou", ["Café moulu 250 g", "Moulin à café"]),
        ("caf moulu", ["Café moulu 250 g"]),
        ("moulu cafe", ["Café moulu 250 g"]),
        ("epaisse creme", ["Crème fraîche épaisse"]),
        ("œuf", ["Œufs de ferme ×6"]),
        ("oeuf", ["Œufs de ferme ×6"]),
        ("תנובה", ["חלב תנובה 3%"]),
        ("strasse", ["Straße 5"]),
        ("STRASSE", ["Straße 5"]),
        ("m²", ["Câble USB-C 2 m²"]),
        ("usb-c", ["Câble USB-C 2 m²"]),
        ("زيتون", ["زيت زَيْتون"]),
        ("250", ["Café moulu 250 g"]),
        ("xyz", []),
        ("", []),
        ("  -- ", []),
        ('"', []),
        ("cafe OR moulu", []),
        ("name:cafe*", []),
        ("NEAR(cafe)", []),
    ],
)
def test_words_find_in_any_order_without_accents_or_ends(stocked: TillStore, text: str, found: list[str]) -> None:
    assert search(stocked, text) == found


def test_wishes_are_searched_by_the_same_rules(stocked: TillStore) -> None:
    for text in ("strasse", "m²", "زيتون", "creme"):
        (name,) = search(stocked, text)
        words = products.folded(text).split()
        parts = products.folded(name).split()
        assert all(any(part.startswith(word) for part in parts) for word in words)


def test_the_shortest_name_is_found_among_many(store: TillStore) -> None:
    many = [product_document(no, no, f"Eau minérale naturelle numéro {no}") for no in range(1, 301)]
    store.mirror.apply(page_of(*many, product_document(301, 301, "Eau")))
    found = search(store, "eau")
    assert found[0] == "Eau"
    assert len(found) == 50
    assert len(store.catalogue.search("eau", 5)) == 5


def test_a_very_long_search_is_cut(stocked: TillStore) -> None:
    assert search(stocked, "cafe " * 5000) == ["Café", "Café moulu 250 g", "Moulin à café"]


def test_a_code_finds_its_product_and_no_other(stocked: TillStore) -> None:
    first = product_document(1, 1).key
    found = stocked.catalogue.find(first)
    assert found is not None
    assert (found.product_id, found.name, found.codes) == (first, NAMES[1], (PackCode(first),))
    assert stocked.catalogue.get(first) == found
    assert stocked.catalogue.revision(first) == 1
    for unknown in ("0" * 14, "", "x", "'; DROP TABLE entry; --"):
        assert stocked.catalogue.find(unknown) is None
    assert stocked.catalogue.get("nothing") is None
    assert stocked.catalogue.revision("nothing") == 0


def test_every_code_of_a_product_finds_it_with_its_quantity(store: TillStore) -> None:
    codes = [{"code": "A-1", "quantity": 1000}, {"code": "A-6", "quantity": 6000}]
    store.mirror.apply(page_of(product_document(1, 1, codes=codes)))
    for code, quantity in (("A-1", 1000), ("A-6", 6000)):
        found = store.catalogue.find(code)
        assert found is not None
        assert found.quantity_of(code) == quantity


def test_a_product_put_away_is_not_found(store: TillStore) -> None:
    store.mirror.apply(page_of(product_document(1, 1, "Pain", active=False)))
    assert store.catalogue.find(product_document(1, 1).key) is None
    assert search(store, "pain") == []


def test_products_without_a_code_are_listed(store: TillStore) -> None:
    store.mirror.apply(page_of(product_document(1, 1, "Vrac", codes=[]), product_document(2, 2)))
    assert [one.name for one in store.catalogue.without_code(10)] == ["Vrac"]


def test_taxes_come_from_the_feed_and_an_unknown_one_bears_none(stocked: TillStore) -> None:
    assert stocked.catalogue.taxes() == [Tax("TVA20", "TVA 20 %", 2000)]
    assert stocked.catalogue.tax("TVA20").rate == 2000
    assert stocked.catalogue.tax("gone") == Tax("gone", "gone", 0)


def test_a_product_is_what_its_document_says(stocked: TillStore) -> None:
    (found,) = stocked.catalogue.search("creme")
    assert isinstance(found, Product)
    assert found.price == 1250


def test_a_wish_laid_on_top_is_what_a_fresh_look_finds(stocked: TillStore) -> None:
    known = next(iter(stocked.catalogue.search("moulin")))
    for key, fields in (
        (known.product_id, {"price": 990}),
        ("NEW", products.to_body(Product("NEW", "Tout nouveau", 150, "TVA20", (PackCode("NEW"),)))),
        ("NEW", {"price": 200}),
    ):
        body = {"kind": "product", "key": key, "rev": 0, "fields": fields, "operator_id": "amina"}
        with stocked.journal.action() as action:
            action.record("document.proposed", body)
        laid = stocked.catalogue.lay(key, fields)
        assert stocked.catalogue.find(laid.codes[0].code) == laid
        stocked.catalogue.refresh()
        assert stocked.catalogue.get(key) == laid
    assert stocked.catalogue.find("NEW") == Product("NEW", "Tout nouveau", 200, "TVA20", (PackCode("NEW"),))
