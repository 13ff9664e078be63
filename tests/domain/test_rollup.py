"""The one fold: it says what an independent count says, in any order and in any batches."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seraphine_pos.domain import rollup, sale
from seraphine_pos.domain.event import SHAPES, Kind, Unreadable
from seraphine_pos.domain.product import Product
from seraphine_pos.domain.refund import Choice, lines_of
from seraphine_pos.domain.rollup import Delta, fold, gather
from seraphine_pos.domain.sale import Method, Tender, Ticket
from seraphine_pos.domain.tax import Tax
from tests.domain.examples import WHERE, cart_of, product, refund_of, sold, ticket_of, tickets
from tests.golden.stored import golden_entries

days = st.sampled_from(["2026-03-13", "2026-03-14", "2026-03-15"])
people = st.sampled_from(["amina", "omar"])
tills = st.sampled_from(["till-1", "till-2"])


@st.composite
def rung(draw: st.DrawFn) -> Ticket:
    """Draw a sale or its refund on some day, till, hour, by someone, paid in one or two ways."""
    choice: list[tuple[Product, Tax, int]] = draw(tickets)
    ticket = sold(choice)
    where = replace(
        WHERE, business_day=draw(days), till_id=draw(tills), operator_id=draw(people), hour=draw(st.integers(0, 23))
    )
    if draw(st.booleans()):
        ticket = refund_of(ticket, lines_of(ticket, [Choice(line.no, line.quantity) for line in ticket.lines], {}))
    card = draw(st.integers(0, ticket.total))
    paid = (Tender(Method.CARD, card, card), Tender(Method.CASH, ticket.total - card, ticket.total - card))
    return replace(ticket, where=where, tenders=paid)


def deltas_of(ticket: Ticket) -> list[Delta]:
    kind = Kind.SALE_REFUNDED if ticket.refund else Kind.SALE_COMPLETED
    return fold(kind, 1, sale.to_body(ticket, None))


def counted_by_hand(some: list[Ticket]) -> Counter[tuple[str, ...]]:
    """Count the figures of tickets another way: one counter keyed by cell and figure."""
    count: Counter[tuple[str, ...]] = Counter()
    for ticket in some:
        where, sign = ticket.where, -1 if ticket.refund else 1
        which, money = ("refunds", "refunded") if ticket.refund else ("sales", "gross")
        units = sum(line.quantity for line in ticket.lines)
        whole = (units, ticket.total, ticket.tax)
        seen = [("total", "", *whole), ("hour", f"{where.hour:02d}", *whole), ("operator", where.operator_id, *whole)]
        seen += [("product", line.product_id, line.quantity, line.amount, line.tax) for line in ticket.lines]
        seen += [("tax", line.tax_code, line.quantity, line.amount, line.tax) for line in ticket.lines]
        seen += [("tender", tender.method.value, 0, tender.amount, 0) for tender in ticket.tenders]
        for facet, key, quantity, amount, tax in seen:
            cell = (where.business_day, where.till_id, facet, key)
            count[(*cell, which)] += 1
            count[(*cell, money)] += amount
            count[(*cell, "quantity")] += sign * quantity
            count[(*cell, "tax")] += sign * tax
    return count


def as_counter(cells: list[Delta]) -> Counter[tuple[str, ...]]:
    return Counter(
        {
            (*cell[:4], name): getattr(cell, name)
            for cell in cells
            for name in ("sales", "refunds", "quantity", "gross", "refunded", "tax")
        }
    )


def nonzero(count: Counter[tuple[str, ...]]) -> dict[tuple[str, ...], int]:
    return {cell: figure for cell, figure in count.items() if figure}


@given(st.lists(rung(), max_size=6))
def test_the_fold_says_what_a_count_by_hand_says(some: list[Ticket]) -> None:
    cells = gather(delta for ticket in some for delta in deltas_of(ticket))
    assert nonzero(as_counter(cells)) == nonzero(counted_by_hand(some))


@given(st.lists(rung(), max_size=5), st.randoms(use_true_random=False), st.data())
def test_any_order_and_any_batches_give_the_same_cells(some: list[Ticket], random: object, data: st.DataObject) -> None:
    deltas = [delta for ticket in some for delta in deltas_of(ticket)]
    cells = gather(deltas)
    random.shuffle(deltas)  # type: ignore[attr-defined]
    cut = data.draw(st.integers(0, len(deltas)))
    assert gather([*gather(deltas[:cut]), *gather(deltas[cut:])]) == cells
    assert gather(cells) == cells


@given(rung())
def test_each_facet_adds_up_to_the_total(ticket: Ticket) -> None:
    deltas = deltas_of(ticket)
    (total,) = [delta for delta in deltas if delta.facet == rollup.TOTAL]
    for facet in rollup.FACETS:
        of_facet = [delta for delta in deltas if delta.facet == facet]
        assert sum(delta.gross - delta.refunded for delta in of_facet) == total.gross - total.refunded
        if facet != rollup.TENDER:
            assert sum(delta.tax for delta in of_facet) == total.tax
            assert sum(delta.quantity for delta in of_facet) == total.quantity


@given(tickets)
def test_a_sale_and_its_whole_refund_leave_nothing(choice: list[tuple[Product, Tax, int]]) -> None:
    ticket = sold(choice)
    back = refund_of(ticket, lines_of(ticket, [Choice(line.no, line.quantity) for line in ticket.lines], {}))
    for cell in gather([*deltas_of(ticket), *deltas_of(back)]):
        assert (cell.gross - cell.refunded, cell.quantity, cell.tax) == (0, 0, 0)


def test_the_label_of_a_renamed_product_does_not_depend_on_the_order() -> None:
    first = deltas_of(ticket_of(cart_of((product(1, name="Pain"), 1000))))
    later = deltas_of(ticket_of(cart_of((product(1, name="Pain complet"), 1000))))
    labels = {
        cell.label
        for cells in (gather(first + later), gather(later + first))
        for cell in cells
        if cell.facet == "product"
    }
    assert labels == {"Pain complet"}


def test_every_kind_is_counted_or_silent() -> None:
    assert set(Kind) == rollup.COUNTED | rollup.SILENT
    assert not rollup.COUNTED & rollup.SILENT
    for entry, body in golden_entries():
        assert bool(fold(entry.kind, entry.version, body)) == (entry.kind in rollup.COUNTED)
    assert {kind for kind, _ in SHAPES} == set(Kind)


@pytest.mark.parametrize(
    "changes",
    [
        {"total": 1}, {"tax": 999}, {"tenders": []}, {"lines": []}, {"business_day": "yesterday"},
        {"business_day": "20260314"}, {"business_day": "2026-W11-6"}, {"business_day": "2026-02-30"},
        {"business_day": ""}, {"hour": 24}, {"hour": -1}, {"hour": True},
    ],
)  # fmt: skip
def test_a_ticket_that_cannot_be_counted_is_unreadable(changes: dict[str, object]) -> None:
    body = sale.to_body(ticket_of(cart_of((product(1), 1000))), None)
    fold(Kind.SALE_COMPLETED, 1, body)
    with pytest.raises(Unreadable):
        fold(Kind.SALE_COMPLETED, 1, {**body, **changes})


def test_an_unknown_kind_is_unreadable() -> None:
    with pytest.raises(Unreadable):
        fold("sale.imagined", 1, {})
