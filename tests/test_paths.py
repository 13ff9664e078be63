"""Where data lives: one folder, moved by one variable, untouched until asked."""

import os
import subprocess
import sys
from pathlib import Path

import platformdirs
import pytest

from seraphine_pos.paths import PROGRAM, VARIABLE, Home


def test_the_variable_moves_the_whole_home(tmp_path: Path) -> None:
    home = Home.from_environment({VARIABLE: str(tmp_path / "Épicerie")})
    assert home.root == tmp_path / "Épicerie"
    assert home.till_database == tmp_path / "Épicerie" / "till" / "till.db"


def test_without_the_variable_the_system_says_where() -> None:
    place = Path(platformdirs.user_data_dir(PROGRAM, appauthor=False))
    assert Home.from_environment({}).root == place
    assert Home.from_environment({VARIABLE: "  "}).root == place


def test_a_relative_home_is_made_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert Home.from_environment({VARIABLE: "shop"}).root == tmp_path / "shop"


def test_every_place_is_inside_the_home_and_no_two_are_the_same(tmp_path: Path) -> None:
    home = Home(tmp_path)
    places = [getattr(home, name) for name, value in vars(Home).items() if isinstance(value, property)]
    assert len(places) == len(set(places)) == 11
    assert all(place.is_relative_to(tmp_path) for place in places)


def test_nothing_is_made_before_make(tmp_path: Path) -> None:
    home = Home(tmp_path / "new")
    assert not home.root.exists()
    home.make()
    home.make()
    assert home.till.is_dir()
    assert home.receipts.is_dir()
    assert not home.till_database.exists()


@pytest.mark.skipif(os.name != "posix", reason="modes of folders are POSIX")
def test_the_folders_are_closed_to_other_accounts(tmp_path: Path) -> None:
    home = Home(tmp_path / "new")
    home.make()
    assert home.till.stat().st_mode & 0o077 == 0


def test_importing_makes_nothing(tmp_path: Path) -> None:
    environ = {**os.environ, VARIABLE: str(tmp_path / "untouched")}
    program = "import seraphine_pos.paths, seraphine_pos.settings"
    subprocess.run([sys.executable, "-c", program], env=environ, check=True)
    assert not (tmp_path / "untouched").exists()
