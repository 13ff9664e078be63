"""How far long work is, for a person at a terminal; where nobody watches, one line every few seconds."""

from types import TracebackType
from typing import Final, Self, TextIO

from seraphine_pos.domain.clock import Clock

BAR_WIDTH: Final = 30
REDRAW_MS: Final = 100
LINE_MS: Final = 5000


class Progress:
    """A bar on a terminal, or now and then a line in a log; a context manager that ends the line."""

    def __init__(self, label: str, stream: TextIO, clock: Clock) -> None:
        """Write nothing yet."""
        self._label = label
        self._stream = stream
        self._clock = clock
        self._terminal = stream.isatty()
        self._written_ms: int | None = None
        self._last = ""
        self._started_ms = clock.boot_ms()

    def __enter__(self) -> Self:
        """Return the bar itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Show where the work ended, and end the line."""
        if self._terminal and self._last:
            self._stream.write(f"\r{self._last}\n")
            self._stream.flush()

    def __call__(self, done: int, total: int) -> None:
        """Say that so much is done of so much; total 0 is not known yet."""
        now_ms = self._clock.boot_ms()
        self._last = self._line(done, total)
        if self._terminal:
            due = self._written_ms is None or now_ms - self._written_ms >= REDRAW_MS or done == total
        else:
            due = now_ms - (self._written_ms or self._started_ms) >= LINE_MS
        if due:
            self._written_ms = now_ms
            self._stream.write(f"\r{self._last}" if self._terminal else f"{self._last}\n")
            self._stream.flush()

    def _line(self, done: int, total: int) -> str:
        if total <= 0:
            return f"{self._label}: {done:,}"
        part = min(done, total)
        counted = f"{part:,} of {total:,} ({100 * part // total} %)"
        if not self._terminal:
            return f"{self._label}: {counted}"
        full = BAR_WIDTH * part // total
        return f"{self._label} [{'#' * full}{'.' * (BAR_WIDTH - full)}] {counted}"
