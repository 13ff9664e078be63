"""How every harness talks: its progress, the line that replays a failure, its last line. It knows no harness."""

import sys
from typing import TextIO

from seraphine_pos.progress import Progress
from seraphine_pos.shop import SystemClock


def progress(label: str, stream: TextIO = sys.stderr) -> Progress:
    """Return a bar that is called with what is done and what there is in all."""
    return Progress(label, stream, SystemClock())


def failure(seed: int, why: str, replay: str, stream: TextIO | None = None) -> None:
    """Say which seed failed and why, and the command that does it again."""
    print(f"seed {seed} failed: {why}\n  again: {replay}", file=stream or sys.stdout, flush=True)


def finish(passed: int, failed: int, stream: TextIO | None = None) -> int:
    """Write the last line of a run and return its exit code; a run of nothing has shown nothing."""
    print(f"{passed} passed, {failed} failed", file=stream or sys.stdout, flush=True)
    return 1 if failed or not passed else 0
