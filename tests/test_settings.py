"""A till's own settings: what is written is read back, and what cannot be used is named."""

from dataclasses import fields, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seraphine_pos.domain.refusal import InvalidSetting
from seraphine_pos.settings import BYTES_MAX, LANGUAGES, THEMES, Settings, load, parse, render, save

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
some_settings = st.builds(
    Settings,
    **dict.fromkeys(("server_url", "server_id", "store_id", "store_name", "till_id", "till_label", "device_id"), texts),
    language=st.sampled_from(LANGUAGES),
    theme=st.sampled_from(THEMES),
    sound=st.booleans(),
)


def test_no_file_gives_the_defaults(tmp_path: Path) -> None:
    assert load(tmp_path / "none.toml") == Settings()


@given(some_settings)
def test_what_is_rendered_is_read_back(settings: Settings) -> None:
    assert parse(render(settings).encode(), Path("x")) == settings


def test_saving_replaces_the_file_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "till" / "settings.toml"
    save(path, Settings(till_label="Caisse « 1 »"))
    save(path, Settings(till_label="Caisse 2", theme="dark", sound=False))
    assert load(path) == Settings(till_label="Caisse 2", theme="dark", sound=False)
    assert [child.name for child in path.parent.iterdir()] == ["settings.toml"]


def test_a_setting_that_could_not_be_read_back_is_not_saved(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    save(path, Settings(theme="dark"))
    with pytest.raises(InvalidSetting, match="theme"):
        save(path, Settings(theme="pink"))
    assert load(path).theme == "dark"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('coulour = "red"', "coulour"),
        ("[server]\nurl = 1", "server"),
        ("sound = 1", "true ou false"),
        ("till_label = 7", "till_label"),
        ('theme = "pink"', "system ou light ou dark"),
        ("theme = dark", "line 1"),
        ('theme = "dark"\ntheme = "light"', "Cannot overwrite"),
    ],
)
def test_what_cannot_be_used_is_named(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(text)
    with pytest.raises(InvalidSetting, match=said):
        load(path)


def test_a_file_in_another_encoding_is_said_to_be_so(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_bytes('till_label = "Épicerie"'.encode("latin-1"))
    with pytest.raises(InvalidSetting, match="UTF-8"):
        load(path)


def test_a_folder_and_a_huge_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidSetting, match=str(tmp_path.name)):
        load(tmp_path)
    huge = tmp_path / "huge.toml"
    huge.write_bytes(b"#" * (BYTES_MAX + 1))
    with pytest.raises(InvalidSetting, match="Kio"):
        load(huge)


def test_a_till_is_enrolled_only_with_all_its_ids() -> None:
    whole = Settings(server_id="s", till_id="t", device_id="d")
    assert whole.enrolled
    parts = (replace(whole, server_id=""), replace(whole, till_id=""), replace(whole, device_id=""), Settings())
    assert not any(part.enrolled for part in parts)


def test_every_setting_is_a_scalar_with_a_default() -> None:
    assert {type(field.default) for field in fields(Settings)} <= {str, bool}
