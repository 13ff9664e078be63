"""Keystrokes and times in, codes out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seraphine_pos.devices.scanner import Act, Scanner, Step

CODE = "4006381333931"
TYPED = Step(Act.TYPED)


def burst(scanner: Scanner, text: str, start_ms: int = 0, pace_ms: int = 4) -> int:
    """Send characters at a pace; return the time of the last one."""
    at_ms = start_ms
    for letter in text:
        scanner.character(letter, at_ms)
        at_ms += pace_ms
    return at_ms - pace_ms


def test_a_fast_burst_with_enter_is_a_scan() -> None:
    scanner = Scanner()
    end_ms = burst(scanner, CODE)
    assert scanner.terminator(end_ms + 4) == Step(Act.SCAN, CODE, 13)
    assert not scanner.is_holding


def test_two_scans_back_to_back_are_two() -> None:
    scanner = Scanner()
    end_ms = burst(scanner, CODE)
    assert scanner.terminator(end_ms + 1).code == CODE
    end_ms = burst(scanner, "96385074", end_ms + 2)
    assert scanner.terminator(end_ms + 1).code == "96385074"


def test_letters_at_a_person_s_pace_are_released_one_by_one() -> None:
    scanner = Scanner()
    acts = [scanner.character(letter, at_ms).act for at_ms, letter in ((0, "d"), (120, "o"), (240, "l"))]
    assert acts == [Act.HOLD, Act.AFRESH, Act.AFRESH]
    assert scanner.terminator(400) == TYPED


def test_typed_digits_with_enter_are_not_a_scan() -> None:
    scanner = Scanner()
    burst(scanner, "1234", pace_ms=45)
    assert scanner.terminator(150) == TYPED


def test_a_scan_after_a_typed_digit_does_not_take_it_along() -> None:
    scanner = Scanner()
    scanner.character("7", 0)
    assert scanner.character(CODE[0], 300).act is Act.AFRESH
    end_ms = burst(scanner, CODE[1:], 304)
    assert scanner.terminator(end_ms + 4).code == CODE


def test_a_key_no_scanner_sends_releases_what_is_held() -> None:
    scanner = Scanner()
    scanner.character("1", 0)
    assert scanner.other_key() == TYPED
    assert scanner.other_key().act is Act.NOTHING


def test_a_gtin_without_terminator_is_a_scan_after_silence_and_its_late_enter_is_dropped() -> None:
    scanner = Scanner()
    end_ms = burst(scanner, CODE)
    assert scanner.silence() == Step(Act.SCAN, CODE, 13)
    assert scanner.terminator(end_ms + 120).act is Act.DROP
    assert scanner.terminator(end_ms + 130).act is Act.NOTHING


def test_letters_without_terminator_are_typing_however_fast() -> None:
    scanner = Scanner()
    burst(scanner, "doliprane")
    assert scanner.silence() == TYPED


def test_silence_with_nothing_held_is_nothing() -> None:
    assert Scanner().silence().act is Act.NOTHING


def test_an_enter_long_after_a_bare_scan_is_a_key_again() -> None:
    scanner = Scanner()
    end_ms = burst(scanner, CODE)
    scanner.silence()
    assert scanner.terminator(end_ms + 5_000).act is Act.NOTHING


@pytest.mark.parametrize(("length", "act"), [(128, Act.SCAN), (129, Act.TOO_LONG), (10_000, Act.TOO_LONG)])
def test_a_code_has_at_most_128_characters(length: int, act: Act) -> None:
    scanner = Scanner()
    end_ms = burst(scanner, "7" * length, pace_ms=1)
    step = scanner.terminator(end_ms + 1)
    assert (step.act, step.length) == (act, length)
    assert scanner.character("1", end_ms + 2).act is Act.HOLD


def test_a_clock_set_back_begins_afresh() -> None:
    scanner = Scanner()
    scanner.character("1", 1_000)
    assert scanner.character("2", 10).act is Act.AFRESH


@given(
    st.lists(
        st.tuples(st.text("0123456789ABCxyz-/.", min_size=3, max_size=128), st.integers(1, 30)),
        min_size=1,
        max_size=8,
    )
)
def test_every_scan_of_a_row_of_scans_is_told_whole(scans: list[tuple[str, int]]) -> None:
    scanner = Scanner()
    at_ms, told = 0, []
    for code, pace_ms in scans:
        at_ms = burst(scanner, code, at_ms + 1, pace_ms)
        told.append(scanner.terminator(at_ms + 1).code)
    assert told == [code for code, _pace_ms in scans]


@given(st.text("0123456789", min_size=1, max_size=40), st.integers(51, 400))
def test_nothing_typed_slower_than_the_gap_is_ever_a_scan(text: str, pace_ms: int) -> None:
    scanner = Scanner()
    end_ms = burst(scanner, text, pace_ms=pace_ms)
    assert scanner.terminator(end_ms + pace_ms) == TYPED
