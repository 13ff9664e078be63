"""A server killed while it applies keeps whole batches and what it promised; the harness would see anything else."""

import os
from pathlib import Path

import pytest

from seraphine_pos.store.journal import JournalState
from tests.faults.server_kills import run
from tests.faults.server_kills_books import Books
from tests.sync_server.shop import Shop, found_shop

KILLS = 12

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the servers are forked")


def test_kills_on_sqlite(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path, f"sqlite:///{tmp_path / 'server.db'}", KILLS, 1) == (KILLS, 0)
    assert not capsys.readouterr().err.startswith("0 of"), "no kill came while a batch was under way"


def test_kills_on_postgresql(tmp_path: Path, postgres_database: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path, postgres_database, KILLS, 1) == (KILLS, 0)
    assert not capsys.readouterr().err.startswith("0 of"), "no kill came while a batch was under way"


def books_of(shop: Shop, journal_id: str, end: int, acknowledged: bytes) -> list[str]:
    state = JournalState(journal_id, "7QK", end, acknowledged, end, acknowledged, 0, None)
    with shop.database.read() as connection:
        return list(Books().faults(connection, [state], {(journal_id, end)}))


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE rollups SET gross = gross - 100 WHERE facet = 'total'",
        "DELETE FROM events WHERE seq = 3",
        "DELETE FROM sales WHERE seq = 2",
        "DELETE FROM documents WHERE key = 'p'",
        "UPDATE journals SET seq = 3",
        "UPDATE journals SET applied_seq = 3",
        "DELETE FROM journals",
        "UPDATE pushes SET entries = 3",
        "DELETE FROM pushes",
        "UPDATE stores SET arrival = 5",
        "UPDATE stores SET rev = rev + 1",
        "DROP TRIGGER entries_stay; DELETE FROM entries WHERE seq = 4",
        "DROP TRIGGER entries_stay; DELETE FROM entries WHERE seq = 2",
    ],
)
def test_half_a_batch_is_seen(tmp_path: Path, tampering: str) -> None:
    shop = found_shop(f"sqlite:///{tmp_path / 'server.db'}")
    till = shop.till()
    for _ in range(3):
        till.sell(100)
    till.propose("product", "p", 0, {"name": "p", "price": 1, "tax_code": ""})
    head = till.push()
    assert books_of(shop, till.journal_id, head.seq, head.hash) == []
    assert books_of(shop, till.journal_id, head.seq, bytes(32)) != []
    assert books_of(shop, till.journal_id, head.seq + 1, head.hash) != []
    with shop.database.write() as connection:
        for statement in tampering.split("; "):
            connection.exec_driver_sql(statement)
    assert books_of(shop, till.journal_id, head.seq, head.hash) != []
    shop.database.close()
