"""What a power cut may leave of a file and of its name, and what it may not."""

import random
from pathlib import Path

import pytest

from tests.crash.disk import SECTOR, Cut, Disk
from tests.crash.recorder import Call

TRIES = 60


def disk_of(*calls: Call) -> Disk:
    disk = Disk()
    for call in calls:
        disk.do(call)
    return disk


def left(disk: Disk, cut: Cut, folder: Path) -> set[tuple[tuple[str, bytes], ...]]:
    """Return everything that the cut was seen to leave."""
    found = set()
    for number in range(TRIES):
        place = folder / f"{cut}-{number}"
        place.mkdir()
        disk.build(place, cut, random.Random(number))
        found.add(tuple((path.name, path.read_bytes()) for path in sorted(place.iterdir())))
    return found


MADE = (Call("create", "a"), Call("write", "a", 0, b"old"), Call("sync", "a"), Call("sync", "."))


@pytest.mark.parametrize("cut", Cut)
def test_what_was_synced_stays(cut: Cut, tmp_path: Path) -> None:
    disk = disk_of(*MADE)
    assert disk.settled
    assert left(disk, cut, tmp_path) == {(("a", b"old"),)}


def test_what_was_not_synced_stays_goes_or_changes_places(tmp_path: Path) -> None:
    disk = disk_of(*MADE, Call("write", "a", 0, b"N"), Call("write", "a", 2, b"W"))
    assert not disk.settled
    assert left(disk, Cut.NONE, tmp_path) == {(("a", b"old"),)}
    assert left(disk, Cut.ALL, tmp_path) == {(("a", b"NlW"),)}
    assert left(disk, Cut.SOME, tmp_path) == {(("a", content),) for content in (b"old", b"Nld", b"olW", b"NlW")}


def test_a_write_is_torn_at_sectors_and_nowhere_else(tmp_path: Path) -> None:
    disk = disk_of(*MADE, Call("write", "a", SECTOR - 1, b"x" * (SECTOR + 2)))
    seen = {state[0][1][SECTOR - 1 :] for state in left(disk, Cut.TORN, tmp_path)}
    one, many, last = b"x", b"x" * SECTOR, b"x"
    empty = bytes(SECTOR)
    assert seen == {b"", one, b"\0" + many, one + many, b"\0" + empty + last, one + empty + last,
                    b"\0" + many + last, one + many + last}  # fmt: skip


def test_a_file_may_be_cut_or_not(tmp_path: Path) -> None:
    disk = disk_of(*MADE, Call("resize", "a", 1))
    assert left(disk, Cut.SOME, tmp_path) == {(("a", b"old"),), (("a", b"o"),)}


def test_a_name_is_safe_only_with_its_folder(tmp_path: Path) -> None:
    disk = disk_of(*MADE, Call("create", "b"), Call("write", "b", 0, b"b"), Call("sync", "b"), Call("unlink", "a"))
    assert left(disk, Cut.NONE, tmp_path) == {(("a", b"old"),)}
    assert left(disk, Cut.SOME, tmp_path) == {(("a", b"old"),), (("a", b"old"), ("b", b"b")), (("b", b"b"),)}
    disk.do(Call("sync", "."))
    assert left(disk, Cut.TORN, tmp_path) == {(("b", b"b"),)}


def test_a_renamed_file_is_there_under_one_of_its_names(tmp_path: Path) -> None:
    disk = disk_of(*MADE, Call("rename", "a", to="b"))
    assert left(disk, Cut.SOME, tmp_path) == {(("a", b"old"),), (("b", b"old"),)}


def test_a_file_that_was_made_again_under_its_name_is_another(tmp_path: Path) -> None:
    disk = disk_of(*MADE, Call("unlink", "a"), Call("create", "a"), Call("write", "a", 0, b"new"), Call("sync", "a"))
    assert left(disk, Cut.SOME, tmp_path) == {(("a", b"old"),), (), (("a", b"new"),)}


def test_a_call_that_nobody_has_modelled_is_refused() -> None:
    with pytest.raises(ValueError, match="sendfile"):
        disk_of(Call("sendfile", "a"))
