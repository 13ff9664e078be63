"""A backlog goes over a thin, encrypted line whole; the command does ten thousand entries, and times it."""

from pathlib import Path

import pytest

from tests.faults.network_backlog import drain
from tests.faults.premises import found


@pytest.mark.timeout(300)
def test_a_small_backlog_goes_over_whole(tmp_path: Path) -> None:
    drained = drain(found(tmp_path / "scene", 1), tmp_path / "run", 40, 1, lambda _done, _all: None)
    assert drained.problems == []
    assert drained.entries >= 40
    assert drained.draining_ms
