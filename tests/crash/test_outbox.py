"""A server that dies while it tells of closings tells all of them in the end, and a harness that can fail."""

import os
import subprocess
import sys

import pytest

from tests.architecture.tree import ROOT

KILLS = 2
LONG_KILLS = 60

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the servers are forked")


def killed(*words: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own: what is forked from must be single-threaded."""
    command = [sys.executable, "-m", "tests.crash.outbox", *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.timeout(300)
def test_what_a_killed_server_had_to_tell_is_told() -> None:
    done = killed("--kills", str(KILLS))
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, f"{KILLS} passed, 0 failed"), done.stdout
    assert int(done.stdout.split(" closings were received")[0].split()[-1]) >= KILLS


@pytest.mark.timeout(300)
def test_what_is_noted_and_was_not_sent_is_found_out() -> None:
    done = killed("--kills", "1", "--forgetful")
    assert done.returncode == 1, done.stdout
    assert "was received under 0 ids" in done.stdout
    assert "again: python -m tests.crash.outbox --kills 1 --first-seed 1 --haste 100 --forgetful" in done.stdout


@pytest.mark.long
@pytest.mark.timeout(900)
def test_many_killed_servers_tell_all() -> None:
    done = killed("--kills", str(LONG_KILLS))
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, f"{LONG_KILLS} passed, 0 failed"), done.stdout
