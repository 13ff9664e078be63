"""The figures of the window: its start, its memory and its lines, each seen in a process of its own."""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from seraphine_pos.bench.figure import P50, P99, Figure, percentile
from seraphine_pos.paths import Home

ROUNDS: Final = 5
PAIRS: Final = 240
CHILD_S: Final = 300
PACKAGES: Final = Path(__file__).resolve().parents[2]
MS: Final = 10**6
MIB: Final = 1024
# As the command starts: its own words are loaded before the window's, and rubbish is looked for when that stands.
_OPENED: Final = (
    "import gc, sys, seraphine_pos.cli; gc.disable(); from seraphine_pos.bench.opened import main; sys.exit(main())"
)
_EMPTY: Final = "import sys; from seraphine_pos.bench.empty import main; sys.exit(main())"

Seen = Mapping[str, Any]


class ChildFailed(Exception):
    """A process that was to be measured ended without its result; the text says what it said."""


def start_and_memory(home: Home) -> list[Figure]:
    """Open the till and an empty window in turns, from the start of the process to the painted window."""
    ours: list[Seen] = []
    bare: list[Seen] = []
    _child(_EMPTY), _child(_OPENED, str(home.root), "0")  # once for the caches of the disk
    for _ in range(ROUNDS):
        ours.append(_child(_OPENED, str(home.root), "0"))
        bare.append(_child(_EMPTY))
    return [_start(ours, bare), _memory(ours, bare)]


def _start(ours: list[Seen], bare: list[Seen]) -> Figure:
    return Figure(
        "start", "ms to ready for a scan", _median(ours, "ready_ns") / MS, _median(bare, "ready_ns") / MS,
        at_least=4, aim=2,
        detail={
            "reference": "an empty PySide6 window, painted",
            "sign_in_ms": round(_median(ours, "sign_in_ns") / MS, 1),
            "includes": "the PIN's argon2 check and the sign-in's durable entry",
            "products": ours[0]["products"], "rounds": len(ours),
        },
    )  # fmt: skip


def _memory(ours: list[Seen], bare: list[Seen]) -> Figure:
    return Figure(
        "memory", "MiB resident", _median(ours, "resident_kib") / MIB, _median(bare, "resident_kib") / MIB,
        at_least=3, aim=2,
        detail={
            "reference": "an empty PySide6 window", "after_exchange": all(one["exchanged"] for one in ours),
            "server_child_mib": round(_median(ours, "server_resident_kib") / MIB, 1),
        },
    )  # fmt: skip


def lines(home: Home) -> list[Figure]:
    """Scan at the till and in a bare table in turns."""
    seen = _child(_OPENED, str(home.root), str(PAIRS))
    return [
        Figure(
            f"line-{basket}-p{percent}", f"µs p{percent}, basket of {basket}",
            percentile(times["ours"], percent), percentile(times["bare"], percent), at_least=2, aim=1.2,
            detail={
                "reference": "QTableView with ready strings and a dict, in turns", "pairs": len(times["ours"]),
                "computing_us": round(percentile(times["ours_cpu"], percent), 1),
                "reference_computing_us": round(percentile(times["bare_cpu"], percent), 1),
            },
        )
        for basket, times in seen["lines"].items()
        for percent in (P50, P99)
    ]  # fmt: skip


def _median(some: list[Seen], name: str) -> float:
    return statistics.median(float(one[name]) for one in some)


def _child(code: str, *words: str) -> Seen:
    """Run a process; return what it saw, its times counted from before it was started."""
    environ = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(PACKAGES)}
    # A shop's program keeps its bytecode; whoever edits the source may not, and would measure the compiler.
    environ.pop("PYTHONDONTWRITEBYTECODE", None)
    started = time.monotonic_ns()
    done = subprocess.run(  # noqa: S603  this program's own modules
        [sys.executable, "-c", code, *words],
        cwd=PACKAGES,
        env=environ,
        capture_output=True,
        text=True,
        timeout=CHILD_S,
        check=False,
    )
    last = done.stdout.strip().rpartition("\n")[2]
    if done.returncode or not last:
        raise ChildFailed(f"exit code {done.returncode}: {done.stderr.strip()[-2000:]}")
    seen: dict[str, Any] = json.loads(last)
    return {name: value - started if name.endswith("_ns") else value for name, value in seen.items()}
