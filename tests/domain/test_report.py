"""Reports: the days asked for, the figures beside the period before, and the way over the wire."""

import json
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seraphine_pos.domain import report, rollup, sale
from seraphine_pos.domain.event import Kind
from seraphine_pos.domain.refusal import InvalidPeriod
from seraphine_pos.domain.report import Figures, ReportData, ReportQuery, TillState
from seraphine_pos.domain.rollup import Delta
from seraphine_pos.domain.sale import Ticket
from tests.domain.examples import cart_of, product, ticket_of
from tests.domain.test_rollup import deltas_of, rung

WEEK = ReportQuery("2026-03-09", "2026-03-15")


def on(day: str, ticket: Ticket) -> list[Delta]:
    """Return what a ticket adds on a day."""
    body = sale.to_body(replace(ticket, where=replace(ticket.where, business_day=day)), None)
    return rollup.fold(Kind.SALE_COMPLETED, 1, body)


def data_of(deltas: list[Delta], previous: list[Delta] | None = None, query: ReportQuery = WEEK) -> ReportData:
    tills = (TillState("till-1", "A1", 1_773_478_800_000, 2), TillState("till-2", "A2", None))
    return ReportData(query, report.STORE, report.condense(deltas), report.condense(previous or []), tills, 3)


@pytest.mark.parametrize(
    ("start", "end", "days", "before"),
    [
        ("2026-03-09", "2026-03-15", 7, ("2026-03-02", "2026-03-08")),
        ("2026-03-01", "2026-03-01", 1, ("2026-02-28", "2026-02-28")),
        ("2024-02-29", "2024-03-01", 2, ("2024-02-27", "2024-02-28")),
    ],
)
def test_the_period_before_is_as_long_and_ends_the_day_before(
    start: str, end: str, days: int, before: tuple[str, str]
) -> None:
    query = ReportQuery(start, end, "till-1")
    assert query.days == days
    assert query.previous() == ReportQuery(*before, "till-1")


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-03-15", "2026-03-09"), ("2026-3-9", "2026-03-15"), ("20260309", "2026-03-15"),
        ("2026-W11-1", "2026-03-15"), ("yesterday", "today"), ("", ""), ("2026-02-30", "2026-03-15"),
        ("0000-01-01", "0001-01-01"), ("1970-01-01", "2026-03-15"), ("2026-03-09", "x" * 1000),
    ],
)  # fmt: skip
def test_days_that_are_none_are_refused_with_a_short_sentence(start: str, end: str) -> None:
    with pytest.raises(InvalidPeriod) as refused:
        ReportQuery(start, end)
    assert "période" in str(refused.value)
    assert len(str(refused.value)) < 150


def test_the_longest_period_is_ten_years() -> None:
    assert ReportQuery("2016-01-01", "2026-01-06").previous().days == report.DAYS_MAX - 1
    with pytest.raises(InvalidPeriod):
        ReportQuery("2016-01-01", "2026-01-09")


def test_before_the_first_day_there_is_no_period() -> None:
    assert ReportQuery("0001-01-02", "0001-01-02").previous().start == "0001-01-01"
    with pytest.raises(InvalidPeriod):
        ReportQuery("0001-01-01", "0001-01-01").previous()


@given(st.lists(rung(), max_size=5))
def test_the_figures_are_the_sum_of_the_tickets(some: list[Ticket]) -> None:
    shaped = report.shape(data_of([delta for ticket in some for delta in deltas_of(ticket)]))
    sales, refunds = [t for t in some if not t.refund], [t for t in some if t.refund]
    gross = sum(ticket.total for ticket in sales)
    assert (shaped.total.sales, shaped.total.refunds) == (len(sales), len(refunds))
    assert (shaped.total.gross, shaped.total.refunded) == (gross, sum(ticket.total for ticket in refunds))
    assert shaped.total.net == shaped.total.gross - shaped.total.refunded
    assert shaped.total.average == (gross // len(sales) if sales else 0)
    assert shaped.total.tax == sum(t.tax for t in sales) - sum(t.tax for t in refunds)
    for rows in (shaped.by_day, shaped.by_hour, shaped.by_tender, shaped.by_operator, shaped.by_tax):
        assert sum(row.now.net for row in rows) == shaped.total.net


def test_every_day_has_its_row_beside_the_same_day_before() -> None:
    one = ticket_of(cart_of((product(1), 1000)))
    two = ticket_of(cart_of((product(1), 2000)))
    shaped = report.shape(data_of(on("2026-03-10", two), on("2026-03-03", one)))
    assert [row.key for row in shaped.by_day] == [f"2026-03-{day:02d}" for day in range(9, 16)]
    assert [(row.now.gross, row.before.gross) for row in shaped.by_day][:3] == [(0, 0), (2500, 1250), (0, 0)]
    assert (shaped.total.gross, shaped.before.gross) == (2500, 1250)


def test_products_are_ranked_and_only_the_first_are_kept() -> None:
    some = [ticket_of(cart_of((product(no, price=100 + no), 1000))) for no in range(60)]
    gone = ticket_of(cart_of((product(99, name="Gone"), 1000)))
    shaped = report.shape(data_of([delta for one in some for delta in on("2026-03-10", one)], on("2026-03-03", gone)))
    assert len(shaped.products) == report.TOP_SELLERS_MAX
    assert all(first.now.net >= second.now.net for first, second in pairwise(shaped.products))
    assert shaped.products[0].label == "Article 59"
    assert all(row.label != "Gone" for row in shaped.products)


def test_what_sold_only_before_still_has_its_row() -> None:
    one = ticket_of(cart_of((product(1), 1000)))
    shaped = report.shape(data_of([], on("2026-03-03", one)))
    assert [(row.key, row.now, row.before.gross) for row in shaped.by_tender] == [("cash", Figures(), 1250)]


def test_cells_are_condensed_over_tills_and_days_but_for_the_total() -> None:
    one = ticket_of(cart_of((product(1), 1000)))
    elsewhere = replace(one, where=replace(one.where, till_id="till-2"))
    cells = report.condense([*on("2026-03-09", one), *on("2026-03-10", one), *on("2026-03-10", elsewhere)])
    totals = {cell.day: cell.gross for cell in cells if cell.facet == rollup.TOTAL}
    assert totals == {"2026-03-09": 1250, "2026-03-10": 2500}
    assert [cell.gross for cell in cells if cell.facet == rollup.PRODUCT] == [3750]
    assert {cell.till_id for cell in cells} == {""}


@given(st.lists(rung(), max_size=3))
def test_a_report_arrives_as_it_was_sent(some: list[Ticket]) -> None:
    data = data_of([delta for ticket in some for delta in deltas_of(ticket)])
    assert report.from_wire(json.loads(json.dumps(report.to_wire(data)))) == data


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("query", None), ("query", {"start": "2026-03-09"}), ("query", {"start": "x", "end": "y", "till_id": None}),
        ("tills", {}), ("tills", [{"till": 1}]), ("cells", None), ("cells", [[1]]), ("not_included", None),
        ("cells", [["2026-03-09", "", "total", "", "", 1, 0, 0, 1.5, 0, 0]]), ("not_included", "many"),
        ("cells", [["2026-03-09", "", "total", "", "", True, 0, 0, 1, 0, 0]]),
        ("cells", [[5, "", "total", "", "", 1, 0, 0, 1, 0, 0]]),
    ],
)  # fmt: skip
def test_what_is_no_report_is_refused(name: str, value: object) -> None:
    wire = report.to_wire(data_of([]))
    with pytest.raises((ValueError, KeyError, TypeError, InvalidPeriod)):
        report.from_wire({**wire, name: value})
    with pytest.raises(KeyError):
        report.from_wire({key: wire[key] for key in wire if key != name})
