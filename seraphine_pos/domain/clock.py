"""Time and randomness as parameters: what every room takes instead of asking the system."""

from collections.abc import Callable
from typing import Final, Protocol

RandomBytes = Callable[[int], bytes]

# The end of the year 9999: no calendar has a day after it, and a till's clock can say anything.
CALENDAR_END_MS: Final = 253_402_214_400_000


class Clock(Protocol):
    """The two times a till can read."""

    def now_ms(self) -> int:
        """Return the wall clock in Unix milliseconds."""
        ...

    def boot_ms(self) -> int:
        """Return milliseconds since boot, suspend counted; never set back."""
        ...


def new_id(at_ms: int, random_bytes: RandomBytes) -> str:
    """Return a UUID of version 7 as text: 48 bits of time, 74 bits of chance (RFC 9562)."""
    value = (max(at_ms, 0) & (1 << 48) - 1) << 80 | int.from_bytes(random_bytes(10), "big")
    value = value & ~(0xF << 76) | 7 << 76
    value = value & ~(0x3 << 62) | 2 << 62
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
