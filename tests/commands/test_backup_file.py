"""The one file of a till's backup: sealed in frames, each of which has its place."""

import random
from pathlib import Path

import pytest

from seraphine_pos.commands import backup_file
from seraphine_pos.commands.backup_file import Manifest
from seraphine_pos.commands.terminal import Unusable
from seraphine_pos.domain.sealed import FRAME, HEAD_BYTES, TAG_BYTES
from seraphine_pos.store.copying import Contents
from tests.fakes.clock import seeded_bytes


def test_frames_of_a_long_backup_that_were_swapped_or_left_out_are_refused(tmp_path: Path) -> None:
    part, file, key, step = tmp_path / "till.db", tmp_path / "long.sealed", bytes(32), FRAME + TAG_BYTES
    part.write_bytes(random.Random(1).randbytes(3 * FRAME))
    manifest = Manifest(0, "Épicerie", Contents("store", "till", "A1", (), 0, 0))
    backup_file.write(file, manifest, {part.name: part}, key, seeded_bytes(1))
    (tmp_path / "whole").mkdir()
    assert backup_file.unpack(file, tmp_path / "whole", key) == manifest
    assert (tmp_path / "whole" / part.name).read_bytes() == part.read_bytes()
    whole = file.read_bytes()
    head, first, second, rest = whole[:HEAD_BYTES], *cut(whole[HEAD_BYTES:], step), whole[HEAD_BYTES + 2 * step :]
    for number, frames in enumerate((second + first + rest, second + rest, first + second, first + first + rest)):
        file.write_bytes(head + frames)
        folder = tmp_path / str(number)
        folder.mkdir()
        with pytest.raises(Unusable, match="changed or cut off"):
            backup_file.unpack(file, folder, key)


def cut(frames: bytes, step: int) -> tuple[bytes, bytes]:
    return frames[:step], frames[step : 2 * step]
