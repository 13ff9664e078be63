"""A period's figures from the rollups: all tills or one, beside the period before."""

from contextlib import ExitStack

from seraphine_pos.domain.journal import parse
from seraphine_pos.domain.report import ReportQuery, shape
from seraphine_pos.domain.rollup import fold, gather
from sync_server.app import build
from sync_server.turnstile import Turnstile
from tests.sync_server.described import DescribedCaller
from tests.sync_server.shop import Shop, Till


def test_a_period_stands_beside_the_one_before(till: Till) -> None:
    till.sell(100, business_day="2026-11-18")
    till.sell(200, business_day="2026-11-19")
    till.sell(400, business_day="2026-11-20")
    till.sell(800, business_day="2026-11-21")
    till.sell(1600, business_day="2026-11-22")
    till.push()
    report = shape(till.report("2026-11-20", "2026-11-21"))
    assert (report.total.gross, report.before.gross) == (1200, 300)
    assert [row.now.gross for row in report.by_day] == [400, 800]


def test_one_till_can_be_asked_for(shop: Shop) -> None:
    one, other = shop.till(), shop.till()
    one.sell(100)
    other.sell(200)
    one.push()
    other.push()
    day = "2026-11-20"
    data = one.server.report(ReportQuery(day, day, other.enrolment.till_id))
    assert shape(data).total.gross == 200
    assert [till.label for till in data.tills] == ["A2"]
    assert shape(one.server.report(ReportQuery(day, day))).total.gross == 300


def test_the_figures_are_the_fold_of_the_entries(till: Till) -> None:
    for amount in range(1, 40):
        (till.sell if amount % 3 else till.refund)(amount * 7, amount, hour=amount % 24)
    till.push()
    folded = gather(delta for entry in till.entries for delta in fold(entry.kind, 1, parse(entry.body)))
    wanted = gather(cell._replace(day=cell.day if cell.facet == "total" else "", till_id="") for cell in folded)
    assert list(till.report().cells) == wanted


def test_of_long_reports_few_are_made_at_once(shop: Shop, till: Till) -> None:
    till.sell(100)
    till.push()
    ask = DescribedCaller(build(shop.server), shop.token())
    long, short = "start=2023-01-01&end=2026-11-20", "start=2026-11-20&end=2026-11-20"
    with ExitStack() as others:
        # Two at work would let four others wait: with six inside, nobody else has room.
        shop.server.long_report_turns = Turnstile(6, 0, "long reports are being made")
        for _ in range(6):
            others.enter_context(shop.server.long_report_turns.turn())
        for path in ("reports/range", "report"):
            refused = ask("GET", f"/v1/{path}?{long}")
            assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
            assert refused.json()["error"]["message"] == "long reports are being made"
            assert ask("GET", f"/v1/{path}?{short}").status_code == 200
    assert ask("GET", f"/v1/reports/range?{long}").json()["total"]["net"] == 100


def test_it_says_how_far_each_till_has_come(shop: Shop) -> None:
    one, other = shop.till(), shop.till()
    one.sell(100)
    shop.clock.pass_ms(60_000)
    last = one.sell(100)
    one.push()
    states = {state.till_id: state for state in other.report().tills}
    assert states[one.enrolment.till_id].through_ms == last.at_ms
    assert states[other.enrolment.till_id].through_ms is None
