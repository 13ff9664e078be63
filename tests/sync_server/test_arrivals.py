"""What came in a span of time is found by its time, without reading what came before and after."""

import json
from pathlib import Path

import pytest
from sqlalchemy import Connection, event, text

from sync_server import arrivals, cli
from tests.sync_server import effort
from tests.sync_server.shop import Shop, Till, found_shop

ROWS, STEP_MS = 16_000, 1000
# A row of a real width, so that there are enough pages for an index of ranges to be worth while.
FILLED = """
INSERT INTO entries (store_id, journal_id, seq, arrival, received_at_ms, at_ms, kind, version, event_id, salt, body,
                     digest, prev_hash, hash)
SELECT '{store_id}', 'journal-' || n % 5, n, n, 1000000 + n * {step}, 0, 'sale.completed', 1, 'event-' || n,
       decode(repeat('00', 16), 'hex'), decode(repeat('7b', 700), 'hex'), decode(repeat('00', 32), 'hex'),
       decode(repeat('00', 32), 'hex'), decode(repeat('00', 32), 'hex')
FROM generate_series(1, {rows}) AS n"""
SPAN = (1_000_000 + 9_000 * STEP_MS, 1_000_000 + 9_100 * STEP_MS)


def test_a_span_of_time_is_found_whole_and_in_order(shop: Shop, till: Till) -> None:
    for _ in range(3):
        till.sell(100)
        till.push()
        shop.clock.pass_ms(1000)
    first, second, third = till.entries
    start = shop.clock.now_ms() - 3000
    with shop.database.read() as connection:

        def found(start_ms: int, end_ms: int) -> list[str]:
            batches = arrivals.between(connection, shop.store_id, start_ms, end_ms)
            return [one.entry.event_id for batch in batches for one in batch]

        assert found(start, start + 3000) == [first.event_id, second.event_id, third.event_id]
        assert found(start + 1000, start + 2000) == [second.event_id]
        assert found(start + 1, start + 1000) == []
        assert found(0, start) == []
        assert next(arrivals.between(connection, shop.store_id, start, start + 1))[0].entry == first


def test_more_than_one_page_is_found(shop: Shop, till: Till) -> None:
    for _ in range(600):
        till.sell(100)
    for start in range(0, 600, 300):
        till.push(till.entries[start : start + 300])
    with shop.database.read() as connection:
        batches = list(arrivals.between(connection, shop.store_id, 0, shop.clock.now_ms() + 1))
    assert [len(batch) for batch in batches] == [500, 100]
    assert [one.arrival for batch in batches for one in batch] == list(range(1, 601))


def test_postgresql_finds_a_span_by_the_index_of_ranges(empty_postgres: str) -> None:
    shop = found_shop(empty_postgres)
    with shop.database.write() as connection:
        connection.execute(text(FILLED.format(store_id=shop.store_id, rows=ROWS, step=STEP_MS)))
        # What the database does by itself a minute later.
        connection.execute(text("SELECT brin_summarize_new_values('ix_entries_received_at_ms')"))
        connection.execute(text("ANALYZE entries"))
    plans: list[str] = []

    def explain(connection: Connection, cursor: object, statement: str, parameters: object, *_: object) -> None:
        if "entries" in statement and not statement.startswith("EXPLAIN"):
            rows = connection.exec_driver_sql(f"EXPLAIN {statement}", parameters)  # type: ignore[arg-type]
            plans.append("\n".join(row[0] for row in rows))

    def reading(connection: Connection) -> None:
        found = [one for batch in arrivals.between(connection, shop.store_id, *SPAN) for one in batch]
        assert [one.arrival for one in found] == list(range(9_000, 9_100))

    cost = effort.of_reading(shop.database, reading)
    assert cost < ROWS / 4, "it read the table"
    with shop.database.read() as connection:
        event.listen(connection, "before_cursor_execute", explain)
        reading(connection)
    assert "ix_entries_received_at_ms" in plans[0], plans[0]
    assert "Seq Scan" not in "".join(plans), plans
    shop.database.close()


def test_the_command_prints_them_and_leaves_a_note(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shop = found_shop(f"sqlite:///{tmp_path / 'server' / 'server.db'}")
    till = shop.till()
    sold = till.sell(100)
    till.push()
    shop.database.close()
    day = ["--from", "2026-11-01", "--to", "2026-12-01T00:00+01:00", "--home", str(tmp_path)]
    assert cli.main(["entries", *day]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(line["event_id"], line["arrival"], line["hash"]) for line in lines] == [
        (sold.event_id, 1, sold.hash.hex())
    ]
    assert cli.main(["entries", *day, "--to", "2026-11-02"]) == 0
    assert capsys.readouterr().out == ""
    with pytest.raises(SystemExit):
        cli.main(["entries", "--from", "yesterday", "--to", "2026-11-02"])
