"""A program that is killed while it sells loses nothing it has acknowledged, and leaves no gap."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from seraphine_pos.store import verify
from tests.store.folder import Folder

KILLS = 50


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the children are forked")
def test_fifty_kills_lose_nothing_and_leave_no_gap(folder: Folder) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.store.killing", str(folder.path), str(KILLS), "7"],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    acknowledged = done.stdout.split()
    assert len(acknowledged) > KILLS
    assert len(set(acknowledged)) == len(acknowledged)
    folder.opens = 10_000
    store = folder.open()
    assert [receipt for receipt in acknowledged if store.ledger.ticket(receipt) is None] == []
    with store.database.read() as connection:
        numbers = connection.exec_driver_sql("SELECT number FROM ticket ORDER BY position").scalars().all()
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(acknowledged) <= len(numbers) <= len(acknowledged) + KILLS
    assert list(verify.chain(store)) == []
    assert list(verify.ledger(store)) == []
    assert len(store.journal.journals()) == 1
