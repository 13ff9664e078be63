"""The load tool pushes what a server takes and counts; it refuses every store that was not made for it."""

import argparse
import os
from datetime import date
from pathlib import Path
from random import Random

import pytest

from seraphine_pos.domain.journal import FIRST_HASH, check
from sync_server.cli import SystemClock
from sync_server.database import file_of
from sync_server.errors import Conflict, Refused
from sync_server.load import arguments, figures, scratch
from sync_server.load.figures import Figures, Part, percentile
from sync_server.load.gathered import PART_S_MIN, Gathered, Mark
from sync_server.load.ringing import Ringing, Till, goods
from sync_server.load.run import load, run
from sync_server.load.sending import Chunk
from tests.fakes.clock import FakeClock, seeded_bytes
from tests.sync_server.shop import Shop, found_shop

DAY = date(2026, 3, 14)


def asked(*words: str) -> argparse.Namespace:
    """Return the arguments as they are typed."""
    parser = argparse.ArgumentParser()
    arguments.add(parser)
    return parser.parse_args(words)


def ringing(seed: int = 1, per_day: int = 400) -> Ringing:
    return Ringing(Till("store-1", "till-1", "A1"), goods(50), Random(seed), DAY, per_day)


def test_a_journal_of_the_load_is_sealed_as_every_till_s(shop: Shop) -> None:
    till = shop.till()
    journal = Ringing(Till.of(till.enrolment), goods(50), Random(1), DAY, 10)
    entries = [*journal.next(7), *journal.next(18)]
    place, before = 1, FIRST_HASH
    for entry in entries:
        check(entry, place, before)
        place, before = place + 1, entry.hash
    head = till.server.push(journal.journal_id, 0, bytes(32), entries)
    assert (head.seq, head.hash) == journal.head
    cells = till.report("2026-03-14", "2026-03-16").cells
    assert sorted(cell.sales for cell in cells if cell.facet == "total") == [5, 10, 10]
    assert shop.rows("quarantine") == []


def test_the_same_seed_rings_the_same_sales() -> None:
    assert ringing().next(20) == ringing().next(20)
    assert ringing().next(20) != ringing(2).next(20)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--url", "http://127.0.0.1:1", "--store-name", "Épicerie Nour", "--codes", "c"), "a store for people"),
        (("--url", "http://127.0.0.1:1"), "wants --store-name"),
        (("--url", "http://127.0.0.1:1", "--store-name", "Load test 1"), "--codes"),
        (("--store-name", "Load test 1"), "belong to --url"),
        (("--url", "http://127.0.0.1:1", "--folder", "f"), "founds nothing"),
        (("--url", "http://127.0.0.1:1", "--import-products", "5"), "imports nothing"),
    ],
)
def test_it_refuses_before_it_reaches_anything(words: tuple[str, ...], why: str) -> None:
    with pytest.raises(Refused, match=why):
        run(asked(*words), FakeClock(), seeded_bytes(1), print, lambda _done, _all: None)


def test_a_scratch_store_is_loaded_counted_and_weighed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("--tills", "2", "--sales", "60", "--batch", "7", "--per-day", "20", "--import-products", "600")
    given = asked(*words, "--folder", str(tmp_path), "--processes", "1")
    assert load(given, SystemClock(), os.urandom) == 0
    told = capsys.readouterr().out
    assert "60 of 60 sales" in told
    assert "603 documents" in told
    assert "a hello with its pull" in told
    assert (tmp_path / "server.db").stat().st_size > 100_000


def test_a_store_that_people_use_is_not_loaded(tmp_path: Path) -> None:
    """The scratch store's own database may not hold another store."""
    url = f"sqlite:///{tmp_path / 'server.db'}"
    found_shop(url).database.close()
    with pytest.raises(Conflict, match="has its store already"):
        run(asked("--database-url", url), FakeClock(), seeded_bytes(1), print, lambda _done, _all: None)


def test_a_database_is_weighed(database_url: str) -> None:
    shop = found_shop(database_url)
    place = file_of(database_url) or database_url
    with scratch.watched(place) as watch:
        before, log = watch.size(), watch.log()
        till = shop.till()
        for _ in range(400):
            till.sell(*range(100, 140))
        till.push()
        assert watch.size() > before
        assert (log is None) == (shop.database.dialect == "sqlite")
        assert log is None or (watch.log() or 0) > log
    shop.database.close()


@pytest.mark.parametrize(("hundredth", "value"), [(50, 50), (99, 99), (100, 100)])
def test_percentiles(hundredth: int, value: int) -> None:
    assert percentile(range(1, 101), hundredth) == value
    assert percentile([], hundredth) == 0
    assert percentile([7], hundredth) == 7


def test_what_is_not_known_is_said_to_be_so() -> None:
    part = Part(sales=100, pushes=[2_000_000] * 10, seconds=2.0, server_cpu_s=0.02)
    told = figures.lines(Figures(parts=[part], sent=30_000, received=1000))
    assert "sales a second                  50" in told
    assert "server CPU            200 µs a sale" in told
    assert "database CPU          – µs a sale" in told
    assert "push p50 / p99        2.0 / 2.0 ms" in told


def told(moments: list[float], each: int) -> list[Part]:
    """Return the parts of a run whose tills tell of so many sales at each of these seconds; its server is all busy."""
    passed = [0.0]
    found = Figures()
    gathered = Gathered(each * len(moments), found, lambda: Mark(passed[0], passed[0]))
    gathered.add(Chunk())
    for moment in moments:
        passed[0] = moment
        gathered.add(Chunk(each, [1] * each))
    gathered.close()
    assert found.sales == sum(len(part.pushes) for part in found.parts) == each * len(moments)
    assert sum(part.seconds for part in found.parts) == sum(part.server_cpu_s or 0 for part in found.parts) == passed[0]
    return found.parts


@pytest.mark.parametrize(("seconds", "parts"), [(1.0, 1), (6.0, 2), (20.0, 8), (100.0, 10)])
def test_no_part_is_shorter_than_what_can_be_measured(seconds: float, parts: int) -> None:
    # Four tills that tell at once, forty times.
    moments = [seconds * turn / 40 for turn in range(1, 41) for _till in range(4)]
    found = told(moments, 10)
    assert len(found) == parts
    rates = [part.sales / part.seconds for part in found]
    assert all(abs(rate * seconds / 1600 - 1) < 0.25 for rate in rates), rates
    assert parts == 1 or min(part.seconds for part in found) >= PART_S_MIN
