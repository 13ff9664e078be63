"""A shop for each test of the replay."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.replay.scene import Shop


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """Give a store in GBP with its server; close the server's database at the end."""
    made = Shop(tmp_path)
    yield made
    made.database.close()
