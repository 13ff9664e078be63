"""A replay at a real till: every line accounted for, nothing twice, and every report says what the file says."""

import csv
import signal
import subprocess
import sys
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

from seraphine_pos.domain.report import ReportQuery
from seraphine_pos.replay.agreement import compare, net_by_day
from seraphine_pos.replay.plan import plan
from seraphine_pos.replay.tally import by_day, control_sum
from seraphine_pos.store.tickets import TicketFilter
from tests.replay.scene import SLICE, Shop, Till

FULL_SUM = Decimal("1807019.93")


def sum_by_day(path: Path) -> dict[str, Decimal]:
    """Add the file up by day with nothing of the product: its text, a Counter and Decimal."""
    days: Counter[str] = Counter()
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            days[row["InvoiceDate"][:10]] += Decimal(row["Quantity"]) * Decimal(row["UnitPrice"])  # type: ignore[assignment]
    return {day: Decimal(amount) for day, amount in days.items()}


def period(days: dict[str, Decimal]) -> ReportQuery:
    return ReportQuery(min(days), max(days))


def test_every_line_and_every_penny_is_accounted_for(shop: Shop) -> None:
    transactions = shop.read()
    with shop.open(transactions) as till:
        tally = till.replay(transactions, 2)
    assert tally.lines == len(transactions.lines) == 704
    assert (tally.sold_lines, tally.refunded_lines, tally.loose_lines, tally.set_aside) == (668, 22, 14, [])
    assert tally.money == control_sum(transactions) == sum(sum_by_day(SLICE).values()) == Decimal("15136.78")
    assert (tally.rounding, tally.tax_upon) == (Decimal(0), 0)
    assert (tally.free_lines, tally.new_products) == (10, 526)


def test_server_till_and_file_agree_on_every_day(shop: Shop) -> None:
    transactions, days = shop.read(), sum_by_day(SLICE)
    with shop.open(transactions) as till:
        till.replay(transactions, 2)
        assert till.exchange().waiting == 0
        server, own = till.reports(period(days))
    assert by_day(transactions, 2) == days
    assert {day: net for day, net in net_by_day(server, 2).items() if net} == days
    assert all(one.agrees for one in compare(days, server, own, 2))
    assert (server.total, server.data.not_included) == (own.total, 0)
    assert (server.by_tender, server.by_operator, server.by_hour) == (own.by_tender, own.by_operator, own.by_hour)


@pytest.mark.parametrize("stop_after", [1, 30])
def test_a_replay_that_was_stopped_goes_on_with_nothing_twice(shop: Shop, stop_after: int) -> None:
    transactions = shop.read()
    cut = next(ring for ring in list(plan(transactions.lines, 2))[stop_after:] if ring.sold)
    with shop.open(transactions) as till:
        till.replay(transactions, 2, stop_after)
        product = till.counter.catalogue.create("cut off", 1, "VAT20", "CUT")
        till.counter.checkout.begin(cut.event_id)
        till.counter.checkout.add(product)
    with shop.open(transactions) as till:
        assert len(till.counter.checkout.cart.lines) == 1
        tally = till.replay(transactions, 2)
        assert tally.rung_before == stop_after
        assert (tally.lines, tally.money) == (704, control_sum(transactions))
        assert till.stored.carts.latest() is None
        assert tickets(till) == 70
        again = till.replay(transactions, 2)
        assert (again.rung_before, again.lines, again.money) == (70, 704, control_sum(transactions))
        assert tickets(till) == 70


@pytest.mark.skipif(sys.platform == "win32", reason="there is no kill -9 on Windows")
def test_a_replay_killed_again_and_again_comes_to_its_end_with_nothing_twice(shop: Shop) -> None:
    transactions = shop.read()
    with shop.open(transactions):
        pass
    reached = 0
    for readings in (40, 333, 600):
        ended = subprocess.run(
            [sys.executable, "-m", "tests.replay.killed", shop.folder / "till", shop.enrolment.till_id, str(readings)],
            check=False, cwd=SLICE.parents[2],
        )  # fmt: skip
        assert ended.returncode == -signal.SIGKILL
        with shop.open(transactions) as till:
            before, reached = reached, tickets(till)
            assert before <= reached < 70
    assert reached > 10
    with shop.open(transactions) as till:
        tally = till.replay(transactions, 2)
        assert (tally.rung_before, tickets(till)) == (reached, 70)
        assert (tally.lines, tally.money) == (704, control_sum(transactions))
        assert till.exchange().waiting == 0
        server, own = till.reports(period(sum_by_day(SLICE)))
    assert {day: net for day, net in net_by_day(server, 2).items() if net} == sum_by_day(SLICE)
    assert server.total == own.total


def tickets(till: Till) -> int:
    return len(till.stored.ledger.tickets(TicketFilter(), limit=1000))


def written(folder: Path, *rows: str) -> Path:
    path = folder / "invoices.csv"
    header = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def test_a_price_below_a_penny_is_a_rounding_of_its_own(shop: Shop, tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "1,PADS,PADS TO MATCH,1000,2011-03-01 10:00:00,0.001,7,UK",
        "1,MUG,MUG,2,2011-03-01 10:00:00,1.005,7,UK",
        "C2,PADS,PADS TO MATCH,-500,2011-03-01 11:00:00,0.001,7,UK",
    )
    transactions = shop.read(path)
    with shop.open(transactions) as till:
        tally = till.replay(transactions, 2)
    assert (tally.sold, tally.refunded, tally.rounding) == (202, 0, Decimal("0.490"))
    assert tally.money == control_sum(transactions) == Decimal("2.510")


def test_what_the_till_refuses_is_set_aside_with_its_reason_and_the_rest_goes_on(shop: Shop, tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "1,GOLD,GOLD,1000000,2011-03-01 10:00:00,99999999.99,7,UK",
        "1,MUG,MUG,2,2011-03-01 10:00:00,1.00,7,UK",
        "1,DEBT,BAD DEBT,1,2011-03-01 10:00:00,-11062.06,7,UK",
        "C2,GOLD,GOLD,-1,2011-03-01 11:00:00,99999999.99,7,UK",
    )
    transactions = shop.read(path)
    with shop.open(transactions) as till:
        tally = till.replay(transactions, 2)
        assert (tally.sold_lines, tally.loose_lines, tally.lines) == (1, 1, 4)
        assert [one.line for one in tally.set_aside] == [2, 4]
        assert [reason[:24] for reason, _, _ in tally.reasons()] == [
            "the till refused it: La ",
            "the price is below zero",
        ]
        assert tally.money == control_sum(transactions)
        again = till.replay(transactions, 2)
        assert (again.rung_before, again.lines, again.money) == (2, 4, tally.money)


def test_a_refund_names_the_lines_it_gives_back(shop: Shop, tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "1,MUG,MUG,2,2011-03-01 10:00:00,1.00,7,UK",
        "1,MUG,MUG,3,2011-03-01 10:00:00,1.00,7,UK",
        "2,MUG,MUG,4,2011-03-01 11:00:00,0.85,7,UK",
        "C3,MUG,MUG,-6,2011-03-02 10:00:00,0.85,7,UK",
        "C4,MUG,MUG,-9,2011-03-02 11:00:00,1.00,7,UK",
    )
    transactions = shop.read(path)
    with shop.open(transactions) as till:
        tally = till.replay(transactions, 2)
        rings = list(plan(transactions.lines, 2))
        refund, loose = (till.counter.ticket_of(ring.event_id) for ring in rings[2:])
        assert refund is not None
        assert loose is not None
    named = [
        (line.origin and line.origin.event_id, line.quantity, line.unit_price, line.list_price) for line in refund.lines
    ]
    assert named == [(rings[1].event_id, 4000, 85, 100), (rings[0].event_id, 2000, 85, 100)]
    assert [line.origin for line in loose.lines] == [None]
    assert (refund.total, loose.total) == (510, 900)
    assert (tally.refunded_lines, tally.loose_lines) == (1, 1)
    assert [ring.day for ring in rings] == ["2011-03-01", "2011-03-01", "2011-03-02", "2011-03-02"]


def test_a_store_that_adds_tax_to_prices_says_so_apart(tmp_path: Path) -> None:
    shop = Shop(tmp_path, included=False)
    path = written(tmp_path, "1,MUG,MUG,5,2011-03-01 10:00:00,1.00,7,UK")
    transactions = shop.read(path)
    with shop.open(transactions) as till:
        tally = till.replay(transactions, 2)
    shop.database.close()
    assert (tally.sold, tally.tax_upon, tally.rounding) == (600, 100, Decimal(0))
    assert tally.money == Decimal("5.00")


@pytest.mark.timeout(900)
def test_the_full_file_agrees_on_every_day(shop: Shop, data_dir: Path) -> None:
    path = data_dir / "transactions.csv"
    transactions, days = shop.read(path), sum_by_day(path)
    with shop.open(transactions) as till:
        tally = till.replay(transactions, 2)
        assert (tally.sold_lines, tally.refunded_lines, tally.loose_lines) == (103_217, 1_185, 933)
        assert (tally.sales, tally.refunds, tally.set_aside) == (3_875, 1_019, [])
        assert tally.money == control_sum(transactions) == FULL_SUM
        assert till.exchange().waiting == 0
        server, own = till.reports(period(days))
    assert {day: net for day, net in net_by_day(server, 2).items() if net} == days
    assert {day: net for day, net in net_by_day(own, 2).items() if net} == days
    assert server.data.not_included == 0
