"""Whatever continues a chain is kept, whatever does not is answered with the head."""

from dataclasses import replace

import pytest
from sqlalchemy.exc import DatabaseError

from seraphine_pos.domain.journal import FIRST_HASH, Draft
from seraphine_pos.domain.protocol import HASHES_MAX, PUSH_ENTRIES_MAX
from seraphine_pos.domain.refusal import PushDamaged, PushTooLarge
from sync_server.errors import TooLarge
from tests.sync_server.shop import Shop, Till


def test_an_unknown_journal_is_answered_with_nothing(till: Till) -> None:
    head = till.push([])
    assert (head.seq, head.hash, head.durable) == (0, FIRST_HASH, 0)
    assert head.server_id == till.enrolment.server_id


def test_entries_that_continue_the_chain_are_kept(till: Till) -> None:
    for _ in range(5):
        till.sell(100)
    assert till.push(till.entries[:2]).seq == 2
    head = till.push(till.entries[2:])
    assert (head.seq, head.hash) == (5, till.entries[4].hash)


def test_what_was_sent_before_changes_nothing(till: Till) -> None:
    for _ in range(3):
        till.sell(100)
    till.push()
    before = till.report()
    assert till.push().seq == 3
    assert till.push(till.entries[:1]).seq == 3
    assert till.report() == before


def test_an_overlap_brings_only_what_is_new(till: Till) -> None:
    for _ in range(4):
        till.sell(100)
    till.push(till.entries[:3])
    assert till.push(till.entries[1:]).seq == 4
    assert till.report().cells[0].sales == 4 or sum(c.sales for c in till.report().cells if c.facet == "total") == 4


def test_a_gap_brings_nothing(till: Till) -> None:
    for _ in range(3):
        till.sell(100)
    assert till.push(till.entries[1:]).seq == 0


def test_another_branch_of_the_journal_brings_nothing(till: Till) -> None:
    till.sell(100)
    till.push()
    fork = replace(till, entries=[])
    fork.sell(100)
    fork.sell(200)
    head = fork.push()
    assert (head.seq, head.hash) == (1, till.entries[0].hash)


@pytest.mark.parametrize("field", ["at_ms", "kind", "body", "event_id", "version"])
def test_a_changed_entry_is_damaged(till: Till, field: str) -> None:
    entry = till.sell(100)
    changes = {"at_ms": 1, "kind": "cart.voided", "body": entry.body + " ", "event_id": "x", "version": 2}
    with pytest.raises(PushDamaged):
        till.push([replace(entry, **{field: changes[field]})])  # type: ignore[arg-type]
    assert till.push([]).seq == 0


def test_changed_words_are_damaged(till: Till) -> None:
    body = {"scope": "pos", "sentiment": "neutral", "related_sale_id": None, "operator_id": "salma"}
    entry = till.write("feedback.submitted", body, text="Bien")
    with pytest.raises(PushDamaged):
        till.push([replace(entry, text="Mal")])


def test_entries_out_of_order_are_damaged(till: Till) -> None:
    first, second = till.sell(100), till.sell(200)
    with pytest.raises(PushDamaged):
        till.push([second, first])


def test_a_push_has_a_limit(till: Till) -> None:
    for no in range(PUSH_ENTRIES_MAX + 1):
        till.write("staff.signed_in", {"operator_id": str(no)})
    with pytest.raises(PushTooLarge):
        till.push()
    assert till.push(till.entries[:PUSH_ENTRIES_MAX]).seq == PUSH_ENTRIES_MAX
    with pytest.raises(TooLarge):
        till.server.hashes(till.journal_id, list(range(HASHES_MAX + 1)))


def test_hashes_are_those_of_the_entries_it_has(till: Till) -> None:
    entries = [till.sell(100) for _ in range(3)]
    till.push()
    assert till.server.hashes(till.journal_id, [1, 3, 4]) == {1: entries[0].hash, 3: entries[2].hash}
    assert till.server.hashes("another", [1]) == {}


def test_a_journal_comes_back_as_it_was_sent(till: Till) -> None:
    till.sell(100)
    body = {"scope": "pos", "sentiment": "neutral", "related_sale_id": None, "operator_id": "salma"}
    till.write("feedback.submitted", body, text="Très bien\0 ☕")
    till.push()
    assert till.server.entries(till.journal_id, 0) == till.entries
    assert till.server.entries(till.journal_id, 1) == till.entries[1:]
    assert till.server.entries(till.journal_id, 2) == []


def test_a_blanked_entry_is_kept_and_not_counted(shop: Shop, till: Till) -> None:
    entry = till.sell(100)
    stone = replace(entry, salt=b"", body="", text=None)
    assert till.push([stone]).seq == 1
    assert till.report().cells == ()
    twin = shop.till()
    twin.write_raw(Draft(entry.event_id, entry.kind, 1, entry.at_ms, entry.salt, entry.body))
    twin.push()
    assert sum(cell.sales for cell in twin.report().cells if cell.facet == "total") == 1


def test_arrivals_count_every_entry_of_the_store_once(shop: Shop) -> None:
    one, other = shop.till(), shop.till()
    for till in (one, other, one, other):
        till.sell(100)
        till.push()
    assert {row["arrival"] for row in shop.rows("entries")} == {1, 2, 3, 4}
    assert {row["received_at_ms"] for row in shop.rows("entries")} == {shop.clock.now_ms()}
    assert {row["device_id"] for row in shop.rows("pushes")} == {
        one.enrolment.device_id,
        other.enrolment.device_id,
    }


def test_an_entry_is_never_changed_and_never_deleted(shop: Shop, till: Till) -> None:
    till.sell(100)
    till.push()
    for statement in (
        "UPDATE entries SET at_ms = 1",
        "UPDATE entries SET body = salt",
        "UPDATE entries SET hash = digest",
        "DELETE FROM entries",
    ):
        with pytest.raises(DatabaseError, match="never"), shop.database.write() as connection:
            connection.exec_driver_sql(statement)
    empty = "''::bytea" if shop.database.dialect == "postgresql" else "x''"
    with shop.database.write() as connection:
        connection.exec_driver_sql(f"UPDATE entries SET body = {empty}, salt = {empty}, text = NULL")
    [stone] = till.server.entries(till.journal_id, 0)
    assert stone.blanked
    assert stone.hash == till.entries[0].hash


def test_a_promise_it_has_never_made_starts_the_feed_anew(shop: Shop, till: Till) -> None:
    entries = [till.sell(100) for _ in range(3)]
    till.push(entries[:1])
    feed_id = till.pull().feed_id
    assert till.push([], acknowledged=entries[0]).seq == 1
    assert till.pull().feed_id == feed_id
    till.push([], acknowledged=entries[2])
    changed = till.pull().feed_id
    assert changed != feed_id
    till.push(entries[1:], acknowledged=entries[2])
    till.push([], acknowledged=entries[2])
    assert till.pull().feed_id == changed
    assert [row["action"] for row in shop.rows("audit")].count("feed-restarted") == 1


def test_a_promise_of_another_branch_starts_the_feed_anew(till: Till) -> None:
    till.sell(100)
    till.sell(100)
    till.push()
    feed_id = till.pull().feed_id
    fork = replace(till, entries=[])
    fork.sell(300)
    till.push([], acknowledged=fork.entries[0])
    assert till.pull().feed_id != feed_id


def test_an_unknown_journal_with_a_promise_starts_the_feed_anew(shop: Shop, till: Till) -> None:
    feed_id = till.pull().feed_id
    lost = shop.till()
    entry = lost.sell(100)
    assert lost.push([], acknowledged=entry).seq == 0
    assert till.pull().feed_id != feed_id
