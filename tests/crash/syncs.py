"""Fails every write and every sync of a till's work, one after the other; nothing said is lost, nothing is rung twice.

    python -m tests.crash.syncs [--scene sale] [--way error] [--every 1]

For every k, the k-th call that writes, cuts or syncs a file of the till's folder fails, with an error or because the
disk is full, once or from then on; the person presses again, or the process dies as soon as it says no, or at the very
call. Then the disk works again: the till is opened, what it had said is held against what is there, and it sells on.
"""

import argparse
import errno
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, Protocol

from tests import harness
from tests.crash import insisting, reopening, scratch
from tests.crash.life import lines_of
from tests.crash.recorder import DIE, GO_ON, Call, Recorder, why_not
from tests.crash.seller import Seller
from tests.crash.told import Tell, Told
from tests.store.folder import Folder
from tests.till.room import Room

FALLIBLE: Final = frozenset({"write", "resize", "sync"})
STEPS_BEFORE: Final = 25
SEED: Final = 1


class Lived(Protocol):
    """What is done while the disk fails."""

    def __call__(self, path: Path, tell: Tell, *, dies: bool) -> None: ...


SCENES: Final[dict[str, Lived]] = {
    "sale": insisting.sale,
    "opening": insisting.opening,
    "exchange": insisting.exchange,
    "checkpoint": insisting.checkpoint,
    "upgrade": insisting.upgrade,
}


@dataclass(frozen=True, slots=True)
class Way:
    """How a call fails: with which error, whether it stays so, and whether the process then dies."""

    code: int = 0
    lasting: bool = False
    dies: bool = False


WAYS: Final = {
    "error": Way(errno.EIO),
    "error-dies": Way(errno.EIO, dies=True),
    "full": Way(errno.ENOSPC),
    "full-dies": Way(errno.ENOSPC, dies=True),
    "error-stays": Way(errno.EIO, lasting=True),
    "full-stays": Way(errno.ENOSPC, lasting=True),
    "killed": Way(DIE),
}


class Disk:
    """The disk under one run: counts the calls that may fail, from ``begins`` to ``ends``, and fails the k-th."""

    def __init__(self, told: Told, failing: int, way: Way) -> None:
        self.count = 0
        self.failed = ""
        self._told = told
        self._failing = failing
        self._way = way
        self._on = False

    def judge(self, call: Call) -> int:
        """Let a call be made, or not."""
        if call.what == "told":
            self._hear(call.data.decode())
        elif self._on and call.what in FALLIBLE:
            self.count += 1
            if self.count == self._failing or (self._way.lasting and 0 < self._failing < self.count):
                self.failed = self.failed or f"{call.what} {call.path}"
                return self._way.code
        return GO_ON

    def _hear(self, said: str) -> None:
        for line in said.splitlines():
            if line in (insisting.BEGINS, insisting.ENDS):
                self._on = line == insisting.BEGINS
            else:
                self._told.hear(line)


def before(path: Path, tell: Tell) -> None:
    """Sell for a while and leave in a hurry, so that there is something to lose."""
    seller = Seller(Room(Folder(path)), SEED, tell)
    for _ in range(STEPS_BEFORE):
        seller.step()


@dataclass(frozen=True, slots=True)
class Result:
    """What was wrong after a run, which call had failed, and how many could."""

    faults: list[str]
    failed: str
    count: int


def attempt(scene: str, failing: int, way: Way) -> Result:
    """Play a scene with the so-manieth call failing (0: none), then look at what is left."""
    folder, told = scratch.folder("syncs"), Told()
    path = folder / "till"
    try:
        for line in lines_of(partial(before, path)):
            told.hear(line)
        disk = Disk(told, failing, way)
        Recorder(folder, disk.judge).run(lambda tell: SCENES[scene](path, tell, dies=way.dies))
        return Result([*told.faults, *_after(scene, path, told)], disk.failed, disk.count)
    finally:
        shutil.rmtree(folder)
        folder.with_name(f"{folder.name}.server").unlink(missing_ok=True)


def _after(scene: str, path: Path, told: Told) -> list[str]:
    if scene == "upgrade":
        return reopening.opened_by_the_next_version(path, told)
    found = reopening.opened(path, told)
    return found if found or scene != "exchange" else insisting.exchanged(path)


def run(scenes: dict[str, Lived], wanted: Callable[[int, str], bool]) -> int:
    """Fail everything once in every way, show how far it is, say what was wrong and how to do it again."""
    passed, failed = 0, 0
    for scene in scenes:
        with harness.progress(scene) as progress:
            runs = list(_runs(scene, wanted))
            for done, (failing, name) in enumerate(runs, 1):
                result = attempt(scene, failing, WAYS[name])
                passed, failed = passed + (not result.faults), failed + bool(result.faults)
                progress(done, len(runs))
                if result.faults:
                    why = f"{scene}, {result.failed} {name}: {'; '.join(result.faults)}"
                    again = f"python -m tests.crash.syncs --scene {scene} --only {failing}.{name}"
                    harness.failure(SEED, why, again)
    return harness.finish(passed, failed)


def _runs(scene: str, wanted: Callable[[int, str], bool]) -> Iterator[tuple[int, str]]:
    calls = attempt(scene, 0, Way()).count
    return ((failing, name) for failing in range(1, calls + 1) for name in WAYS if wanted(failing, name))


def main(argv: list[str]) -> int:
    """Read the command line and fail."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash.syncs", description=__doc__)
    parser.add_argument("--scene", choices=SCENES, help="play this scene alone")
    parser.add_argument("--way", choices=WAYS, action="append", help="fail in this way alone; may be repeated")
    parser.add_argument("--only", default="", help="one call and one way, as a failure names them")
    parser.add_argument("--every", type=int, default=1, help="fail every so-manieth call only")
    asked = parser.parse_args(argv)
    if reason := why_not():
        parser.exit(2, f"this system cannot show the calls of a process: {reason}\n")

    def wanted(failing: int, name: str) -> bool:
        if asked.only:
            return asked.only == f"{failing}.{name}"  # type: ignore[no-any-return]
        return failing % asked.every == 0 and (not asked.way or name in asked.way)

    return run({asked.scene: SCENES[asked.scene]} if asked.scene else SCENES, wanted)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
