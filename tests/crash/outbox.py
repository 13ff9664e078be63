"""Kills a store's server at random instants while it tells a receiver of closings; each is told, under one id.

    python -m tests.crash.outbox --kills 200 [--first-seed 1] [--haste 100]

A seed is one store with up to fifty lives. In each the server listens on a socket of its own, a till closes shifts
through it, and its courier tells a receiver in another process, which fails now and then at first; all of the server's
process is killed (SIGKILL). A last life delivers what is left. Then every closing that was acknowledged, and every one
that is kept, must have been received, with a right signature, under one id, and nothing may wait or be given up.
The server's clock and its courier's pause pass ``--haste`` times as fast, so that what a dead one held is tried soon.
"""

import argparse
import json
import os
import random
import shutil
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import httpx

from seraphine_pos.domain.event import Kind
from seraphine_pos.domain.refusal import Unavailable
from seraphine_pos.sync.client import HttpServer
from sync_server import settings
from sync_server.database import open_database
from sync_server.outgoing import outbox
from sync_server.outgoing.outbound import HttpSender, Sender
from sync_server.serving import serve
from sync_server.store_server import StoreServer
from sync_server.upkeep import courier
from tests import harness
from tests.crash import life, scratch
from tests.crash.life import Moment
from tests.crash.receiver import Receiver, receiving
from tests.crash.told import Tell, Told
from tests.fakes.clock import A_MORNING_MS, FakeClock
from tests.sync_server.shop import CASHIER, DAY, Till, found_shop

LIVES_A_STORE: Final = 50
HASTE: Final = 100
DEADLY_S: Final = 0.3
SETTLE_S: Final = 120.0
LOOK_EVERY_S: Final = 0.02
LIVES_OPENING: Final = 0.1
LOADED: Final = httpx  # before the lives: whoever is forked need not load it again


@dataclass(frozen=True, slots=True)
class HastyClock:
    """The system's clock, so many times as fast since a moment."""

    since_ms: int
    haste: int

    def now_ms(self) -> int:
        """Return the wall clock."""
        return A_MORNING_MS + (time.time_ns() // 1_000_000 - self.since_ms) * self.haste

    def boot_ms(self) -> int:
        """Return the time since boot."""
        return time.monotonic_ns() // 1_000_000 * self.haste


class Forgetful:
    """The control: says of every second message that it arrived, and never sent it."""

    def __init__(self, sender: Sender) -> None:
        """Send the others by this one."""
        self._sender = sender
        self._forgets = False

    def send(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        """Forget, or send."""
        self._forgets = not self._forgets
        return 204 if self._forgets else self._sender.send(url, headers, body)


@dataclass(slots=True)
class Scene:
    """A store, its till and its receiver; ``struck`` are the messages, by try, that a kill found in hand."""

    folder: Path
    receiver: Receiver
    haste: int
    forgetful: bool
    told: Told = field(default_factory=Told)
    struck: set[tuple[str, int]] = field(default_factory=set)
    till: Till = field(init=False)
    clock: HastyClock = field(init=False)

    def __post_init__(self) -> None:
        """Found the store, and name the receiver in its settings and to its server."""
        place = self.folder / settings.SERVER_FOLDER
        place.mkdir()
        (place / settings.FILE).write_text(f'[outbound]\nallow = ["127.0.0.1:{self.receiver.port}"]\n')
        shop = found_shop(self.url)
        self.till = shop.till()
        with shop.server.write(shop.store_id, "harness") as tx:
            allow = settings.load(self.folder).outbound.allow
            _, secret = outbox.add(tx, self.receiver.url, [outbox.DAY_CLOSED], allow)
        self.receiver.secret.write_text(secret)
        shop.database.close()
        self.clock = HastyClock(time.time_ns() // 1_000_000, self.haste)

    @property
    def url(self) -> str:
        """Return where the database is."""
        return f"sqlite:///{self.folder / settings.SERVER_FOLDER / 'server.db'}"

    @property
    def ready(self) -> Path:
        """Return the file that says where the server listens."""
        return self.folder / "ready.json"

    def one_life(self, moment: Moment) -> None:
        """Live, and die."""
        self.ready.unlink(missing_ok=True)
        child, source = life.fork(self._live)
        life.end(child, source, moment, self.told)
        with self._opened() as server, server.database.read() as connection:
            held = (
                "SELECT message_id, tries FROM outbox WHERE tries > 0 AND delivered_at_ms IS NULL AND problem IS NULL"
            )
            self.struck.update((row.message_id, row.tries) for row in connection.exec_driver_sql(held))

    def settle(self) -> Iterator[str]:
        """Let the server deliver what is left, and yield what is wrong then."""
        self.ready.unlink(missing_ok=True)
        child, source = life.fork(self._idle)
        pause, ends = threading.Event(), time.monotonic() + SETTLE_S
        while time.monotonic() < ends and self._waiting():
            pause.wait(LOOK_EVERY_S)
        life.end(child, source, Moment(0, checked=False), self.told)
        yield from self._faults()

    def _live(self, tell: Tell) -> None:
        """Serve, and close shifts on a thread of its own."""
        threading.Thread(target=self._sell, args=(tell,), daemon=True).start()
        self._idle(tell)

    def _idle(self, _tell: Tell) -> None:
        """Serve as the command does, with a courier beside."""
        with self._opened() as server:
            sender: Sender = HttpSender(server.settings.outbound.allow)
            if self.forgetful:
                sender = Forgetful(sender)
            pause_s = courier.PAUSE_S / self.haste
            listening = settings.Listening(ready_file=self.ready)
            serve(server, listening, lambda: courier.carrying(server, sender, pause_s))

    def _sell(self, tell: Tell) -> None:
        """Open a journal, and close shifts in it for ever; say of each that the server has it."""
        pause = threading.Event()
        while not self.ready.exists():
            pause.wait(0.002)
        said = json.loads(self.ready.read_text())
        door = HttpServer(said["url"], self.till.enrolment.device_key, said["server_id"])
        clock = FakeClock(self.clock.now_ms())
        till = Till(self.till.server, self.till.enrolment, f"journal-{clock.now_ms()}", clock, os.urandom)
        told = False
        while True:
            before = till.entries[-1] if till.entries else None
            event_id = close_a_shift(till)
            acknowledged = (before.seq, before.hash) if before else (0, bytes(32))
            try:
                door.push(till.journal_id, *acknowledged, till.entries[acknowledged[0] :])
            except Unavailable as problem:
                tell(f"fault the server did not answer: {problem}")
                return
            tell(f"done {event_id} closed 0")
            if not told:
                tell("checked 0")
                told = True

    def _waiting(self) -> int:
        with self._opened() as server, server.database.read() as connection:
            waiting = "SELECT COUNT(*) FROM outbox WHERE due_at_ms IS NOT NULL"
            return int(connection.exec_driver_sql(waiting).scalar_one())

    def _faults(self) -> Iterator[str]:
        """Compare what was acknowledged, what is kept, what is noted as delivered, and what was received."""
        with self._opened() as server, server.database.read() as connection:
            closings = f"SELECT event_id FROM entries WHERE kind = '{Kind.SHIFT_CLOSED}'"
            kept = set(connection.exec_driver_sql(closings).scalars())
            messages = connection.exec_driver_sql("SELECT * FROM outbox").mappings().all()
        ids = defaultdict[str, set[str]](set)
        for one in self.receiver.deliveries():
            ids[one.event_id].add(one.message_id)
            if not one.signed:
                yield f"{one.message_id} has a wrong signature"
        for event_id in {*self.told.settled, *self.told.done} - kept:
            yield f"the closing {event_id} was acknowledged and is not kept"
        for event_id in kept:
            if len(ids[event_id]) != 1:
                yield f"the closing {event_id} was received under {len(ids[event_id])} ids"
        for row in messages:
            if row["delivered_at_ms"] is None:
                yield f"{row['message_id']} is not delivered after {row['tries']} tries: {row['problem']}"
        if {row["message_id"] for row in messages} != set().union(*ids.values()) or len(messages) != len(kept):
            yield f"{len(messages)} messages are kept of {len(kept)} closings, {len(ids)} were received"

    @contextmanager
    def _opened(self) -> Iterator[StoreServer]:
        with closing(open_database(self.url)) as database:
            yield StoreServer(database, self.clock, os.urandom, settings.load(self.folder))


def moment(chance: random.Random) -> Moment:
    """Draw when a life ends: mostly after a first closing was acknowledged, sometimes at whatever it does before."""
    return Moment(chance.uniform(0, DEADLY_S), checked=chance.random() >= LIVES_OPENING)


def close_a_shift(till: Till) -> str:
    """Open a shift, sell, close it, and return the closing's id."""
    shift_id = f"shift-{len(till.entries)}"
    facts: dict[str, object] = {
        "shift_id": shift_id, "till_id": till.enrolment.till_id, "business_day": DAY, "operator_id": CASHIER,
    }  # fmt: skip
    till.write(Kind.SHIFT_OPENED, {**facts, "float": 0})
    till.sell(100, shift_id=shift_id)
    return till.write(Kind.SHIFT_CLOSED, {**facts, "reason": "fin", "counted": None}).event_id


@dataclass(slots=True)
class Came:
    """What came of a run."""

    passed: int = 0
    failed: int = 0
    closings: int = 0
    received: int = 0
    struck: int = 0

    def count(self, scene: Scene) -> None:
        """Add one store's."""
        every = scene.receiver.deliveries()
        self.closings += len({one.event_id for one in every})
        self.received += len(every)
        self.struck += len(scene.struck)


def run(first_seed: int, kills: int, haste: int, *, forgetful: bool = False) -> int:
    """Kill so many times, show how far it is, say what failed and how to do it again; return the exit code."""
    came, seed = Came(), first_seed
    with harness.progress("kills") as progress:
        while (done := came.passed + came.failed) < kills:
            count = min(LIVES_A_STORE, kills - done)
            folder = scratch.folder("outbox")
            with receiving(folder) as receiver:
                scene, chance = Scene(folder, receiver, haste, forgetful), random.Random(seed)
                faults: list[str] = []
                for number in range(count):
                    scene.one_life(moment(chance))
                    progress(done + number + 1, kills)
                faults = [*scene.settle(), *scene.told.faults]
                came.count(scene)
            came.passed, came.failed = came.passed + count - bool(faults), came.failed + bool(faults)
            if faults:
                words = f" --haste {haste}" + (" --forgetful" if forgetful else "")
                again = f"python -m tests.crash.outbox --kills {count} --first-seed {seed}{words}"
                kept = "" if forgetful else f" (kept in {scratch.keep(folder)})"
                harness.failure(seed, f"{'; '.join(faults[:5])}{kept}", again)
            shutil.rmtree(folder, ignore_errors=True)
            seed += 1
    print(  # noqa: T201
        f"{came.closings:,} closings were received, {came.received - came.closings:,} of them again;"
        f" {came.struck:,} messages were in hand when their server died"
    )
    return harness.finish(came.passed, came.failed)


def main(argv: list[str]) -> int:
    """Read the command line and kill."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash.outbox", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--haste", type=int, default=HASTE)
    parser.add_argument("--forgetful", action="store_true", help="control: not all that is noted was sent; must fail")
    asked = parser.parse_args(argv)
    return run(asked.first_seed, asked.kills, asked.haste, forgetful=asked.forgetful)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
