"""Backups under load, killed in the middle: what bears a backup's name restores, and a harness that can fail."""

import os
import subprocess
import sys

import pytest

from sync_server.backups.archive import Contents, HeldJournal
from tests.architecture.tree import ROOT
from tests.crash.backups import AMOUNTS, unbalanced

KILLS = 4
LONG_KILLS = 40

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="who makes the backups is forked")


def killed(*words: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own: what is forked from must be single-threaded."""
    command = [sys.executable, "-m", "tests.crash.backups", *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.timeout(300)
def test_what_a_killed_server_left_as_a_backup_restores() -> None:
    done = killed("--kills", str(KILLS))
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, f"{KILLS} passed, 0 failed"), done.stdout
    assert int(done.stdout.split(" backups were made")[0].split()[-1]) >= KILLS


@pytest.mark.timeout(300)
def test_a_server_that_promises_more_than_its_backups_hold_is_found_out() -> None:
    done = killed("--kills", "1", "--boastful")
    assert done.returncode == 1, done.stdout
    assert "is durable to" in done.stdout
    assert "again: python -m tests.crash.backups --kills 1 --first-seed 1 --boastful" in done.stdout


def test_money_that_is_not_that_of_the_sales_is_found_out() -> None:
    journal = HeldJournal(store_id="s", journal_id="j", till="A1", seq=3, hash="", received_at_ms=0)
    for gross, found in ((3 * sum(AMOUNTS), 0), (2 * sum(AMOUNTS), 1)):
        totals = {"figures gross": gross}
        contents = Contents(server_id="s", stores=(), journals=(journal,), rows={}, totals=totals)
        assert len(list(unbalanced("b.zip", contents))) == found


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("words", [(), ("--tills",), ("--database-url", "postgres")])
def test_many_killed_backups_restore(words: tuple[str, ...]) -> None:
    done = killed("--kills", str(LONG_KILLS), *words)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, f"{LONG_KILLS} passed, 0 failed"), done.stdout
