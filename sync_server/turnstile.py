"""How much of a costly kind of work is done at once: a few go in, a few wait, and the others are turned away."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from sync_server.errors import RateLimited


class Turnstile:
    """Lets few in at once and few wait, and turns the others away, so that the tills keep their threads."""

    def __init__(self, at_once: int, waiting: int, said: str) -> None:
        """Open with room for ``at_once`` and ``waiting`` others behind them; the rest are told ``said``."""
        self._said = said
        self._room = threading.BoundedSemaphore(at_once + waiting)
        self._work = threading.BoundedSemaphore(at_once)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for a turn; raise RateLimited when many wait already."""
        if not self._room.acquire(blocking=False):
            raise RateLimited(self._said, retry_after_s=1)
        try:
            with self._work:
                yield
        finally:
            self._room.release()
