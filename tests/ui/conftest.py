"""A counter for each test, and a pool for what a page does beside the window."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QThreadPool
from pytestqt.qtbot import QtBot

from tests.ui.counter import Counter


@pytest.fixture
def counter(qtbot: QtBot, tmp_path: Path) -> Iterator[Counter]:
    """Give a counter where nobody is signed in yet."""
    made = Counter(qtbot, tmp_path)
    yield made
    made.close()


@pytest.fixture
def till(counter: Counter) -> Counter:
    """Give a counter where a cashier is signed in."""
    counter.sign_in()
    return counter


@pytest.fixture
def pool() -> Iterator[QThreadPool]:
    """Give a pool whose work is done before the test ends."""
    pool = QThreadPool()
    yield pool
    pool.waitForDone()
