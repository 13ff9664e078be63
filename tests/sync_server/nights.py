"""One night of many stores: how long one runner needs for all of their jobs, and how long it looks where none is due.

    python -m tests.sync_server.nights [--stores 300] [--sales 20] [--database-url URL]

The stores are copies of one, each with a till that sold so much; the database is a file, or one that is empty.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from seraphine_pos.domain.protocol import PUSH_ENTRIES_MAX
from sync_server.settings import BackupSettings, JobSettings, Settings
from sync_server.upkeep import jobs
from sync_server.upkeep.nights import HOUR_MS
from tests import harness
from tests.sync_server.shop import Shop, found_shop
from tests.sync_server.test_many_nights import more

DAY_MS: Final = 24 * HOUR_MS


def never() -> bool:
    """Go on to the end."""
    return False


def sold(shop: Shop, stores: Sequence[str], sales: int) -> None:
    """Let a till of each store sell."""
    with harness.progress("sales") as shown:
        for number, store_id in enumerate(stores):
            shop.server.named = store_id
            till = shop.till()
            for amount in range(sales):
                till.sell(100 + amount)
            for start in range(0, sales, PUSH_ENTRIES_MAX):
                till.push(till.entries[start : start + PUSH_ENTRIES_MAX])
            shown(number + 1, len(stores))
    shop.server.named = ""


def night(shop: Shop) -> str:
    """Run everything that is due a night later, and say what it took."""
    agenda = jobs.agenda_of(shop.server)
    began = time.perf_counter()
    agenda.due(0)
    read_s = time.perf_counter() - began
    shop.clock.pass_ms(DAY_MS)
    began = time.perf_counter()
    done = jobs.run_due(agenda, never)
    night_s = time.perf_counter() - began
    began = time.perf_counter()
    for _ in range(30):
        shop.clock.pass_ms(60_000)
        if jobs.run_due(agenda, never):
            raise SystemExit("something was due again")
    idle_us = (time.perf_counter() - began) / 30 * 1e6
    each_ms = 1000 * night_s / len(done)
    return (
        f"read in {1000 * read_s:.0f} ms; {len(done)} runs in {night_s:.1f} s, {each_ms:.1f} ms each;"
        f" a minute in which nothing is due: {idle_us:.0f} µs"
    )


def main(words: Sequence[str] | None = None) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m tests.sync_server.nights", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--stores", type=int, default=300, metavar="N", help="default: 300")
    parser.add_argument("--sales", type=int, default=20, metavar="N", help="of each store; default: 20")
    parser.add_argument("--database-url", metavar="URL", help="an empty database (default: a file)")
    given = parser.parse_args(words)
    with tempfile.TemporaryDirectory(prefix="seraphine-nights-") as folder:
        shop = found_shop(given.database_url or f"sqlite:///{Path(folder) / 'server.db'}")
        stores = [shop.store_id, *more(shop, given.stores - 1)]
        sold(shop, stores, given.sales)
        shop.server.settings = Settings(backup=BackupSettings(folder=Path(folder)), jobs=JobSettings(hour=3))
        print(f"{given.stores} stores of {given.sales} sales on {shop.database.dialect}: {night(shop)}")  # noqa: T201
        shop.database.close()
    return harness.finish(given.stores, 0)


if __name__ == "__main__":
    sys.exit(main())
