"""A proposal sets what has not changed since, and leaves the rest to the owner."""

import pytest

from seraphine_pos.domain.protocol import ImportRow
from tests.sync_server.shop import CASHIER, OWNER, Shop, Till

MILK = "06111111111117"
BODY = {"name": "Lait", "price": 500, "tax_code": "TVA20", "codes": [{"code": MILK, "quantity": 1000}]}


def stock(till: Till) -> int:
    """Put milk in the catalogue; return the revision."""
    till.server.import_products(OWNER, [ImportRow(MILK, BODY)], dry_run=False)
    return till.pull().rev


def product(till: Till) -> dict[str, object]:
    """Return milk as the feed has it."""
    return till.mirror()["product", MILK]


def test_a_new_product_is_published(till: Till) -> None:
    till.propose("product", MILK, 0, BODY)
    till.push()
    assert product(till)["price"] == 500
    assert product(till)["updated_by"] == OWNER
    assert till.conflicts() == []


def test_each_proposal_has_a_revision_of_its_own(till: Till) -> None:
    rev = stock(till)
    till.propose("product", MILK, rev, {"price": 510})
    till.propose("product", MILK, rev, {"notes": "frais"})
    till.push()
    assert till.pull().rev == rev + 2


def test_fields_that_nobody_changed_are_set(shop: Shop, till: Till) -> None:
    rev = stock(till)
    other = shop.till()
    till.propose("product", MILK, rev, {"price": 550})
    other.propose("product", MILK, rev, {"name": "Lait entier"})
    till.push()
    other.push()
    assert (product(till)["price"], product(till)["name"]) == (550, "Lait entier")
    assert till.conflicts() == []


def test_a_field_that_another_till_changed_since_is_a_conflict(shop: Shop, till: Till) -> None:
    rev = stock(till)
    other = shop.till()
    till.propose("product", MILK, rev, {"price": 550})
    late = other.propose("product", MILK, rev, {"price": 600, "notes": "promo"})
    till.push()
    other.push()
    assert (product(till)["price"], product(till)["notes"]) == (550, "promo")
    [conflict] = till.conflicts()
    assert (conflict["event_id"], conflict["field"]) == (late.event_id, "price")
    assert (conflict["proposed"], conflict["current"]) == (600, 550)
    assert conflict["operator_id"] == OWNER


def test_the_same_wish_twice_is_no_conflict(shop: Shop, till: Till) -> None:
    rev = stock(till)
    other = shop.till()
    for one in (till, other):
        one.propose("product", MILK, rev, {"price": 550})
        one.push()
    assert till.conflicts() == []
    assert till.pull().rev == rev + 1


def test_a_till_does_not_conflict_with_itself(till: Till) -> None:
    """Offline, it showed its own proposals on top of the revision that it had."""
    rev = stock(till)
    till.propose("product", MILK, rev, {"price": 550})
    till.propose("product", MILK, rev, {"price": 560})
    till.push()
    assert product(till)["price"] == 560
    assert till.conflicts() == []


def test_an_import_after_the_till_looked_is_a_conflict(till: Till) -> None:
    rev = stock(till)
    till.server.import_products(OWNER, [ImportRow(MILK, {**BODY, "price": 520})], dry_run=False)
    till.propose("product", MILK, rev, {"price": 600})
    till.push()
    assert product(till)["price"] == 520
    assert [conflict["field"] for conflict in till.conflicts()] == ["price"]


@pytest.mark.parametrize("operator_id", [CASHIER, "nobody"])
def test_who_may_not_leaves_it_to_the_owner(till: Till, operator_id: str) -> None:
    rev = stock(till)
    till.propose("product", MILK, rev, {"price": 1}, operator_id)
    till.propose("staff", CASHIER, rev, {"role": "owner"}, operator_id)
    till.push()
    assert product(till)["price"] == 500
    assert till.mirror()["staff", CASHIER]["role"] == "pilotTester"
    assert {(one["kind"], one["field"]) for one in till.conflicts()} == {("product", "price"), ("staff", "role")}


def test_a_barcode_of_another_product_is_a_conflict(till: Till) -> None:
    stock(till)
    till.propose("product", "other", 0, {**BODY, "name": "Autre"})
    till.push()
    assert ("product", "other") not in till.mirror()
    assert {str(one["reason"]) for one in till.conflicts()} == {f"the code {MILK} belongs to another product ({MILK})"}


@pytest.mark.parametrize(
    ("kind", "key", "fields"),
    [
        ("product", MILK, {"price": -5}),
        ("product", MILK, {"price": "5"}),
        ("product", MILK, {"tax_code": "NOPE"}),
        ("staff", OWNER, {"role": "king"}),
        ("staff", OWNER, {"active": "no"}),
        ("staff", "new", {"name": "N"}),
        ("setting", "store", {"decimals": "2"}),
        ("tax", "TVA20", {"rate": None}),
    ],
)
def test_what_no_till_could_read_is_a_conflict(till: Till, kind: str, key: str, fields: dict[str, object]) -> None:
    rev = stock(till)
    before = till.mirror()
    till.propose(kind, key, rev, fields)
    till.push()
    assert till.mirror() == before
    assert {conflict["field"] for conflict in till.conflicts()} == set(fields)


def test_a_store_setting_and_a_person_can_be_changed_by_the_owner(till: Till) -> None:
    rev = stock(till)
    till.propose("setting", "store", rev, {"receipt_footer": "Merci"})
    till.propose("staff", CASHIER, rev, {"active": False})
    till.push()
    assert till.mirror()["setting", "store"]["receipt_footer"] == "Merci"
    assert till.mirror()["staff", CASHIER]["active"] is False


@pytest.mark.parametrize(("kind", "key"), [("insight", "x"), ("weather", "x"), ("product", ""), ("product", "x" * 500)])
def test_what_a_till_cannot_propose_goes_to_quarantine(till: Till, kind: str, key: str) -> None:
    till.propose(kind, key, 0, {"name": "x"})
    till.push()
    assert till.report().not_included == 1
