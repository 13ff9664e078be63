"""Presets stand for the days their name says."""

from datetime import date

import pytest

from seraphine_pos.ui.span import Preset, Span, span_between, span_of

SUNDAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("preset", "start", "end"),
    [
        (Preset.TODAY, SUNDAY, SUNDAY),
        (Preset.YESTERDAY, date(2026, 11, 21), date(2026, 11, 21)),
        (Preset.WEEK, date(2026, 11, 16), SUNDAY),
        (Preset.MONTH, date(2026, 11, 1), SUNDAY),
        (Preset.LAST_MONTH, date(2026, 10, 1), date(2026, 10, 31)),
    ],
)
def test_presets(preset: Preset, start: date, end: date) -> None:
    assert span_of(preset, SUNDAY) == Span(start, end)


def test_last_month_of_january_is_december() -> None:
    assert span_of(Preset.LAST_MONTH, date(2027, 1, 31)) == Span(date(2026, 12, 1), date(2026, 12, 31))


def test_dates_in_any_order_make_the_same_span() -> None:
    assert span_between(SUNDAY, date(2026, 11, 1)) == Span(date(2026, 11, 1), SUNDAY)
    assert span_between(SUNDAY, date(2026, 11, 1)).days == 22


@pytest.mark.parametrize(
    ("span", "whole"),
    [
        (Span(date(2028, 2, 1), date(2028, 2, 29)), True),
        (Span(date(2027, 2, 1), date(2027, 2, 28)), True),
        (Span(date(2026, 11, 1), SUNDAY), False),
        (Span(date(2026, 10, 1), date(2026, 11, 30)), False),
    ],
)
def test_a_whole_month_is_known(span: Span, whole: bool) -> None:
    assert span.whole_month is whole
