"""A till's folder for each test, closed at its end."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from seraphine_pos.store.till import TillStore
from tests.store.folder import Folder


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Folder]:
    """Give a folder that no till has opened yet."""
    made = Folder(tmp_path / "till")
    yield made
    made.close()


@pytest.fixture
def store(folder: Folder) -> TillStore:
    """Give an open till with its first journal."""
    return folder.open()
