"""A sealed file: it comes back as it was, from any place, and not at all when anything of it was touched."""

import io
import random
from pathlib import Path
from zipfile import ZipFile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync_server.backups.sealed import (
    FRAME,
    HEAD_BYTES,
    MAGIC,
    TAG_BYTES,
    KeyRefused,
    SealBroken,
    Sealing,
    Unsealing,
    is_sealed,
    new_key_file,
    read_key,
)
from tests.fakes.clock import seeded_bytes

KEY, OTHER = seeded_bytes(1)(32), seeded_bytes(2)(32)
SIZES = (0, 1, FRAME - 1, FRAME, FRAME + 1, 3 * FRAME, 3 * FRAME + 7)
STEP = FRAME + TAG_BYTES


def sealed(data: bytes, key: bytes = KEY, seed: int = 3) -> bytes:
    """Return a sealed file."""
    file = io.BytesIO()
    sealing = Sealing(file, key, seeded_bytes(seed))
    for start in range(0, len(data), 50_001):
        sealing.write(data[start : start + 50_001])
    sealing.finish()
    return file.getvalue()


def unsealed(file: bytes, key: bytes = KEY) -> bytes:
    """Return what a sealed file holds."""
    with io.BufferedReader(Unsealing(io.BytesIO(file), key)) as reading:
        return reading.read()


@pytest.mark.parametrize("size", SIZES)
def test_what_was_sealed_comes_back(size: int) -> None:
    data = random.Random(size).randbytes(size)
    file = sealed(data)
    assert unsealed(file) == data
    assert is_sealed(file)
    assert size < 16 or data[:16] not in file


@pytest.mark.parametrize("size", SIZES)
def test_a_file_that_was_cut_off_anywhere_does_not_open(size: int) -> None:
    file = sealed(bytes(size))
    ends = {*range(HEAD_BYTES + 1), len(file) - 1, *range(HEAD_BYTES, len(file), STEP), len(file) - TAG_BYTES}
    for end in ends - {len(file)}:
        with pytest.raises(SealBroken):
            unsealed(file[:end])


def test_every_changed_byte_is_found() -> None:
    file = sealed(bytes(2 * FRAME + 10))
    for place in [*range(HEAD_BYTES + 20), *random.Random(5).sample(range(len(file)), 50)]:
        with pytest.raises(SealBroken):
            unsealed(file[:place] + bytes([file[place] ^ 1]) + file[place + 1 :])


def test_frames_cannot_be_swapped_doubled_left_out_or_taken_from_another_file() -> None:
    data = random.Random(1).randbytes(4 * FRAME)
    file, other = sealed(data), sealed(data, seed=4)
    head, frames = file[:HEAD_BYTES], [file[HEAD_BYTES + no * STEP :][:STEP] for no in range(4)]
    foreign = other[HEAD_BYTES:][:STEP]
    for made in (
        [frames[1], frames[0], frames[2], frames[3]],
        [frames[0], frames[0], *frames[1:]],
        [frames[0], *frames[2:]],
        [foreign, *frames[1:]],
        [*frames, frames[3]],
    ):
        with pytest.raises(SealBroken):
            unsealed(head + b"".join(made))
    assert unsealed(head + b"".join(frames)) == data


def test_another_key_is_told_from_damage() -> None:
    with pytest.raises(SealBroken, match="another key"):
        unsealed(sealed(b"shop"), OTHER)
    with pytest.raises(SealBroken, match="changed or cut off"):
        unsealed(sealed(b"shop")[:-1])
    with pytest.raises(SealBroken, match="not a sealed file"):
        unsealed(b"PK" + bytes(100))


def test_no_two_files_look_alike() -> None:
    assert sealed(b"shop")[len(MAGIC) :] != sealed(b"shop", seed=4)[len(MAGIC) :]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3 * FRAME + 20), st.integers(0, FRAME + 9)), max_size=8))
def test_it_is_read_from_any_place(asked: list[tuple[int, int]]) -> None:
    data = random.Random(9).randbytes(3 * FRAME + 7)
    with io.BufferedReader(Unsealing(io.BytesIO(sealed(data)), KEY)) as reading:
        for place, size in asked:
            reading.seek(place)
            assert reading.read(size) == data[place : place + size]


def test_a_zip_is_written_and_read_through_the_seal() -> None:
    file = io.BytesIO()
    sealing = Sealing(file, KEY, seeded_bytes(3))
    with ZipFile(sealing, "w") as archive:
        archive.writestr("a", b"x" * 200_000)
        archive.writestr("b", b"y")
    sealing.finish()
    file.seek(0)
    with ZipFile(io.BufferedReader(Unsealing(file, KEY))) as archive:
        assert (archive.testzip(), archive.read("b"), len(archive.read("a"))) == (None, b"y", 200_000)


def test_a_key_file_is_made_once_and_for_this_account_alone(tmp_path: Path) -> None:
    path = tmp_path / "backup.key"
    new_key_file(path, seeded_bytes(1))
    assert read_key(path) == KEY
    assert path.stat().st_mode & 0o077 == 0
    with pytest.raises(KeyRefused, match="there already"):
        new_key_file(path, seeded_bytes(2))
    with pytest.raises(KeyRefused, match="cannot be written"):
        new_key_file(tmp_path / "none" / "key", seeded_bytes(2))
    assert read_key(path) == KEY


@pytest.mark.parametrize("text", [b"", b"00" * 31, b"zz" * 32, b"\xff" * 64, b"00" * 33])
def test_what_is_no_key_is_said(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "key").write_bytes(text)
    with pytest.raises(KeyRefused, match="holds no key"):
        read_key(tmp_path / "key")
    with pytest.raises(KeyRefused, match="cannot be read"):
        read_key(tmp_path / "none")
