"""The days as ``verify`` prints them: how many of a till's tickets the server has, and which of them differ."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final

from seraphine_pos.commands.terminal import Terminal
from seraphine_pos.domain.day_proof import DayProof, Fault, Verdict
from seraphine_pos.domain.report import DAYS_MAX, ReportQuery
from seraphine_pos.domain.shift import local_time
from seraphine_pos.shop import Shop
from seraphine_pos.till.proofs import Compared

DAYS_SHOWN: Final = 7
TICKETS_NAMED: Final = 20
_FAULTS: Final[Mapping[Fault, str]] = {
    Fault.NOT_THERE: "is missing on the server",
    Fault.CHANGED: "is another one on the server",
    Fault.ASIDE: "is in quarantine on the server",
    Fault.NOT_HERE: "is missing on this till",
    Fault.WAITING: "has not been sent yet",
}


def say(shop: Shop, terminal: Terminal) -> int:
    """Say of the last days what both sides hold, and of all days which differ; return how many those are."""
    found = shop.proofs.days(_all_days(shop))
    shown = sorted({one.day for one in found.days}, reverse=True)[:DAYS_SHOWN]
    differ = [one for one in found.days if one.verdict is Verdict.DIFFERENT]
    for one in found.days:
        if one.day in shown or one in differ:
            terminal.say(said(one))
    _conclude(found, len(differ), terminal)
    return len(differ)


def _all_days(shop: Shop) -> ReportQuery:
    """Return the days from this till's first ticket to tomorrow, or to its last ticket: ten years at most."""
    tomorrow = local_time(shop.clock.now_ms(), shop.store.time_zone).date() + timedelta(days=1)
    rung = [one.day for one in shop.stored.ledger.proofs(end=tomorrow.isoformat())]
    last = date.fromisoformat(rung[-1]) if rung else tomorrow
    end = tomorrow if last > tomorrow - timedelta(days=DAYS_MAX) else last
    start = (end - timedelta(days=DAYS_MAX - 1)).isoformat()
    return ReportQuery(min((day for day in rung if day > start), default=start), end.isoformat())


def _conclude(found: Compared, differ: int, terminal: Terminal) -> None:
    if not found.compared:
        terminal.say(f"{len(found.days)} days, not compared: the server is out of reach")
        return
    equal = sum(one.verdict is Verdict.EQUAL for one in found.days)
    terminal.say(f"{len(found.days)} days of tills, {equal} equal, {differ} different")
    aside = found.aside_here + found.aside_there
    if aside:
        terminal.say(
            f"not comparable, whatever their day: {found.aside_here} entries unreadable here,"
            f" {found.aside_there} in quarantine on the server"
        )


def said(one: DayProof) -> str:
    """Return the line of a day: "2026-11-17 Tue  A1    214 of 214, equal"."""
    return f"{one.day} {date.fromisoformat(one.day):%a}  {one.label:4}  {_sides(one)}"


def _sides(one: DayProof) -> str:
    if one.counted is None:
        return f"{one.rung.tickets if one.rung else 0:,}, not compared"
    if one.rung is None:
        return f"{one.counted.tickets:,} on the server, the till has told nothing yet"
    return f"{one.counted.tickets:,} of {one.rung.tickets:,}, {_verdict(one)}"


def _verdict(one: DayProof) -> str:
    if one.verdict is Verdict.EQUAL:
        return "equal"
    if one.verdict is Verdict.SINCE:
        return "equal when the till last told, more has come since"
    if one.differences:
        named = [f"{two.receipt} {_FAULTS[two.fault]}" for two in one.differences[:TICKETS_NAMED]]
        more = len(one.differences) - len(named)
        return "; ".join(named) + (f"; and {more} more" if more else "")
    if one.told_at_ms is not None:
        return "different: run verify on that till to see which tickets"
    if one.differences is None:
        return "different: the report of this day alone names the tickets"
    return "the same tickets and other totals: run rebuild on both sides"
