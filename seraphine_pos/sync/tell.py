"""Telling the server this till's side of its days, so that an owner at any till sees whether both sides agree.

Knows no network and no thread. A side is told when nothing waits, so that the server has had the time to count it.
"""

from collections.abc import Callable, Sequence
from typing import Final, Protocol

from seraphine_pos.domain.clock import Clock
from seraphine_pos.domain.proof import Proof
from seraphine_pos.store.journal import Journal
from seraphine_pos.store.ledger import Ledger

TOLD_AT_ONCE: Final = 400
EVERY_MS: Final = 60_000


class Listener(Protocol):
    """The store's server, as far as it listens to proofs."""

    def tell(self, proofs: Sequence[Proof]) -> None:
        """Keep this till's own side of some days."""
        ...


class Tell:
    """A third direction of the exchange; ``step`` makes one request at most."""

    def __init__(
        self, ledger: Ledger, journal: Journal, server: Listener, clock: Clock, feed_id: Callable[[], str]
    ) -> None:
        self._ledger = ledger
        self._journal = journal
        self._server = server
        self._clock = clock
        self._feed_id = feed_id
        self._told: dict[str, Proof] = {}
        self._told_to = ""
        self._due_ms: int | None = None

    @property
    def due(self) -> bool:
        """Whether it is time to look for days that have changed."""
        return self._due_ms is None or self._clock.boot_ms() >= self._due_ms

    def step(self) -> bool:
        """Tell the days that have changed since they were told; return whether there are more. Raises a Failure."""
        if (feed_id := self._feed_id()) != self._told_to:
            # A server that was put back from a backup has forgotten what it was told since.
            self._told, self._told_to = {}, feed_id
        changed = [one for one in self._ledger.proofs() if self._told.get(one.day) != one]
        if self._waits():
            return False  # what the server does not have yet would differ; the next run tells it
        if changed:
            told = changed[:TOLD_AT_ONCE]
            self._server.tell(told)
            self._told |= {one.day: one for one in told}
        if len(changed) > TOLD_AT_ONCE:
            return True
        self._due_ms = self._clock.boot_ms() + EVERY_MS
        return False

    def _waits(self) -> bool:
        return any(self._journal.state(journal_id).waiting for journal_id in self._journal.journals())
