"""What tills tell while they push, sorted into tenths of a run, or into fewer parts where there is little to tell."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from sync_server.load.figures import PARTS, Figures, Part
from sync_server.load.sending import TELL_EVERY_S, Chunk

# Tills tell of what they did some time ago, and often all at once: a part lasts so long that this hardly counts.
PART_S_MIN: Final = 10 * TELL_EVERY_S


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment of a run: seconds of a clock that is never set back, and the CPU seconds used until then."""

    at_s: float
    server_cpu_s: float | None = None
    database_cpu_s: float | None = None


class Gathered:
    """Sorts what tills tell into parts, with what the server used meanwhile."""

    def __init__(self, sales: int, figures: Figures, now: Callable[[], Mark]) -> None:
        """Begin the first part of a run of so many sales, in these figures."""
        self._sales = sales
        self._figures = figures
        self._now = now
        self._begun: Mark | None = None
        self._tenth = 1
        figures.parts.append(Part())

    def add(self, chunk: Chunk) -> None:
        """Take in a chunk; the clock starts with the first, which says that a till begins."""
        begun = self._begun = self._begun or self._now()
        figures, part = self._figures, self._figures.parts[-1]
        part.sales += chunk.sales
        part.pushes.extend(chunk.pushes)
        figures.sent += chunk.sent
        figures.received += chunk.received
        figures.slowed += chunk.slowed
        done = figures.sales
        if self._sales * self._tenth <= done * PARTS < self._sales * PARTS:
            now = self._now()
            if now.at_s - begun.at_s >= PART_S_MIN:
                _end(part, begun, now)
                self._begun, self._tenth = now, done * PARTS // self._sales + 1
                figures.parts.append(Part())

    def close(self) -> None:
        """End the last part, with the one before where it is too short to tell anything."""
        parts, now = self._figures.parts, self._now()
        _end(parts[-1], self._begun or now, now)
        if len(parts) > 1 and parts[-1].seconds < PART_S_MIN:
            last = parts.pop()
            _join(parts[-1], last)


def _end(part: Part, begun: Mark, now: Mark) -> None:
    part.seconds = now.at_s - begun.at_s
    part.server_cpu_s = _between(begun.server_cpu_s, now.server_cpu_s)
    part.database_cpu_s = _between(begun.database_cpu_s, now.database_cpu_s)


def _join(part: Part, after: Part) -> None:
    part.sales += after.sales
    part.pushes.extend(after.pushes)
    part.seconds += after.seconds
    part.server_cpu_s = _sum(part.server_cpu_s, after.server_cpu_s)
    part.database_cpu_s = _sum(part.database_cpu_s, after.database_cpu_s)


def _between(before: float | None, after: float | None) -> float | None:
    return None if before is None or after is None else after - before


def _sum(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one + other
