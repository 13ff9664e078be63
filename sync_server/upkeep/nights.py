"""When a night's work begins, by the clock on the shop's wall, and when each job is due."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from typing import Final

from sync_server.upkeep.nightly import Job

HOUR_MS: Final = 3_600_000


@dataclass(frozen=True, slots=True)
class Nights:
    """The nights of a store."""

    zone: tzinfo
    hour: int

    def last(self, now_ms: int) -> int:
        """Return when the last night's work began, or should have."""
        today = self._on(now_ms, 0)
        return today if today <= now_ms else self._on(now_ms, -1)

    def due(self, job: Job, since_ms: int, now_ms: int, *, failed: bool = False) -> int:
        """Return when a job is due that last began at some time, or whose store was made then."""
        last_ms = self.last(now_ms)
        if job.hourly or (failed and since_ms >= last_ms):
            return since_ms + HOUR_MS
        return last_ms if since_ms < last_ms else self._on(last_ms, 1)

    def _on(self, at_ms: int, days: int) -> int:
        day = datetime.fromtimestamp(at_ms / 1000, self.zone).date() + timedelta(days=days)
        return int(datetime.combine(day, time(self.hour), self.zone).timestamp()) * 1000
