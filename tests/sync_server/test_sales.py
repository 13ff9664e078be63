"""Tickets can be asked for by day, till and person, some hundreds at a time."""

import pytest

from sync_server import sales
from sync_server.sales import SalesQuery
from tests.sync_server.shop import OWNER, Shop

DAYS = ("2026-11-18", "2026-11-19", "2026-11-20")


@pytest.fixture
def rung(shop: Shop) -> Shop:
    """Give a shop whose two tills sold on three days."""
    for till in (shop.till(), shop.till()):
        for day in DAYS:
            shop.clock.pass_ms(1000)
            till.sell(100, business_day=day)
            till.refund(100, business_day=day, operator_id=OWNER)
        till.push()
    return shop


def asked(shop: Shop, query: SalesQuery) -> list[dict[str, object]]:
    """Ask for tickets."""
    with shop.database.read() as connection:
        return sales.listed(connection, shop.store_id, query)


def test_both_ends_of_a_range_are_in_it(rung: Shop) -> None:
    found = asked(rung, SalesQuery("2026-11-19", "2026-11-20"))
    assert {row["business_day"] for row in found} == {"2026-11-19", "2026-11-20"}
    assert len(found) == 8
    assert asked(rung, SalesQuery("2026-11-21", "2026-12-31")) == []


def test_one_till_or_one_person(rung: Shop) -> None:
    [till_id] = {row["till_id"] for row in rung.rows("tills") if row["label"] == "A2"}
    found = asked(rung, SalesQuery(DAYS[0], DAYS[2], till_id=str(till_id)))
    assert len(found) == 6
    assert {row["till_id"] for row in found} == {till_id}
    theirs = asked(rung, SalesQuery(DAYS[0], DAYS[2], operator_id=OWNER))
    assert {row["kind"] for row in theirs} == {"refund"}
    assert len(theirs) == 6


def test_the_next_ones_follow_the_last_one_seen(rung: Shop) -> None:
    whole = asked(rung, SalesQuery(DAYS[0], DAYS[2]))
    assert whole == sorted(whole, key=lambda row: str(row["event_id"]))
    rest = asked(rung, SalesQuery(DAYS[0], DAYS[2], after=str(whole[4]["event_id"])))
    assert rest == whole[5:]
