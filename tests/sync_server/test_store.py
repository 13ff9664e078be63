"""The store's words are changed through the feed, field by field; what sales were counted in never is."""

import pytest

from sync_server import store
from sync_server.errors import Refused
from tests.sync_server.shop import REQUEST, Shop, Till


def changed(shop: Shop, **wanted: str) -> dict[str, object]:
    with shop.server.write(shop.store_id, "setting-store") as tx:
        return store.change(tx, wanted)


def test_new_words_reach_the_tills_and_the_rest_stays(shop: Shop, till: Till) -> None:
    before = till.mirror()["setting", "store"]
    changed(shop, address="3, place du Marché", receipt_header="ICE 0012", receipt_footer="À bientôt")
    assert till.mirror()["setting", "store"] == {
        **before, "address": "3, place du Marché", "receipt_header": "ICE 0012", "receipt_footer": "À bientôt",
    }  # fmt: skip
    assert [row["actor"] for row in shop.rows("audit") if row["action"] == "setting-store"] == ["setting-store"]


def test_a_new_name_is_that_of_the_next_till_too(shop: Shop) -> None:
    changed(shop, name="Épicerie Nour et fils")
    assert shop.till().enrolment.store_name == "Épicerie Nour et fils"


def test_what_is_so_already_takes_no_revision(shop: Shop, till: Till) -> None:
    rev = till.pull().rev
    assert changed(shop, name=str(REQUEST["name"]))["name"] == REQUEST["name"]
    assert changed(shop) == till.mirror()["setting", "store"]
    assert till.pull().rev == rev


@pytest.mark.parametrize("wanted", [{"name": ""}, {"name": "x" * 201}, {"address": "a\0b"}])
def test_words_that_cannot_be_are_refused(shop: Shop, till: Till, wanted: dict[str, str]) -> None:
    before = till.mirror()["setting", "store"]
    with pytest.raises(Refused):
        changed(shop, **wanted)
    assert till.mirror()["setting", "store"] == before
