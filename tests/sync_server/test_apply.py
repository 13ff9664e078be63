"""Every event counts once, and one bad entry never blocks the next."""

import pytest

from seraphine_pos.domain.event import Kind
from seraphine_pos.domain.journal import Draft
from seraphine_pos.domain.rollup import Delta
from sync_server import apply
from tests.sync_server.shop import DAY, OWNER, Shop, Till, ticket


def total(till: Till) -> Delta:
    """Return the day's total over all tills."""
    [cell] = [cell for cell in till.report().cells if cell.facet == "total"]
    return cell


def test_sales_and_refunds_add_up(till: Till) -> None:
    till.sell(100, 250)
    till.sell(1000)
    till.refund(250)
    till.push()
    cell = total(till)
    assert (cell.sales, cell.refunds, cell.gross, cell.refunded) == (2, 1, 1350, 250)
    assert cell.quantity == 2000


def test_a_sale_becomes_a_row_that_can_be_asked_for(shop: Shop, till: Till) -> None:
    entry = till.sell(100, 250)
    till.refund(100)
    till.push()
    rows = {row["kind"]: row for row in shop.rows("sales")}
    assert rows["sale"]["event_id"] == entry.event_id
    assert (rows["sale"]["total"], rows["sale"]["business_day"], rows["sale"]["seq"]) == (350, DAY, 1)
    assert rows["refund"]["total"] == 100


def test_an_event_counts_once_in_whatever_journal_it_comes(shop: Shop, till: Till) -> None:
    entry = till.sell(100)
    till.push()
    successor = shop.till()
    successor.write_raw(Draft(entry.event_id, entry.kind, 1, entry.at_ms, entry.salt, entry.body))
    successor.sell(100)
    assert successor.push().seq == 2
    assert total(till).sales == 2
    assert len(shop.rows("entries")) == 3


def test_an_event_told_twice_in_one_push_counts_once(till: Till) -> None:
    entry = till.sell(100)
    till.write_raw(Draft(entry.event_id, entry.kind, 1, entry.at_ms, entry.salt, entry.body))
    till.push()
    assert total(till).sales == 1


BAD = {
    "no json": "{",
    "no object": "[]",
    "nothing": '{"total":1}',
    "deep": '{"a":' * 5000 + "1" + "}" * 5000,
    "a day that is none": '{"business_day":"tomorrow"}',
}


@pytest.mark.parametrize("body", list(BAD.values()), ids=list(BAD))
def test_a_bad_entry_goes_to_quarantine_and_the_next_one_counts(shop: Shop, till: Till, body: str) -> None:
    till.sell(100)
    till.write_raw(Draft("poison", Kind.SALE_COMPLETED, 1, 0, b"salt", body))
    till.sell(200)
    assert till.push().seq == 3
    assert total(till).gross == 300
    assert till.report().not_included == 1
    [one] = till.server.quarantine().entries
    assert (one.event_id, one.seq, one.kind) == ("poison", 2, "sale.completed")
    assert one.reason
    assert till.pull().applied_seq == 3
    assert len(shop.rows("events")) == 3


@pytest.mark.parametrize(
    "facts",
    [{"total": 10**30, "tenders": []}, {"receipt": 1}, {"hour": 24}, {"business_day": "2026-02-30"}, {"tax": 1}],
    ids=["does not add up", "type", "hour", "day", "tax"],
)
def test_a_sale_that_cannot_be_counted_goes_to_quarantine(till: Till, facts: dict[str, object]) -> None:
    till.write(Kind.SALE_COMPLETED, {**ticket([100]), **facts})
    till.push()
    assert till.report().not_included == 1
    assert till.report().cells == ()


@pytest.mark.parametrize("others", [1, 60])
def test_what_only_the_database_refuses_goes_to_quarantine_alone(shop: Shop, till: Till, others: int) -> None:
    """An amount beyond 64 bits is found when it is written, however the rows are written."""
    for _ in range(others):
        till.sell(100)
    till.sell(10**20)
    till.sell(200)
    assert till.push().seq == others + 2
    assert total(till).gross == others * 100 + 200
    assert till.report().not_included == 1
    assert len(shop.rows("sales")) == others + 1


def test_figures_that_would_overflow_are_not_added(till: Till) -> None:
    till.sell(9 * 10**18)
    till.push()
    till.sell(9 * 10**18)
    till.sell(100)
    till.push()
    assert total(till).gross == 9 * 10**18 + 100
    assert till.report().not_included == 1


def test_an_unknown_kind_or_version_is_kept_and_flows_on(till: Till) -> None:
    till.write("sale.dreamt", {"total": 5})
    till.write(Kind.SALE_COMPLETED, ticket([100]), version=99)
    till.sell(100)
    assert till.push().seq == 3
    assert total(till).sales == 1
    assert till.report().not_included == 2
    assert {one.reason for one in till.server.quarantine().entries} == {
        "Unreadable: unknown kind sale.dreamt version 1",
        "Unreadable: unknown kind sale.completed version 99",
    }


def test_a_copy_of_a_quarantined_event_is_not_set_aside_again(shop: Shop, till: Till) -> None:
    entry = till.write("sale.dreamt", {"total": 5})
    till.push()
    twin = shop.till()
    twin.write_raw(Draft(entry.event_id, entry.kind, 1, entry.at_ms, entry.salt, entry.body))
    twin.push()
    assert twin.report().not_included == 1


def test_every_kind_without_an_effect_is_taken(till: Till) -> None:
    till.write(Kind.STAFF_SIGNED_IN, {"operator_id": OWNER})
    till.write(Kind.STAFF_REFUSED, {"operator_id": OWNER, "tries": 2})
    till.write(Kind.CLOCK_CHANGED, {"before_ms": 1, "after_ms": 2, "moved_ms": 1})
    till.push()
    assert till.report().not_included == 0


def test_of_every_kind_it_is_said_what_it_changes_here() -> None:
    assert set(Kind) == apply.CHANGING | apply.KEPT
    assert not apply.CHANGING & apply.KEPT


def test_feedback_reaches_the_list_and_the_feed(till: Till) -> None:
    body = {"scope": "pos", "sentiment": "negative", "related_sale_id": None, "operator_id": "salma"}
    entry = till.write(Kind.FEEDBACK_SUBMITTED, body, text="Le lecteur ne bipe pas\0")
    till.push()
    [row] = till.feedback()
    assert row["message"] == "Le lecteur ne bipe pas\ufffd"
    assert (row["scope"], row["sentiment"], row["state"]) == ("pos", "negative", "new")
    assert row["till_id"] == till.enrolment.till_id
    assert till.mirror()["feedback", entry.event_id]["state"] == "new"


def test_feedback_of_an_unknown_scope_goes_to_quarantine(till: Till) -> None:
    body = {"scope": "weather", "sentiment": "negative", "related_sale_id": None, "operator_id": "salma"}
    till.write(Kind.FEEDBACK_SUBMITTED, body, text="Il pleut")
    till.push()
    assert till.feedback() == []
    assert till.report().not_included == 1


def test_the_till_of_a_journal_is_the_one_it_names(shop: Shop) -> None:
    """A journal may be pushed by another device than the one that wrote it."""
    writer, pusher = shop.till(), shop.till()
    opened = {
        "store_id": shop.store_id, "till_id": writer.enrolment.till_id, "till_label": "A1", "tag": "7QK",
        "reason": "install", "machine": "m", "currency": "MAD", "decimals": 2, "parent": None,
    }  # fmt: skip
    writer.write(Kind.JOURNAL_OPENED, opened)
    pusher.server.push(writer.journal_id, 0, bytes(32), writer.entries)
    states = {state.label: state for state in pusher.report().tills}
    assert states["A1"].through_ms == writer.entries[-1].at_ms
    assert states["A2"].through_ms is None
