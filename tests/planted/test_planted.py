"""Every fault can still be planted where it was written for, and its suite exists; ``--long`` plants all of them."""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT
from tests.planted.__main__ import judged
from tests.planted.bug import Bug, Edit, Moved, Suite
from tests.planted.bugs import BUGS, NOT_YET

LISTED = 21


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_it_can_be_planted(bug: Bug, tmp_path: Path) -> None:
    for name in {edit.file for edit in bug.edits}:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text((ROOT / name).read_text("utf-8"), "utf-8")
    bug.plant(tmp_path)
    for name in {edit.file for edit in bug.edits}:
        changed = (tmp_path / name).read_text("utf-8")
        assert changed != (ROOT / name).read_text("utf-8")
        compile(changed, name, "exec")


@pytest.mark.parametrize("suite", dict.fromkeys(bug.suite for bug in BUGS), ids=str)
def test_its_suite_exists(suite: Suite) -> None:
    assert find_spec(suite.words[0]) is not None
    assert not suite.is_pytest or suite.tests
    for named in suite.tests:
        place, _, test = named.partition("::")
        text = (ROOT / place).read_text("utf-8")
        assert f"def {test.partition('[')[0]}(" in text if test else "def test_" in text


def test_the_whole_list_is_planted_or_said_not_to_be_there() -> None:
    listed = [*(bug.listed for bug in BUGS if bug.listed), *(missing.listed for missing in NOT_YET)]
    assert sorted(listed) == list(range(1, LISTED + 1))
    assert len({bug.name for bug in BUGS}) == len(BUGS)


def test_code_that_moved_is_not_changed(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\nx = 1\n")
    for before in ("x = 1\n", "y = 1\n"):
        with pytest.raises(Moved):
            Edit("a.py", before, "").make(tmp_path)
    with pytest.raises(Moved):
        Edit("gone.py", "x", "y").make(tmp_path)
    assert (tmp_path / "a.py").read_text() == "x = 1\nx = 1\n"


@pytest.mark.parametrize(
    ("words", "code", "output", "passed", "failed"),
    [
        (("pytest",), 0, "3 passed in 1s", True, False),
        (("pytest",), 0, "3 skipped in 1s", False, False),
        (("pytest",), 1, "1 failed, 2 passed in 1s", False, True),
        (("pytest",), 1, "+++++ Timeout +++++", False, True),
        (("pytest",), 2, "1 error in 1s", False, False),
        (("pytest",), 1, "1 error in 1s", False, False),
        (("tests.simulation",), 0, "60 passed, 0 failed", True, False),
        (("tests.simulation",), 1, "59 passed, 1 failed", False, True),
        (("tests.simulation",), 1, "Traceback\nNameError: x", False, False),
        (("tests.simulation",), 0, "", False, False),
    ],
)
def test_a_suite_that_breaks_has_not_failed(
    words: tuple[str, ...], code: int, output: str, *, passed: bool, failed: bool
) -> None:
    ended = judged(Suite(words), code, output)
    assert (ended.passed, ended.failed) == (passed, failed)


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_every_planted_fault_is_caught() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.planted"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
