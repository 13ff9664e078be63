"""A shop day in fast motion: many tills and their server as processes, a bad network, and kill -9 for all of them.

    python -m tests.faults.soak --tills 8 --minutes 1440 [--first-seed S] [--haste 20] [--database-url URL]

The database of the URL must be empty. The seed gives who is killed when, the weather and the baskets; processes and
threads have their own pace, so that a replay meets the same plan, not the same instants.
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from seraphine_pos.bench.memory import resident_kib
from seraphine_pos.devices.keys import FileKeys
from seraphine_pos.paths import Home
from seraphine_pos.shop import Shop, open_shop
from seraphine_pos.sync.sidecar import PACKAGES
from tests import harness
from tests.faults.counter import hasty
from tests.faults.premises import CODES, Premises, found, publish
from tests.faults.proofs import faults
from tests.faults.proxy import Proxy
from tests.faults.soak_till import QUIET
from tests.faults.toxics import toxics

HASTE: Final = 20.0
SALES_A_MINUTE: Final = 60.0
MINUTE_S: Final = 60.0
# How often, on average, something is done to somebody.
BLOW_S: Final = 3.0
LOOK_S: Final = 0.02
LOGGED_MAX: Final = 8000
HEALED_S_MAX: Final = 60.0
GIVEN_UP_S: Final = 240.0
# What a process may take beyond what it took when it was warm.
GROWN_KIB_MAX: Final = 64 << 10
WARM_S: Final = 10.0


@dataclass(slots=True)
class Life:
    """What a process took of memory: once warm, and at most since."""

    begun_s: float
    warm_kib: int = 0
    most_kib: int = 0

    def look(self, pid: int, now_s: float) -> None:
        """Take another look at the process."""
        try:
            taken = resident_kib(pid)
        except (OSError, StopIteration):
            return  # it has ended this moment
        if not self.warm_kib and now_s - self.begun_s >= WARM_S:
            self.warm_kib = taken
        self.most_kib = max(self.most_kib, taken)

    @property
    def grown_kib(self) -> int:
        """What it took beyond what it took when it was warm; 0 for a life that was too short."""
        return self.most_kib - self.warm_kib if self.warm_kib else 0


@dataclass(slots=True)
class TillProcess:
    """A till that lives, dies and lives again in its home; ``totals`` is what it ever said was done."""

    home: Home
    seed: int
    haste: float
    rate: float
    lives: list[Life] = field(default_factory=list)
    totals: dict[str, int] = field(default_factory=dict)
    quiet: threading.Event = field(default_factory=threading.Event)
    _child: "subprocess.Popen[str] | None" = None
    _reader: threading.Thread | None = None

    def start(self) -> None:
        """Begin a life."""
        words = (str(self.home.root), f"{self.seed}/{len(self.lives)}", str(self.haste), str(self.rate))
        with (self.home.root / "said.log").open("a", encoding="utf-8") as log:
            self._child = subprocess.Popen(
                [sys.executable, "-m", "tests.faults.soak_till", *words],
                cwd=PACKAGES, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True,
            )  # fmt: skip
        self.lives.append(Life(time.monotonic()))
        self._reader = threading.Thread(target=self._hear, args=(self._child,), daemon=True)
        self._reader.start()

    def _hear(self, child: "subprocess.Popen[str]") -> None:
        assert child.stdout is not None
        for line in child.stdout:
            if line.strip() == QUIET:
                self.quiet.set()
            elif line.endswith("\n"):
                event_id, total = line.split()
                self.totals[event_id] = int(total)

    def look(self) -> str | None:
        """See how it is; return what is wrong with one that ended by itself."""
        assert self._child is not None
        if self._child.poll() is not None:
            return f"till {self.home.root.name} ended by itself with {self._child.returncode}: {self.words()}"
        self.lives[-1].look(self._child.pid, time.monotonic())
        return None

    def words(self) -> str:
        """Return the end of what it complained about."""
        return (self.home.root / "said.log").read_text(encoding="utf-8")[-1500:]

    def kill(self) -> None:
        """End its life by kill -9."""
        assert self._child is not None
        self._child.send_signal(signal.SIGKILL)
        self._gone()

    def finish(self) -> None:
        """Let it sell no more."""
        assert self._child is not None
        assert self._child.stdin is not None
        self._child.stdin.write("\n")
        self._child.stdin.flush()

    def end(self) -> None:
        """Let it go, in order if it still can."""
        if self._child is None or self._child.poll() is not None:
            return
        assert self._child.stdin is not None
        self._child.stdin.close()
        try:
            self._child.wait(MINUTE_S / 4)
        except subprocess.TimeoutExpired:
            self._child.kill()
        self._gone()

    def _gone(self) -> None:
        assert self._child is not None
        assert self._reader is not None
        self._child.wait()
        self._reader.join()
        for pipe in (self._child.stdin, self._child.stdout):
            if pipe is not None and not pipe.closed:
                pipe.close()


class Soak:
    """Premises under fire for some time."""

    def __init__(self, premises: Premises, wire: Proxy, seed: int, haste: float, rate: float) -> None:
        self._premises = premises
        self._wire = wire
        self._chance = random.Random(seed)
        self._weather = list(toxics(haste, lambda: premises.url).items())
        self._pause = threading.Event()
        self.tills = [
            TillProcess(home, seed * 1000 + number, haste, rate) for number, home in enumerate(premises.tills)
        ]
        self.server_lives = [Life(time.monotonic())]
        self.blows = {"till killed": 0, "server killed": 0, "weather": 0, "price": 0}
        self.problems: list[str] = []

    def run(self, minutes: float) -> None:
        """Sell, and do something to somebody every few seconds."""
        for till in self.tills:
            till.start()
        begun_s, span_s = time.monotonic(), minutes * MINUTE_S
        with harness.progress("soak") as shown:
            while not self.problems and (past_s := time.monotonic() - begun_s) < span_s:
                self._pause.wait(min(self._chance.expovariate(1 / BLOW_S), span_s - past_s))
                self._blow()
                self._look()
                shown(int(time.monotonic() - begun_s), int(span_s))

    def _blow(self) -> None:
        die = self._chance.randrange(10)
        if die < 4:
            self._count("weather")
            self._wire.suffer(self._chance.choice(self._weather)[1])
        elif die < 6:
            self._count("weather")
            self._wire.heal()
        elif die == 6:
            self._count("till killed")
            till = self._chance.choice(self.tills)
            till.kill()
            till.start()
        elif die == 7:
            self._kill_server()
        else:
            self._count("price")
            with self._premises.direct() as server:
                publish(server, [(self._chance.choice(CODES), self._chance.randrange(100, 10_000))])

    def _count(self, blow: str) -> None:
        self.blows[blow] += 1

    def _kill_server(self) -> None:
        self._count("server killed")
        killed = self._premises.sidecar.pid
        if killed is not None:
            os.kill(killed, signal.SIGKILL)
        while self._premises.url and self._premises.sidecar.pid == killed:  # asking starts it again
            self._pause.wait(LOOK_S)
        self.server_lives.append(Life(time.monotonic()))

    def _look(self) -> None:
        self.problems += [wrong for till in self.tills if (wrong := till.look()) is not None]
        pid = self._premises.sidecar.pid
        if pid is not None:
            self.server_lives[-1].look(pid, time.monotonic())

    def heal(self) -> float:
        """Let everybody finish over a healthy wire; return how many seconds it took until all were quiet."""
        for till in self.tills:
            till.finish()
        self._wire.heal()
        begun_s = time.monotonic()
        for till in self.tills:
            if not till.quiet.wait(max(0.0, begun_s + GIVEN_UP_S - time.monotonic())):
                self.problems.append(f"till {till.home.root.name} did not come to rest: {till.words()}")
        healed_s = time.monotonic() - begun_s
        if healed_s > HEALED_S_MAX:
            self.problems.append(f"converged only {healed_s:.0f} s after healing")
        self._look()
        return healed_s

    def prove(self) -> None:
        """Hold the books of all together, the tills at rest."""
        with ExitStack() as stack:
            server = stack.enter_context(self._premises.direct())
            told: list[tuple[Shop, dict[str, int]]] = []
            for till in self.tills:
                till.end()
                shop = open_shop(till.home, keys=FileKeys(till.home.keys), patience=hasty(1))
                told.append((stack.enter_context(shop), till.totals))
            self.problems += faults(self._premises, server, told)
        log = (self._premises.store.logs / "server.log").read_text(encoding="utf-8", errors="replace")
        if " ERROR " in log:
            self.problems.append(f"the server logged:{log.partition(' ERROR ')[2][:LOGGED_MAX]}")
        grown = [(name, life) for name, life in self.longest() if life.grown_kib > GROWN_KIB_MAX]
        self.problems += [f"{name} grew by {life.grown_kib >> 10} MiB" for name, life in grown]

    def longest(self) -> list[tuple[str, Life]]:
        """Return for each process the life in which it grew most."""
        lives = [("server", self.server_lives), *((till.home.root.name, till.lives) for till in self.tills)]
        return [(name, max(those, key=lambda life: (life.grown_kib, life.most_kib))) for name, those in lives]


def soak(folder: Path, tills: int, minutes: float, seed: int, haste: float, rate: float) -> list[str]:
    """Found a shop in this folder, let it live and die for some minutes, and return what is wrong in the end."""
    premises = found(folder, tills)
    with ExitStack() as stack:
        stack.callback(premises.sidecar.stop)
        wire = stack.enter_context(Proxy(lambda: premises.url, seed=seed))
        premises.lead_through(wire.url)
        shop = Soak(premises, wire, seed, haste, rate)
        for till in shop.tills:
            stack.callback(till.end)
        shop.run(minutes)
        healed_s = shop.heal()
        shop.prove()
        blows = ", ".join(f"{count} x {name}" for name, count in shop.blows.items())
        tickets = sum(len(till.totals) for till in shop.tills)
        _say(f"{tickets} tickets, {wire.connections} requests; {blows}; converged in {healed_s:.1f} s")
        for name, life in shop.longest():
            _say(f"memory of {name}: {life.warm_kib >> 10} MiB warm, {life.most_kib >> 10} MiB at most")
    return shop.problems


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main(words: Sequence[str] | None = None) -> int:
    """Run the command."""
    given = _parser().parse_args(words)
    if given.database_url:
        os.environ["SERAPHINE_DATABASE_URL"] = given.database_url
    with tempfile.TemporaryDirectory(prefix="seraphine-soak-") as folder:
        _say(f"seed {given.first_seed}: {given.tills} tills for {given.minutes:g} minutes")
        problems = soak(Path(folder), given.tills, given.minutes, given.first_seed, given.haste, given.sales_a_minute)
    if problems:
        again = f"--tills {given.tills} --minutes {given.minutes:g} --first-seed {given.first_seed}"
        url = f" --database-url {given.database_url}" if given.database_url else ""
        rest = f" --haste {given.haste:g} --sales-a-minute {given.sales_a_minute:g}{url}"
        harness.failure(given.first_seed, "; ".join(problems), f"python -m tests.faults.soak {again}{rest}")
    return harness.finish(int(not problems), int(bool(problems)))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.soak", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--tills", type=int, default=4, metavar="N")
    parser.add_argument("--minutes", type=float, default=1.0, metavar="M", help="1440 is the day (default: 1)")
    parser.add_argument("--first-seed", type=int, default=1, metavar="S")
    parser.add_argument("--haste", type=float, default=HASTE, help=f"of the network's times (default: {HASTE:g})")
    parser.add_argument("--sales-a-minute", type=float, default=SALES_A_MINUTE, help="of each till (default: 60)")
    parser.add_argument("--database-url", metavar="URL", help="an empty database (default: SQLite)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
