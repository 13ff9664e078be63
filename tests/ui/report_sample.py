"""A small report of the store, with two tills, and the shop it is read in."""

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from seraphine_pos.domain.report import STORE, Report, ReportData, ReportQuery, TillState, shape
from seraphine_pos.domain.rollup import Delta
from seraphine_pos.ui.report_words import Surroundings

ZONE = ZoneInfo("Africa/Casablanca")
NOW = datetime(2026, 11, 22, 14, 26, tzinfo=ZONE)


def at(hour: int, minute: int, day: int = 22) -> int:
    """Unix milliseconds of a moment in November 2026, in the shop's time."""
    return int(datetime(2026, 11, day, hour, minute, tzinfo=ZONE).timestamp() * 1000)


AROUND = Surroundings(
    "MAD", 2, {"o1": "Nadia E.", "o2": "Salma B."}, NOW, lambda ms: datetime.fromtimestamp(ms / 1000, ZONE)
)


def report(start: str = "2026-11-22", end: str = "2026-11-22", source: str = STORE) -> Report:
    """One day of sales on the last day of the span, half of it on the last day of the span before."""
    query = ReportQuery(start, end)
    now = (
        Delta(end, "", "total", "", "", 3, 1, 5000, 120_000, 2_000, 15_000),
        Delta("", "", "hour", "09", "", 1, 0, 2000, 40_000, 0, 5_000),
        Delta("", "", "hour", "14", "", 2, 1, 3000, 80_000, 2_000, 10_000),
        Delta("", "", "tender", "cash", "", 2, 1, 0, 90_000, 2_000, 0),
        Delta("", "", "tender", "card", "", 1, 0, 0, 30_000, 0, 0),
        Delta("", "", "operator", "o2", "", 3, 1, 5000, 120_000, 2_000, 15_000),
        Delta("", "", "operator", "gone", "", 0, 0, 0, 0, 0, 0),
        Delta("", "", "tax", "T20", "2000", 3, 1, 5000, 90_000, 2_000, 14_667),
        Delta("", "", "product", "p1", "Doliprane 1000 mg", 3, 1, 4000, 20_000, 0, 1_000),
        Delta("", "", "product", "p2", "Lait infantile", 2, 0, 1000, 100_000, 2_000, 14_000),
    )
    before = (
        Delta(query.previous().end, "", "total", "", "", 2, 0, 2000, 60_000, 0, 7_000),
        Delta("", "", "hour", "09", "", 1, 0, 1000, 30_000, 0, 3_000),
        Delta("", "", "hour", "19", "", 1, 0, 1000, 30_000, 0, 4_000),
        Delta("", "", "product", "p1", "Doliprane 1000 mg", 1, 0, 2000, 10_000, 0, 500),
    )
    tills = (TillState("t1", "A1", at(14, 25)), TillState("t2", "A2", at(12, 50), 31))
    return shape(ReportData(query, source, now, before, tills, 2))


def quiet(report: Report) -> Report:
    """The same report with nothing set aside and no till heard of."""
    return replace(report, data=replace(report.data, tills=(), not_included=0))
