"""Tells a scanner from a person by the pace of the keys: keystrokes and their times in, codes out.

Pure: the time comes with each keystroke. Knows neither Qt nor what a code means.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Final

from seraphine_pos.domain.barcode import CODE_MAX, is_gtin

CODE_MIN: Final = 3
GAP_MS_MAX: Final = 50
PACE_MS_MAX: Final = 35
BARE_PACE_MS_MAX: Final = 15
TAIL_MS_MAX: Final = 250


class Act(Enum):
    """What to do with the keystrokes that were held, and with the one just seen."""

    HOLD = "hold"  # hold the new one too
    AFRESH = "afresh"  # the held ones were typed; the new one may begin a scan
    TYPED = "typed"  # the held ones were typed, and so is the new one
    SCAN = "scan"  # the held ones are a scan: drop them and the new one
    TOO_LONG = "too long"  # the same, but no code is that long
    DROP = "drop"  # the new one belongs to a scan that has been told already
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Step:
    """An act, with the code of a scan or the length of one that was too long."""

    act: Act
    code: str = ""
    length: int = 0


_HOLD: Final = Step(Act.HOLD)
_AFRESH: Final = Step(Act.AFRESH)
_TYPED: Final = Step(Act.TYPED)
_NOTHING: Final = Step(Act.NOTHING)
_DROP: Final = Step(Act.DROP)


class Scanner:
    """Follows one keyboard; every keystroke comes in order with its time in milliseconds."""

    def __init__(self) -> None:
        self._code: list[str] = []
        self._length = 0
        self._first_ms = 0
        self._last_ms = 0
        self._bare_scan_ms: int | None = None

    @property
    def is_holding(self) -> bool:
        """Whether keystrokes wait for the verdict."""
        return self._length > 0

    def character(self, text: str, at_ms: int) -> Step:
        """Take a printable character: it is held until a terminator or silence tells what it was."""
        follows = self._follows(at_ms)
        released = self._length > 0 and not follows
        if released:
            self._forget()
        if self._length == 0:
            self._first_ms = at_ms
        self._length += 1
        self._last_ms = at_ms
        if self._length <= CODE_MAX:
            self._code.append(text)
        return _AFRESH if released else _HOLD

    def terminator(self, at_ms: int) -> Step:
        """Take Enter or Tab: the end of a scan, or a key like any other."""
        if self._length == 0:
            return _DROP if self._ends_bare_scan(at_ms) else _NOTHING
        is_scan = self._follows(at_ms) and self._is_scan(PACE_MS_MAX)
        step = self._told() if is_scan else _TYPED
        self._forget()
        return step

    def other_key(self) -> Step:
        """Take a key that no scanner sends: what is held was typed."""
        step = _TYPED if self._length else _NOTHING
        self._forget()
        return step

    def silence(self) -> Step:
        """Tell what is held when nothing more has come for GAP_MS_MAX."""
        if self._length == 0:
            return _NOTHING
        step = _TYPED
        if self._length > CODE_MAX or (is_gtin("".join(self._code)) and self._is_scan(BARE_PACE_MS_MAX)):
            step = self._told()
            self._bare_scan_ms = self._last_ms
        self._forget()
        return step

    def _follows(self, at_ms: int) -> bool:
        return self._length > 0 and 0 <= at_ms - self._last_ms <= GAP_MS_MAX

    def _is_scan(self, pace_ms: int) -> bool:
        return self._length >= CODE_MIN and self._last_ms - self._first_ms <= pace_ms * (self._length - 1)

    def _told(self) -> Step:
        if self._length > CODE_MAX:
            return Step(Act.TOO_LONG, length=self._length)
        return Step(Act.SCAN, "".join(self._code), self._length)

    def _ends_bare_scan(self, at_ms: int) -> bool:
        since, self._bare_scan_ms = self._bare_scan_ms, None
        return since is not None and 0 <= at_ms - since <= TAIL_MS_MAX

    def _forget(self) -> None:
        self._code.clear()
        self._length = 0
