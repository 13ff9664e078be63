"""Every write and every sync of a till's work fails once: nothing said is lost, and what was said not to be is not."""

import subprocess
import sys

import pytest

from tests.architecture.tree import ROOT

# Every k of a sale; of the rest every fifth, as every one of them takes minutes.
SCENES = {"sale": 1, "opening": 5, "exchange": 5, "checkpoint": 5}
LIVING = ("error", "full", "error-stays", "full-stays", "killed")

pytestmark = [pytest.mark.timeout(600), pytest.mark.usefixtures("watching")]


def failed(*words: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own: what is forked from must be single-threaded."""
    command = [sys.executable, "-m", "tests.crash.syncs", *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("scene", SCENES)
def test_a_till_that_goes_on_says_what_is_true(scene: str) -> None:
    ways = [word for way in LIVING for word in ("--way", way)]
    done = failed("--scene", scene, "--every", str(SCENES[scene]), *ways)
    assert done.returncode == 0, done.stdout


def test_a_till_that_dies_with_its_no_had_said_what_is_true() -> None:
    done = failed("--scene", "sale", "--way", "error-dies")
    assert done.returncode == 0, done.stdout


def test_an_upgrade_that_fails_is_made_again() -> None:
    done = failed("--scene", "upgrade", "--every", "5")
    assert done.returncode == 0, done.stdout
