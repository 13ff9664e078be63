"""What a drawer should have held, from the shift's own entries, and what could explain what lacks."""

from collections.abc import Mapping

from seraphine_pos.domain.event import Kind
from seraphine_pos.domain.journal import Entry
from sync_server.findings import drawer
from sync_server.findings.drawer import Candidate, Count
from tests.sync_server.shop import CASHIER, DAY, Shop, Till

FLOAT = 20_000


def of_shift(till: Till, shift_id: str = "shift-1", **facts: object) -> dict[str, object]:
    """Return the fields that every entry of a shift has."""
    return {
        "shift_id": shift_id, "till_id": till.enrolment.till_id, "business_day": DAY, "operator_id": CASHIER, **facts,
    }  # fmt: skip


def opened(till: Till, shift_id: str = "shift-1") -> Entry:
    """Open a shift."""
    return till.write(Kind.SHIFT_OPENED, of_shift(till, shift_id, float=FLOAT))


def closed(till: Till, counted: int | None, shift_id: str = "shift-1") -> Entry:
    """Close a shift with what was counted, and push everything."""
    entry = till.write(Kind.SHIFT_CLOSED, of_shift(till, shift_id, reason="fin", counted=counted))
    till.push()
    return entry


def by_card(amount: int) -> Mapping[str, object]:
    """Return the tender of a sale paid by card."""
    return {"tenders": [{"method": "card", "amount": amount, "given": amount, "change": 0}]}


def voided(till: Till, total: int) -> Entry:
    """Give up a cart."""
    body = {"cart_id": "c", "operator_id": CASHIER, "reason": "erreur", "lines": 1, "total": total, "tenders": []}
    return till.write(Kind.CART_VOIDED, body)


def counts(shop: Shop, told: tuple[str, ...] = ()) -> list[Count]:
    """Return the counted shifts."""
    with shop.database.read() as connection:
        return list(drawer.counted(connection, shop.store_id, shop.clock.now_ms(), told))


def test_the_drawer_holds_float_and_cash_sales_less_what_went_out(shop: Shop, till: Till) -> None:
    till.sell(99_000)  # before the shift
    opened(till)
    till.sell(10_000, 5_000)
    till.sell(7_000, **by_card(7_000))
    till.sell(8_000, tenders=[
        {"method": "cash", "amount": 3_000, "given": 5_000, "change": 2_000},
        {"method": "card", "amount": 5_000, "given": 5_000, "change": 0},
    ])  # fmt: skip
    till.refund(2_000)
    till.write(Kind.CASH_MOVED, of_shift(till, amount=-10_000, reason="dépôt"))
    till.write(Kind.CASH_MOVED, of_shift(till, amount=500, reason="monnaie"))
    closed(till, 26_500)
    (count,) = counts(shop)
    assert (count.float, count.sold, count.refunded, count.moved) == (FLOAT, 18_000, 2_000, -9_500)
    assert (count.expected, count.difference) == (26_500, 0)
    assert not count.is_worth_telling(2)


def test_where_nobody_counted_nothing_is_claimed(shop: Shop, till: Till) -> None:
    opened(till)
    till.sell(10_000)
    closed(till, None)
    assert counts(shop) == []


def test_what_was_told_is_not_read_again(shop: Shop, till: Till) -> None:
    opened(till)
    closed(till, 0)
    assert len(counts(shop)) == 1
    assert counts(shop, ("shift-1",)) == []


def test_a_shift_with_an_entry_that_cannot_be_read_is_not_judged(shop: Shop, till: Till) -> None:
    opened(till)
    till.write(Kind.SALE_COMPLETED, {"what": "ever"}, version=99)
    closed(till, 0)
    assert counts(shop) == []


def test_a_shift_that_began_in_another_journal_is_not_judged(shop: Shop, till: Till) -> None:
    opened(till, "another")
    closed(till, 0)
    till_2 = shop.till()
    closed(till_2, 0)
    assert counts(shop) == []


def test_shifts_of_long_ago_are_not_looked_at_again(shop: Shop, till: Till) -> None:
    opened(till)
    closed(till, 0)
    shop.clock.pass_ms(drawer.LOOKED_BACK_MS + 1)
    assert counts(shop) == []
    opened(till, "shift-2")
    closed(till, 0, "shift-2")
    assert [one.shift_id for one in counts(shop)] == ["shift-2"]


def test_money_that_lacks_names_what_comes_near_it(shop: Shop, till: Till) -> None:
    opened(till)
    exact = till.sell(24_500)
    near = till.sell(25_000)
    till.sell(24_500, **by_card(24_500))
    flagged = till.sell(100)
    void = voided(till, 24_000)
    voided(till, 1_000)
    box = till.write(Kind.DRAWER_OPENED, of_shift(till, reason="monnaie"))
    till.write(Kind.SALE_FLAGGED, {"sale_id": flagged.event_id, "operator_id": CASHIER, "text_digest": None})
    closed(till, FLOAT + 49_600 - 24_500)
    (count,) = counts(shop)
    assert count.difference == -24_500
    assert count.candidates[0].event_id == exact.event_id
    assert [one.flagged for one in count.candidates if one.event_id == flagged.event_id] == [True]
    assert {one.event_id for one in count.candidates} == {
        exact.event_id, near.event_id, flagged.event_id, void.event_id, box.event_id,
    }  # fmt: skip
    assert count.confidence == drawer.EXACT


def test_money_too_much_names_what_was_booked_as_no_cash(shop: Shop, till: Till) -> None:
    opened(till)
    till.sell(6_000)
    card = till.sell(6_000, **by_card(6_000))
    closed(till, FLOAT + 12_000)
    (count,) = counts(shop)
    assert count.candidates == (Candidate(Kind.SALE_COMPLETED, card.event_id, card.at_ms, 6_000, "A1-7QK-000001"),)


def test_confidence_follows_its_rule() -> None:
    count = Count("s", "t", DAY, "o", 0, 100_000, 0, 0, 90_000)
    found = Candidate(Kind.CART_VOIDED, "e", 0, 9_800)
    box = Candidate(Kind.DRAWER_OPENED, "e", 0, 0)

    def confidence(*candidates: Candidate) -> int:
        return Count("s", "t", DAY, "o", 0, 100_000, 0, 0, 90_000, candidates).confidence

    assert count.difference == -10_000
    assert confidence() == drawer.UNEXPLAINED
    assert confidence(found) == drawer.NEAR
    assert confidence(found, box) == drawer.SPOKEN
    assert confidence(box, Candidate(Kind.LINE_REMOVED, "e", 0, 10_000)) == drawer.EXACT


def test_small_change_is_not_told() -> None:
    def worth(counted: int, decimals: int) -> bool:
        return Count("s", "t", DAY, "o", 0, 1_000_000, 0, 0, counted).is_worth_telling(decimals)

    assert not worth(998_001, 2)
    assert worth(998_000, 2)
    assert worth(1_002_000, 2)
    assert not worth(996_000, 3)
    assert worth(995_000, 3)
