"""What is written on an exported report, in the shop's French."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from seraphine_pos.domain.report import ReportData, ReportQuery
from seraphine_pos.domain.report_csv import METHODS, percent

MONTHS: Final = (
    "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre",
    "décembre",
)  # fmt: skip
WEEKDAYS: Final = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")


def day_in_words(written: str) -> str:
    """Return a day as French writes it: “20 novembre 2026”."""
    day = date.fromisoformat(written)
    number = "1er" if day.day == 1 else str(day.day)
    return f"{number} {MONTHS[day.month - 1]} {day.year}"


def month_in_words(written: str) -> str:
    """Return a month, YYYY-MM, as French writes it: “novembre 2026”."""
    year, month = written.split("-")
    return f"{MONTHS[int(month) - 1]} {int(year)}"


def moment(at_ms: int, time_zone: str) -> str:
    """Return a moment as French writes it: “20 novembre 2026, 9 h 05”."""
    when = datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(ZoneInfo(time_zone))
    return f"{day_in_words(when.date().isoformat())}, {when.hour} h {when:%M}"


def title(query: ReportQuery) -> str:
    """Return the report's title."""
    if query.start == query.end:
        weekday = WEEKDAYS[date.fromisoformat(query.start).weekday()]
        return f"Rapport du {weekday} {day_in_words(query.start)}"
    return f"Rapport du {day_in_words(query.start)} au {day_in_words(query.end)}"


def period_before(query: ReportQuery) -> str:
    """Say which days stand beside these for comparison."""
    before = query.previous()
    if before.start == before.end:
        return f"Comparé au {day_in_words(before.start)}"
    return f"Comparé à la période du {day_in_words(before.start)} au {day_in_words(before.end)}"


def completeness(data: ReportData, time_zone: str) -> Sequence[str]:
    """Say how complete the figures are: up to when each till was heard, and what is not counted."""
    said = [
        f"Caisse {till.label} : rien reçu encore"
        if till.through_ms is None
        else f"Caisse {till.label} : complète jusqu’au {moment(till.through_ms, time_zone)}"
        for till in data.tills
    ]
    if data.at_least:
        what = "1 écriture non comptée" if data.not_included == 1 else f"{data.not_included} écritures non comptées"
        said.append(f"{what} : ventes et remboursements sont au moins ceux-ci")
    return said


def method(key: str) -> str:
    """Return what a way of paying is called."""
    return METHODS.get(key, key)


def hour(key: str) -> str:
    """Return an hour of the day: “9 h – 10 h”."""
    return f"{int(key)} h – {int(key) + 1} h" if key.isdecimal() else key


def rate(label: str, code: str) -> str:
    """Return a tax by its rate, which its cells bear as their label, and its code: “5,5 % (TVA55)”."""
    if not (label.isascii() and label.isdecimal()):
        return code or label
    rate_in_words = percent(int(label))
    return f"{rate_in_words} ({code})" if code else rate_in_words
