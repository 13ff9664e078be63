"""Sales sent to the store's server over HTTP, beside the same rows put in bulk into a bare file of SQLite."""

import itertools
import os
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import pysqlite3.dbapi2 as sqlite

from seraphine_pos.bench.figure import Figure
from seraphine_pos.bench.stock import DAY_MS, SALES_A_DAY, Progress, found, opened, send, write_past
from seraphine_pos.demo.clock import PastClock
from seraphine_pos.domain.clock import Clock
from seraphine_pos.domain.protocol import PUSH_ENTRIES_MAX
from seraphine_pos.paths import Home

SALES: Final = 20_000
PRODUCTS: Final = 2_000
ROUNDS: Final = 3
# The tables that a sale reaches on the server.
TABLES: Final = ("entries", "events", "sales", "rollups", "pushes", "journals")


def measure(folder: Path, clock: Clock, progress: Progress, sales: int = SALES) -> Figure:
    """Send a till's sales to a fresh server, then insert the rows that it holds; sales a second."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as place:
        home = Home(Path(place) / "home")
        rate, cpu = _sent(home, clock, progress, sales)
        bare = [_inserted(home.server_database, Path(place), sales) for _ in range(ROUNDS)]
    return Figure(
        "push", "sales/s", rate, statistics.median(bare), at_least=0.25, aim=0.45, more_is_better=True,
        detail={
            "reference": f"plain sqlite3, the same rows, durable every {PUSH_ENTRIES_MAX} entries",
            "sales": sales, "till_cpu_share": round(cpu, 2),
        },
    )  # fmt: skip


def _sent(home: Home, clock: Clock, progress: Progress, sales: int) -> tuple[float, float]:
    """Return sales a second and how much of that time the till itself was computing."""
    days = -(-sales // SALES_A_DAY)
    past = PastClock(clock.now_ms() - (days + 1) * DAY_MS, clock.now_ms())
    found(home, past, os.urandom)
    with opened(home, past, os.urandom) as shop:
        shop.exchange()
        write_past(shop, past, sales, PRODUCTS, progress)
        # The till folds its own figures with or without a server; telling the day's proof would do it here.
        shop.stored.ledger.fold_figures()
        started, computing = time.perf_counter(), time.process_time()
        send(shop, progress)
        took = time.perf_counter() - started
        return sales / took, (time.process_time() - computing) / took


def _inserted(source: Path, folder: Path, sales: int) -> float:
    """Insert the rows of the server's file into a fresh one, as often durable as the pushes were; sales a second."""
    with tempfile.TemporaryDirectory(dir=folder) as place:
        read, write = sqlite.connect(source), sqlite.connect(Path(place) / "bare.db", isolation_level=None)
        write.execute("PRAGMA journal_mode=WAL")
        write.execute("PRAGMA synchronous=FULL")
        _make_tables(read, write)
        rows = {name: read.execute(f"SELECT * FROM {name}").fetchall() for name in TABLES}  # noqa: S608  our own names
        pushes = -(-len(rows["entries"]) // PUSH_ENTRIES_MAX)
        started = time.perf_counter()
        for batch in _batches(rows, pushes):
            write.execute("BEGIN IMMEDIATE")
            for name, some in batch:
                if some:
                    places = ",".join("?" * len(some[0]))
                    write.executemany(f"INSERT INTO {name} VALUES ({places})", some)  # noqa: S608  our own names
            write.execute("COMMIT")
        took = time.perf_counter() - started
        read.close()
        write.close()
    return sales / took


def _make_tables(read: Any, write: Any) -> None:
    """Make the same tables and indexes, without triggers."""
    places = ",".join("?" * len(TABLES))
    query = f"SELECT sql FROM sqlite_master WHERE tbl_name IN ({places}) AND type != 'trigger' AND sql IS NOT NULL"  # noqa: S608
    for (statement,) in read.execute(f"{query} ORDER BY type DESC", TABLES).fetchall():
        write.execute(statement)


def _batches(rows: dict[str, list[Any]], count: int) -> Iterator[list[tuple[str, Sequence[Any]]]]:
    """Share the rows of every table out over so many transactions."""
    for place in range(count):
        yield [(name, _share(some, place, count)) for name, some in rows.items()]


def _share(some: list[Any], place: int, count: int) -> list[Any]:
    return list(itertools.islice(some, len(some) * place // count, len(some) * (place + 1) // count))
