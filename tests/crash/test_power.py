"""The power fails at every moment of selling: nothing acknowledged is lost, and weaker synchronisation is found out."""

import subprocess
import sys

import pytest

from tests.architecture.tree import ROOT

STATES = 2000

pytestmark = [pytest.mark.timeout(600), pytest.mark.usefixtures("watching")]


def cut(*words: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own: what is forked from must be single-threaded."""
    command = [sys.executable, "-m", "tests.crash.power", *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_no_power_cut_loses_what_was_acknowledged() -> None:
    done = cut("--states", str(STATES), "--scene", "selling")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, f"{STATES} passed, 0 failed"), done.stdout


def test_no_power_cut_spoils_a_founding() -> None:
    done = cut("--states", "300", "--scene", "founding")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "300 passed, 0 failed"), done.stdout


def test_no_power_cut_spoils_an_upgrade() -> None:
    done = cut("--states", "400", "--scene", "upgrade")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "400 passed, 0 failed"), done.stdout


def test_normal_synchronisation_loses_sales() -> None:
    done = cut("--states", "600", "--scene", "selling", "--synchronous", "normal")
    assert done.returncode == 1, done.stdout
    assert "acknowledged" in done.stdout
    assert "again: python -m tests.crash.power --states 1 --first-seed 1 --scene selling --only " in done.stdout
