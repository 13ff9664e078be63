"""Room on the disk: a sale that might not be kept does not begin, and what was begun has a reserve."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from seraphine_pos.domain.refusal import NoRoom, StorageFull
from seraphine_pos.store.carts import Carts
from seraphine_pos.store.room import MIB, RESERVE, Limits, Room, free_bytes
from tests.domain import examples
from tests.store.folder import Folder, sell

LIMITS = Limits(needed=10 * MIB, warned=50 * MIB, reserve=MIB)


@dataclass
class Disk:
    """A disk that says how much is free on it."""

    free: int

    def __call__(self, _folder: Path) -> int:
        return self.free


@pytest.fixture
def disk() -> Disk:
    return Disk(100 * MIB)


@pytest.fixture
def room(tmp_path: Path, disk: Disk) -> Iterator[Room]:
    room = Room(tmp_path, LIMITS, disk)
    room.lay_by()
    yield room
    room.release()


def test_a_sale_begins_where_there_is_room(room: Room, disk: Disk) -> None:
    room.check()
    disk.free = LIMITS.needed
    room.check()


def test_no_sale_begins_where_there_is_none_and_the_sentence_says_what_to_do(room: Room, disk: Disk) -> None:
    disk.free = LIMITS.needed - 1
    with pytest.raises(NoRoom, match="Plus que 9 Mo") as refused:
        room.check()
    assert isinstance(refused.value, StorageFull)
    assert "Libérez de la place" in str(refused.value)


def test_people_are_warned_before(room: Room, disk: Disk) -> None:
    assert not room.is_short()
    disk.free = LIMITS.warned - 1
    assert room.is_short()
    room.check()


def test_the_reserve_really_takes_its_room_and_gives_it_back(tmp_path: Path, room: Room, disk: Disk) -> None:
    reserve = tmp_path / RESERVE
    assert reserve.stat().st_blocks * 512 >= LIMITS.reserve
    disk.free = 0
    with pytest.raises(NoRoom):
        room.check()
    assert not reserve.exists()
    room.lay_by()
    assert not reserve.exists()
    disk.free = 100 * MIB
    room.lay_by()
    assert reserve.stat().st_size == LIMITS.reserve


def test_a_disk_that_refuses_the_reserve_is_not_asked_again(tmp_path: Path, disk: Disk) -> None:
    absent = tmp_path / "away"
    Room(absent, LIMITS, disk).lay_by()
    assert not absent.exists()


def test_a_cart_that_was_begun_is_ended_on_a_full_disk(folder: Folder, disk: Disk) -> None:
    store = folder.open()
    carts = Carts(store.database, Room(folder.path, LIMITS, disk))
    one = examples.cart_of((examples.product(1), 1000))
    carts.save(examples.cart_of(), one, "amina", 5)
    disk.free = 0
    two = examples.cart_of((examples.product(1), 1000), (examples.product(2), 1000))
    carts.save(one, two, "amina", 6)
    assert carts.latest() == two
    sell(store)
    with pytest.raises(NoRoom):
        carts.save(examples.cart_of(), one, "amina", 7)


def test_the_system_tells_what_is_free(tmp_path: Path) -> None:
    assert 0 < free_bytes(tmp_path) < 1 << 60
