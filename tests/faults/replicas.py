"""Several real servers share one PostgreSQL while tills push through all of them in turn, and some are killed.

    python -m tests.faults.replicas --requests 20000 --kills 200 [--replicas N] [--database-url URL] [--first-seed S]

No proxy stands in between: each till asks the servers in turn, as a proxy that looks at nothing would have it.
A mirror follows the feed through all of them meanwhile. What is killed (SIGKILL) is a ``seraphine-server serve``
process; while it is away the others must go on. ``--database-url`` must name an empty PostgreSQL database; without it
one is started. A seed decides what is rung and who is killed; what the servers were doing just then is chance.
"""

import argparse
import itertools
import random
import signal
import socket
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from seraphine_pos.domain.journal import Entry
from seraphine_pos.domain.protocol import Head, Page
from seraphine_pos.domain.refusal import Unavailable
from tests import harness
from tests.faults.server_kills import READY_S, Scene, found_store, opened, own_postgres
from tests.faults.server_kills_nursery import Nursery
from tests.faults.server_kills_till import Till, Told

REPLICAS: Final = 3
LOOK_EVERY_S: Final = 0.003
STILL_S: Final = 20.0
# So many answers of the others show that they go on while one is away.
GOING_ON: Final = 12


class Turns:
    """The addresses of all servers, one after the other; who answered is counted for all that ask."""

    def __init__(self, urls: Sequence[str], first: int, answered: Counter[str]) -> None:
        self._urls = itertools.cycle([*urls[first % len(urls) :], *urls[: first % len(urls)]])
        self._at = ""
        self._answered = answered

    def __call__(self) -> str:
        """Give the next address."""
        self._at = next(self._urls)
        return self._at

    def note(self) -> None:
        """Count an answer of the address that was given last."""
        self._answered[self._at] += 1


class Spread(Told):
    """A door that asks another server each time, and counts who answered; ``turns`` is set by whoever opens it."""

    turns: Turns

    def push(self, journal_id: str, acknowledged_seq: int, acknowledged_hash: bytes, entries: Sequence[Entry]) -> Head:
        head = super().push(journal_id, acknowledged_seq, acknowledged_hash, entries)
        self.turns.note()
        return head

    def pull(self, feed_id: str, rev: int, journal_id: str) -> Page:
        page = super().pull(feed_id, rev, journal_id)
        self.turns.note()
        return page


class Mirror:
    """What follows the feed through all servers, on a thread of its own, and says what is wrong with it."""

    def __init__(self, pull: Callable[[str, int, str], Page]) -> None:
        self._ask = pull
        self.documents: dict[tuple[str, str], int] = {}
        self.feed_id, self.rev, self.faults = "", 0, list[str]()
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="mirror", daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Stop following, and take in what is left."""
        self._ends.set()
        self._thread.join()
        while self._pull().more:
            pass

    def missed(self, url: str) -> Iterator[str]:
        """Yield what is wrong with what was followed, beside what the database has."""
        with opened(url) as database, database.read() as connection:
            rows = connection.exec_driver_sql("SELECT kind, key, rev FROM documents").all()
        held = {(row.kind, row.key): row.rev for row in rows}
        if held != self.documents:
            wrong = sorted(
                one for one in held.keys() | self.documents.keys() if held.get(one) != self.documents.get(one)
            )
            yield f"the mirror was not given the last of {len(wrong)} documents: {wrong[:3]}"
        yield from self.faults

    def _follow(self) -> None:
        while not self._ends.is_set():
            try:
                self._pull()
            except Unavailable:
                continue

    def _pull(self) -> Page:
        page = self._ask(self.feed_id, self.rev, "")
        if self.feed_id not in {"", page.feed_id}:
            self.faults.append("the feed began anew, though no server was restored")
        late = [one.rev for one in page.documents if not self.rev < one.rev <= page.rev]
        if page.rev < self.rev or late:
            self.faults.append(f"a page after revision {self.rev} ends at {page.rev} and brings {late}")
        self.feed_id, self.rev = page.feed_id, page.rev
        self.documents.update({(one.kind, one.key): one.rev for one in page.documents})
        return page


@dataclass(slots=True)
class Chain(Scene):
    """A store behind several servers; ``port`` is that of the first."""

    ports: list[int] = field(default_factory=list)
    pids: dict[int, int] = field(default_factory=dict)
    answered: Counter[str] = field(default_factory=Counter)

    def address(self, port: int) -> str:
        """Return where a server listens."""
        return f"http://127.0.0.1:{port}"

    def raise_up(self, ports: Sequence[int]) -> None:
        """Start servers, and wait until all of them answer."""
        ready = {port: self.folder / f"ready-{port}.json" for port in ports}
        for port, path in ready.items():
            path.unlink(missing_ok=True)
            self.pids[port] = self.nursery.start(
                self.folder / f"server-{port}.log", "serve", "--database-url", self.url, "--home", str(self.folder),
                "--port", str(port), "--ready-file", str(path),
            )  # fmt: skip
        self.wait(lambda: all(path.exists() for path in ready.values()), "a server is not ready", READY_S)

    def strike(self, port: int) -> list[str]:
        """Kill a server, see the others go on without it, and start it again."""
        self.struck += any(till.server.asks for till in self.tills)
        self.nursery.end_one(self.pids.pop(port), signal.SIGKILL)
        others = {one: self.answered[self.address(one)] for one in self.pids}

        def all_went_on() -> bool:
            return all(self.answered[self.address(one)] >= before + GOING_ON for one, before in others.items())

        try:
            self.wait(all_went_on, f"server {port} is gone, and the others stand still", STILL_S)
        except AssertionError as stood_still:
            return [str(stood_still)]
        self.raise_up([port])
        return []

    def reach(self, answers: int) -> None:
        """Wait until the servers have given so many answers."""
        self.wait(lambda: self.answered.total() >= answers, "nobody answers", max(STILL_S, answers * 0.1))

    def wait(self, seen: Callable[[], bool], otherwise: str, seconds: float) -> None:
        """Wait until something is seen; raise AssertionError when it is not in time."""
        pause, deadline = threading.Event(), time.monotonic() + seconds
        while not seen():
            if any(till.broken for till in self.tills):
                return
            if time.monotonic() > deadline:
                raise AssertionError(otherwise)
            pause.wait(LOOK_EVERY_S)


def set_scene(stack: ExitStack, folder: Path, url: str, replicas: int, seed: int) -> tuple[Chain, Mirror]:
    """Found a store behind several servers, with tills and a mirror; the stack takes it down again."""
    ports = list(_free_ports(replicas))
    server_id, keys = found_store(url)
    chain = Chain(folder, url, stack.enter_context(Nursery()), ports[0], ports=ports)
    urls = [chain.address(port) for port in ports]
    for number, key in enumerate(keys):
        turns = Turns(urls, number, chain.answered)
        till = Till(folder / f"till-{number}", turns, key, server_id, number, seed + number, door=Spread)
        stack.callback(till.close)
        assert isinstance(till.server, Spread)
        till.server.turns = turns
        chain.tills.append(till)
    chain.raise_up(ports)
    turns = Turns(urls, 0, chain.answered)
    door = Spread(turns, keys[0], server_id)
    door.turns, door.ends = turns, set()
    stack.callback(door.close)
    return chain, Mirror(door.pull)


def _free_ports(count: int) -> Iterator[int]:
    with ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        yield from [probe.getsockname()[1] for probe in probes]


def one_round(chain: Chain, answers: int, port: int | None) -> list[str]:
    """Let the tills push until the servers gave so many answers; kill one then, if one is named; look at what is."""
    for till in chain.tills:
        till.go()
    try:
        chain.reach(answers)
        faults = [] if port is None else chain.strike(port)
    finally:
        for till in chain.tills:
            till.rest()
    return [*faults, *chain.faults()]


def run(folder: Path, url: str, requests: int, kills: int, seed: int, replicas: int = REPLICAS) -> tuple[int, int]:
    """Answer so many requests with so many kills between; return how many rounds went well, and how many did not."""
    with ExitStack() as stack:
        bar = stack.enter_context(harness.progress("replicas"))
        chain, mirror = set_scene(stack, folder, url, replicas, seed)
        chance = random.Random(seed)
        for done in range(kills + 1):
            port = chance.choice(chain.ports) if done < kills else None
            if faults := one_round(chain, requests * (done + 1) // (kills + 1), port):
                mirror.end()
                _say(seed, requests, kills, faults)
                return done, 1
            bar(chain.answered.total(), max(requests, chain.answered.total()))
        faults = chain.end()
        mirror.end()
        faults += mirror.missed(url)
        if idle := [port for port in chain.ports if not chain.answered[chain.address(port)]]:
            faults.append(f"servers that never answered: {idle}")
        shares = ", ".join(str(chain.answered[chain.address(port)]) for port in chain.ports)
        sales = sum(till.sales for till in chain.tills)
        sys.stderr.write(
            f"{sales} sales, answers by server: {shares}; {chain.struck} of {kills} kills while a batch was under way\n"
        )
        if faults:
            _say(seed, requests, kills, faults)
            return kills, 1
    return kills + 1, 0


def _say(seed: int, requests: int, kills: int, faults: Sequence[str]) -> None:
    again = f"python -m tests.faults.replicas --requests {requests} --kills {kills} --first-seed {seed}"
    harness.failure(seed, "; ".join(faults[:5]), again)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run as many requests as were asked for, and say what came of it."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.replicas", description=__doc__)
    parser.add_argument("--requests", type=int, default=2000)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--replicas", type=int, default=REPLICAS)
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--database-url", metavar="URL", help="an empty PostgreSQL database (default: one is started)")
    given = parser.parse_args(arguments)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="seraphine-replicas-")))
        url = given.database_url or stack.enter_context(own_postgres(folder / "postgres"))
        return harness.finish(*run(folder, url, given.requests, given.kills, given.first_seed, given.replicas))


if __name__ == "__main__":
    sys.exit(main())
