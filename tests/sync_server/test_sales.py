"""Tickets can be asked for by day, till, person, tender and flag, a page at a time, and each one whole."""

from dataclasses import replace

import pytest

from seraphine_pos.domain.event import Kind
from seraphine_pos.domain.sale import Method
from sync_server import flags, sales
from sync_server.errors import Missing, Refused
from sync_server.paging import Page
from sync_server.rebuild import rebuild
from sync_server.sales import SalesQuery
from tests.sync_server.shop import CASHIER, OWNER, Shop, Till

DAYS = ("2026-11-18", "2026-11-19", "2026-11-20")
ALL = SalesQuery(DAYS[0], DAYS[2])


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


def page(shop: Shop, query: SalesQuery, rows_max: int = sales.LISTED_MAX) -> Page:
    """Ask for a page of tickets."""
    with shop.database.read() as connection:
        return sales.listed(connection, shop.store_id, query, rows_max)


def ids(shop: Shop, query: SalesQuery) -> list[str]:
    """Ask for tickets, and return their ids."""
    return [str(row["event_id"]) for row in page(shop, query).rows]


def walk(shop: Shop, query: SalesQuery, rows_max: int) -> list[str]:
    """Return the ids of all tickets, page by page."""
    found: list[str] = []
    while True:
        part = page(shop, query, rows_max)
        found += [str(row["event_id"]) for row in part.rows]
        if part.after is None:
            return found
        query = replace(query, after=part.after)


def test_both_ends_of_a_range_are_in_it(rung: Shop) -> None:
    found = page(rung, SalesQuery("2026-11-19", "2026-11-20"))
    assert {row["business_day"] for row in found.rows} == {"2026-11-19", "2026-11-20"}
    assert (len(found.rows), found.after) == (8, None)
    assert page(rung, SalesQuery("2026-11-21", "2026-12-31")) == Page([])


def test_one_till_one_person_one_kind(rung: Shop) -> None:
    [till_id] = {row["till_id"] for row in rung.rows("tills") if row["label"] == "A2"}
    found = page(rung, replace(ALL, till_id=str(till_id))).rows
    assert {(row["till_id"], row["till"]) for row in found} == {(till_id, "A2")}
    assert len(found) == 6
    assert {row["kind"] for row in page(rung, replace(ALL, operator_id=OWNER)).rows} == {"refund"}
    assert {row["operator_id"] for row in page(rung, replace(ALL, kind="sale")).rows} == {CASHIER}


def test_a_tender_is_found_among_several(till: Till, shop: Shop) -> None:
    both = [
        {"method": "card", "amount": 60, "given": 60, "change": 0},
        {"method": "cash", "amount": 40, "given": 40, "change": 0},
    ]
    split = till.sell(100, tenders=both)
    shop.clock.pass_ms(1)
    cash = till.sell(50)
    till.push()
    assert ids(shop, replace(ALL, method=Method.CARD)) == [split.event_id]
    assert ids(shop, replace(ALL, method=Method.CASH)) == [split.event_id, cash.event_id]
    assert ids(shop, replace(ALL, method=Method.OTHER)) == []
    assert page(shop, ALL).rows[0]["methods"] == ["card", "cash"]


@pytest.mark.parametrize("newest_first", [False, True])
def test_pages_show_each_ticket_once_and_arrivals_move_none(rung: Shop, *, newest_first: bool) -> None:
    query = replace(ALL, newest_first=newest_first)
    before = ids(rung, query)
    assert before == sorted(before, reverse=newest_first) or len(set(before)) == 12
    assert walk(rung, query, 5) == before
    first = page(rung, query, 5)
    other = rung.till()
    for day in DAYS:
        other.sell(7, business_day=day)
    other.push()
    rest = walk(rung, replace(query, after=first.after or ""), 5)
    seen = [str(row["event_id"]) for row in first.rows] + rest
    assert len(seen) == len(set(seen))
    assert [one for one in seen if one in before] == before


@pytest.mark.parametrize(
    "after", ["x", "W10", "WyJhIl0", "WyJhIiwxXQ", "bnVsbA", "e30", "é", "[" * 2000, "WyJhIiwiXHUwMDAwIl0"]
)
def test_a_place_that_is_none_is_refused(shop: Shop, after: str) -> None:
    with pytest.raises(Refused):
        page(shop, replace(ALL, after=after))


def test_a_ticket_is_told_whole(shop: Shop, till: Till) -> None:
    entry = till.sell(100, 200)
    till.push()
    with shop.database.read() as connection:
        told = sales.ticket(connection, shop.store_id, entry.event_id)
        assert sales.ticket(connection, shop.store_id, entry.event_id, CASHIER) == told
        with pytest.raises(Missing):
            sales.ticket(connection, shop.store_id, entry.event_id, OWNER)
        with pytest.raises(Missing):
            sales.ticket(connection, shop.store_id, "nothing")
    body = told["ticket"]
    assert isinstance(body, dict)
    assert [line["amount"] for line in body["lines"]] == [100, 200]
    assert (told["total"], told["note"], told["flag"]) == (300, None, None)


def flagged(shop: Shop, sale_id: str, reason: str = "manque 20") -> flags.Flag:
    """Flag a sale as the owner."""
    with shop.server.write(shop.store_id, OWNER) as tx:
        return flags.put(tx, sale_id, reason, OWNER)


def cleared(shop: Shop, sale_id: str) -> flags.Flag:
    """Decide that a sale is in order."""
    with shop.server.write(shop.store_id, OWNER) as tx:
        return flags.clear(tx, sale_id, OWNER)


def test_a_flag_is_published_listed_and_cleared(shop: Shop, till: Till) -> None:
    one = till.sell(100)
    shop.clock.pass_ms(1)
    other = till.sell(200)
    till.push()
    flag = flagged(shop, one.event_id)
    assert (flag["state"], flag["reason"], flag["flagged_by"]) == ("open", "manque 20", OWNER)
    assert till.mirror()["flag", one.event_id] == flag
    assert ids(shop, replace(ALL, flagged=True)) == [one.event_id]
    assert ids(shop, replace(ALL, flagged=False)) == [other.event_id]
    shop.clock.pass_ms(1000)
    decided = cleared(shop, one.event_id)
    assert decided == {**flag, "state": "cleared", "decided_by": OWNER, "decided_at": shop.clock.now_ms()}
    assert ids(shop, replace(ALL, flagged=True)) == []
    assert page(shop, ALL).rows[0]["flag"] == decided
    with pytest.raises(Missing):
        cleared(shop, one.event_id)
    assert flagged(shop, one.event_id)["state"] == "open"
    assert [row["action"] for row in shop.rows("audit")][-3:] == ["sale-flag", "sale-unflag", "sale-flag"]


def test_a_reason_cannot_pass_for_a_state(shop: Shop, till: Till) -> None:
    entry = till.sell(100)
    till.push()
    flagged(shop, entry.event_id, '"state":"open"')
    cleared(shop, entry.event_id)
    assert ids(shop, replace(ALL, flagged=True)) == []


def test_what_is_no_sale_or_has_no_reason_bears_no_flag(shop: Shop, till: Till) -> None:
    entry = till.sell(100)
    till.push()
    with pytest.raises(Missing):
        flagged(shop, "nothing")
    for reason in ("", " \n", "x" * 501):
        with pytest.raises(Refused):
            flagged(shop, entry.event_id, reason)


def test_a_flag_of_a_till_is_raised_once_and_a_rebuild_undoes_no_decision(shop: Shop, till: Till) -> None:
    sale = till.sell(100)
    told = {"sale_id": sale.event_id, "operator_id": CASHIER, "text_digest": None}
    till.write(Kind.SALE_FLAGGED, told, text="Monnaie rendue deux fois\0")
    till.push()
    flag = till.mirror()["flag", sale.event_id]
    assert (flag["state"], flag["flagged_by"], flag["reason"]) == ("open", CASHIER, "Monnaie rendue deux fois\ufffd")
    cleared(shop, sale.event_id)
    rev = till.pull().rev
    with shop.server.write(shop.store_id, "test") as tx:
        assert rebuild(tx).quarantined == 0
    assert till.mirror()["flag", sale.event_id]["state"] == "cleared"
    assert till.pull().rev == rev
    till.write(Kind.SALE_FLAGGED, told, text="Encore")
    till.push()
    assert till.mirror()["flag", sale.event_id]["reason"] == "Encore"


def test_a_flag_of_no_sale_waits_in_quarantine(till: Till) -> None:
    till.write(Kind.SALE_FLAGGED, {"sale_id": "", "operator_id": CASHIER, "text_digest": None})
    till.push()
    assert till.report().not_included == 1
