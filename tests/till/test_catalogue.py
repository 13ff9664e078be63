"""Wishing at the till: sold at once, with an owner's leave, and by rules that a document must keep."""

import pytest

from seraphine_pos.domain import journal as form
from seraphine_pos.domain.event import Kind
from seraphine_pos.domain.refusal import InvalidCode, InvalidPrice, InvalidText, NotAllowed
from tests.domain.examples import product
from tests.till.room import CASHIER, OWNER, Room


def test_a_new_product_is_sold_at_once(room: Room) -> None:
    created = room.catalogue.create(" Sel  fin ", 450, "TVA20", "036000291452", approved_by=OWNER)
    assert (created.product_id, created.name, created.price) == ("00036000291452", "Sel fin", 450)
    assert room.checkout.scan("0036000291452").lines[0].name == "Sel fin"
    room.open()
    room.staff.take_over(CASHIER)
    assert room.catalogue.find("036000291452") == created
    body = form.parse(room.store.journal.unsent(100, 1 << 20)[-1].body)
    assert (body["kind"], body["key"], body["rev"], body["operator_id"]) == ("product", "00036000291452", 0, "amina")


def test_a_product_without_a_code_gets_a_key_of_its_own(room: Room) -> None:
    room.staff.take_over(OWNER)
    one, other = room.catalogue.create("Vrac", 100, "TVA20"), room.catalogue.create("Vrac", 100, "TVA20")
    assert one.product_id != other.product_id
    assert room.catalogue.get(one.product_id) == one
    assert len(room.catalogue.search("vrac")) == 2


@pytest.mark.parametrize(
    ("name", "price", "code", "refusal"),
    [
        ("", 100, "", InvalidText),
        ("x" * 300, 100, "", InvalidText),
        ("Sel", -1, "", InvalidPrice),
        ("Sel", 100, "a\x00", InvalidCode),
        ("Sel", 100, "9" * 10_000, InvalidCode),
    ],
)
def test_a_product_that_cannot_be_is_refused(
    room: Room, name: str, price: int, code: str, refusal: type[Exception]
) -> None:
    room.staff.take_over(OWNER)
    with pytest.raises(refusal):
        room.catalogue.create(name, price, "TVA20", code)
    assert Kind.DOCUMENT_PROPOSED not in room.kinds()


def test_a_cashier_needs_an_owner(room: Room) -> None:
    with pytest.raises(NotAllowed):
        room.catalogue.create("Sel", 100, "TVA20")
    with pytest.raises(NotAllowed):
        room.catalogue.assign(product(1), "A-1")


def test_one_more_code_finds_the_product_with_all_it_had(room: Room) -> None:
    room.staff.take_over(OWNER)
    before = room.catalogue.find(product(1).code)
    assert before is not None
    after = room.catalogue.assign(before, "A-99")
    assert room.catalogue.find("A-99") == room.catalogue.find(product(1).code) == after
    assert (after.name, after.price, len(after.codes)) == (before.name, before.price, 2)
    body = form.parse(room.store.journal.unsent(100, 1 << 20)[-1].body)
    assert body["rev"] == 3
    assert set(body["fields"]) == {"codes"}  # type: ignore[call-overload]


def test_the_store_s_taxes_are_offered(room: Room) -> None:
    assert [tax.code for tax in room.catalogue.taxes()] == ["TVA20"]
