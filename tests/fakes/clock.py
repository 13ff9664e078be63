"""Clocks and chance that a test moves by hand."""

import random
from dataclasses import dataclass, field

from seraphine_pos.domain.clock import RandomBytes

A_MORNING_MS = 1_795_334_400_000
A_BOOT_MS = 100_000


@dataclass(slots=True)
class FakeClock:
    """Stands still until told how much time goes by."""

    wall_ms: int = A_MORNING_MS
    since_boot_ms: int = field(default=A_BOOT_MS)

    def now_ms(self) -> int:
        """Return the wall clock."""
        return self.wall_ms

    def boot_ms(self) -> int:
        """Return the time since boot."""
        return self.since_boot_ms

    def pass_ms(self, duration_ms: int) -> None:
        """Let time go by on both clocks."""
        self.wall_ms += duration_ms
        self.since_boot_ms += duration_ms


def seeded_bytes(seed: int) -> RandomBytes:
    """Return chance that repeats."""
    return random.Random(seed).randbytes
