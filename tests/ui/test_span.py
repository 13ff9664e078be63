"""Presets stand for the days their name says."""

from datetime import date

import pytest

from seraphine_pos.ui.span import Preset, Span, before_name, span_between, span_name, span_of

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


@pytest.mark.parametrize(
    ("span", "name"),
    [
        (Span(SUNDAY, SUNDAY), "Aujourd’hui"),
        (Span(date(2026, 11, 21), date(2026, 11, 21)), "Hier"),
        (Span(date(2026, 11, 16), SUNDAY), "7 jours"),
        (Span(date(2026, 11, 1), SUNDAY), "Novembre 2026"),
        (Span(date(2026, 10, 1), date(2026, 10, 31)), "Octobre 2026"),
        (Span(date(2026, 11, 3), date(2026, 11, 3)), "mar. 3 nov."),
        (Span(date(2026, 11, 3), date(2026, 11, 9)), "3–9 nov."),
        (Span(date(2026, 10, 28), date(2026, 11, 3)), "28/10–3/11"),
        (Span(date(2025, 1, 1), date(2025, 1, 2)), "1er–2 janv. 2025"),
        (Span(date(2025, 1, 2), date(2025, 1, 2)), "jeu. 2 janv. 2025"),
        (Span(date(2025, 12, 28), date(2026, 1, 3)), "28/12/2025–3/1/2026"),
        (Span(date(2025, 3, 28), date(2025, 4, 3)), "28/3/2025–3/4/2025"),
    ],
)
def test_a_span_is_named_as_short_as_it_can_be(span: Span, name: str) -> None:
    assert span_name(span, SUNDAY) == name


@pytest.mark.parametrize(
    ("before", "span", "name"),
    [
        (Span(date(2026, 11, 21), date(2026, 11, 21)), Span(SUNDAY, SUNDAY), "hier"),
        (Span(date(2026, 11, 2), date(2026, 11, 2)), Span(date(2026, 11, 3), date(2026, 11, 3)), "lun. 2 nov."),
        (Span(date(2026, 10, 1), date(2026, 10, 31)), Span(date(2026, 11, 1), date(2026, 12, 1)), "octobre"),
        (Span(date(2026, 11, 9), date(2026, 11, 15)), Span(date(2026, 11, 16), SUNDAY), "9–15 nov."),
        (Span(date(2024, 12, 30), date(2024, 12, 31)), Span(date(2025, 1, 1), date(2025, 1, 2)), "30–31 déc. 2024"),
    ],
)
def test_what_it_is_compared_with_has_a_name(before: Span, span: Span, name: str) -> None:
    assert before_name(before, span, SUNDAY) == name
