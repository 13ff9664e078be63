"""The owner's figures: the server's for all tills, this till's own when it is out of reach, equal to the fold."""

import pytest

from seraphine_pos.domain import journal as form
from seraphine_pos.domain import rollup
from seraphine_pos.domain.event import Kind
from seraphine_pos.domain.refund import Choice
from seraphine_pos.domain.refusal import NotAllowed, ServerUnavailable
from seraphine_pos.domain.report import STORE, THIS_TILL, ReportData, ReportQuery, condense, shape
from seraphine_pos.domain.sale import Method
from tests.domain.examples import product
from tests.till.room import CASHIER, OWNER, Room

QUERY = ReportQuery("2026-11-01", "2026-12-31")


def busy_day(room: Room) -> None:
    for no in (1, 2, 3, 1):
        room.checkout.scan(product(no).code)
    ticket = room.checkout.pay(Method.CARD)
    assert ticket is not None
    room.checkout.scan(product(4).code)
    room.checkout.pay(Method.CASH, 500)
    room.checkout.pay(Method.OTHER)
    room.refunds.refund(room.refunds.find(ticket.where.receipt), [Choice(1, 1000)], Method.CASH)


def test_offline_figures_are_the_fold_of_the_journal(room: Room) -> None:
    busy_day(room)
    room.staff.take_over(OWNER)
    room.answer.failure = ServerUnavailable(reason="coupé")
    report = room.reports.report(QUERY)
    assert room.answer.asked == [QUERY]
    assert report.data.source == THIS_TILL
    entries = room.store.journal.unsent(1000, 1 << 30)
    cells = condense(d for e in entries for d in rollup.fold(e.kind, e.version, form.parse(e.body)))
    assert report.data.cells == cells
    assert (report.total.gross, report.total.refunded, report.total.net) == (6250, 1250, 5000)
    assert {row.key: row.now.net for row in report.by_tender} == {"card": 5000, "cash": -750, "other": 750}
    assert report == room.reports.own(QUERY)


def test_the_server_s_figures_come_first(room: Room) -> None:
    room.staff.take_over(OWNER)
    data = ReportData(QUERY, STORE, (), (), (), 2)
    room.answer.data = data
    assert room.reports.report(QUERY) == shape(data)


def test_what_is_wrong_with_the_program_is_not_hidden_by_the_till_s_own_figures(room: Room) -> None:
    room.staff.take_over(OWNER)
    room.answer.failure = ZeroDivisionError()
    with pytest.raises(ZeroDivisionError):
        room.reports.report(QUERY)


def test_figures_are_the_owner_s(room: Room) -> None:
    room.staff.take_over(CASHIER)
    for act in (room.reports.report, room.reports.own):
        with pytest.raises(NotAllowed):
            act(QUERY)
    with pytest.raises(NotAllowed):
        room.reports.exported(QUERY, "csv")
    assert room.answer.asked == []


def test_a_report_that_leaves_the_till_is_noted(room: Room) -> None:
    room.staff.take_over(OWNER)
    room.reports.exported(QUERY, "csv")
    entry = room.store.journal.unsent(100, 1 << 20)[-1]
    assert (entry.kind, form.parse(entry.body)) == (
        Kind.REPORT_EXPORTED,
        {"operator_id": "omar", "from": "2026-11-01", "to": "2026-12-31", "format": "csv"},
    )
