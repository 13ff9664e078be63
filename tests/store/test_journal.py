"""The journal on disk: one action is one transaction, and nothing that stands there ever changes."""

import random
from contextlib import suppress
from dataclasses import replace

import pysqlite3.dbapi2 as sqlite
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seraphine_pos.domain import journal as form
from seraphine_pos.domain.event import Kind
from seraphine_pos.domain.journal import Draft
from seraphine_pos.domain.refusal import AlreadyRecorded, NoStore, StorageDamaged, StorageFailed
from seraphine_pos.store import checkpoint, verify
from seraphine_pos.store.journal import Journal
from seraphine_pos.store.opening import open_till
from seraphine_pos.store.till import TillStore
from tests.domain import examples
from tests.fakes.clock import FakeClock, seeded_bytes
from tests.store.folder import IDENTITY, Folder, complete, sell


class Changed(Exception):
    """Somebody changed their mind in the middle of an action."""


def kinds(store: TillStore) -> list[str]:
    return [entry.kind for entry in store.journal.unsent(1000, 1 << 30)]


def numbers(store: TillStore) -> list[int]:
    with store.database.read() as connection:
        return [found for (found,) in connection.execute("SELECT number FROM ticket ORDER BY position")]


def test_a_journal_opens_with_an_entry_that_says_whose_it_is(store: TillStore) -> None:
    (first,) = store.journal.unsent(10, 1 << 20)
    body = form.parse(first.body)
    assert (first.kind, first.seq, first.prev_hash) == (Kind.JOURNAL_OPENED, 1, form.FIRST_HASH)
    assert (body["till_label"], body["reason"], body["parent"], body["decimals"]) == ("A1", "install", None, 2)
    assert set(str(body["tag"])) <= set(form.TAG_LETTERS)


def test_without_a_journal_nothing_can_happen(folder: Folder) -> None:
    store = open_till(folder.path, clock=folder.clock, random_bytes=seeded_bytes(1), machine="m")
    folder.opened.append(store)
    assert not store.journal.opened
    with pytest.raises(NoStore), store.journal.action():
        pass


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE entry SET body = '{}'",
        "UPDATE entry SET body = ''",
        "UPDATE entry SET salt = x'', body = '', text = NULL, seq = seq + 1",
        "UPDATE entry SET salt = x'', body = '', text = NULL, hash = x'00'",
        "UPDATE entry SET at_ms = 0",
        "UPDATE entry SET salt = x'', text = NULL",
        "UPDATE entry SET body = '', text = NULL",
        "DELETE FROM entry",
        "DELETE FROM entry WHERE seq = 2",
        "DELETE FROM journal",
        "INSERT OR REPLACE INTO entry SELECT * FROM entry WHERE seq = 2",
        (
            "REPLACE INTO entry (journal_id, seq, at_ms, kind, version, event_id, salt, body, digest, prev_hash, hash)"
            " SELECT journal_id, seq, 0, kind, version, event_id, salt, body, digest, prev_hash, hash FROM entry"
        ),
    ],
)
def test_nobody_changes_or_deletes_an_entry(store: TillStore, change: str) -> None:
    sell(store, note="midi")
    before = store.journal.unsent(10, 1 << 20)
    with pytest.raises(sqlite.IntegrityError), store.database.write() as connection:
        connection.execute(change)
    assert store.journal.unsent(10, 1 << 20) == before


def test_blanking_alone_empties_an_entry_and_the_chain_still_verifies(store: TillStore) -> None:
    sell(store, note="midi")
    with store.database.write() as connection:
        connection.execute("UPDATE entry SET salt = x'', body = '', text = NULL WHERE seq = 2")
    assert store.journal.unsent(10, 1 << 20)[1].blanked
    (fault,) = verify.chain(store)
    assert "entry 2: its words were erased before any backup held them" in fault
    store.journal.acknowledge(2, 2)
    (fault,) = verify.chain(store)
    assert "entry 2: its words were erased, and no checkpoint follows it" in fault
    with store.journal.action() as action:
        checkpoint.record(action)
    assert list(verify.chain(store)) == []


def sell_and_open_drawer(store: TillStore, *, done: bool, cart_id: str = "cart-1") -> None:
    """Do two things in one action, and perhaps think better of it at the end."""
    with store.journal.action() as action:
        complete(action, replace(examples.cart_of((examples.product(1), 1000)), cart_id=cart_id))
        action.record(Kind.DRAWER_OPENED, {"reason": "x"})
        if not done:
            raise Changed


def test_an_action_is_there_whole_or_not_at_all(store: TillStore) -> None:
    before = store.journal.state()
    with pytest.raises(Changed):
        sell_and_open_drawer(store, done=False)
    assert store.journal.state() == before
    assert numbers(store) == []
    sell_and_open_drawer(store, done=True)
    assert kinds(store) == [Kind.JOURNAL_OPENED, Kind.SALE_COMPLETED, Kind.DRAWER_OPENED]


@settings(max_examples=15)
@given(st.lists(st.booleans(), max_size=12))
def test_receipt_numbers_have_no_gap_whatever_fails(
    tmp_path_factory: pytest.TempPathFactory, fates: list[bool]
) -> None:
    folder = Folder(tmp_path_factory.mktemp("till") / "till")
    store = folder.open()
    for place, done in enumerate(fates):
        with suppress(Changed):
            sell_and_open_drawer(store, done=done, cart_id=f"cart-{place}")
        if random.Random(place).random() < 0.2:
            folder.close()
            store = folder.open()
    assert numbers(store) == list(range(1, sum(fates) + 1))
    folder.close()


def test_a_sale_is_recorded_once(store: TillStore) -> None:
    sold = sell(store)
    before = store.journal.state()
    cart = replace(examples.cart_of((examples.product(1), 1000)), cart_id=sold.event_id)
    with pytest.raises(AlreadyRecorded), store.journal.action() as action:
        complete(action, cart)
    assert store.journal.state() == before


def test_a_failure_before_anything_was_written_is_told(store: TillStore) -> None:
    with pytest.raises(StorageFailed), store.journal.action():
        raise StorageFailed(reason="the disk went away while the action was reading")


def test_the_journal_goes_on_where_it_stood(folder: Folder) -> None:
    store = folder.open()
    sold = [sell(store), sell(store)]
    state = store.journal.state()
    folder.close()
    store = folder.open()
    assert store.journal.state() == state
    assert sell(store).where.number == 3
    assert sold[0].where.receipt.startswith("A1-")
    assert list(verify.chain(store)) == []


def test_a_state_says_what_waits_and_since_when(folder: Folder, store: TillStore) -> None:
    opened_at_ms = folder.clock.now_ms()
    folder.clock.pass_ms(1000)
    sell(store)
    assert (store.journal.state().waiting, store.journal.state().oldest_waiting_at_ms) == (2, opened_at_ms)
    store.journal.acknowledge(1, 0)
    assert (store.journal.state().waiting, store.journal.state().oldest_waiting_at_ms) == (1, opened_at_ms + 1000)
    store.journal.acknowledge(2, 1)
    state = store.journal.state()
    assert (state.waiting, state.oldest_waiting_at_ms, state.acked_hash) == (0, None, state.hash)
    store.journal.acknowledge(0, 0)
    assert store.journal.state().waiting == 2


def test_unsent_entries_come_in_batches_and_at_least_one(store: TillStore) -> None:
    for no in range(5):
        sell(store, no)
    assert [entry.seq for entry in store.journal.unsent(3, 1 << 20)] == [1, 2, 3]
    assert [entry.seq for entry in store.journal.unsent(500, 1)] == [1]
    store.journal.acknowledge(4, 0)
    assert [entry.seq for entry in store.journal.unsent(500, 1 << 20)] == [5, 6]
    assert store.journal.has(4, store.journal.hashes([4])[4])
    assert not store.journal.has(4, bytes(32))
    assert not store.journal.has(99, bytes(32))


def test_an_entry_that_the_disk_changed_is_not_sent(store: TillStore) -> None:
    sell(store)
    with store.database.write() as connection:
        connection.execute("DROP TRIGGER entry_is_only_blanked")
        connection.execute("UPDATE entry SET body = replace(body, '1250', '1251') WHERE seq = 2")
    with pytest.raises(StorageDamaged):
        store.journal.unsent(10, 1 << 20)
    assert [fault.partition(" entry ")[2] for fault in verify.chain(store)] == ["2: the body of entry 2 was changed"]


def test_who_listens_hears_of_each_commit(store: TillStore) -> None:
    heard: list[int] = []
    store.journal.committed = lambda: heard.append(store.journal.state().seq)
    sell(store)
    with pytest.raises(Changed), store.journal.action():
        raise Changed
    assert heard == [2]


# The clock


def clock_changes(store: TillStore) -> list[dict[str, object]]:
    entries = store.journal.unsent(1000, 1 << 30)
    return [form.parse(entry.body) for entry in entries if entry.kind == Kind.CLOCK_CHANGED]


def test_time_that_goes_by_evenly_is_no_news(folder: Folder, store: TillStore) -> None:
    for step_ms in (1, 60_000, 86_400_000, 0):
        folder.clock.pass_ms(step_ms)
        sell(store)
    assert clock_changes(store) == []


@pytest.mark.parametrize("moved_ms", [3_600_000, -3_600_000, 121_000, -121_000])
def test_a_clock_that_was_moved_is_an_entry_before_the_sale(folder: Folder, store: TillStore, moved_ms: int) -> None:
    folder.clock.pass_ms(60_000)
    sell(store)
    folder.clock.wall_ms += moved_ms
    sell(store)
    sell(store)
    (change,) = clock_changes(store)
    assert change["moved_ms"] == moved_ms
    assert kinds(store)[-3:] == [Kind.CLOCK_CHANGED, Kind.SALE_COMPLETED, Kind.SALE_COMPLETED]


def test_a_clock_that_drifts_less_than_two_minutes_is_no_news_unless_it_goes_back(
    folder: Folder, store: TillStore
) -> None:
    folder.clock.wall_ms += 60_000
    sell(store)
    assert clock_changes(store) == []
    folder.clock.wall_ms -= 30_000
    sell(store)
    assert [change["moved_ms"] for change in clock_changes(store)] == [-30_000]


def test_a_clock_moved_while_the_till_was_off_is_seen_when_it_lies_before_the_last_entry(folder: Folder) -> None:
    sell(folder.open())
    folder.close()
    folder.clock.wall_ms -= 86_400_000
    store = folder.open()
    sell(store)
    assert len(clock_changes(store)) == 1


# Rotation


def carried(store: TillStore) -> list[tuple[str, str, int, bytes, str]]:
    entries = store.journal.unsent(1000, 1 << 30)
    return [(entry.event_id, entry.kind, entry.at_ms, entry.salt, entry.body) for entry in entries]


def test_what_the_server_does_not_share_is_carried_into_a_successor(folder: Folder, store: TillStore) -> None:
    tickets = [sell(store, no, note="midi") for no in range(4)]
    folder.clock.pass_ms(5000)
    old = store.journal.state()
    shared = store.journal.hashes([3])[3]
    after = carried(store)[3:]
    new_id = store.journal.rotate_after(3, "fork")
    state = store.journal.state()
    assert state.journal_id == new_id != old.journal_id
    assert store.journal.journals() == (old.journal_id, new_id)
    assert carried(store)[1:] == after
    opening = form.parse(store.journal.unsent(1, 1)[0].body)
    assert opening["reason"] == "fork"
    assert opening["parent"] == {"journal_id": old.journal_id, "seq": 3, "hash": shared.hex()}
    assert store.journal.state(old.journal_id).waiting == 0
    assert [store.ledger.ticket(ticket.where.receipt) for ticket in tickets] == tickets
    assert sell(store).where.number == 1
    assert list(verify.chain(store)) == []


def test_a_successor_is_found_again_after_a_restart(folder: Folder) -> None:
    store = folder.open()
    sold = [sell(store), sell(store)]
    store.journal.rotate_after(1, "fork")
    mine = sell(store)
    state = store.journal.state()
    folder.close()
    store = folder.open()
    assert store.journal.state() == state
    assert [store.ledger.ticket(ticket.where.receipt) for ticket in (*sold, mine)] == [*sold, mine]
    assert sell(store).where.number == 2


def test_rebuilding_after_a_rotation_gives_the_same_rows(store: TillStore) -> None:
    for no in range(3):
        sell(store, no)
    store.journal.rotate_after(2, "fork")
    sell(store)
    before = numbers(store)
    store.ledger.rebuild()
    assert sorted(numbers(store)) == sorted(before)


# Restored and cloned


def opening_reasons(store: TillStore) -> list[object]:
    with store.database.read() as connection:
        bodies = connection.execute("SELECT body FROM entry WHERE kind = 'journal.opened' ORDER BY position")
        return [form.parse(body)["reason"] for (body,) in bodies]


def test_a_database_put_back_opens_a_successor_before_the_first_sale(folder: Folder) -> None:
    sell(folder.open())
    folder.close()
    backup = (folder.path / "till.db").read_bytes()
    sell(folder.open())
    folder.close()
    (folder.path / "till.db").write_bytes(backup)
    store = folder.open()
    assert opening_reasons(store) == ["install", "restore"]
    assert sell(store).where.number == 1


def test_a_folder_copied_to_another_machine_opens_a_successor(folder: Folder) -> None:
    sell(folder.open())
    folder.close()
    clone = folder.copy_to(folder.path.with_name("clone"))
    clone.machine = "machine-2"
    store = clone.open()
    assert opening_reasons(store) == ["install", "clone"]
    assert form.parse(store.journal.unsent(100, 1 << 20)[0].body)["machine"] == "machine-2"
    clone.close()
    assert opening_reasons(clone.open()) == ["install", "clone"]
    clone.close()
    assert opening_reasons(folder.open()) == ["install"]


def test_a_database_ahead_of_its_anchor_is_normal(folder: Folder) -> None:
    store = folder.open()
    early = (folder.path / "anchor").read_bytes()
    sell(store)
    folder.close()
    (folder.path / "anchor").write_bytes(early)
    assert opening_reasons(folder.open()) == ["install"]


@pytest.mark.parametrize("torn", [b"", b"garbage", b"\0" * 192])
def test_an_anchor_that_is_torn_tells_nothing(folder: Folder, torn: bytes) -> None:
    sell(folder.open())
    folder.close()
    (folder.path / "anchor").write_bytes(torn)
    store = folder.open()
    assert opening_reasons(store) == ["install"]
    sell(store)
    assert store.anchor.read() is not None


def test_an_anchor_that_is_missing_tells_nothing(folder: Folder) -> None:
    sell(folder.open())
    folder.close()
    (folder.path / "anchor").unlink()
    assert opening_reasons(folder.open()) == ["install"]


def test_an_entry_is_sealed_where_its_head_stands(store: TillStore, folder: Folder) -> None:
    before = store.journal.state()
    with store.journal.action() as action:
        entry = action.append(Draft("event-1", "drawer.opened", 1, folder.clock.now_ms(), b"s" * 16, "{}"))
    form.check(entry, before.seq + 1, before.hash)
    assert store.journal.state().hash == entry.hash


def test_a_journal_cannot_be_opened_twice_with_one_id(folder: Folder, store: TillStore) -> None:
    again = Journal(store.database, store.ledger, store.anchor, folder.clock, seeded_bytes(1), "machine-1")
    with pytest.raises(sqlite.IntegrityError):
        again.open(IDENTITY)


def test_a_clock_of_the_fakes_stands_still() -> None:
    assert FakeClock().now_ms() == FakeClock().now_ms()


def test_no_two_journals_of_a_till_bear_the_same_letters(folder: Folder) -> None:
    """Where chance draws the letters of an earlier journal, it draws again: numbers begin at 1 in each."""
    chance, letters = seeded_bytes(1), iter((b"aaa", b"aaa", b"abc"))

    def drawn(count: int) -> bytes:
        return next(letters) if count == form.TAG_LENGTH else chance(count)

    store = open_till(folder.path, clock=folder.clock, random_bytes=drawn, machine="machine-1")
    folder.opened.append(store)
    store.journal.open(IDENTITY)
    first = sell(store, 1).where.receipt
    store.journal.open(IDENTITY, "fork")
    second = sell(store, 2).where.receipt
    assert first.split("-")[1] != second.split("-")[1]
    assert store.ledger.ticket(first) != store.ledger.ticket(second)
