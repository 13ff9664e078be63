"""What a request costs does not grow with what the store has gathered; counted in steps, never in seconds."""

import pytest
from sqlalchemy import Connection, func, select, update

from seraphine_pos.domain.report import ReportQuery, condense
from sync_server import feed, intake, reports, rollups
from sync_server.rights.auth import Device
from sync_server.schema import gaps, sales, stores
from sync_server.transaction import Transaction
from tests.sync_server import effort
from tests.sync_server.shop import Shop, Till

DAYS = [f"2026-11-{day:02d}" for day in (18, 19, 20)]
FEW, TIMES = 60, 10


def sold(till: Till, count: int) -> None:
    """Ring sales of the same five products over the same days, and push them."""
    before = len(till.entries)
    for no in range(count):
        till.sell(100 * (no % 5 + 1), business_day=DAYS[no % len(DAYS)], hour=9 + no % 8)
    for start in range(before, len(till.entries), 500):
        till.push(till.entries[start : start + 500])


def reporting(connection: Connection, store_id: str) -> object:
    """Read the report of the days."""
    return reports.read(connection, store_id, ReportQuery(DAYS[0], DAYS[-1]))


def adding_up(connection: Connection, store_id: str) -> object:
    """Read the same total from the tickets themselves: what the rollups spare."""
    asked = (sales.c.store_id == store_id, sales.c.business_day.between(DAYS[0], DAYS[-1]))
    return connection.execute(select(func.sum(sales.c.total)).where(*asked)).scalar_one()


def test_a_report_costs_by_its_days_and_not_by_its_sales(shop: Shop, till: Till) -> None:
    def costs() -> tuple[int, int]:
        report = effort.of_reading(shop.database, lambda connection: reporting(connection, shop.store_id))
        tickets = effort.of_reading(shop.database, lambda connection: adding_up(connection, shop.store_id))
        return report, tickets

    sold(till, FEW)
    report, tickets = costs()
    sold(till, FEW * (TIMES - 1))
    report_later, tickets_later = costs()
    assert tickets_later > tickets * TIMES * 0.7, "this measure would not see what it looks for"
    assert report_later < report * 1.2


def pushed(shop: Shop, till: Till) -> int:
    """Return what a push of ten sales costs."""
    device = Device(shop.store_id, till.enrolment.device_id, till.enrolment.till_id)
    head = till.entries[-1]
    fresh = [till.sell(100 * (no % 5 + 1), business_day=DAYS[-1]) for no in range(10)]
    acknowledged = intake.Acknowledged(head.seq, head.hash)

    def push(connection: Connection) -> None:
        tx = Transaction(shop.database, connection, shop.store_id, shop.clock.now_ms(), shop.random_bytes)
        assert intake.push(tx, device, till.journal_id, acknowledged, fresh).seq == fresh[-1].seq

    return effort.of_writing(shop.database, push)


def test_a_push_costs_the_same_after_ten_times_as_many_sales(shop: Shop, till: Till) -> None:
    sold(till, FEW)
    first = pushed(shop, till)
    sold(till, FEW * (TIMES - 1))
    assert pushed(shop, till) < first * 1.2


def test_a_reader_s_place_is_found_at_once_however_often_the_servers_took_turns(shop: Shop, till: Till) -> None:
    """Each time that another server takes a revision a gap is left, and a reader's place is looked for among them."""
    first = till.pull().rev
    rows = [(shop.store_id, first + no * 100, first + no * 100 + 99) for no in range(400)]
    with shop.database.write() as connection:
        shop.database.insert_many(connection, gaps, ("store_id", "after", "before"), rows)
        connection.execute(update(stores).values(rev=rows[-1][2]))

    def given(rev: int) -> tuple[bool, int]:
        found: list[bool] = []
        cost = effort.of_reading(
            shop.database, lambda connection: found.append(feed.was_given(connection, shop.store_id, rev))
        )  # fmt: skip
        return found[0], cost

    assert [given(rev)[0] for rev in (first, first + 1, first + 99, rows[-1][2] - 1, rows[-1][2])] == [
        True, False, True, False, True,
    ]  # fmt: skip
    if shop.database.dialect == "postgresql":  # it reads a table of a few pages whole unless it is asked not to
        with shop.database.write() as connection:
            connection.exec_driver_sql("ANALYZE gaps")
    assert given(rows[-1][2])[1] <= given(rows[0][2])[1] + 10


@pytest.mark.parametrize(("amount", "sales_each"), [(100, 6), ((1 << 62) + 1, 3)])
def test_cells_are_added_up_where_they_lie_as_the_domain_adds_them_up(shop: Shop, amount: int, sales_each: int) -> None:
    """Also where damaged tills tell of more money than one number of the database holds."""
    for till in (shop.till(), shop.till()):
        for no in range(sales_each):
            till.sell(amount, 3, business_day=DAYS[no % 3])
        till.push()
    some = str(shop.rows("tills")[0]["till_id"])
    with shop.database.read() as connection:
        for till_id, tills in ((None, 2), (some, 1)):
            wanted = condense(
                rollups.cells(connection, shop.store_id, start=DAYS[0], end=DAYS[-1], till_id=till_id)
            )  # fmt: skip
            found = rollups.condensed(connection, shop.store_id, start=DAYS[0], end=DAYS[-1], till_id=till_id)
            assert found == wanted
            gross = sum(cell.gross for cell in found if cell.facet == "total")
            assert gross == tills * sales_each * (amount + 3)
