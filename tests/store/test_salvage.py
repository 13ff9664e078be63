"""Damage: what can still be proved goes on in a new file, what cannot is kept aside, and nothing sells on it."""

import random
from pathlib import Path

import pysqlite3.dbapi2 as sqlite
import pytest

from seraphine_pos.domain.refusal import StorageDamaged
from seraphine_pos.store import salvage, verify
from seraphine_pos.store.opening import open_till
from seraphine_pos.store.till import MARK, MENDED, TillStore
from tests.domain import examples
from tests.fakes.clock import seeded_bytes
from tests.store.folder import Folder, sell

PAGE = 4096
TICKETS = 60


def stocked(folder: Folder) -> list[str]:
    """Sell some days in a folder, leave a cart in progress, and close it; return the receipts."""
    store = folder.open()
    receipts = [sell(store, no, note="x" * 300).where.receipt for no in range(TICKETS)]
    store.carts.save(examples.cart_of(), examples.cart_of((examples.product(1), 1000)), "amina", 5)
    folder.close()
    return receipts


def reasons(store: TillStore) -> list[str]:
    with store.database.read() as connection:
        opened = connection.execute(
            "SELECT json_extract(body, '$.reason') FROM entry WHERE kind = 'journal.opened' ORDER BY position"
        )
        return [reason for (reason,) in opened]


def is_right(store: TillStore) -> bool:
    return not list(verify.chain(store)) and not list(verify.ledger(store))


def change(folder: Folder, statement: str) -> None:
    """Change stored rows behind the till's back, with its triggers out of the way."""
    connection = sqlite.connect(folder.path / "till.db", isolation_level=None)
    connection.execute("DROP TRIGGER entry_is_only_blanked")
    connection.execute(statement)
    connection.close()


def page_of(folder: Folder, words: bytes) -> int:
    """Return where in the file some words stand."""
    return (folder.path / "till.db").read_bytes().index(words)


def test_one_damaged_entry_costs_that_entry_alone(folder: Folder) -> None:
    receipts = stocked(folder)
    change(folder, "UPDATE entry SET body = replace(body, 'quantity', 'quantitx') WHERE seq = 50")
    before = (folder.path / "till.db").read_bytes()
    store = folder.open()
    assert store.mended is not None
    assert (store.mended.kept, store.mended.carried, store.mended.lost) == (49, TICKETS + 1 - 50, 1)
    assert [one for one in receipts if store.ledger.ticket(one) is None] == [receipts[48]]
    assert reasons(store) == ["install", "corrupt"]
    assert is_right(store)
    assert (store.mended.aside / "till.db").read_bytes() == before
    cart = store.carts.latest()
    assert cart is not None
    assert len(cart.lines) == 1
    assert sell(store, 99).where.receipt not in receipts


def test_what_was_mended_stays_mended(folder: Folder) -> None:
    receipts = stocked(folder)
    change(folder, "UPDATE entry SET at_ms = at_ms + 1 WHERE seq = 58")
    sold = sell(folder.open(), 100).where.receipt
    folder.close()
    store = folder.open()
    assert store.mended is None
    assert reasons(store) == ["install", "corrupt"]
    assert all(store.ledger.ticket(one) for one in (*receipts[:56], *receipts[57:], sold))
    assert is_right(store)


@pytest.mark.parametrize("seed", range(25))
def test_whatever_happens_to_the_bytes_what_is_shown_is_proved(folder: Folder, seed: int) -> None:
    """Flip a byte, clear a page or cut the tail: the till mends itself or says that it cannot; it never shows wrong."""
    receipts = stocked(folder)
    path = folder.path / "till.db"
    data = bytearray(path.read_bytes())
    chance = random.Random(seed)
    place = chance.randrange(PAGE, len(data))
    if seed % 3 == 0:
        data[place] ^= 1 << chance.randrange(8)
    elif seed % 3 == 1:
        start = place - place % PAGE
        data[start : start + PAGE] = bytes(PAGE)
    else:
        del data[place:]
    path.write_bytes(data)
    (folder.path / MARK).touch()  # as whoever meets the damage does
    try:
        store = folder.open()
    except StorageDamaged:
        assert path.read_bytes() == data
        return
    assert is_right(store)
    there = [one for one in receipts if store.ledger.ticket(one) is not None]
    told = store.mended.lost if store.mended else 0
    assert len(receipts) - len(there) <= told or there == receipts
    assert sell(store, 99).where.receipt not in receipts
    folder.close()
    assert is_right(folder.open())


def test_damage_deep_in_the_file_is_met_by_a_check_and_mended_at_the_next_start(folder: Folder) -> None:
    receipts = stocked(folder)
    place = page_of(folder, receipts[3].encode())
    with (folder.path / "till.db").open("r+b") as file:
        file.seek(place - place % PAGE)
        file.write(b"\xff" * PAGE)
    store = folder.open()
    if store.mended is None:
        assert not store.database.is_sound()
        assert (folder.path / MARK).exists()
        folder.close()
        store = folder.open()
    assert store.mended is not None
    assert not (folder.path / MARK).exists()
    assert store.database.is_sound()
    assert is_right(store)


def test_a_false_alarm_changes_nothing(folder: Folder) -> None:
    receipts = stocked(folder)
    (folder.path / MARK).touch()
    store = folder.open()
    assert store.mended is None
    assert reasons(store) == ["install"]
    assert not (folder.path / MARK).exists()
    assert all(store.ledger.ticket(one) for one in receipts)


def test_a_file_that_says_nothing_is_left_alone(folder: Folder) -> None:
    stocked(folder)
    path = folder.path / "till.db"
    path.write_bytes(b"\xff" * 65536)
    with pytest.raises(StorageDamaged):
        folder.open()
    assert path.read_bytes() == b"\xff" * 65536
    assert sorted(one.name for one in folder.path.iterdir()) == ["anchor", "lock", "till.db"]


class PowerCut(Exception):
    """The power is gone."""


@pytest.mark.parametrize("done", range(5))
def test_a_cut_while_the_mended_file_takes_its_place_is_made_good(folder: Folder, done: int) -> None:
    """The power goes after any of the renames; the next start ends what was begun."""
    receipts = stocked(folder)
    change(folder, "UPDATE entry SET at_ms = at_ms + 1 WHERE seq = 58")
    left = [done]

    def cut(path: Path, target: Path) -> None:
        if left[0] == 0:
            raise PowerCut
        left[0] -= 1
        path.rename(target)

    def opened(path: Path) -> TillStore:
        return open_till(path, clock=folder.clock, random_bytes=seeded_bytes(50), machine=folder.machine)

    with pytest.raises(PowerCut):
        salvage.mend(folder.path, opened, folder.machine, cut)
    store = folder.open()
    assert reasons(store) == ["install", "corrupt"]
    assert [one for one in receipts if store.ledger.ticket(one) is None] == [receipts[56]]
    assert is_right(store)
    assert not (folder.path / MENDED).exists()
    assert sum(1 for _ in folder.path.glob("damaged-*/till.db")) == 1


def test_damage_that_a_sale_meets_is_remembered(folder: Folder) -> None:
    store = folder.open()
    store.database.damage_met()
    assert (folder.path / MARK).exists()
