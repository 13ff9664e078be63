"""A shift gives its day to its tickets, in the store's time zone."""

from datetime import UTC, datetime

import pytest

from seraphine_pos.domain import event, shift
from seraphine_pos.domain.shift import Shift

OPEN = Shift("shift-1", "till-1", "2026-03-14", "amina", 1_773_478_800_000, 500)


def test_a_shift_is_read_back_from_its_entry() -> None:
    body = shift.opened_body(OPEN)
    event.check_body("shift.opened", 1, body)
    assert shift.from_body(OPEN.opened_at_ms, body) == OPEN


def test_closing_says_who_and_why_and_that_nobody_counted() -> None:
    body = shift.closed_body(OPEN, "omar", "day")
    event.check_body("shift.closed", 1, body)
    assert (body["operator_id"], body["reason"], body["counted"]) == ("omar", "day", None)


@pytest.mark.parametrize(
    ("moment", "zone", "shown"),
    [
        ("2026-03-14T23:30:00", "Europe/Paris", "2026-03-15T00:30:00"),
        ("2026-07-14T22:30:00", "Europe/Paris", "2026-07-15T00:30:00"),
        ("2026-03-14T23:30:00", "UTC", "2026-03-14T23:30:00"),
        ("2026-03-29T01:30:00", "Europe/Paris", "2026-03-29T03:30:00"),
    ],
)
def test_the_wall_shows_the_time_of_the_store(moment: str, zone: str, shown: str) -> None:
    at_ms = int(datetime.fromisoformat(moment).replace(tzinfo=UTC).timestamp()) * 1000
    assert shift.local_time(at_ms, zone).replace(tzinfo=None).isoformat() == shown


def test_a_moment_keeps_its_milliseconds() -> None:
    assert shift.local_time(1_773_478_800_123, "UTC").microsecond == 123_000
