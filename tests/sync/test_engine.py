"""One run of the exchange: all goes over once, neither direction waits for the other, and the state says what is so."""

from pathlib import Path

import pytest

from seraphine_pos.domain.protocol import Head, Page
from seraphine_pos.domain.refusal import (
    AnswerNotOurs,
    Failure,
    NotEnrolled,
    PushDamaged,
    PushTooLarge,
    Revoked,
    ServerTimedOut,
    ServerUnavailable,
    StorageDamaged,
    SyncFailed,
    UpgradeNeeded,
)
from seraphine_pos.sync.engine import Engine, SyncState
from seraphine_pos.sync.push import PushLimits
from tests.fakes.model_server import BadNetwork, ModelServer
from tests.silence import ExpectedLog
from tests.sync.one_till import OneTill, chain_of


def test_a_run_sends_what_waits_and_fetches_what_is_new(till: OneTill, server: ModelServer) -> None:
    till.happen(3)
    for number in range(7):
        server.publish(str(number), "Thé")
    state = till.engine.run_once()
    assert state == SyncState(
        waiting=0,
        last_contact_ms=till.clock.now_ms(),
        reachable=True,
        feed_whole=True,
        changed=frozenset({"product"}),
    )
    assert till.events() <= server.events
    assert till.stored.mirror.count("product") == 7


def test_an_idle_run_is_one_hello_and_one_pull(till: OneTill, server: ModelServer) -> None:
    till.engine.run_once()
    server.asked.clear()
    state = till.engine.run_once()
    assert server.asked == {"push": 1, "pull": 1}
    assert state.changed == frozenset()


def test_before_any_contact_the_state_tells_what_waits_since_when(till: OneTill) -> None:
    began_ms = till.clock.now_ms()
    till.happen(2)
    assert till.engine.look() == SyncState(waiting=3, oldest_at_ms=began_ms)


def test_steps_show_the_queue_going_down(tmp_path: Path, server: ModelServer) -> None:
    till = OneTill(tmp_path / "t", server)
    till.happen(9)
    engine = Engine(till.stored.journal, till.stored.mirror, server, till.clock, PushLimits(batch_entries=4))
    # Push, pull, push, push, and one more pull for what the last entries changed.
    assert [state.waiting for state in engine.steps()] == [6, 6, 2, 0, 0]
    till.close()


# Neither waits for the other


@pytest.mark.parametrize(
    ("failure", "reachable"),
    [
        (ServerUnavailable(reason="x"), True),
        (ServerTimedOut(reason="x"), True),
        (PushDamaged(reason="x"), True),
        (PushTooLarge(), True),
        (Revoked(), True),
        (StorageDamaged(reason="x"), True),
    ],
)
def test_a_push_that_fails_does_not_stop_the_pull(
    till: OneTill, server: ModelServer, network: BadNetwork, failure: Failure, *, reachable: bool
) -> None:
    till.happen()
    server.publish("1", "Thé")
    network.failure, network.broken = failure, frozenset({"push"})
    state = till.engine.run_once()
    assert till.stored.mirror.count("product") == 1
    assert (state.problem, state.waiting, state.reachable) == (failure, 2, reachable)
    network.broken = frozenset()
    assert till.engine.run_once().problem is None


def test_a_pull_that_fails_does_not_stop_the_push(till: OneTill, server: ModelServer, network: BadNetwork) -> None:
    till.happen(3)
    network.failure, network.broken = UpgradeNeeded(), frozenset({"pull"})
    state = till.engine.run_once()
    assert state.waiting == 0
    assert isinstance(state.problem, UpgradeNeeded)
    assert state.feed_whole is False
    assert len(chain_of(server, till)) == 4


@pytest.mark.parametrize(
    ("failure", "reachable"),
    [(ServerUnavailable(reason="x"), False), (NotEnrolled(), True), (AnswerNotOurs(reason="x"), False)],
)
def test_reachable_means_that_our_server_answered(
    till: OneTill, network: BadNetwork, failure: Failure, *, reachable: bool
) -> None:
    network.failure, network.broken = failure, frozenset({"push", "pull"})
    state = till.engine.run_once()
    assert (state.reachable, state.last_contact_ms, state.problem) == (reachable, None, failure)


def test_contact_is_remembered_while_the_server_is_away(till: OneTill, network: BadNetwork) -> None:
    met_ms = till.clock.now_ms()
    till.engine.run_once()
    till.clock.pass_ms(60_000)
    network.failure, network.broken = ServerUnavailable(reason="x"), frozenset({"push", "pull"})
    state = till.engine.run_once()
    assert (state.reachable, state.last_contact_ms) == (False, met_ms)


class BuggyServer(ModelServer):
    """A client with a fault of its own in the push."""

    def push(self, *_: object) -> Head:
        return {}["no such key"]  # type: ignore[index]


def test_a_fault_of_the_program_is_logged_shown_and_ends_one_direction_only(
    tmp_path: Path, expected_log: ExpectedLog
) -> None:
    expected_log("fault of the program", "seraphine_pos.sync.engine")
    server = BuggyServer()
    server.publish("1", "Thé")
    till = OneTill(tmp_path / "t", server)
    state = till.engine.run_once()
    assert isinstance(state.problem, SyncFailed)
    assert "KeyError" in str(state.problem)
    assert till.stored.mirror.count("product") == 1
    till.close()


@pytest.mark.parametrize(("rev", "more"), [(0, True), (-1, False)])
def test_a_page_that_does_not_go_on_is_a_problem_not_a_loop(tmp_path: Path, *, rev: int, more: bool) -> None:
    class Looping(ModelServer):
        def pull(self, feed_id: str, after: int, journal_id: str) -> Page:
            page = super().pull(feed_id, after, journal_id)
            return Page(page.server_id, page.feed_id, after + rev, page.documents, page.applied_seq, more, after)

    server = Looping()
    server.publish("1", "Thé")
    till = OneTill(tmp_path / "t", server)
    till.engine.run_once()
    state = till.engine.run_once()
    assert isinstance(state.problem, AnswerNotOurs)
    till.close()


def test_an_old_page_that_a_cache_kept_does_not_empty_the_mirror(tmp_path: Path) -> None:
    """It belongs to another feed and begins where that one had come to: all that was before would be missing."""

    class Cached(ModelServer):
        kept: Page | None = None

        def pull(self, feed_id: str, after: int, journal_id: str) -> Page:
            return self.kept or super().pull(feed_id, after, journal_id)

    server = Cached()
    server.publish("1", "Thé")
    till = OneTill(tmp_path / "t", server)
    till.engine.run_once()
    old = server.pull(server.feed_id, server.rev, "")
    server.feed_id = "feed-1"
    till.engine.run_once()
    server.kept = old
    assert isinstance(till.engine.run_once().problem, AnswerNotOurs)
    assert [one.key for one in till.stored.mirror.all("product")] == ["1"]
    server.kept = None
    assert till.engine.run_once().problem is None
    till.close()
