"""Whether this system lets one process watch another's calls; where it does not, the tests that need it say so."""

import subprocess
import sys

import pytest

from tests.architecture.tree import ROOT

ASK = "from tests.crash.recorder import why_not; print(why_not())"


@pytest.fixture(scope="session")
def why_not_watched() -> str:
    """Ask in a process of its own: what is forked from must be single-threaded."""
    asked = subprocess.run([sys.executable, "-c", ASK], cwd=ROOT, capture_output=True, text=True, check=True)
    return asked.stdout.strip()


@pytest.fixture
def watching(why_not_watched: str) -> None:
    """Skip, loudly, where it does not."""
    if why_not_watched:
        pytest.skip(f"a process's calls cannot be watched here: {why_not_watched}")
