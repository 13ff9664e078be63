"""A till for each test, with somebody at it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.store.folder import Folder
from tests.till.room import CASHIER, Room


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    """Give a till with a few products, where a cashier is signed in."""
    folder = Folder(tmp_path / "till")
    made = Room(folder)
    made.staff.take_over(CASHIER)
    yield made
    folder.close()
