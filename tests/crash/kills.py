"""Kills the till at random instants while it sells, in one data folder after the other; nothing it said may be lost.

    python -m tests.crash.kills --kills 10000 [--first-seed 1] [--window]

A seed is one folder with up to a hundred lives. Each life opens the folder as the one before left it, looks at
everything that was told, and sells until it is killed; the last one is followed by a look at the whole database.
"""

import argparse
import os
import random
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

from tests import harness
from tests.crash import inspection, life, scratch
from tests.crash.inspection import Inspection, Reached
from tests.crash.life import Moment
from tests.crash.seller import HastySeller, Seller
from tests.crash.told import Tell, Told
from tests.fakes.clock import A_MORNING_MS, FakeClock
from tests.store.folder import Folder
from tests.till.room import Room

LIVES_A_FOLDER = 100
LIFE_MS = 60_000
LIVES_OPENING = 0.1
LIVES_LONG = 0.05
OPENING_S = 0.03
SHORT_S = 0.02
LONG_S = 0.3


class Person(Protocol):
    """Who sells."""

    def step(self) -> None: ...


Hire = Callable[[Room, int, Tell], Person]


class Lives(Protocol):
    """What lives in a data folder, again and again."""

    path: Path

    def live(self, number: int, seed: int, told: Told, tell: Tell) -> None:
        """Open, look at what was told, say ``checked``, and sell for ever."""
        ...

    def look(self, told: Told, tell: Tell) -> None:
        """Open, and look at everything."""
        ...

    def moment(self, chance: random.Random) -> Moment:
        """Draw when a life ends."""
        ...


@dataclass(slots=True)
class CoreLives:
    """The till's core in a forked process."""

    path: Path
    hire: Hire = Seller

    def live(self, number: int, seed: int, told: Told, tell: Tell) -> None:
        """Open, look, sell."""
        room = self._open(number, told, tell)
        person = self.hire(room, seed, tell)
        while True:
            person.step()

    def look(self, told: Told, tell: Tell) -> None:
        """Open, and look at everything."""
        room = self._open(LIVES_A_FOLDER, told, tell)
        for fault in inspection.whole(room.store):
            tell(f"fault {fault}")

    def moment(self, chance: random.Random) -> Moment:
        """Draw a moment: mostly soon after opening, sometimes while opening, sometimes much later."""
        if chance.random() < LIVES_OPENING:
            return Moment(chance.uniform(0, OPENING_S), checked=False)
        return Moment(chance.uniform(0, LONG_S if chance.random() < LIVES_LONG else SHORT_S))

    def _open(self, number: int, told: Told, tell: Tell) -> Room:
        # The chance and the clock of one life differ from those of the next, as a real till's do.
        room = Room(Folder(self.path, FakeClock(A_MORNING_MS + number * LIFE_MS), opens=number * 2))
        look = Inspection(room.store.database.path, Reached.read(told.checked), told)
        for fault in (*look.faults(), *inspection.cart_faults(room.store, told)):
            tell(f"fault {fault}")
        tell(f"checked {look.reached.written()}")
        return room


def series(lives: Lives, told: Told, seed: int, kills: int) -> Iterator[list[str]]:
    """Live and die in one folder; yield the faults known after each death, the last with those of the whole."""
    chance = random.Random(seed)
    for number in range(kills):
        moment, born = lives.moment(chance), seed * LIVES_A_FOLDER + number
        child, source = life.fork(partial(lives.live, number, born, told))
        life.end(child, source, moment, told)
        if number == kills - 1:
            told.unsettle()
            life.hear_out(*life.fork(partial(lives.look, told)), told)
        yield told.faults
        if told.faults:
            return


def run(lives: Callable[[Path], Lives], first_seed: int, kills: int, words: str = "") -> int:
    """Kill so many times, show how far it is, say what failed and how to do it again; return the exit code."""
    passed, failed, tickets, seed = 0, 0, 0, first_seed
    with harness.progress("kills") as progress:
        while passed + failed < kills:
            count = min(LIVES_A_FOLDER, kills - passed - failed)
            folder = scratch.folder("kills")
            told = Told()
            for faults in series(lives(folder / "till"), told, seed, count):
                passed, failed = passed + (not faults), failed + bool(faults)
                progress(passed + failed, kills)
            tickets += len(told.settled | told.done)
            if told.faults:
                again = f"python -m tests.crash.kills --kills {count} --first-seed {seed}{words}"
                kept = "" if "--hasty" in words else f" (kept in {scratch.keep(folder)})"
                harness.failure(seed, f"{'; '.join(told.faults)}{kept}", again)
            shutil.rmtree(folder, ignore_errors=True)
            seed += 1
    print(f"{tickets:,} tickets had been acknowledged, {tickets / max(kills, 1):.1f} a kill")  # noqa: T201
    return harness.finish(passed, failed)


def main(argv: list[str]) -> int:
    """Read the command line and kill."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash.kills", description=__doc__)
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--window", action="store_true", help="the whole program, sold at by keys on its window")
    parser.add_argument("--hasty", action="store_true", help="control: receipts are handed over too early; must fail")
    asked = parser.parse_args(argv)
    if asked.window:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
        from tests.crash.window_lives import WindowLives

        return run(WindowLives, asked.first_seed, asked.kills, " --window")
    hire: Hire = HastySeller if asked.hasty else Seller
    return run(partial(CoreLives, hire=hire), asked.first_seed, asked.kills, " --hasty" if asked.hasty else "")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
