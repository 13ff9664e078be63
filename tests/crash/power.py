"""Cuts the power at every moment of a till's day and opens what each cut may leave; nothing acknowledged may be lost.

    python -m tests.crash.power --states 10000 [--first-seed 1] [--scene selling] [--synchronous normal]

A seed is one recording of a real process: it makes its folder, or goes on selling in one, checkpoints, closes and opens
again. After each of its calls the disk is rebuilt four ways (nothing, all, some or torn parts of what was not synced),
opened by the real code and looked at; then one more sale is rung on it. With ``--synchronous normal`` it must fail.
"""

import argparse
import itertools
import random
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import pysqlite3.dbapi2 as sqlite

from tests import harness
from tests.crash import reopening, scratch
from tests.crash.disk import Cut, Disk
from tests.crash.life import lines_of
from tests.crash.recorder import GO_ON, Call, Recorder, why_not
from tests.crash.seller import Seller
from tests.crash.told import Tell, Told
from tests.crash.upgrading import plant
from tests.fakes.clock import A_MORNING_MS, FakeClock
from tests.store.folder import Folder
from tests.till.room import Room

PARTS: Final = 3
FIRST_STEPS: Final = 8
STEPS: Final = (6, 12)
HOUR_MS: Final = 3_600_000
FULL: Final = "full"
# Folding everything again takes most of the time, and finds what only looking at all rows for themselves would not.
FOLDED_EVERY: Final = 5


class Weaker(sqlite.Connection):  # type: ignore[misc]
    """A connection that syncs less than it was told to."""

    def execute(self, text: str, *values: object) -> object:
        """Run a statement, but never ask for a full synchronisation."""
        return super().execute(text.replace("synchronous=FULL", "synchronous=NORMAL"), *values)


def weaken() -> None:
    """Let every connection of this process, which a fork made for this, be a weaker one."""
    connect = sqlite.connect
    sqlite.connect = lambda *words, **options: connect(*words, **{**options, "factory": Weaker})


def found(path: Path, seed: int, tell: Tell) -> None:
    """Make a till's folder, and sell a little."""
    room = Room(Folder(path, opens=seed * 10))
    seller = Seller(room, seed, tell)
    seller.scan()
    seller.pay()
    for _ in range(FIRST_STEPS):
        seller.step()
    room.folder.close()


def sell(path: Path, seed: int, tell: Tell) -> None:
    """Sell, with checkpoints and closing times in between."""
    chance = random.Random(seed)
    room = Room(Folder(path, FakeClock(A_MORNING_MS + HOUR_MS), opens=seed * 10 + 5))
    for part in range(PARTS):
        seller = Seller(room, seed * PARTS + part, tell)
        for _ in range(chance.randint(*STEPS)):
            seller.step()
        chance.choice((seller.checkpoint, room.open))()
    room.folder.close()


def upgrade(path: Path, seed: int, tell: Tell) -> None:
    """Open with a program whose tables are a version ahead, and go on selling."""
    plant()
    room = Room(Folder(path, FakeClock(A_MORNING_MS + 2 * HOUR_MS), opens=seed * 10 + 9))
    seller = Seller(room, seed + 1, tell)
    for _ in range(FIRST_STEPS):
        seller.step()
    room.folder.close()


@dataclass(frozen=True, slots=True)
class Scene:
    """What a recorded process does, and what another one did to its folder before."""

    lived: Callable[[Path, int, Tell], None]
    before: Callable[[Path, int, Tell], None] | None = None


SCENES: Final = {"founding": Scene(found), "selling": Scene(sell, found), "upgrade": Scene(upgrade, sell)}


@dataclass(frozen=True, slots=True)
class Recording:
    """A disk as it was, what was known of it, and every call that a process then made, in order."""

    disk: Disk
    told: tuple[str, ...]
    calls: tuple[Call, ...]


def record(name: str, seed: int, synchronous: str) -> Recording:
    """Let a scene be played while every call is noted."""
    scene, folder, calls = SCENES[name], scratch.folder("record"), list[Call]()
    path = folder / "till"

    def note(call: Call) -> int:
        calls.append(call)
        return GO_ON

    def lived(tell: Tell) -> None:
        if synchronous != FULL:
            weaken()
        scene.lived(path, seed, tell)

    try:
        known = lines_of(partial(scene.before, path, seed)) if scene.before else []
        disk = Disk(folder)
        Recorder(folder, note).run(lived)
    finally:
        shutil.rmtree(folder)
    return Recording(disk, tuple(known), tuple(calls))


@dataclass(frozen=True, slots=True)
class State:
    """The disk after so many calls of a scene, cut in one way."""

    scene: str
    seed: int
    after: int
    cut: Cut

    @property
    def chance(self) -> random.Random:
        """The chance of this state and no other."""
        return random.Random(f"{self.scene} {self.seed} {self.after} {self.cut}")


def faults(disk: Disk, state: State, told: Told) -> list[str]:
    """Build the state, open it with the real code, and return what is wrong with it."""
    folder = scratch.folder("cut")
    try:
        disk.build(folder, state.cut, state.chance)
        if state.scene == "upgrade":
            return reopening.opened_by_the_next_version(folder / "till", told)
        return reopening.opened(folder / "till", told, folded=not state.after % FOLDED_EVERY)
    finally:
        shutil.rmtree(folder)


def states(scene: str, seed: int, synchronous: str) -> Iterator[tuple[State, Disk, list[str]]]:
    """Yield every state of a recording, with its disk and what had been told."""
    recording = record(scene, seed, synchronous)
    disk, lines, calls = recording.disk, list(recording.told), recording.calls
    for after, call in enumerate(calls, 1):
        if call.what == "told":
            lines += call.data.decode().splitlines()
        else:
            disk.do(call)
        if after == len(calls) or calls[after].what != "told":
            for cut in (Cut.NONE,) if disk.settled else Cut:
                yield State(scene, seed, after, cut), disk, lines


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for on the command line."""

    states: int
    first_seed: int
    scenes: tuple[str, ...]
    synchronous: str = FULL
    only: str = ""

    def wanted(self) -> Iterator[tuple[State, Disk, list[str]]]:
        """Yield states for ever, seed by seed and scene by scene."""
        for seed in itertools.count(self.first_seed):
            for scene in self.scenes:
                for state, disk, lines in states(scene, seed, self.synchronous):
                    if self.only in ("", f"{state.after}.{state.cut}"):
                        yield state, disk, lines

    def again(self, state: State) -> str:
        """Return the line that looks at one state again."""
        weaker = "" if self.synchronous == FULL else f" --synchronous {self.synchronous}"
        return (
            f"python -m tests.crash.power --states 1 --first-seed {state.seed} --scene {state.scene}"
            f" --only {state.after}.{state.cut}{weaker}"
        )


def run(asked: Asked) -> int:
    """Look at so many states, show how far it is, say what failed and how to do it again; return the exit code."""
    passed, failed = 0, 0
    with harness.progress("power cuts") as progress:
        for state, disk, lines in itertools.islice(asked.wanted(), asked.states):
            told = Told()
            for line in lines:
                told.hear(line)
            found = [*told.faults, *faults(disk, state, told)]
            passed, failed = passed + (not found), failed + bool(found)
            progress(passed + failed, asked.states)
            if found:
                harness.failure(state.seed, "; ".join(found), asked.again(state))
    return harness.finish(passed, failed)


def main(argv: list[str]) -> int:
    """Read the command line and cut the power."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash.power", description=__doc__)
    parser.add_argument("--states", type=int, default=2000)
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--scene", choices=SCENES, help="play this scene alone")
    parser.add_argument("--synchronous", choices=(FULL, "normal"), default=FULL)
    parser.add_argument("--only", default="", help="look at one state of the first seed, as a failure names it")
    words = parser.parse_args(argv)
    if reason := why_not():
        parser.exit(2, f"this system cannot show the calls of a process: {reason}\n")
    scenes = (words.scene,) if words.scene else tuple(SCENES)
    return run(Asked(words.states, words.first_seed, scenes, words.synchronous, words.only))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
