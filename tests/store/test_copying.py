"""Copies of a till's real files: taken while it sells, looked through, and put back without losing what came after."""

from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from seraphine_pos.domain.refusal import NewerDatabase, StorageDamaged
from seraphine_pos.store import copying, verify
from seraphine_pos.store.copying import PutBack
from seraphine_pos.store.database import connect
from seraphine_pos.store.till import MENDED, TillStore
from tests.domain import examples
from tests.fakes.clock import seeded_bytes
from tests.store.folder import Folder, give_back, sell


def copied(folder: Folder, name: str) -> Path:
    """Copy the folder's database to a folder of its own."""
    place = folder.path.with_name(name)
    place.mkdir()
    copying.copy(folder.path / "till.db", place / "till.db")
    return place


def put_back(folder: Folder, taken: Path, *, is_wrong: bool = False) -> PutBack:
    folder.opens += 1
    return copying.put_back(
        folder.path, taken, folder.machine, folder.clock, seeded_bytes(700 + folder.opens), is_wrong=is_wrong
    )


def reasons(store: TillStore) -> list[str]:
    with store.database.read() as connection:
        query = "SELECT json_extract(body, '$.reason') FROM entry WHERE kind = 'journal.opened' ORDER BY position"
        return [reason for (reason,) in connection.execute(query)]


def is_right(store: TillStore) -> bool:
    return not [*verify.chain(store), *verify.ledger(store)]


def test_a_copy_of_a_selling_till_is_one_whole_file(folder: Folder) -> None:
    store = folder.open()
    for no in range(3):
        sell(store, no)
    taken = copied(folder, "taken")
    sell(store, 9)
    assert [one.name for one in taken.iterdir()] == ["till.db"]
    held = copying.examine(taken)
    assert (held.store_id, held.till_id, held.till_label) == ("store-1", "till-1", "A1")
    assert (held.entries, held.tickets, [one.seq for one in held.journals]) == (4, 3, [4])
    assert copying.faults(taken, folder.clock, seeded_bytes(3)) == ()


def test_what_came_after_the_backup_goes_over_into_the_new_journal(folder: Folder) -> None:
    store = folder.open()
    sold = [sell(store, no) for no in range(3)]
    taken = copied(folder, "taken")
    sold += [sell(store, no) for no in range(3, 6)]
    give_back(store, sold[0])
    store.carts.save(examples.cart_of(), examples.cart_of((examples.product(1), 1000)), "amina", 5)
    folder.close()
    before = (folder.path / "till.db").read_bytes()
    done = put_back(folder, taken)
    assert (done.carried, done.aside) == (4, folder.path / "replaced-1")
    assert (folder.path / "replaced-1" / "till.db").read_bytes() == before
    store = folder.open()
    assert reasons(store) == ["install", "restore"]
    assert is_right(store)
    assert [one for one in sold if store.ledger.ticket(one.where.receipt) is None] == []
    assert sum(one.quantity for one in store.ledger.given(sold[0].event_id).values()) == 1000
    fresh = sell(store, 7).where
    assert fresh.receipt not in {one.where.receipt for one in sold}
    assert fresh.receipt.split("-")[1] != sold[0].where.receipt.split("-")[1]
    cart = store.carts.latest()
    assert cart is not None
    assert len(cart.lines) == 1


def test_a_cart_of_the_backup_s_time_is_not_rung_again(folder: Folder) -> None:
    store = folder.open()
    sell(store, 1)
    store.carts.save(examples.cart_of(), examples.cart_of((examples.product(1), 1000)), "amina", 5)
    taken = copied(folder, "taken")
    folder.close()
    (folder.path / "till.db").write_bytes(b"burnt")
    assert put_back(folder, taken).carried is None
    assert folder.open().carts.latest() is None


def test_a_backup_in_an_empty_folder_opens_a_journal_at_once(folder: Folder, tmp_path: Path) -> None:
    sell(folder.open(), 1)
    taken = copied(folder, "taken")
    new = Folder(tmp_path / "new" / "till", folder.clock, "machine-2", opens=40)
    new.path.mkdir(parents=True)
    done = put_back(new, taken)
    assert (done.aside, done.carried) == (None, 0)
    store = new.open()
    assert reasons(store) == ["install", "restore"]
    assert is_right(store)
    assert sorted(one.name for one in new.path.iterdir() if not one.name.startswith("till.db-")) == [
        "anchor", "lock", "till.db",
    ]  # fmt: skip
    new.close()


def test_a_damaged_copy_and_one_of_a_newer_program_are_told(folder: Folder) -> None:
    store = folder.open()
    for no in range(30):
        sell(store, no, note="x" * 300)
    damaged, newer = copied(folder, "damaged"), copied(folder, "newer")
    data = bytearray((damaged / "till.db").read_bytes())
    data[8192:12288] = b"\xff" * 4096
    (damaged / "till.db").write_bytes(data)
    with pytest.raises(StorageDamaged):
        copying.examine(damaged)
    connection = connect(newer / "till.db", "rwc")
    connection.execute("PRAGMA user_version=99")
    connection.close()
    with pytest.raises(NewerDatabase):
        copying.examine(newer)


def test_a_wrong_chain_is_told_and_mended_when_it_is_put_back(folder: Folder) -> None:
    store = folder.open()
    sold = [sell(store, no) for no in range(4)]
    taken = copied(folder, "taken")
    connection = connect(taken / "till.db", "rwc")
    connection.execute("DROP TRIGGER entry_is_only_blanked")
    connection.execute("UPDATE entry SET at_ms = at_ms + 1 WHERE seq = 3")
    connection.close()
    folder.close()
    assert len(copying.faults(taken, folder.clock, seeded_bytes(3))) == 1
    put_back(folder, taken, is_wrong=True)
    store = folder.open()
    assert is_right(store)
    assert [one for one in sold if store.ledger.ticket(one.where.receipt) is None] == []


def test_a_restore_that_was_cut_off_is_ended_by_the_next_start(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    store = folder.open()
    sold = [sell(store, no) for no in range(3)]
    folder.close()
    rename = Path.rename
    for done in range(5):
        taken = copied(folder, f"taken-{done}")
        left = [done]

        def cut(self: Path, target: Path, left: list[int] = left) -> Path:
            if left[0] == 0:
                raise KeyboardInterrupt
            left[0] -= 1
            return rename(self, target)

        with monkeypatch.context() as patched, suppress(KeyboardInterrupt):
            patched.setattr(Path, "rename", cut)
            put_back(folder, taken)
        store = folder.open()
        assert is_right(store)
        assert [one for one in sold if store.ledger.ticket(one.where.receipt) is None] == []
        assert not (folder.path / MENDED).exists()
        sold.append(sell(store, 10 + done))
        folder.close()


def test_two_that_hold_the_same_are_equal(folder: Folder) -> None:
    sell(folder.open(), 1)
    one, other = copying.examine(copied(folder, "one")), copying.examine(copied(folder, "other"))
    assert one == other
    assert one != replace(other, entries=9)
