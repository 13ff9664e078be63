"""The simulation as a test, and its own parts: its count, its disk, its network and its verdict."""

import os
import subprocess
import sys
from collections import Counter
from contextlib import suppress
from pathlib import Path

import pytest

from seraphine_pos.domain import money, tax
from tests.simulation import plain
from tests.simulation.disk import Image, no_file_beyond, take
from tests.simulation.faults import LIMITS_FILES, Fault, Seen, idle
from tests.simulation.life import live
from tests.simulation.plain import Book, Rung

CI_SEEDS = 1000
SEEDS = CI_SEEDS if os.environ.get("HYPOTHESIS_PROFILE", "") == "ci" or "CI" in os.environ else 40


@pytest.mark.timeout(600)
def test_seeds_lose_double_and_strand_nothing() -> None:
    words = [sys.executable, "-m", "tests.simulation", "--seeds", str(SEEDS)]
    root = Path(__file__).resolve().parents[2]
    ended = subprocess.run(words, cwd=root, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert ended.stdout.splitlines()[-1] == f"{SEEDS} passed, 0 failed"


def test_a_seed_lives_the_same_life_again() -> None:
    lives: list[list[str]] = [[], []]
    counts = [live(11, said.append) for said in lives]
    assert lives[0] == lives[1]
    assert counts[0] == counts[1]


def test_the_plain_count_rounds_as_the_shop_does() -> None:
    for price in (0, 1, 199, 1250, 99_999):
        for quantity in (1, 333, 500, 1000, 1750):
            amount = plain.amount_of(price, quantity)
            assert amount == money.extend(price, quantity)
            assert plain.tax_in(amount, 2000) == tax.tax_within(amount, 2000)


def test_the_book_adds_up_by_day_and_till() -> None:
    book = Book({
        "a": Rung("a", False, "t", "2026-11-20", 1000, 167, 2000),
        "b": Rung("b", True, "t", "2026-11-20", 400, 67, 1000),
        "c": Rung("c", False, "t", "2026-11-21", 50, 8, 1000),
    })  # fmt: skip
    assert book.by_day(["a", "b"]) == {("2026-11-20", "t"): (1, 1, 1000, 1000, 400, 100)}


@pytest.mark.parametrize(("at_ms", "day"), [(-1, "1969-12-31"), (1_795_334_400_000, "2026-11-22")])
def test_a_moment_has_a_day_on_the_shops_wall(at_ms: int, day: str) -> None:
    assert plain.day_of(at_ms) == day


def test_an_image_is_a_folder_without_what_memory_held(tmp_path: Path) -> None:
    for name in ("till.db", "till.db-wal", "till.db-shm", "anchor", "lock"):
        (tmp_path / name).write_bytes(name.encode())
    image = take(tmp_path)
    assert image == Image((("anchor", b"anchor"), ("till.db", b"till.db"), ("till.db-wal", b"till.db-wal")))
    image.without("-wal").beside("anchor", b"older").put(tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"till.db": b"till.db", "anchor": b"older"}


@pytest.mark.skipif(not LIMITS_FILES, reason="this system does not limit files")
def test_a_write_beyond_the_limit_fails_in_the_middle(tmp_path: Path) -> None:
    place = tmp_path / "file"
    with place.open("wb", buffering=0) as file, no_file_beyond(10):
        with suppress(OSError):
            file.write(b"x" * 6)
            file.write(b"y" * 6)
            file.write(b"z" * 6)
        assert place.read_bytes() == b"xxxxxxyyyy"
        assert file.tell() == len(b"xxxxxxyyyy")


def test_a_class_that_never_happened_is_named() -> None:
    counts = Counter({str(one): 1 for one in (*Fault, *Seen)})
    assert idle(counts) == []
    del counts[Fault.PORTAL]
    assert idle(counts) == [str(Fault.PORTAL)]
