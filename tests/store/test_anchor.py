"""The anchor: one line that is whole, or tells nothing."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seraphine_pos.store.anchor import Anchor, Mark

MARK = Mark("019d2f1e-4c00-7a3b-8f21-5d0c9b7e6a41", 4218, bytes(range(32)), "f" * 32)


def test_a_mark_is_read_back(tmp_path: Path) -> None:
    anchor = Anchor(tmp_path / "till" / "anchor")
    assert anchor.read() is None
    anchor.write(MARK)
    assert anchor.read() == MARK
    anchor.close()
    again = Anchor(tmp_path / "till" / "anchor")
    assert again.read() == MARK
    again.close()


@given(st.lists(st.integers(0, 10**15), min_size=1, max_size=5))
def test_every_mark_has_the_same_size(tmp_path_factory: pytest.TempPathFactory, seqs: list[int]) -> None:
    path = tmp_path_factory.mktemp("anchor") / "anchor"
    anchor = Anchor(path)
    for seq in seqs:
        anchor.write(Mark(MARK.journal_id, seq, MARK.hash, MARK.machine))
        assert path.stat().st_size == 192
        found = anchor.read()
        assert found is not None
        assert found.seq == seq
    anchor.close()


@given(st.integers(0, 191), st.integers(1, 255))
def test_a_changed_byte_tells_nothing_else(tmp_path_factory: pytest.TempPathFactory, place: int, change: int) -> None:
    path = tmp_path_factory.mktemp("anchor") / "anchor"
    anchor = Anchor(path)
    anchor.write(MARK)
    data = bytearray(path.read_bytes())
    data[place] ^= change
    path.write_bytes(data)
    assert anchor.read() in (None, MARK)
    anchor.close()


@pytest.mark.parametrize("length", [0, 1, 100, 191, 193])
def test_a_mark_that_was_cut_or_grew_tells_nothing(tmp_path: Path, length: int) -> None:
    path = tmp_path / "anchor"
    anchor = Anchor(path)
    anchor.write(MARK)
    path.write_bytes((path.read_bytes() + b" ")[:length].ljust(length))
    assert anchor.read() is None
    anchor.close()


def test_a_disk_that_refuses_the_mark_stops_nothing(tmp_path: Path) -> None:
    path = tmp_path / "anchor"
    anchor = Anchor(path)
    anchor.write(MARK)
    readable = os.open(path, os.O_RDONLY)
    os.dup2(readable, anchor._fd)  # noqa: SLF001  the file stays open, but for reading alone
    os.close(readable)
    anchor.write(Mark("later", 9, bytes(32), "m"))
    assert anchor.read() == MARK
    anchor.close()
