"""A real till and a real server with every toxic between them: nothing lost, nothing doubled, nobody waits.

    python -m tests.faults.network --requests 2000 [--toxic NAME] [--first-seed S] [--haste 150]

Time in the network runs ``haste`` times faster than the real one: time-outs, back-off, hellos and what the toxics do;
1 is the real one. Disks and processors do not run faster. The same seed gives the same baskets and deals each request
the same chances by its number; threads and the clock decide which request has which number, so that a replay meets
the same weather, not the same instants.
"""

import argparse
import logging
import random
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from seraphine_pos.bench.figure import P99, percentile
from seraphine_pos.devices.keys import FileKeys
from seraphine_pos.domain import barcode
from seraphine_pos.domain.sale import Ticket
from seraphine_pos.paths import Home
from seraphine_pos.shop import Shop, open_shop
from seraphine_pos.sync.client import HttpServer
from seraphine_pos.sync.engine import SyncState
from seraphine_pos.sync.sidecar import create_store
from tests import harness
from tests.faults.counter import Counter, hasty
from tests.faults.premises import CODES, Premises, found, publish
from tests.faults.proofs import faults
from tests.faults.proxy import Proxy, Toxic
from tests.faults.toxics import toxics
from tests.journeys.conftest import STORE
from tests.silence import Collector

HASTE: Final = 150.0
# Healthy and sick in short turns: whatever else the machine does falls on both.
ROUNDS: Final = 20
HEALED_S_MAX: Final = 60.0
GIVEN_UP_S: Final = 180.0
P99_MOVES_MS_MAX: Final = 5.0
# A p99 of fewer sales is a matter of one of them.
JUDGED_SALES_MIN: Final = 300
TRIES: Final = 3
PAUSE_S: Final = 0.05
LOOK_S: Final = 0.01


@dataclass(slots=True)
class Outcome:
    """What a toxic did, in the end: nothing, if there are no problems."""

    requests: int = 0
    totals: dict[str, int] = field(default_factory=dict)
    healthy_ms: list[float] = field(default_factory=list)
    faulty_ms: list[float] = field(default_factory=list)
    healed_s: list[float] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def moved_ms(self) -> float:
        """How much longer the slowest sale of a hundred takes with the fault than without."""
        return percentile(self.faulty_ms, P99) - percentile(self.healthy_ms, P99)

    @property
    def judged(self) -> bool:
        """Whether there are sales enough for a p99 to mean something."""
        return min(len(self.faulty_ms), len(self.healthy_ms)) >= JUDGED_SALES_MIN

    @property
    def disturbed(self) -> bool:
        """Whether the network made the till wait."""
        return self.judged and self.moved_ms > P99_MOVES_MS_MAX

    def __str__(self) -> str:
        """Return the figures in a line."""
        moved = f"{self.moved_ms:+.1f}{'' if self.judged else ', too few to judge'}"
        return (
            f"{self.requests} requests, {len(self.totals)} tickets; sale commit p99"
            f" {percentile(self.healthy_ms, P99):.1f} ms healthy, {percentile(self.faulty_ms, P99):.1f} ms faulty"
            f" ({moved}); converged in {max(self.healed_s):.1f} s"
        )


class Witness:
    """Asks the server, past the wire, whether it has what the till takes as acknowledged, each time that moves."""

    def __init__(self, shop: Shop, server: HttpServer) -> None:
        self._journal = shop.stored.journal
        self._server = server
        self._seen = 0
        self.lies: list[str] = []

    def see(self, _state: SyncState) -> None:
        """Look; give this to ``Shop.listen``."""
        state = self._journal.state()
        if state.acked_seq in (0, self._seen):
            return
        self._seen = state.acked_seq
        theirs = self._server.hashes(state.journal_id, [state.acked_seq])
        if theirs.get(state.acked_seq) != state.acked_hash:
            self.lies.append(f"entry {state.acked_seq} counts as acknowledged and the server does not have it")


class Trial:
    """One till, one server, one wire and one toxic, for some requests."""

    def __init__(self, shop: Shop, server: HttpServer, wire: Proxy, chance: random.Random) -> None:
        self._shop = shop
        self._server = server
        self._wire = wire
        self._chance = chance
        self._counter = Counter(shop, chance, self._note)
        self._pause = threading.Event()
        self.outcome = Outcome()

    def _note(self, ticket: Ticket) -> None:
        self.outcome.totals[ticket.event_id] = ticket.total

    def run(self, toxic: Toxic, requests: int, shown: Callable[[int, int], None]) -> None:
        """Sell in turns over a healthy and a sick wire until the sick one has had so many requests."""
        self._counter.sign_in()
        each = max(1, requests // ROUNDS)
        for number in range(min(ROUNDS, requests)):
            sold = len(self._counter.commits_ms)
            self._sell(each)
            self.outcome.healthy_ms += self._counter.commits_ms[sold:]
            sold = len(self._counter.commits_ms)
            self._wire.suffer(toxic)
            self.outcome.requests += self._sell(each)
            self.outcome.faulty_ms += self._counter.commits_ms[sold:]
            self._heal()
            shown((number + 1) * each, requests)

    def _sell(self, requests: int) -> int:
        """Sell until so many requests have come over the wire; return how many came."""
        begun, since_s = self._wire.connections, time.monotonic()
        while (came := self._wire.connections - begun) < requests:
            self._counter.act()
            if self._wire.wait_beyond(begun + came, PAUSE_S):
                since_s = time.monotonic()
            if time.monotonic() - since_s > GIVEN_UP_S:
                self.outcome.problems.append(f"no request came for {GIVEN_UP_S:g} s: the exchange has stopped")
                break
        return came

    def _heal(self) -> None:
        """Change a price past the wire, heal it, and time until both sides have everything."""
        code, price = self._chance.choice(CODES), self._chance.randrange(100, 10_000)
        publish(self._server, [(code, price)])
        self._wire.heal()
        begun_s = time.monotonic()
        while not self._converged(code, price) and time.monotonic() - begun_s < GIVEN_UP_S:
            self._pause.wait(LOOK_S)
        self.outcome.healed_s.append(time.monotonic() - begun_s)
        if self.outcome.healed_s[-1] > HEALED_S_MAX:
            self.outcome.problems.append(
                f"not converged {HEALED_S_MAX:g} s after healing ({self.outcome.healed_s[-1]:.1f} s):"
                f" {self._shop.sync.state}"
            )

    def _converged(self, code: str, price: int) -> bool:
        product = self._shop.stored.catalogue.find(barcode.key_of(code))
        quiet = self._shop.sync.state.problem is None and self._shop.stored.journal.state().waiting == 0
        return quiet and product is not None and product.price == price


class _Stranger:
    """Another store's server, made when it is first asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._premises: Premises | None = None

    def url(self) -> str:
        """Return where it listens."""
        with self._lock:
            if self._premises is None:
                self._premises = Premises(self._folder, create_store(Home(self._folder / "store"), STORE))
            return self._premises.url

    def stop(self) -> None:
        """End it, if there is one."""
        if self._premises is not None:
            self._premises.sidecar.stop()


@dataclass(frozen=True, slots=True)
class Wish:
    """How much of what."""

    requests: int
    haste: float
    seed: int


def suffer(
    scene: Premises, place: Path, names: Sequence[str], wish: Wish, shown: Callable[[int, int], None]
) -> Outcome:
    """Copy the scene to a place, let it suffer from toxics one after the other, and return what came of it."""
    premises = scene.copied(place)
    collector = Collector()
    logging.getLogger("seraphine_pos").addHandler(collector)
    with ExitStack() as stack:
        stack.callback(logging.getLogger("seraphine_pos").removeHandler, collector)
        stack.callback(premises.sidecar.stop)
        stranger = _Stranger(place / "other")
        stack.callback(stranger.stop)
        wire = stack.enter_context(Proxy(lambda: premises.url, seed=wish.seed))
        premises.lead_through(wire.url)
        server = stack.enter_context(premises.direct())
        home = premises.tills[0]
        shop = stack.enter_context(open_shop(home, keys=FileKeys(home.keys), patience=hasty(wish.haste)))
        witness = Witness(shop, server)
        shop.listen(witness.see)
        trial = Trial(shop, server, wire, random.Random(f"{names}/{wish.seed}"))
        shop.start()
        weather = toxics(wish.haste, stranger.url)
        for name in names:
            trial.run(weather[name], wish.requests, shown)
        if not shop.sync.stop():
            trial.outcome.problems.append("the exchange's thread does not end")
        trial.outcome.problems += witness.lies
        trial.outcome.problems += faults(premises, server, [(shop, trial.outcome.totals)])
    trial.outcome.problems += [f"logged: {record.getMessage()}" for record in collector.records]
    return trial.outcome


def tried(scene: Premises, place: Path, name: str, wish: Wish, shown: Callable[[int, int], None]) -> Outcome:
    """Let the scene suffer from one toxic; again, if only its p99 was disturbed: the machine may have been busy."""
    outcome = Outcome()
    for turn in range(TRIES):
        outcome = suffer(scene, place / f"{name}-{turn + 1}", [name], wish, shown)
        if outcome.problems or not outcome.disturbed:
            return outcome
    outcome.problems.append(f"{TRIES} times in a row, sales waited for the network")
    return outcome


def main(words: Sequence[str] | None = None) -> int:
    """Run the command."""
    given = _parser().parse_args(words)
    failed = 0
    with tempfile.TemporaryDirectory(prefix="seraphine-network-") as folder:
        scene = found(Path(folder) / "scene", 1)
        for name in given.toxic or list(toxics(1, str)):
            wish = Wish(given.requests, given.haste, given.first_seed)
            with harness.progress(name) as shown:
                outcome = tried(scene, Path(folder), name, wish, shown)
            print(f"{name}: {outcome}", flush=True)  # noqa: T201  a command
            if outcome.problems:
                failed += 1
                again = f"--requests {given.requests} --toxic {name} --first-seed {given.first_seed}"
                haste = "" if given.haste == HASTE else f" --haste {given.haste:g}"
                why = "; ".join(outcome.problems)
                harness.failure(given.first_seed, f"{name}: {why}", f"python -m tests.faults.network {again}{haste}")
    return harness.finish(len(given.toxic or toxics(1, str)) - failed, failed)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.network", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--requests", type=int, default=2000, metavar="N", help="for each toxic (default: 2000)")
    parser.add_argument("--toxic", action="append", choices=list(toxics(1, str)), help="only this; may be repeated")
    parser.add_argument(
        "--first-seed", type=int, default=1, metavar="S", help="chance of wire and baskets (default: 1)"
    )
    parser.add_argument("--haste", type=float, default=HASTE, help=f"times faster than real (default: {HASTE:g})")
    return parser


if __name__ == "__main__":
    sys.exit(main())
