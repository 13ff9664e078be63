"""The server's file of settings: its defaults, its paths, and one plain sentence for whatever is wrong in it."""

from pathlib import Path

import pytest

from sync_server import cli, settings
from sync_server.settings import Settings, SettingsRefused, load


def written(home: Path, text: str | bytes) -> Path:
    """Write the file of a home."""
    path = home / "server" / "settings.toml"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_a_home_without_a_file_has_the_defaults(tmp_path: Path) -> None:
    found = load(tmp_path)
    assert found == Settings()
    assert (found.backup.folder, found.backup.keep_days, found.jobs.hour) == (None, 30, 3)
    assert list(tmp_path.iterdir()) == []


def test_each_section_is_read(tmp_path: Path) -> None:
    written(
        tmp_path,
        '[backup]\nfolder = "/media/usb"\nkeep_days = 7\nkey_file = "server/backup.key"\n'
        '[outbound]\nallow = ["n8n.local:5678"]\n[log]\nformat = "json"\n[jobs]\nenabled = false\nhour = 22\n',
    )
    found = load(tmp_path)
    assert (found.backup.folder, found.backup.keep_days) == (Path("/media/usb"), 7)
    assert found.backup.key_file == tmp_path / "server" / "backup.key", "a relative path begins at the home"
    assert found.outbound.allow == ("n8n.local:5678",)
    assert (found.log.format, found.jobs.enabled, found.jobs.hour) == ("json", False, 22)
    assert found.limits == Settings().limits


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[backup]\ncolour = "red"', "backup.colour: there is no such setting"),
        ("[kitchen]\n", "kitchen: there is no such setting"),
        ('[backup]\nkeep_days = "30"', "backup.keep_days: Input should be a valid integer"),
        ("[backup]\nkeep_days = 0", "backup.keep_days: Input should be greater than or equal to 1"),
        ("[backup]\nkeep_days = 1.5", "backup.keep_days"),
        ("[backup]\nfolder = 7", "backup.folder"),
        ("[jobs]\nhour = 24", "jobs.hour"),
        ("[jobs]\nhour = 1979-05-27", "jobs.hour"),
        ("[jobs]\nenabled = 1", "jobs.enabled"),
        ('[log]\nformat = "xml"', "log.format: Input should be 'text' or 'json'"),
        ('[outbound]\nallow = ["n8n.local"]', "outbound.allow.0"),
        ("backup = 3", "backup"),
        ("[backup\n", "is no TOML"),
        (b"\xff\xfe", "is no TOML"),
        (b"#" * (settings.BYTES_MAX + 1), "larger than 64 KiB"),
    ],
)
def test_a_file_that_cannot_be_used_is_said_in_one_sentence(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, text: str | bytes, said: str
) -> None:
    path = written(tmp_path, text)
    assert cli.main(["verify", "--home", str(tmp_path)]) == 2
    told = capsys.readouterr().err
    assert str(path) in told
    assert said in told
    assert told.count("\n") == 1
    assert not (tmp_path / "server" / "server.db").exists(), "nothing is opened before the settings are known"


def test_a_file_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    (tmp_path / "server" / "settings.toml").mkdir(parents=True)
    with pytest.raises(SettingsRefused, match="cannot be read"):
        load(tmp_path)


def test_settings_do_not_change(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="frozen"):
        load(tmp_path).jobs.hour = 4
