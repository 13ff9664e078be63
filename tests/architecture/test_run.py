"""run.py: it sets up once, mends what is half-made, passes exit codes on, and says what a system lacks."""

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import run
from tests.architecture.tree import ROOT


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a project of run.py alone, whose locks ask for nothing, set up once."""
    folder = tmp_path_factory.mktemp("a project")
    shutil.copy(ROOT / "run.py", folder)
    (folder / "requirements").mkdir()
    for name in run.LOCKS:
        (folder / "requirements" / f"{name}.txt").touch()
    result = start(folder, "python", "-c", "print('ready')")
    assert (result.returncode, result.stdout) == (0, "ready\n"), result.stderr
    assert "setting up" in result.stderr
    return folder


def start(folder: Path, *words: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run run.py there as a person would."""
    command = [sys.executable, str(folder / "run.py"), *words]
    return subprocess.run(command, cwd=cwd or folder, capture_output=True, text=True, check=False)


def test_a_second_start_sets_nothing_up(bare: Path) -> None:
    result = start(bare, "python", "-c", "")
    assert (result.returncode, result.stderr) == (0, "")


def test_the_exit_code_of_a_command_is_that_of_the_start(bare: Path) -> None:
    assert start(bare, "python", "-c", "raise SystemExit(7)").returncode == 7


def test_a_command_runs_where_the_person_stands(bare: Path, tmp_path: Path) -> None:
    result = start(bare, "python", "-c", "import os; print(os.getcwd())", cwd=tmp_path)
    assert Path(result.stdout.strip()) == tmp_path


def test_the_project_is_imported_from_where_it_stands(bare: Path, tmp_path: Path) -> None:
    result = start(bare, "python", "-c", "import run; print(run.__file__)", cwd=tmp_path)
    assert Path(result.stdout.strip()) == bare / "run.py"


def test_a_half_made_environment_is_made_again(bare: Path) -> None:
    (bare / ".venv" / "made-from").unlink()
    shutil.rmtree(next((bare / ".venv").glob("lib*/**/site-packages"), bare / ".venv" / "Lib"))
    result = start(bare, "python", "-m", "pip", "--version")
    assert result.returncode == 0, result.stderr
    assert "setting up" in result.stderr


def test_a_project_that_moved_is_set_up_again(bare: Path, tmp_path: Path) -> None:
    moved = tmp_path / "moved"
    shutil.copytree(bare, moved, symlinks=True)
    result = start(moved, "python", "-c", "import run; print(run.__file__)")
    assert Path(result.stdout.strip()) == moved / "run.py"


def test_an_unknown_command_is_refused_with_the_known_ones(bare: Path) -> None:
    result = start(bare, "seraphine")
    assert result.returncode == 2
    assert "there is no command “seraphine”" in result.stderr
    assert "seraphine-pos" in result.stderr


def test_no_command_shows_how_it_is_used(bare: Path) -> None:
    result = start(bare)
    assert (result.returncode, result.stdout) == (2, run.USAGE)


@pytest.mark.parametrize(
    ("typed", "runs"),
    [
        (["demo", "--fresh"], ["seraphine-pos", "demo", "--fresh"]),
        (["test", "-k", "sale"], ["pytest", *run.SIDE_BY_SIDE, "-k", "sale"]),
        (["seraphine-server", "serve"], ["seraphine-server", "serve"]),
    ],
)
def test_shorthands(typed: list[str], runs: list[str]) -> None:
    assert run.spelled_out(typed) == runs


@pytest.mark.parametrize(
    ("command", "screen"),
    [
        ("seraphine-pos", "x11"),
        ("seraphine-pos demo", "x11"),
        ("pytest", "offscreen"),
        ("seraphine-pos --help", "none"),
        ("seraphine-pos report --from 2026-01-01", "none"),
        ("seraphine-server serve", "none"),
        ("ruff check", "none"),
    ],
)
def test_only_a_window_needs_the_libraries_of_one(command: str, screen: str) -> None:
    assert run.screen_of(command.split(), {"DISPLAY": ":0"}) == screen


def test_an_older_python_reads_far_enough_to_say_what_it_needs() -> None:
    tree = ast.parse((ROOT / "run.py").read_text(encoding="utf-8"), feature_version=(3, 8))
    assert isinstance(tree.body[1], ast.ImportFrom)
    assert tree.body[1].module == "__future__"


@pytest.mark.skipif(not run.LINUX, reason="other systems always have a display")
def test_without_a_display_the_demo_runs_unseen_and_the_till_says_so() -> None:
    assert run.screen_of(["seraphine-pos", "demo"], {}) == "offscreen"
    with pytest.raises(run.SetupError, match="there is no display"):
        run.screen_of(["seraphine-pos"], {})


def test_a_library_that_no_loader_finds_is_missing() -> None:
    assert not run.loads("libseraphine-that-nobody-wrote.so.1")


def test_a_file_or_a_filled_folder_counts_as_fonts(tmp_path: Path) -> None:
    assert not run.is_filled(tmp_path)
    assert not run.is_filled(tmp_path / "absent")
    (tmp_path / "a font").touch()
    assert run.is_filled(tmp_path)
    assert run.is_filled(tmp_path / "a font")


def test_a_tool_that_fails_shows_its_last_words(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(run.SetupError, match=r"it did not work\."):
        run.run([sys.executable, "-c", "print('the reason'); raise SystemExit(1)"], "it did not work")
    assert "the reason" in capfd.readouterr().err


def test_tests_have_no_window_and_the_environments_programs_first() -> None:
    child = run.child_environment({"PATH": "/usr/bin"}, is_test=True)
    assert child["PATH"].startswith(str(run.BIN))
    assert sys.platform != "linux" or child["QT_QPA_PLATFORM"] == "offscreen"
    assert "QT_QPA_PLATFORM" not in run.child_environment({}, is_test=False)
