"""Which store an entry is of is said by the key that sends it, never by the entry."""

from seraphine_pos.domain.event import Kind
from tests.sync_server.shop import Shop, Till


def test_an_entry_that_names_another_store_stays_in_the_store_of_its_key(shop: Shop, till: Till) -> None:
    till.write(
        Kind.JOURNAL_OPENED,
        {
            "store_id": "another", "till_id": till.enrolment.till_id, "till_label": "A1", "tag": "7QK",
            "reason": "install", "machine": "m", "currency": "MAD", "decimals": 2, "parent": None,
        },
    )  # fmt: skip
    till.sell(100, store_id="another")
    assert till.push().seq == 2
    for table in ("journals", "entries", "events", "sales", "rollups", "pushes"):
        assert {row["store_id"] for row in shop.rows(table)} == {shop.store_id}, table
    assert shop.rows("quarantine") == []
