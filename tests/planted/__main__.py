"""Plants one fault after the other in a copy of the source; the suite named beside each must fail, and pass without it.

    python -m tests.planted [--only NAME] [--workers 2]

A fault counts as caught when the suite itself says what failed: tests that fail, or seeds. A suite that cannot be run
at all, planted or not, has shown nothing.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests import harness
from tests.architecture.tree import LEFT_BEHIND, ROOT
from tests.crash import scratch
from tests.planted.bug import Bug, Moved, Suite
from tests.planted.bugs import BUGS, NOT_YET

WORKERS: Final = 2
SECONDS_MAX: Final = 300
COPIED: Final = ("seraphine_pos", "sync_server", "tests", "resources", "docs", "pyproject.toml", "README.md", "run.py")
HARNESS_ENDS: Final = re.compile(r"^(\d+) passed, (\d+) failed$")
PYTEST_FAILED: Final = re.compile(r"^(\d+) failed\b|\+ Timeout \+", re.MULTILINE)
PYTEST_PASSED: Final = re.compile(r"^\d+ passed\b", re.MULTILINE)
# What says, in a suite's output, which promise was broken.
TOLD: Final = re.compile(r"^(?:seed \d+ failed: |E  +|.*AssertionError: )(.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Ended:
    """How a suite ended: passed, failed as a suite does, or neither."""

    passed: bool
    failed: bool
    output: str

    @property
    def why(self) -> str:
        """Return the first thing that it says is wrong, or its last line."""
        told = TOLD.search(self.output)
        lines = self.output.strip().splitlines()
        return told.group(1)[:200] if told else (lines[-1] if lines else "it said nothing")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a planted fault."""

    bug: Bug
    caught: bool
    why: str


def copy_of_the_tree() -> Path:
    """Copy what the suites need into a folder of its own."""
    folder = scratch.folder("planted")
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns(*LEFT_BEHIND))
        else:
            shutil.copy2(ROOT / name, folder / name)
    return folder


def run(suite: Suite, root: Path) -> Ended:
    """Run a suite on the tree under a root."""
    environment = {**os.environ, "PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"}
    if not suite.is_pytest:  # whose PostgreSQL runs under another account, which this folder shuts out
        (root / "kept").mkdir(exist_ok=True)
        environment["TMPDIR"] = str(root / "kept")  # what a harness keeps to show a fault goes with the copy
    command = [sys.executable, "-m", *suite.words]
    try:
        done = subprocess.run(
            command, cwd=root, env=environment, capture_output=True, text=True, timeout=SECONDS_MAX, check=False
        )
    except subprocess.TimeoutExpired:
        return Ended(passed=False, failed=False, output=f"it did not end within {SECONDS_MAX} seconds")
    return judged(suite, done.returncode, done.stdout + done.stderr)


def judged(suite: Suite, code: int, output: str) -> Ended:
    """Tell a suite that failed from one that could not be run."""
    if suite.is_pytest:
        failed = code == 1 and PYTEST_FAILED.search(output) is not None
        return Ended(code == 0 and PYTEST_PASSED.search(output) is not None, failed, output)
    ends = [found for line in output.splitlines() if (found := HARNESS_ENDS.match(line))]
    return Ended(code == 0 and bool(ends), code == 1 and any(int(end.group(2)) for end in ends), output)


def unplanted(suite: Suite) -> Ended:
    """Run a suite on the source as it is."""
    root = copy_of_the_tree()
    try:
        return run(suite, root)
    finally:
        shutil.rmtree(root, ignore_errors=True)


def planted(bug: Bug) -> Verdict:
    """Plant a fault in a copy and run its suite there."""
    root = copy_of_the_tree()
    try:
        bug.plant(root)
        ended = run(bug.suite, root)
    except Moved as moved:
        return Verdict(bug, caught=False, why=f"it cannot be planted any more: {moved}")
    finally:
        shutil.rmtree(root, ignore_errors=True)
    if ended.failed:
        return Verdict(bug, caught=True, why=ended.why)
    why = "its suite passes all the same" if ended.passed else f"its suite broke instead of failing: {ended.why}"
    return Verdict(bug, caught=False, why=why)


def verdicts(bugs: Sequence[Bug], workers: int) -> Iterator[Verdict]:
    """Run what the bugs need, some at a time: first every suite as it is, then with its faults."""
    suites = list(dict.fromkeys(bug.suite for bug in bugs))
    with ThreadPoolExecutor(max_workers=workers) as pool, harness.progress("suites") as progress:
        whole = len(suites) + len(bugs)
        sound = {}
        for number, (suite, ended) in enumerate(zip(suites, pool.map(unplanted, suites), strict=True), 1):
            sound[suite] = ended
            progress(number, whole)
        fit = [bug for bug in bugs if sound[bug.suite].passed]
        for bug in bugs:
            if bug not in fit:
                why = f"its suite does not pass without it: {sound[bug.suite].why}"
                yield Verdict(bug, caught=False, why=why + (f" (needs {bug.suite.needs})" if bug.suite.needs else ""))
        for number, verdict in enumerate(pool.map(planted, fit), len(suites) + 1):
            progress(number, whole)
            yield verdict


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.planted", description=__doc__)
    parser.add_argument("--only", action="append", choices=[bug.name for bug in BUGS], help="one fault, or some")
    parser.add_argument("--workers", type=int, default=WORKERS)
    asked = parser.parse_args(arguments)
    bugs = [bug for bug in BUGS if asked.only is None or bug.name in asked.only]
    found = sorted(verdicts(bugs, asked.workers), key=lambda verdict: bugs.index(verdict.bug))
    for verdict in found:
        said = "caught" if verdict.caught else "NOT CAUGHT"
        sys.stdout.write(
            f"{said}: {verdict.bug.name}: {verdict.bug.says}\n    {verdict.bug.suite}\n    {verdict.why}\n"
        )
        if not verdict.caught:
            sys.stdout.write(f"  again: python -m tests.planted --only {verdict.bug.name}\n")
    for missing in NOT_YET if asked.only is None else ():
        sys.stdout.write(f"not there yet: {missing.name}: {missing.why}\n")
    caught = sum(verdict.caught for verdict in found)
    return harness.finish(caught, len(found) - caught)


if __name__ == "__main__":
    sys.exit(main())
