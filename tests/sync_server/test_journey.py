"""A sale is followed from the till's entry to the figures of its day."""

import pytest

from seraphine_pos.domain.event import Kind
from seraphine_pos.domain.journal import FIRST_HASH
from seraphine_pos.domain.protocol import entry_to_wire
from sync_server.app import build
from sync_server.errors import Missing
from sync_server.journey import of_event
from tests.sync_server.caller import Caller
from tests.sync_server.shop import DAY, Shop, Till

REQUEST_ID = "till-request-0042"


def test_a_sale_is_followed_from_the_request_that_brought_it(shop: Shop, till: Till) -> None:
    before, sale, after = till.sell(100), till.sell(250), till.sell(300)
    pushed = {
        "journal_id": till.journal_id,
        "acknowledged": {"seq": 0, "hash": FIRST_HASH.hex()},
        "entries": [entry_to_wire(entry) for entry in (before, sale, after)],
    }
    headers = {"authorization": f"Bearer {till.enrolment.device_key}", "x-request-id": REQUEST_ID}
    assert Caller(build(shop.server)).post("/v1/push", json=pushed, headers=headers).status_code == 200
    with shop.database.read() as connection:
        written, received, counted = of_event(connection, shop.store_id, sale.event_id)
    assert (written.at_ms, written.facts["seq"], written.facts["till"]) == (sale.at_ms, 2, "A1")
    assert (received.facts["request_id"], received.facts["arrival"]) == (REQUEST_ID, 2)
    assert (counted.facts["day"], counted.facts["total"]) == (DAY, 250)
    assert "tender" in str(counted.facts["figures"])


def test_what_is_set_aside_says_why(shop: Shop, till: Till) -> None:
    odd = till.write("till.dreamt", {})
    till.push()
    with shop.database.read() as connection:
        last = of_event(connection, shop.store_id, odd.event_id)[-1]
    assert last.name == "set aside"
    assert "till.dreamt" in str(last.facts["reason"])


def test_what_changes_no_figure_is_applied(shop: Shop, till: Till) -> None:
    entry = till.write(Kind.STAFF_SIGNED_OUT, {"operator_id": "salma"})
    till.push()
    with shop.database.read() as connection:
        assert [stage.name for stage in of_event(connection, shop.store_id, entry.event_id)] == [
            "written", "received", "applied",
        ]  # fmt: skip


def test_what_never_came(shop: Shop) -> None:
    with shop.database.read() as connection, pytest.raises(Missing):
        of_event(connection, shop.store_id, "nobody")
