"""What somebody changes in a till's database is found and named, and what nobody can find is said."""

import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pysqlite3.dbapi2 as sqlite
import pytest

from tests.architecture.tree import ROOT
from tests.crash.tampered import CLEVER, Books, Way
from tests.crash.tampering import look, tamper
from tests.crash.tampering_scene import Scene, made

EDITS = 200


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """Give the till that is tampered with."""
    with closing(made(tmp_path_factory.mktemp("scene"))) as scene:
        yield scene


def test_changes_are_found_and_named() -> None:
    command = [sys.executable, "-m", "tests.crash.tampering", "--edits", str(EDITS)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, f"{EDITS} passed, 0 failed"), done.stdout


def test_the_till_is_whole_before_anything_is_changed(scene: Scene, tmp_path: Path) -> None:
    scene.image.put(tmp_path / "till")
    found = look(scene, tmp_path / "till")
    assert (found.chain, found.ledger, found.against) == ((), (), ())


def test_a_seed_makes_the_same_change_again(scene: Scene, tmp_path: Path) -> None:
    first, again = (tamper(scene, tmp_path / "till", 7) for _ in range(2))
    assert first == again


@pytest.mark.parametrize("way", CLEVER, ids=lambda way: way.__name__)
def test_what_was_sealed_anew_beyond_the_acknowledged_head_nobody_can_find(
    scene: Scene, way: Way, tmp_path: Path
) -> None:
    """As ``docs/durability.md`` says: only receipts that were handed out tell of it."""
    folder = tmp_path / "till"
    scene.image.put(folder)
    with closing(sqlite.connect(folder / "till.db", isolation_level=None)) as database:
        books = Books(database, folder / "anchor", scene.acknowledged, beyond=True)
        books.unlock()
        before = books.living()
        done = way(books, random.Random(3))
        assert books.living() != before
        assert done.seq > scene.acknowledged[done.journal_id]
    scene.rebuild(folder)
    found = look(scene, folder)
    assert (found.chain, found.ledger, found.against) == ((), (), ())
