"""The days that a caller asks for: read by one rule, and refused in words that name the parameter."""

from datetime import date, timedelta
from typing import Final

from seraphine_pos.domain.report import DAYS_MAX, ReportQuery
from sync_server.errors import Refused

SHOWN_MAX: Final = 40
START: Final = "start"
END: Final = "end"


class WrongDays(Refused):
    """The days that are asked for are none, in the wrong order, or too many."""

    status = 422
    code = "INVALID_PERIOD"


def period(start: str, end: str, till_id: str | None = None, *, before: bool = False) -> ReportQuery:
    """Return the days from one to another; with ``before`` as many have to stand before them. Raise WrongDays."""
    span(start, end)
    days = (date.fromisoformat(end) - date.fromisoformat(start)).days + 1
    if days > DAYS_MAX:
        raise WrongDays(f"{END}: {start} to {end} are {days} days, at most {DAYS_MAX} are taken: ask for fewer")
    return _with_days_before(ReportQuery(start, end, till_id)) if before else ReportQuery(start, end, till_id)


def one_day(name: str, written: str, till_id: str | None = None, *, before: bool = False) -> ReportQuery:
    """Return a single day that a parameter of this name asks for; raise WrongDays."""
    day(name, written)
    asked = ReportQuery(written, written, till_id)
    return _with_days_before(asked, name) if before else asked


def span(start: str | None, end: str | None) -> tuple[date | None, date | None]:
    """Return the first and the last day that are asked for, None for no bound; raise WrongDays."""
    first = None if start is None else day(START, start)
    last = None if end is None else day(END, end)
    if first is not None and last is not None and last < first:
        raise WrongDays(f"{END}: {end} is before {START}, {start}")
    return first, last


def day(name: str, written: str) -> date:
    """Return the day that a parameter is; raise WrongDays."""
    try:
        found = date.fromisoformat(written)
    except ValueError:
        found = None
    if found is None or found.isoformat() != written:
        raise WrongDays(f"{name}: “{written[:SHOWN_MAX]}” is no day of the calendar, write YYYY-MM-DD")
    return found


def _with_days_before(asked: ReportQuery, name: str = START) -> ReportQuery:
    """Return the days if there are as many before them to compare them with; raise WrongDays."""
    try:
        date.fromisoformat(asked.start) - timedelta(days=asked.days)
    except OverflowError:
        raise WrongDays(f"{name}: the calendar has no days before {asked.start} to compare with") from None
    return asked
