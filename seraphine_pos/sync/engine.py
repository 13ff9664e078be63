"""One run of the exchange with the store's server: push and pull side by side, neither waiting for the other.

When all is sent, this till's side of its days is told as well.

It knows the journal, the mirror and the protocol; nothing of the network, of threads or of when to run.
"""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from seraphine_pos.domain.clock import Clock
from seraphine_pos.domain.protocol import Server
from seraphine_pos.domain.refusal import (
    Failure,
    NotEnrolled,
    PushDamaged,
    PushStuck,
    Revoked,
    SyncFailed,
    UpgradeNeeded,
)
from seraphine_pos.store.journal import Journal
from seraphine_pos.store.mirror import Mirror
from seraphine_pos.sync.pull import Pull
from seraphine_pos.sync.push import Push, PushLimits
from seraphine_pos.sync.tell import Tell

ROUNDS_MAX: Final = 10_000
PUSH: Final = "push"
PULL: Final = "pull"
TELL: Final = "tell"
# The server answered, and what it said is the problem.
ANSWERS: Final = (NotEnrolled, Revoked, UpgradeNeeded, PushDamaged, PushStuck)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SyncState:
    """What people should know of the exchange.

    ``waiting`` counts entries the server does not have yet, the oldest written at ``oldest_at_ms``; ``last_contact_ms``
    is when the server last answered (wall clock, Unix ms), ``reachable`` whether it did in the last run;
    ``changed`` names the kinds of documents that this run brought.
    """

    waiting: int = 0
    oldest_at_ms: int | None = None
    last_contact_ms: int | None = None
    reachable: bool = False
    problem: Failure | None = None
    feed_whole: bool = False
    changed: frozenset[str] = frozenset()


class Engine:
    """The exchange of one till with one server; used by one thread at a time."""

    def __init__(
        self, journal: Journal, mirror: Mirror, server: Server, clock: Clock, limits: PushLimits | None = None,
        tell: Tell | None = None,
    ) -> None:  # fmt: skip
        self._journal = journal
        self._mirror = mirror
        self._clock = clock
        self._push = Push(journal, server, clock, limits or PushLimits())
        self._pull = Pull(mirror, server)
        self._tell = tell
        self._last_contact_ms: int | None = None

    def run_once(self) -> SyncState:
        """Exchange until nothing more is to be exchanged, or can be; return where that leaves us."""
        *_, last = self.steps()
        return last

    def steps(self) -> Iterator[SyncState]:
        """Do the same request by request, so that the caller may look on and stop in between."""
        run = _Run()
        self._push.begin()
        for _ in range(ROUNDS_MAX):
            if not run.directions:
                return
            if PUSH in run.directions:
                self._step(run, PUSH, self._push.step)
                if PUSH not in run.directions:
                    self._pushed(run)
                yield self._state(run)
            if PULL in run.directions:
                self._step(run, PULL, lambda: self._pull.step(self._journal.journals()[-1], run.changed))
                yield self._state(run)
            if TELL in run.directions and self._tell is not None:
                self._step(run, TELL, self._tell.step)
                yield self._state(run)

    def _pushed(self, run: "_Run") -> None:
        """Go on with what follows the last push of a run."""
        if PULL not in run.problems:
            # What the last entries changed is fetched in the same run, even if all else was fetched before.
            run.directions.add(PULL)
        if self._tell is not None and self._tell.due and not run.problems:
            run.directions.add(TELL)

    def look(self) -> SyncState:
        """Return how things stand without asking the server."""
        return self._state(_Run())

    def _step(self, run: "_Run", direction: str, step: Callable[[], bool]) -> None:
        """Take one step of one direction; what goes wrong ends that direction alone, for this run."""
        try:
            goes_on = step()
        except Failure as failure:
            run.fail(direction, failure)
        except Exception as error:  # noqa: BLE001  logged whole; a fault in one direction must not stop the other
            _log.exception("the %s stopped on a fault of the program", direction)
            run.fail(direction, SyncFailed(reason=type(error).__name__))
        else:
            run.answered = True
            self._last_contact_ms = self._clock.now_ms()
            if not goes_on:
                run.directions.discard(direction)

    def _state(self, run: "_Run") -> SyncState:
        states = [self._journal.state(journal_id) for journal_id in self._journal.journals()]
        return SyncState(
            waiting=sum(state.waiting for state in states),
            oldest_at_ms=min(
                (at_ms for state in states if (at_ms := state.oldest_waiting_at_ms) is not None), default=None
            ),
            last_contact_ms=self._last_contact_ms,
            reachable=run.answered,
            problem=run.problem,
            feed_whole=self._mirror.state().whole,
            changed=frozenset(run.changed),
        )


@dataclass(slots=True)
class _Run:
    """What one run has come to so far."""

    directions: set[str] = field(default_factory=lambda: {PUSH, PULL})
    problems: dict[str, Failure] = field(default_factory=dict)
    changed: set[str] = field(default_factory=set)
    answered: bool = False

    @property
    def problem(self) -> Failure | None:
        """Return what people should be told first: what keeps their sales here.

        A side that could not be told is none: the owner sees of when the last one is.
        """
        return self.problems.get(PUSH) or self.problems.get(PULL)

    def fail(self, direction: str, failure: Failure) -> None:
        """End a direction with what stopped it."""
        self.directions.discard(direction)
        self.problems[direction] = failure
        self.answered = self.answered or isinstance(failure, ANSWERS)
