"""The full public files that some tests run over; the repository has slices of them only, so those tests may skip."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """Give the folder of the full catalogue, price list and transactions, from SERAPHINE_DATA."""
    named = os.environ.get("SERAPHINE_DATA", "")
    if not named:
        pytest.skip("SERAPHINE_DATA is not set: the full files are not read")
    folder = Path(named)
    if not (folder / "transactions.csv").is_file():
        pytest.fail(f"SERAPHINE_DATA names {folder}, which holds no transactions.csv")
    return folder
