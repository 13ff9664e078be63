"""Whatever the network, the disks and the server went through: nothing lost, nothing doubled, both sides agree."""

import random
import tempfile
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seraphine_pos.domain.refusal import Unavailable
from seraphine_pos.sync.push import PushLimits
from tests.fakes.model_server import BadNetwork, ModelServer
from tests.sync.one_till import OneTill

MEMORY_DISK = Path("/dev/shm")  # noqa: S108  many small databases: a disk in memory where the system has one
TILLS_MAX = 4
HEALING_RUNS = 4
SMALL = PushLimits(batch_entries=3, search_hashes=3)  # so that a run has a batch to read ahead
STEPS = (
    "happen",
    "sync",
    "backup",
    "put back",
    "clone",
    "server backup",
    "server put back",
    "server copied back",
    "publish",
)

step = st.tuples(st.sampled_from(STEPS), st.integers(0, TILLS_MAX - 1), st.integers(1, 7))


class World:
    """A few tills, their server, the network between, and old copies of every disk."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder = folder
        self.server = ModelServer()
        self.network = BadNetwork(self.server, random.Random(seed))
        self.tills = [OneTill(folder / f"till-{number}", self.network, limits=SMALL) for number in range(2)]
        self.backups: dict[int, Path] = {}
        self.server_backup = self.server.copy()
        self.feeds = 0

    def do(self, what: str, which: int, count: int) -> None:  # noqa: C901  one line for each thing that can happen
        """Do one thing to one of the tills or to the server."""
        which %= len(self.tills)
        till = self.tills[which]
        match what:
            case "happen":
                till.happen(count)
            case "sync":
                self.sync(till)
            case "backup":
                till.backup(self.folder / f"backup-{which}")
                self.backups[which] = self.folder / f"backup-{which}"
            case "put back" if which in self.backups:
                till.put_back(self.backups[which])
            case "clone" if len(self.tills) < TILLS_MAX:
                place = len(self.tills)
                self.tills.append(
                    till.clone(self.folder / f"till-{place}", f"pc-{place}" if count % 2 else till.machine)
                )
            case "server backup":
                self.server_backup = self.server.copy()
            case "server put back":
                self.feeds += 1
                self.server.put_back(self.server_backup, feed_id=f"restored-{self.feeds}")
            case "server copied back":
                # A file put back by hand shows at the first hello. Were something published before any till had said
                # hello, the old revisions would be used again: that is why there is a command for it.
                self.server.put_back(self.server_backup)
                for each in self.tills:
                    each.engine.run_once()
            case "publish":
                self.server.publish(str(count), f"Thé {self.server.rev}")

    def sync(self, till: OneTill) -> None:
        """Run the exchange over a bad network; it may fail, but it may not lose what is here."""
        before = till.events()
        self.network.trouble = 0.25
        state = till.engine.run_once()
        self.network.trouble = 0.0
        assert state.problem is None or isinstance(state.problem, Unavailable)
        assert before == till.events(), "an exchange lost or doubled an event"

    def heal(self) -> None:
        """Let the network be good for a while."""
        for _ in range(HEALING_RUNS):
            for till in self.tills:
                till.clock.pass_ms(3_600_000)
                till.engine.run_once()

    def check(self) -> None:
        """Everything that is on a till is on the server, once; heads and documents agree."""
        for till in self.tills:
            living = Counter(event for event, _ in till.living())
            assert set(living.values()) == {1}, "an event stands twice in what this till says"
            journal = till.stored.journal
            for journal_id in journal.journals():
                state = journal.state(journal_id)
                chain = self.server.chains.get(journal_id, [])
                assert (state.waiting, state.acked_seq) == (0, state.seq), "the cursor is not at the head"
                assert state.seq == 0 or chain[state.seq - 1].hash == state.hash, "the server holds another chain"
            mirrored = {one.key: one.rev for one in till.stored.mirror.all("product")}
            published = {key: one.rev for (_, key), one in self.server.documents.items()}
            assert mirrored == published, "a mirror differs from the feed"
            assert till.stored.mirror.state().whole
        assert set(self.server.counted.values()) <= {1}

    def close(self) -> None:
        for till in self.tills:
            till.close()


histories = st.lists(step, min_size=20, max_size=40)
seeds = st.integers(0, 2**32)


def live_and_check(steps: list[tuple[str, int, int]], seed: int) -> None:
    """Live through a history, heal, and check that all is there and agrees."""
    place = str(MEMORY_DISK) if MEMORY_DISK.is_dir() else None
    with tempfile.TemporaryDirectory(dir=place) as folder:
        world = World(Path(folder), seed)
        try:
            for what, which, count in steps:
                world.do(what, which, count)
            here = set[str]().union(*(till.events() for till in world.tills))
            world.heal()
            assert here <= world.server.events, "healing lost an event"
            world.check()
        finally:
            world.close()


@settings(max_examples=12)
@given(steps=histories, seed=seeds)
def test_after_any_history_all_tills_and_the_server_agree(steps: list[tuple[str, int, int]], seed: int) -> None:
    live_and_check(steps, seed)


@pytest.mark.long
@pytest.mark.timeout(1200)
@settings(max_examples=500)
@given(steps=histories, seed=seeds)
def test_after_many_histories_all_tills_and_the_server_agree(steps: list[tuple[str, int, int]], seed: int) -> None:
    live_and_check(steps, seed)
