"""A shift, and the business day that it gives to its tickets."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Shift:
    """An open shift; its business day is the day it was opened, in the store's time zone."""

    shift_id: str
    till_id: str
    business_day: str
    operator_id: str
    opened_at_ms: int
    float: int = 0


def local_time(at_ms: int, time_zone: str) -> datetime:
    """Return a moment (Unix ms) as the store's clock on the wall shows it."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(ZoneInfo(time_zone))


def opened_body(shift: Shift) -> dict[str, object]:
    """Return the body of ``shift.opened``."""
    return {
        "shift_id": shift.shift_id,
        "till_id": shift.till_id,
        "business_day": shift.business_day,
        "operator_id": shift.operator_id,
        "float": shift.float,
    }


def closed_body(shift: Shift, operator_id: str, reason: str) -> dict[str, object]:
    """Return the body of ``shift.closed`` for a shift that nobody counted."""
    return {
        "shift_id": shift.shift_id,
        "till_id": shift.till_id,
        "business_day": shift.business_day,
        "operator_id": operator_id,
        "reason": reason,
        "counted": None,
    }


def from_body(at_ms: int, body: Mapping[str, object]) -> Shift:
    """Read the body of ``shift.opened``."""
    return Shift(
        cast("str", body["shift_id"]),
        cast("str", body["till_id"]),
        cast("str", body["business_day"]),
        cast("str", body["operator_id"]),
        at_ms,
        cast("int", body["float"]),
    )
