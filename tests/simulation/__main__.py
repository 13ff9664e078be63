"""Lives through seeded histories of a shop under fire.

python -m tests.simulation --seeds N --first-seed S [--verbose] [--workers W]
"""

import argparse
import sys
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass

from tests import harness
from tests.simulation.disk import Crash
from tests.simulation.faults import WHOLE_RUN_SEEDS, Counts, Fault, Seen, idle
from tests.simulation.life import live

WORKERS = 2
CHUNK = 20


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of some seeds: how many held, what happened in them, and why the others failed."""

    held: int
    counts: Counts
    failures: tuple[tuple[int, str], ...]


def run(seeds: Sequence[int], say: Callable[[str], None]) -> Outcome:
    """Live through seeds, one after the other."""
    counts: Counts = Counter()
    failures: list[tuple[int, str]] = []
    for seed in seeds:
        say(f"seed {seed}")
        try:
            counts += live(seed, say)
        except (Exception, Crash) as error:  # noqa: BLE001  whatever ends a seed is its failure; the others go on
            failures.append((seed, _why(error)))
    return Outcome(len(seeds) - len(failures), counts, tuple(failures))


def _why(error: BaseException) -> str:
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}: {error} ({last.filename.rpartition('/')[2]}:{last.lineno})"


def silent(seeds: Sequence[int]) -> Outcome:
    """Live through seeds and say nothing."""
    return run(seeds, lambda _: None)


def outcomes(seeds: Sequence[int], workers: int) -> Iterator[Outcome]:
    """Live through many seeds in several processes, some at a time."""
    chunks = [seeds[at : at + CHUNK] for at in range(0, len(seeds), CHUNK)]
    with ProcessPoolExecutor(max_workers=workers) as pool:
        for future in as_completed([pool.submit(silent, chunk) for chunk in chunks]):
            yield future.result()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=1000)
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=WORKERS)
    parser.add_argument("--verbose", action="store_true", help="say what happens; in one process")
    asked = parser.parse_args(arguments)
    seeds = range(asked.first_seed, asked.first_seed + asked.seeds)
    counts: Counts = Counter()
    held = failed = 0
    with harness.progress("seeds") as progress:
        done = [run(seeds, print)] if asked.verbose else outcomes(seeds, asked.workers)
        for outcome in done:
            held, failed = held + outcome.held, failed + len(outcome.failures)
            counts += outcome.counts
            for seed, why in outcome.failures:
                again = f"python -m tests.simulation --seeds 1 --first-seed {seed} --verbose"
                harness.failure(seed, why, again)
            progress(held + failed, len(seeds))
    failed += told(counts, whole=len(seeds) >= WHOLE_RUN_SEEDS)
    return harness.finish(held, failed)


def told(counts: Counts, *, whole: bool) -> int:
    """Say how often everything happened; return how many classes never did, if the run was long enough to tell."""
    for one in (*Fault, *Seen):
        sys.stdout.write(f"{counts[one]:>9,}  {one}\n")
    never = idle(counts)
    if not never or not whole:
        return 0
    sys.stdout.write(f"never happened, so this run shows nothing of it: {', '.join(never)}\n")
    return len(never)


if __name__ == "__main__":
    sys.exit(main())
