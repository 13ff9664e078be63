"""Changes a till's database behind its back, one change after the other; each must be found and named by its sequence.

    python -m tests.crash.tampering --edits 1000 [--first-seed 1]

A seed is one change to the same till: three journals, two of them closed where the server knows them otherwise, and
entries that the server has not seen. What is changed clumsily must be found wherever it is; what is sealed anew with
all that follows must be found below the acknowledged head, by the server's hashes.
"""

import argparse
import random
import sys
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree

import pysqlite3.dbapi2 as sqlite

from seraphine_pos.store import verify
from seraphine_pos.store.opening import open_till
from tests import harness
from tests.crash import scratch
from tests.crash.tampered import CLEVER, CLUMSY, Books, Harmless, Tampering
from tests.crash.tampering_scene import MACHINE, Scene, made
from tests.fakes.clock import seeded_bytes

ATTEMPTS = 100


@dataclass(frozen=True, slots=True)
class Found:
    """What the product says of a till: by its chains, by its tables, by the server's hashes."""

    chain: tuple[str, ...]
    ledger: tuple[str, ...]
    against: tuple[str, ...]

    def first_named(self, journal_id: str) -> int | None:
        """Return the first sequence of a journal that is named."""
        start = f"journal {journal_id} entry "
        told = [one for one in (*self.chain, *self.against) if one.startswith(start)]
        return min((int(one.removeprefix(start).partition(":")[0]) for one in told), default=None)


def look(scene: Scene, folder: Path) -> Found:
    """Ask the product, which opens the till only to read it."""
    store = open_till(folder, clock=scene.clock, random_bytes=seeded_bytes(1), machine=MACHINE, readonly=True)
    with closing(store):
        return Found(
            tuple(verify.chain(store)), tuple(verify.ledger(store)), tuple(verify.against(store, scene.device))
        )


def tamper(scene: Scene, folder: Path, seed: int) -> Tampering:
    """Change the till of a folder as the seed says; return what must be named."""
    chance = random.Random(seed)
    ways = CLEVER if chance.random() < 1 / 3 else CLUMSY
    for _ in range(ATTEMPTS):
        scene.image.put(folder)
        with closing(sqlite.connect(folder / "till.db", isolation_level=None)) as database:
            books = Books(database, folder / "anchor", scene.acknowledged)
            books.unlock()
            try:
                return chance.choice(ways)(books, chance)
            except (Harmless, sqlite.IntegrityError):
                continue  # it would have changed nothing, or SQLite itself would not have it: another one
    raise AssertionError(f"seed {seed} finds nothing to change")


def fault(scene: Scene, folder: Path, seed: int, counts: Counter[str]) -> str | None:
    """Make the change of a seed and look; return what is wrong with what the product says."""
    done = tamper(scene, folder, seed)
    counts[done.way] += 1
    if done.clever:
        scene.rebuild(folder)
    found = look(scene, folder)
    if done.clever and (found.chain or found.ledger):
        return f"{done}: sealed anew, and yet seen without the server: {found}"
    named = found.first_named(done.journal_id)
    if named != done.seq:
        return f"{done}: named entry {named}: {found}"
    return None


def run(scene: Scene, folder: Path, seeds: Sequence[int], counts: Counter[str]) -> list[tuple[int, str]]:
    """Try seeds one after the other; return those that failed, and why."""
    failures = []
    with harness.progress("changes") as progress:
        for number, seed in enumerate(seeds, 1):
            if (why := fault(scene, folder / "till", seed, counts)) is not None:
                failures.append((seed, why))
            progress(number, len(seeds))
    return failures


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash.tampering", description=__doc__)
    parser.add_argument("--edits", type=int, default=1000)
    parser.add_argument("--first-seed", type=int, default=1)
    asked = parser.parse_args(arguments)
    counts: Counter[str] = Counter()
    folder = scratch.folder("tampering")
    try:
        with closing(made(folder / "scene")) as scene:
            seeds = range(asked.first_seed, asked.first_seed + asked.edits)
            failures = run(scene, folder, seeds, counts)
    finally:
        rmtree(folder, ignore_errors=True)
    for seed, why in failures:
        harness.failure(seed, why, f"python -m tests.crash.tampering --edits 1 --first-seed {seed}")
    for way, count in sorted(counts.items()):
        sys.stdout.write(f"{count:>6,}  {way}\n")
    return harness.finish(asked.edits - len(failures), len(failures))


if __name__ == "__main__":
    sys.exit(main())
