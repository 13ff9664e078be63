"""The clock of a written past: it stands still until somebody moves it, and only forward."""


class PastClock:
    """Wall and boot time that move together, from a moment in the past up to a limit, in milliseconds."""

    def __init__(self, start_ms: int, limit_ms: int) -> None:
        """Stand at the start; the limit is the present, which the past does not overtake."""
        self._start_ms = start_ms
        self._now_ms = start_ms
        self._limit_ms = limit_ms

    def now_ms(self) -> int:
        """Return the moment that the story has reached."""
        return self._now_ms

    def boot_ms(self) -> int:
        """Return how far the story has come."""
        return self._now_ms - self._start_ms

    def reach(self, at_ms: int) -> None:
        """Go on to this moment, unless it is behind."""
        self._now_ms = max(self._now_ms, min(at_ms, self._limit_ms))

    def pass_ms(self, duration_ms: int) -> None:
        """Let time pass."""
        self.reach(self._now_ms + duration_ms)
