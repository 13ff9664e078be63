"""A till that is killed at random instants while it sells loses nothing that it said, and a harness that can fail."""

import os
import subprocess
import sys

import pytest

from tests.architecture.tree import ROOT

KILLS = 500
WINDOW_KILLS = 10

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the tills are forked")


def killed(*words: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own: what is forked from must be single-threaded."""
    command = [sys.executable, "-m", "tests.crash.kills", *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.timeout(600)
def test_a_killed_till_keeps_what_it_said() -> None:
    done = killed("--kills", str(KILLS))
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, f"{KILLS} passed, 0 failed"), done.stdout


@pytest.mark.timeout(600)
def test_a_killed_window_keeps_what_it_showed() -> None:
    done = killed("--window", "--kills", str(WINDOW_KILLS))
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, f"{WINDOW_KILLS} passed, 0 failed"), done.stdout


def test_receipts_handed_over_too_early_are_found_out() -> None:
    done = killed("--kills", "100", "--first-seed", "5", "--hasty")
    assert done.returncode == 1, done.stdout
    assert "acknowledged" in done.stdout
    assert "again: python -m tests.crash.kills --kills 100 --first-seed 5 --hasty" in done.stdout
    assert "half a ticket" not in done.stdout
