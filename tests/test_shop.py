"""The till without its window: founding a store that can be cut off at any moment."""

from pathlib import Path

import pytest

from seraphine_pos.commands.opening import OWNER, default_store
from seraphine_pos.devices.keys import MemoryKeys
from seraphine_pos.domain.refusal import Enrolled, HomeUnusable, KeysUnavailable
from seraphine_pos.paths import Home
from seraphine_pos.shop import found_shop, join_shop, open_shop


class LockedKeys(MemoryKeys):
    """A keyring that takes so many secrets and then is locked."""

    def __init__(self, takes: int) -> None:
        super().__init__()
        self.takes = takes

    def set(self, name: str, value: str) -> None:
        self.takes -= 1
        if self.takes < 0:
            raise KeysUnavailable(reason="locked")
        super().set(name, value)


def test_a_founding_that_was_cut_off_is_set_aside_and_begun_anew(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    for takes in (0, 1):
        with pytest.raises(KeysUnavailable):
            found_shop(home, default_store("MAD", "123456"), keys=LockedKeys(takes))
    keys = MemoryKeys()
    found_shop(home, default_store("MAD", "123456"), keys=keys)
    assert sorted(path.name for path in home.root.glob("unfinished-*")) == ["unfinished-1", "unfinished-2"]
    assert (home.root / "unfinished-2" / "server" / "server.db").exists()
    with open_shop(home, keys=keys) as shop:
        owner = shop.staff.members()[0]
        assert shop.staff.sign_in(owner.staff_id, "123456").name == OWNER
        assert shop.exchange().problem is None
    with pytest.raises(Enrolled):
        found_shop(home, default_store("MAD", "123456"), keys=keys)
    assert not (home.root / "unfinished-3").exists()


def test_a_home_that_cannot_be_made_is_said_in_the_shop_s_language(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    home = Home(tmp_path / "home")
    home.root.mkdir()
    home.logs.symlink_to(tmp_path / "file")
    with pytest.raises(HomeUnusable) as refused:
        found_shop(home, default_store("MAD", "123456"), keys=MemoryKeys())
    assert str(home.logs) in str(refused.value)
    assert "Choisissez un autre dossier" in str(refused.value)
    with pytest.raises(HomeUnusable):
        join_shop(home, "http://127.0.0.1:9", "CODE", keys=MemoryKeys())
