"""What a file of invoices asks a till to do, worked out without a till."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seraphine_pos.domain.cart import WEIGHT_MAX
from seraphine_pos.replay.plan import Ring, minor, plan
from seraphine_pos.replay.ring import Goods, goods_of
from seraphine_pos.replay.transactions import InvoiceLine, read
from tests.replay.scene import SLICE, unseen

NINE = datetime(2011, 3, 1, 9, 0)


def line(
    number: int, invoice: str = "1", code: str = "MUG", quantity: int = 1, price: str = "1.00", hour: int = 9,
    customer: str = "7", name: str = "MUG",
) -> InvoiceLine:  # fmt: skip
    return InvoiceLine(number, invoice, code, name, quantity * 1000, NINE.replace(hour=hour), Decimal(price), customer)


def rings(*lines: InvoiceLine) -> list[Ring]:
    return list(plan(lines, 2))


def parts(ring: Ring) -> list[tuple[int, str | None]]:
    return [(one.quantity // 1000, one.origin.event_id if one.origin else None) for one in ring.returned]


def test_an_invoice_is_one_ticket_wherever_its_lines_stand() -> None:
    found = rings(line(2), line(3, "2"), line(4, code="JUG"))
    assert [(ring.invoice, [one.code for one in ring.sold]) for ring in found] == [
        ("1", ["MUG", "JUG"]),
        ("2", ["MUG"]),
    ]


def test_the_same_at_the_same_price_is_one_line_of_the_ticket() -> None:
    (ring,) = rings(line(2, quantity=2), line(3, price="0.85"), line(4, quantity=3))
    assert [(one.quantity, one.unit_price, [part.line for part in one.lines]) for one in ring.sold] == [
        (5000, 100, [2, 4]),
        (1000, 85, [3]),
    ]


def test_a_return_takes_from_its_own_price_first_then_the_oldest() -> None:
    found = rings(
        line(2, "1", quantity=2),
        line(3, "2", quantity=2, price="0.85", hour=10),
        line(4, "3", quantity=2, hour=11),
        line(5, "C4", quantity=-3, price="0.85", hour=12),
    )
    assert parts(found[3]) == [(2, found[1].event_id), (1, found[0].event_id)]
    assert [one.origin.unit_price for one in found[3].returned if one.origin] == [85, 100]


def test_a_return_has_a_receipt_only_for_all_of_it_from_the_same_customer_earlier() -> None:
    found = rings(
        line(2, "C0", quantity=-1),
        line(3, "1", quantity=2, hour=10),
        line(4, "C2", quantity=-3, hour=11),
        line(5, "C3", quantity=-1, hour=12, customer="8"),
        line(6, "C4", quantity=-2, hour=13),
        line(7, "C5", quantity=-1, hour=14),
    )
    sale = found[1].event_id
    assert [parts(ring) for ring in found if ring.returned] == [
        [(1, None)],
        [(3, None)],
        [(1, None)],
        [(2, sale)],
        [(1, None)],
    ]


def test_tickets_come_in_the_order_of_their_time() -> None:
    found = rings(line(2, "late", hour=12), line(3, "early", hour=8), line(4, "C1", quantity=-1, hour=10))
    assert [ring.invoice for ring in found] == ["early", "C1", "late"]
    assert parts(found[1]) == [(1, found[0].event_id)]


def test_an_invoice_with_both_is_a_sale_and_then_a_refund() -> None:
    found = rings(line(2, quantity=2), line(3, quantity=-1))
    assert [bool(ring.sold) for ring in found] == [True, False]
    assert parts(found[1]) == [(1, found[0].event_id)]


def test_ids_depend_on_what_the_invoice_says_and_on_nothing_else() -> None:
    first = rings(line(2), line(3, "2"))
    assert [ring.event_id for ring in rings(line(12), line(13, "2"), line(14, "3"))][:2] == [
        ring.event_id for ring in first
    ]
    assert rings(line(2, price="1.01"))[0].event_id != first[0].event_id
    assert first[0].event_id != first[1].event_id


def test_an_invoice_too_large_for_a_ticket_is_cut_into_several() -> None:
    many = [line(number, code=f"CODE-{number}", name="n" * 180) for number in range(2, 902)]
    found = rings(*many, line(902, "C2", code="CODE-2", quantity=-1, hour=10))
    assert len(found) == 3
    assert sum(len(one.lines) for ring in found for one in ring.sold) == 900
    assert len({ring.event_id for ring in found}) == 3
    assert parts(found[2]) == [(1, found[0].event_id)]
    assert WEIGHT_MAX > 900 * 180, "the names alone would have fitted"


@pytest.mark.parametrize(
    ("price", "decimals", "amount"),
    [
        ("2.55", 2, 255),
        ("0.001", 2, 0),
        ("0.005", 2, 1),
        ("1.005", 2, 101),
        ("7", 0, 7),
        ("2.5", 0, 3),
        ("1.234", 3, 1234),
    ],
)
def test_a_price_is_rounded_to_the_coin_half_away_from_zero(price: str, decimals: int, amount: int) -> None:
    assert minor(Decimal(price), decimals) == amount


def test_goods_are_called_by_their_first_name_and_cost_their_first_price() -> None:
    lines = [
        line(2, name="", price="0"),
        line(3, price="1.25"),
        line(4, name="CUP", price="2"),
        line(5, code="X", name=""),
    ]
    assert goods_of(lines, 2) == {"MUG": Goods("MUG", 125), "X": Goods("X", 100)}


_LINES = st.lists(
    st.tuples(
        st.sampled_from("1234"), st.sampled_from(["A", "B"]), st.sampled_from([-3, -1, 1, 2, 5]),
        st.sampled_from(["0", "1.00", "0.85"]), st.sampled_from(["", "7"]),
    ),
    max_size=30,
)  # fmt: skip


@given(_LINES)
def test_whatever_the_file_every_line_is_planned_once_and_nothing_comes_back_twice(
    drawn: Sequence[tuple[str, str, int, str, str]],
) -> None:
    lines = [
        line(number, invoice, code, quantity, price, 9, customer)
        for number, (invoice, code, quantity, price, customer) in enumerate(drawn, 2)
    ]
    sold: dict[tuple[str, str, int], int] = {}
    back: dict[int, int] = {}
    planned: list[int] = []
    for ring in plan(lines, 2):
        for one in ring.sold:
            sold[ring.event_id, one.code, one.unit_price] = one.quantity
            planned += [part.line for part in one.lines]
        for part in ring.returned:
            back[part.line.line] = back.get(part.line.line, 0) + part.quantity
            if part.origin:
                key = part.origin.event_id, part.code, part.origin.unit_price
                sold[key] -= part.quantity
                assert sold[key] >= 0
    assert back == {one.line: -one.quantity for one in lines if one.quantity < 0}
    assert sorted([*planned, *back]) == [one.line for one in lines]


def test_the_slice_has_what_it_is_there_for() -> None:
    transactions = read(SLICE, unseen)
    found = list(plan(transactions.lines, 2))
    returned = [part for ring in found for part in ring.returned]
    assert (len(transactions.lines), len(found)) == (704, 70)
    assert len({part.line.line for part in returned if part.origin is None}) == 14
    assert len({part.line.line for part in returned if part.origin}) == 22
    assert sum(part.origin is not None and part.origin.unit_price != part.unit_price for part in returned) == 4
    assert any(not one.name for one in transactions.lines)


def test_the_full_file_has_the_returns_that_were_counted(data_dir: Path) -> None:
    transactions = read(data_dir / "transactions.csv", unseen)
    found = list(plan(transactions.lines, 2))
    back = {part.line.line: part for ring in found for part in ring.returned}
    assert (len(transactions.lines), len(found), len(back)) == (105_335, 4_894, 2_118)
    assert sum(part.origin is None for part in back.values()) == 933
