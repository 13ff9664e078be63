"""Sounds are played beside the till; a machine without sound loses nothing."""

import os
from pathlib import Path

import pytest

from seraphine_pos.devices.sound import AplaySound, NullSound, sound_of


@pytest.fixture
def player(tmp_path: Path) -> Path:
    """Give a program that notes what it is asked to play."""
    path = tmp_path / "aplay"
    path.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/played\n')
    path.chmod(0o755)
    return path


@pytest.mark.skipif(os.name == "nt", reason="the player is a shell script")
def test_the_file_of_the_sound_is_played(player: Path, tmp_path: Path) -> None:
    sound = AplaySound(Path("/sounds"), str(player))
    sound.play("scan")
    sound.wait()
    assert (tmp_path / "played").read_text().split() == ["-q", "/sounds/scan.wav"]


@pytest.mark.skipif(os.name == "nt", reason="the player is a shell script")
def test_a_player_that_is_not_there_is_silence(tmp_path: Path) -> None:
    sound = AplaySound(tmp_path, str(tmp_path / "none"))
    sound.play("problem")
    assert not sound.is_playing


def test_sounds_that_are_not_wanted_are_not_looked_for(tmp_path: Path) -> None:
    assert isinstance(sound_of(tmp_path, wanted=False), NullSound)
    NullSound().play("scan")
