"""The command ``bench``: measures this till on this PC and prints JSON, each figure beside a bare reference."""

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final, TextIO

from seraphine_pos.bench import commit, push, stock, window
from seraphine_pos.bench.figure import Figure
from seraphine_pos.paths import Home, cache_of
from seraphine_pos.progress import Progress
from seraphine_pos.shop import SystemClock

PRODUCTS: Final = 100_000
PRODUCTS_MIN: Final = 5_000
SALES: Final = 1_000_000
NAMES: Final = ("commit", "lines", "start", "memory", "push")
DONE: Final = 0
SHORT: Final = 1


def parser() -> argparse.ArgumentParser:
    """Return what may be written after ``bench``."""
    whole = argparse.ArgumentParser(
        prog="seraphine-pos bench",
        description="Measures this till on this PC and prints JSON; every figure has a bare reference in the same run.",
        epilog="The products and past sales are made once (minutes for a million sales) and kept in the data folder. "
        "Exit codes: 0 every figure is at least what is asked; 1 one is short of it.",
    )
    whole.add_argument("--only", choices=NAMES, action="append", help="one figure (may be given several times)")
    whole.add_argument("--products", type=int, default=PRODUCTS, metavar="N", help=f"default {PRODUCTS}")
    whole.add_argument("--sales", type=int, default=SALES, metavar="N", help=f"past sales, default {SALES}")
    whole.add_argument("--data-dir", type=Path, metavar="DIR", help="where the generated data is kept between runs")
    return whole


def main(arguments: Sequence[str]) -> int:
    """Measure what was asked for; return the exit code."""
    words = parser()
    given = words.parse_args(arguments)
    if given.products < PRODUCTS_MIN or given.sales < 0:
        words.error(f"--products is at least {PRODUCTS_MIN}, --sales at least 0")
    folder = given.data_dir or cache_of("seraphine-pos-bench")
    figures = measure(given.only or NAMES, folder.absolute(), given.products, given.sales)
    result = {
        "machine": machine(folder), "products": given.products, "past_sales": given.sales,
        "figures": [figure.as_json() for figure in figures],
    }  # fmt: skip
    print(json.dumps(result, ensure_ascii=False, indent=1))
    return SHORT if any(figure.verdict == "short" for figure in figures) else DONE


def measure(names: Sequence[str], folder: Path, products: int, sales: int) -> list[Figure]:
    """Measure the named figures on data kept in this folder."""
    clock = SystemClock()
    progress = _Told(sys.stderr, clock)

    def home() -> Home:
        return stock.make(folder, products, sales, clock, os.urandom, progress)

    work: Mapping[str, Callable[[], list[Figure]]] = {
        "commit": lambda: [commit.measure(folder, clock)],
        "lines": lambda: window.lines(home()),
        "start": lambda: window.start_and_memory(home())[:1],
        "memory": lambda: window.start_and_memory(home())[1:],
        "push": lambda: [push.measure(folder, clock, progress)],
    }
    if {"start", "memory"} <= set(names):  # one opening tells both
        work = {**work, "start": lambda: window.start_and_memory(home()), "memory": list}
    return [figure for name in NAMES if name in names for figure in work[name]()]


class _Told:
    """One bar for each kind of long work."""

    def __init__(self, stream: TextIO, clock: SystemClock) -> None:
        """Begin without any."""
        self._stream = stream
        self._clock = clock
        self._bars: dict[str, Progress] = {}

    def __call__(self, label: str, done: int, total: int) -> None:
        """Say how far one kind of work is."""
        if label not in self._bars:
            self._bars[label] = Progress(label, self._stream, self._clock)
        self._bars[label](done, total)
        if done >= total:
            self._bars.pop(label).__exit__(None, None, None)


def machine(folder: Path) -> dict[str, object]:
    """Return what kind of machine this is, so that figures of two runs can be told apart."""
    import PySide6
    import pysqlite3.dbapi2 as sqlite

    return {
        "system": platform.platform(terse=True),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "qt": PySide6.__version__,
        "sqlite": sqlite.sqlite_version,
        "fdatasync_4k_us": round(_sync_us(folder), 1),
        "load": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
    }


def _processor() -> str:
    """Return the name of the processor where the system tells it."""
    info = Path("/proc/cpuinfo")
    if not info.exists():
        return platform.processor() or platform.machine()
    lines = info.read_text(encoding="utf-8", errors="replace").splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def _sync_us(folder: Path) -> float:
    """Return how long this disk takes to sync a page, the median of some tries."""
    folder.mkdir(parents=True, exist_ok=True)
    times = []
    sync = getattr(os, "fdatasync", os.fsync)
    with tempfile.TemporaryFile(dir=folder) as file:
        for _ in range(101):
            file.write(bytes(4096))
            file.flush()
            started = time.perf_counter_ns()
            sync(file.fileno())
            times.append((time.perf_counter_ns() - started) / 1000)
    return sorted(times)[50]
