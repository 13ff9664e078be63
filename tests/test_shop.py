"""The till without its window: founding a store that can be cut off at any moment."""

from pathlib import Path

import pytest

from seraphine_pos.commands.opening import OWNER, default_store
from seraphine_pos.devices.keys import MemoryKeys
from seraphine_pos.domain.refusal import Enrolled, KeysUnavailable
from seraphine_pos.paths import Home
from seraphine_pos.shop import found_shop, open_shop


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
