"""Sending the journal: batches that fit, and a head that is continued, searched for or parted from."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from seraphine_pos.domain.journal import FIRST_HASH, Entry
from seraphine_pos.domain.protocol import Head
from seraphine_pos.domain.refusal import (
    AnswerNotOurs,
    PushDamaged,
    PushStuck,
    PushTooLarge,
    ServerTimedOut,
    StorageDamaged,
)
from seraphine_pos.sync.batch import Batch
from seraphine_pos.sync.push import PushLimits, spread
from tests.fakes.model_server import BadNetwork, ModelServer
from tests.sync.one_till import OneTill, chain_of

# Batches


class CountingServer(ModelServer):
    """Notes the size of each push."""

    def __init__(self, *, entries_max: int = 10_000, slow_above: int = 10_000) -> None:
        super().__init__(entries_max=entries_max)
        self.sizes: list[int] = []
        self.slow_above = slow_above

    def push(self, journal_id: str, acknowledged_seq: int, acknowledged_hash: bytes, entries: Sequence[Entry]) -> Head:
        self.sizes.append(len(entries))
        if isinstance(entries, Batch):
            entries.gone()
        if len(entries) > self.slow_above:
            raise ServerTimedOut(reason="lent")
        return super().push(journal_id, acknowledged_seq, acknowledged_hash, entries)


def test_a_batch_too_large_is_halved_at_once_and_grows_again(tmp_path: Path) -> None:
    server = CountingServer(entries_max=5)
    till = OneTill(tmp_path / "t", server)
    till.happen(15)
    assert till.engine.run_once().waiting == 0
    assert server.sizes == [16, 8, 4, 8, 4, 8, 4, 4]
    till.close()


def test_a_batch_that_times_out_is_halved_for_the_next_run(tmp_path: Path) -> None:
    server = CountingServer(slow_above=4)
    till = OneTill(tmp_path / "t", server)
    till.happen(15)
    assert isinstance(till.engine.run_once().problem, ServerTimedOut)
    assert till.engine.run_once().waiting == 16
    assert server.sizes == [16, 8]
    till.engine.run_once()
    assert server.sizes[:4] == [16, 8, 4, 8]
    for _ in range(5):
        till.engine.run_once()
    assert till.engine.look().waiting == 0
    till.close()


def test_one_entry_that_is_too_large_is_a_problem_not_a_loop(tmp_path: Path) -> None:
    server = CountingServer(entries_max=0)
    till = OneTill(tmp_path / "t", server)
    assert isinstance(till.engine.run_once().problem, PushTooLarge)
    till.close()


def test_a_server_that_takes_nothing_is_a_problem_not_a_loop(tmp_path: Path) -> None:
    class Refusing(ModelServer):
        def push(self, journal_id: str, *_: object) -> Head:
            return Head(self.server_id, journal_id, 0, FIRST_HASH, 0)

    till = OneTill(tmp_path / "t", Refusing())
    state = till.engine.run_once()
    assert isinstance(state.problem, PushStuck)
    assert "1" in str(state.problem)
    till.close()


def test_the_head_of_another_journal_is_not_believed(tmp_path: Path) -> None:
    class Confused(ModelServer):
        def push(self, journal_id: str, *_: object) -> Head:
            return Head(self.server_id, journal_id + "x", 1, FIRST_HASH, 0)

    till = OneTill(tmp_path / "t", Confused())
    till.happen()
    state = till.engine.run_once()
    assert isinstance(state.problem, AnswerNotOurs)
    assert state.waiting == 2
    till.close()


# Reading ahead

FEW = PushLimits(batch_entries=4)


class WaitingServer(ModelServer):
    """Lets the till use the time of waiting, and what is given happen after that; takes so many entries of a push."""

    def __init__(self, after: Callable[[], None] = lambda: None, *, takes: int = 10_000) -> None:
        super().__init__()
        self.after = after
        self.takes = takes
        self.offered: list[tuple[int, int]] = []

    def push(self, journal_id: str, acknowledged_seq: int, acknowledged_hash: bytes, entries: Sequence[Entry]) -> Head:
        assert isinstance(entries, Batch)
        self.offered += [(entry.seq, len(entries)) for entry in entries[:1]]
        entries.gone()
        self.after()
        return ModelServer.push(self, journal_id, acknowledged_seq, acknowledged_hash, entries[: self.takes])


def spoil(till: OneTill, seq: int) -> None:
    """Change an entry on the disk, as no program does."""
    with till.stored.database.write() as connection:
        connection.execute("DROP TRIGGER IF EXISTS entry_is_only_blanked")
        connection.execute(f"UPDATE entry SET body = body || ' ' WHERE seq = {seq}")


def test_the_next_batch_is_read_while_one_is_under_way(tmp_path: Path) -> None:
    server = WaitingServer()
    till = OneTill(tmp_path / "t", server, limits=FEW)
    till.happen(9)
    server.after = lambda: spoil(till, 8)  # too late: it has been read
    till.engine.run_once()
    assert len(chain_of(server, till)) == 10
    till.close()


@pytest.mark.parametrize("takes", [1, 3])
def test_what_was_read_ahead_goes_only_where_the_head_stands(tmp_path: Path, takes: int) -> None:
    server = WaitingServer(takes=takes)
    till = OneTill(tmp_path / "t", server, limits=FEW)
    till.happen(9)
    assert till.engine.run_once().waiting == 0
    assert server.offered == [(first, min(4, 11 - first)) for first in range(1, 11, takes)]
    till.close()


def test_an_entry_that_cannot_be_read_ahead_holds_back_only_what_follows(tmp_path: Path) -> None:
    server = WaitingServer()
    till = OneTill(tmp_path / "t", server, limits=FEW)
    till.happen(9)
    spoil(till, 7)
    assert isinstance(till.engine.run_once().problem, StorageDamaged)
    assert len(chain_of(server, till)) == 6
    till.close()


def test_a_batch_read_ahead_is_forgotten_with_the_run(tmp_path: Path) -> None:
    server = WaitingServer()
    till = OneTill(tmp_path / "t", server, limits=FEW)
    till.happen(9)
    next(till.engine.steps())
    spoil(till, 6)
    assert isinstance(till.engine.run_once().problem, StorageDamaged)
    assert len(chain_of(server, till)) == 5
    till.close()


def test_a_batch_read_ahead_has_the_size_of_one_read_in_its_turn(tmp_path: Path) -> None:
    def sizes(server: CountingServer) -> list[int]:
        till = OneTill(tmp_path / type(server).__name__, server, limits=PushLimits(batch_entries=8, batch_bytes=90))
        till.happen(20)
        assert till.engine.run_once().waiting == 0
        till.close()
        return server.sizes

    class Idle(CountingServer):
        def push(self, journal_id: str, seq: int, hash: bytes, entries: Sequence[Entry]) -> Head:
            return super().push(journal_id, seq, hash, list(entries))

    assert sizes(CountingServer()) == sizes(Idle())


# The head rule


def test_a_lost_answer_costs_nothing(till: OneTill, server: ModelServer, network: BadNetwork) -> None:
    till.happen(3)
    network.trouble = 0.5
    for _ in range(50):
        till.engine.run_once()
    network.trouble = 0
    assert till.engine.run_once().waiting == 0
    assert len(chain_of(server, till)) == 4
    assert set(server.counted.values()) == {1}


@pytest.mark.parametrize("feed_id", [None, "feed-new"], ids=["file copied back", "restore command"])
def test_a_server_put_back_is_sent_again_what_it_lacks(till: OneTill, server: ModelServer, feed_id: str | None) -> None:
    till.happen(2)
    server.publish("1", "Thé")
    till.engine.run_once()
    backup = server.copy()
    till.happen(2)
    server.publish("2", "Café")
    till.engine.run_once()
    server.put_back(backup, feed_id=feed_id)
    state = till.engine.run_once()
    assert state.problem is None
    assert till.events() <= server.events
    assert till.engine.run_once().feed_whole
    assert till.stored.mirror.count("product") == 1
    assert len(till.stored.journal.journals()) == 1


def test_an_empty_server_is_sent_everything(till: OneTill, server: ModelServer) -> None:
    empty = server.copy()
    till.happen(5)
    till.engine.run_once()
    server.put_back(empty)
    assert till.engine.run_once().waiting == 0
    assert len(chain_of(server, till)) == 6


@pytest.mark.parametrize("shared", [1, 2, 40])
def test_a_journal_that_the_server_knows_otherwise_is_closed_where_they_part(
    till: OneTill, server: ModelServer, tmp_path: Path, shared: int
) -> None:
    """The whole disk was put back, anchor and all: only the server can tell."""
    till.happen(shared)
    till.engine.run_once()
    other = till.clone(tmp_path / "image", till.machine)
    till.happen(30)
    till.engine.run_once()
    other.happen(3)
    here = other.events()
    assert other.engine.run_once().problem is None
    closed, current = other.stored.journal.journals()
    assert other.stored.journal.state(closed).seq == shared + 1
    assert other.stored.journal.state(closed).waiting == other.stored.journal.state(current).waiting == 0
    assert other.events() == here
    assert till.events() | here <= server.events
    assert server.asked["hashes"] <= 2
    other.close()


def test_a_till_put_back_sends_the_end_of_its_old_journal_too(
    till: OneTill, server: ModelServer, tmp_path: Path
) -> None:
    till.happen(2)
    till.engine.run_once()
    till.happen(2)
    till.backup(tmp_path / "backup")
    till.happen(1)
    till.put_back(tmp_path / "backup")
    till.happen(1)
    assert len(till.stored.journal.journals()) == 2
    assert till.engine.run_once().waiting == 0
    assert till.events() <= server.events


def test_closed_journals_are_compared_at_the_start_now_and_then_and_when_the_server_went_back(
    till: OneTill, server: ModelServer, tmp_path: Path
) -> None:
    till.backup(tmp_path / "backup")
    till.happen(2)
    till.put_back(tmp_path / "backup")
    before = server.copy()

    def pushes() -> int:
        server.asked.clear()
        till.engine.run_once()
        return server.asked["push"]

    pushes()
    assert pushes() == 1
    till.clock.pass_ms(PushLimits().closed_every_ms)
    assert pushes() == 2
    assert pushes() == 1
    server.put_back(before)
    pushes()
    till.engine.run_once()
    assert till.events() <= server.events
    closed = till.stored.journal.journals()[0]
    assert len(server.chains[closed]) == till.stored.journal.state(closed).seq


def test_what_the_disk_changed_is_not_sent_and_what_is_before_it_is(till: OneTill, server: ModelServer) -> None:
    till.happen(20)
    with till.stored.database.write() as connection:
        connection.execute("DROP TRIGGER entry_is_only_blanked")
        connection.execute("UPDATE entry SET at_ms = at_ms + 1 WHERE seq = 14")
    for _ in range(2):
        state = till.engine.run_once()
        assert isinstance(state.problem, PushDamaged | StorageDamaged)
        assert len(chain_of(server, till)) == 13
        assert state.feed_whole


@pytest.mark.parametrize("change", ["prev_hash = zeroblob(32)", "seq = 99"])
def test_what_does_not_follow_is_not_sent(till: OneTill, server: ModelServer, change: str) -> None:
    till.happen(5)
    with till.stored.database.write() as connection:
        connection.execute("DROP TRIGGER entry_is_only_blanked")
        connection.execute(f"UPDATE entry SET {change} WHERE seq = 4")
    assert isinstance(till.engine.run_once().problem, PushDamaged | StorageDamaged)
    assert len(chain_of(server, till)) == 3


def test_an_entry_that_the_server_finds_damaged_holds_back_only_what_follows(tmp_path: Path) -> None:
    class Strict(ModelServer):
        def push(self, journal_id: str, seq: int, hash: bytes, entries: Sequence[Entry]) -> Head:
            if any(entry.seq == 6 for entry in entries):
                raise PushDamaged(reason="6")
            return ModelServer.push(self, journal_id, seq, hash, entries)

    server = Strict()
    till = OneTill(tmp_path / "t", server)
    till.happen(10)
    state = till.engine.run_once()
    assert isinstance(state.problem, PushDamaged)
    assert len(chain_of(server, till)) == 5
    till.close()


@pytest.mark.parametrize(("low", "high", "most"), [(0, 1, 64), (0, 64, 64), (3, 5, 64), (0, 1000, 64), (7, 1007, 3)])
def test_a_search_is_spread_evenly_and_ends_at_the_top(low: int, high: int, most: int) -> None:
    places = spread(low, high, most)
    assert places == sorted(set(places))
    assert places[-1] == high
    assert low < places[0]
    assert len(places) == min(most, high - low)
