"""The stretch of days an owner looks at: presets, and how it is named in full and in little room.

Days only; which figures belong to them is the report's.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from seraphine_pos.ui import text
from seraphine_pos.ui.text import DASH, tr


class Preset(StrEnum):
    """The stretches that have a name of their own."""

    TODAY = "today"
    YESTERDAY = "yesterday"
    WEEK = "week"
    MONTH = "month"
    LAST_MONTH = "last-month"


_NAMES: Final = {
    Preset.TODAY: "Aujourd’hui",
    Preset.YESTERDAY: "Hier",
    Preset.WEEK: "7 jours",
    Preset.MONTH: "Ce mois",
    Preset.LAST_MONTH: "Mois dernier",
}


@dataclass(frozen=True, slots=True)
class Span:
    """Whole business days from `start` to `end`, both included."""

    start: date
    end: date

    @property
    def days(self) -> int:
        """How many days it holds."""
        return (self.end - self.start).days + 1

    @property
    def one_day(self) -> bool:
        """Whether it is a single day."""
        return self.start == self.end

    @property
    def whole_month(self) -> bool:
        """Whether it is one calendar month, complete."""
        return self.start.day == 1 and self.end == _month_end(self.start)


def span_of(preset: Preset, today: date) -> Span:
    """The days a preset stands for, seen from today."""
    match preset:
        case Preset.TODAY:
            return Span(today, today)
        case Preset.YESTERDAY:
            return Span(today - timedelta(days=1), today - timedelta(days=1))
        case Preset.WEEK:
            return Span(today - timedelta(days=6), today)
        case Preset.MONTH:
            return Span(today.replace(day=1), today)
        case Preset.LAST_MONTH:
            end = today.replace(day=1) - timedelta(days=1)
            return Span(end.replace(day=1), end)


def span_between(one: date, other: date) -> Span:
    """The days between two dates, whichever comes first."""
    return Span(min(one, other), max(one, other))


def preset_name(preset: Preset) -> str:
    """Name a preset as the picker does."""
    return tr(_NAMES[preset])


def span_name(span: Span, today: date) -> str:
    """Name a span: by its preset, its month, its day or its two ends."""
    for preset in (Preset.TODAY, Preset.YESTERDAY, Preset.WEEK):
        if span == span_of(preset, today):
            return preset_name(preset)
    if span.whole_month or (span.start.day == 1 and span.end == today):
        return text.month(span.start).capitalize()
    return span_words(span, today)


def span_words(span: Span, today: date) -> str:
    """Write the days themselves in little room: "dim. 22 nov.", "16–22 nov.", "28/10–3/11".

    The year is said wherever it is not today's: "1er–2 janv. 2025", "28/12/2025–3/1/2026".
    """
    year = "" if span.end.year == today.year else f" {span.end.year}"
    if span.one_day:
        return text.day_short(span.start) + year
    start, end = _without_weekday(span.start), _without_weekday(span.end)
    if (span.start.year, span.start.month) == (span.end.year, span.end.month):
        return f"{start.split()[0]}{DASH}{end}{year}"
    if span.start.year != span.end.year or year:
        return f"{_in_figures(span.start)}/{span.start.year}{DASH}{_in_figures(span.end)}/{span.end.year}"
    return f"{_in_figures(span.start)}{DASH}{_in_figures(span.end)}"


def before_name(before: Span, span: Span, today: date) -> str:
    """Name the span another one is compared with: "hier", "sam. 21 nov.", "octobre", "9–15 nov."."""
    if span == Span(today, today) and before.end == today - timedelta(days=1):
        return tr("hier")
    return text.month_name(before.start) if before.whole_month else span_words(before, today)


def _in_figures(day: date) -> str:
    return f"{day.day}/{day.month}"


def _without_weekday(day: date) -> str:
    return text.day_short(day).split(" ", 1)[1]


def _month_end(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
