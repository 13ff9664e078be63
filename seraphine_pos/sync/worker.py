"""The one thread that owns the exchange: when it runs, how long it waits, and what it says of itself.

It knows an engine; nothing of journals, documents or the network.
"""

import logging
import random
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Final, Protocol, Self

from seraphine_pos.domain.refusal import Failure, SyncFailed
from seraphine_pos.sync.engine import SyncState

JOIN_S: Final = 10.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Pace:
    """How often an idle till says hello, and how long it waits after a failure."""

    hello_s: float = 40.0
    hello_spread: float = 0.1
    backoff_s_min: float = 1.0
    backoff_s_max: float = 25.0  # with the 30 s of a request that hangs, less than a minute after the network is back

    def after_success_s(self, chance: float) -> float:
        """Return how long an idle till waits; ``chance`` is from 0 to 1."""
        return self.hello_s * (1 + self.hello_spread * (2 * chance - 1))

    def after_failure_s(self, failures: int, chance: float) -> float:
        """Return how long to wait after so many failures in a row: anything up to a limit that doubles."""
        doublings = min(failures - 1, 32)
        return chance * min(self.backoff_s_max, self.backoff_s_min * float(1 << doublings))


class Bell(Protocol):
    """What wakes the worker: a ``threading.Event``, or a test's."""

    def set(self) -> None:
        """Ring."""
        ...

    def clear(self) -> None:
        """Stop ringing."""
        ...

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until it rings, at most this many seconds; return whether it rang."""
        ...


class Exchange(Protocol):
    """What is run: the engine, or a test's."""

    def steps(self) -> Iterator[SyncState]:
        """Exchange request by request."""
        ...

    def look(self) -> SyncState:
        """Return how things stand without asking the server."""
        ...


class Worker:
    """A thread that runs the exchange: woken by a sale, saying hello when idle, waiting longer while it fails.

    ``on_state`` is called on this thread with each new state; ``interrupt``, by ``stop``, to end a request in flight.
    """

    def __init__(
        self,
        exchange: Exchange,
        on_state: Callable[[SyncState], None],
        *,
        bell: Bell | None = None,
        chance: Callable[[], float] = random.random,
        pace: Pace | None = None,
        interrupt: Callable[[], None] | None = None,
    ) -> None:
        self._exchange = exchange
        self._on_state = on_state
        self._bell = bell or threading.Event()
        self._chance = chance
        self._pace = pace or Pace()
        self._interrupt = interrupt
        self._stopping = False
        self._thread: threading.Thread | None = None
        self._state = SyncState()

    @property
    def state(self) -> SyncState:
        """The latest state, for any thread."""
        return self._state

    @property
    def alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread is not None and self._thread.is_alive()

    def start(self) -> None:
        """Start the thread, once."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="sync", daemon=True)
            self._thread.start()

    def wake(self) -> None:
        """Say that there is something to send."""
        self._bell.set()

    def stop(self, timeout_s: float = JOIN_S) -> bool:
        """End the thread after the request in flight, and wait for it; return whether it has ended."""
        self._stopping = True
        self._bell.set()
        if self._interrupt is not None:
            self._interrupt()
        if self._thread is not None:
            self._thread.join(timeout_s)
        return not self.alive

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _work(self) -> None:
        failures = 0
        while not self._stopping:
            self._bell.clear()
            failures = failures + 1 if self._run() else 0
            if not self._stopping:
                self._bell.wait(self._pause_s(failures))

    def _pause_s(self, failures: int) -> float:
        if failures:
            return self._pace.after_failure_s(failures, self._chance())
        return self._pace.after_success_s(self._chance())

    def _run(self) -> bool:
        """Exchange once; return whether there is a problem. Nothing that goes wrong ends the thread."""
        try:
            self._exchange_once()
        except Failure as failure:
            self._trouble(failure)
        except Exception as error:  # noqa: BLE001  logged whole and shown; the thread must live on
            _log.exception("the exchange stopped on a fault of the program")
            self._trouble(SyncFailed(reason=type(error).__name__))
        return self._state.problem is not None

    def _exchange_once(self) -> None:
        seen = self._exchange.look()
        waiting = replace(self._state, waiting=seen.waiting, oldest_at_ms=seen.oldest_at_ms, changed=frozenset())
        self._report(replace(waiting, feed_whole=seen.feed_whole))
        changed: frozenset[str] = frozenset()
        for state in self._exchange.steps():
            changed = state.changed
            self._report(replace(state, changed=frozenset()))
            if self._stopping:
                break
        if changed:
            self._report(replace(self._state, changed=changed))

    def _trouble(self, failure: Failure) -> None:
        self._report(replace(self._state, problem=failure, reachable=False, changed=frozenset()))

    def _report(self, state: SyncState) -> None:
        if state == self._state:
            return
        self._state = state
        try:
            self._on_state(state)
        except Exception:  # noqa: BLE001  logged whole; who looks on must not stop the exchange
            _log.exception("the state of the exchange could not be shown")
