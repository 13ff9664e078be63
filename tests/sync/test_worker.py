"""The thread of the exchange: when it runs, how long it waits, what it tells, and that nothing ends it but stop."""

import itertools
import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Self

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seraphine_pos.domain.refusal import ServerUnavailable, StorageDamaged, SyncFailed
from seraphine_pos.sync.client import Timeouts
from seraphine_pos.sync.engine import SyncState
from seraphine_pos.sync.worker import Pace, Worker
from tests.silence import ExpectedLog

AWAY = ServerUnavailable(reason="x")
WITHIN_S = 10
BACK_WITHIN_S = 60  # whatever the network did before it healed
CATCHING_UP_S = 5


class HandBell:
    """A bell that shows for how long the worker means to wait, and rings when the test says so."""

    def __init__(self) -> None:
        self.pauses: queue.Queue[float | None] = queue.Queue()
        self.rings = threading.Semaphore(0)

    def set(self) -> None:
        self.rings.release()

    def clear(self) -> None:
        while self.rings.acquire(blocking=False):
            continue

    def wait(self, timeout: float | None = None) -> bool:
        self.pauses.put(timeout)
        return self.rings.acquire(timeout=WITHIN_S)

    def pause(self) -> float | None:
        """Wait until the worker waits; return how long it means to."""
        return self.pauses.get(timeout=WITHIN_S)


class Scripted:
    """An exchange whose runs a test writes down; the last one is repeated."""

    def __init__(self, *runs: list[SyncState] | Exception, seen: SyncState | None = None) -> None:
        self.runs = itertools.chain(runs, itertools.repeat(runs[-1]))
        self.seen = seen or SyncState()

    def look(self) -> SyncState:
        return self.seen

    def steps(self) -> Iterator[SyncState]:
        run = next(self.runs)
        if isinstance(run, Exception):
            raise run
        yield from run


GOOD = SyncState(reachable=True, feed_whole=True)
BAD = SyncState(problem=AWAY)


def test_the_fakes_do_what_they_say() -> None:
    bell = HandBell()
    bell.set()
    bell.set()
    bell.clear()
    bell.set()
    assert bell.wait(3)
    assert bell.pause() == 3
    scripted = Scripted([GOOD], RuntimeError())
    assert list(scripted.steps()) == [GOOD]
    with pytest.raises(RuntimeError):
        list(scripted.steps())


class Scene:
    """A worker, its bell, and what it told."""

    def __init__(self, *runs: list[SyncState] | Exception, seen: SyncState | None = None, chance: float = 1.0) -> None:
        self.bell = HandBell()
        self.told: list[SyncState] = []
        self.worker = Worker(Scripted(*runs, seen=seen), self.told.append, bell=self.bell, chance=lambda: chance)

    def __enter__(self) -> Self:
        self.worker.start()
        return self

    def __exit__(self, *_: object) -> None:
        assert self.worker.stop(WITHIN_S)

    def again(self) -> float | None:
        """Wake the worker and return how long it means to wait after that run."""
        self.worker.wake()
        return self.bell.pause()


@pytest.mark.parametrize(("chance", "pause"), [(0.0, 36.0), (0.5, 40.0), (1.0, 44.0)])
def test_an_idle_till_says_hello_every_40_seconds_more_or_less(chance: float, pause: float) -> None:
    with Scene([GOOD], chance=chance) as scene:
        assert scene.bell.pause() == pytest.approx(pause)


def test_failures_wait_longer_up_to_a_limit_and_success_starts_anew() -> None:
    runs = [[BAD]] * 8 + [[GOOD], [BAD]]
    with Scene(*runs) as scene:
        pauses = [scene.bell.pause(), *(scene.again() for _ in range(9))]
    assert pauses == [1, 2, 4, 8, 16, 25, 25, 25, pytest.approx(44), 1]


@given(failures=st.integers(1, 10_000), chance=st.floats(0, 1))
def test_a_pause_after_a_failure_is_anything_up_to_its_limit(failures: int, chance: float) -> None:
    pace = Pace()
    assert 0 <= pace.after_failure_s(failures, chance) <= pace.backoff_s_max
    assert pace.after_failure_s(failures, 1.0) >= pace.after_failure_s(failures, chance)


def test_after_a_black_hole_an_idle_till_is_back_within_a_minute() -> None:
    """The worst of it: the network comes back right after a request was sent into the hole."""
    longest = max(Pace().after_failure_s(failures, 1.0) for failures in range(1, 100))
    assert Timeouts().read_s + longest <= BACK_WITHIN_S - CATCHING_UP_S


def test_a_sale_wakes_it_at_once() -> None:
    with Scene([GOOD], [BAD]) as scene:
        scene.bell.pause()
        scene.again()
        assert scene.worker.state.problem is AWAY


def test_a_sale_during_a_run_makes_another_run() -> None:
    """With the real bell: ringing between two waits is not forgotten."""
    running, go_on, runs = threading.Event(), threading.Event(), queue.Queue[int]()

    class Slow(Scripted):
        def steps(self) -> Iterator[SyncState]:
            runs.put(1)
            running.set()
            assert go_on.wait(WITHIN_S)
            yield GOOD

    worker = Worker(Slow([GOOD]), lambda _: None)
    with worker:
        assert running.wait(WITHIN_S)
        worker.wake()
        go_on.set()
        assert [runs.get(timeout=WITHIN_S), runs.get(timeout=WITHIN_S)] == [1, 1]


def test_it_tells_each_new_state_once_and_the_changed_kinds_at_the_end() -> None:
    first = replace(GOOD, waiting=2, changed=frozenset({"product"}))
    last = replace(GOOD, waiting=0, changed=frozenset({"product", "tax"}))
    with Scene([first, last], [GOOD, GOOD], seen=SyncState(waiting=5)) as scene:
        scene.bell.pause()
        assert scene.told == [
            SyncState(waiting=5),
            replace(first, changed=frozenset()),
            replace(last, changed=frozenset()),
            last,
        ]


def test_before_it_asks_the_server_it_tells_what_waits_now() -> None:
    """A sale shows in the queue at once, however long the server takes to be found missing."""
    with Scene([BAD], seen=SyncState(waiting=1, oldest_at_ms=7)) as scene:
        scene.bell.pause()
    assert scene.told[0] == SyncState(waiting=1, oldest_at_ms=7)


@pytest.mark.parametrize(
    ("error", "problem"), [(KeyError("x"), SyncFailed), (StorageDamaged(reason="x"), StorageDamaged)]
)
def test_whatever_goes_wrong_in_a_run_is_told_and_the_next_run_comes(
    error: Exception, problem: type[Exception], expected_log: ExpectedLog
) -> None:
    if problem is SyncFailed:
        expected_log("fault of the program", "seraphine_pos.sync.worker")
    with Scene([GOOD], error, [GOOD]) as scene:
        scene.bell.pause()
        assert scene.again() == 1
        assert isinstance(scene.worker.state.problem, problem)
        assert not scene.worker.state.reachable
        scene.again()
        assert scene.worker.state == GOOD


def test_who_looks_on_cannot_stop_it(expected_log: ExpectedLog) -> None:
    expected_log("could not be shown")

    def broken(_: SyncState) -> None:
        raise RuntimeError

    bell = HandBell()
    worker = Worker(Scripted([GOOD], [BAD]), broken, bell=bell)
    with worker:
        bell.pause()
        worker.wake()
        bell.pause()
        assert worker.alive
        assert worker.state == BAD


def test_stop_interrupts_the_request_in_flight_and_ends_the_thread() -> None:
    running, cut = threading.Event(), threading.Event()

    class Hanging(Scripted):
        def steps(self) -> Iterator[SyncState]:
            running.set()
            assert cut.wait(WITHIN_S)
            yield BAD
            raise AssertionError("it went on after stop")

    worker = Worker(Hanging([GOOD]), lambda _: None, interrupt=cut.set)
    worker.start()
    assert running.wait(WITHIN_S)
    assert worker.stop(WITHIN_S)
    assert not worker.alive
    assert worker.state.problem is AWAY


def test_stop_tells_when_the_thread_does_not_end() -> None:
    running, cut = threading.Event(), threading.Event()

    class Stuck(Scripted):
        def steps(self) -> Iterator[SyncState]:
            running.set()
            assert cut.wait(WITHIN_S)
            yield GOOD

    worker = Worker(Stuck([GOOD]), lambda _: None)
    worker.start()
    assert running.wait(WITHIN_S)
    assert worker.stop(0.01) is False
    cut.set()
    assert worker.stop(WITHIN_S)


def test_starting_twice_is_one_thread_and_stopping_before_starting_is_nothing() -> None:
    def threads() -> int:
        return sum(thread.name == "sync" for thread in threading.enumerate())

    idle: Callable[[SyncState], None] = lambda _: None  # noqa: E731
    assert Worker(Scripted([GOOD]), idle).stop()
    with Scene([GOOD]) as scene:
        scene.worker.start()
        scene.bell.pause()
        assert threads() == 1
    assert threads() == 0
