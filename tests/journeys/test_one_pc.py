"""One PC is the whole shop: the till founds the store, runs its server as a child, and both end and begin together."""

import os
import signal
from pathlib import Path

import pytest

from seraphine_pos.devices.keys import FileKeys, MemoryKeys, device_key_name
from seraphine_pos.domain.money import Currency
from seraphine_pos.domain.refusal import AnswerNotOurs, ServerFailed, Unavailable
from seraphine_pos.domain.staff import Role
from seraphine_pos.domain.store import Store
from seraphine_pos.domain.tax import Tax
from seraphine_pos.paths import Home
from seraphine_pos.shop import NewMember, NewStore, Shop, found_shop, open_shop
from seraphine_pos.sync.client import HttpServer
from tests.journeys.conftest import CASHIER_ID, CASHIER_PIN, OWNER_ID, OWNER_PIN
from tests.journeys.watching import Watcher

REQUEST = NewStore(
    Store("Épicerie du Port", "", Currency("MAD", 2), "Africa/Casablanca", "fr"),
    (Tax("TVA20", "TVA 20 %", 2000),),
    (
        NewMember("Nadia", Role.OWNER, OWNER_PIN, OWNER_ID),
        NewMember("Salma", Role.CASHIER, CASHIER_PIN, CASHIER_ID),
    ),
)


def sign(shop: Shop) -> None:
    """Let something happen that the server must hear of."""
    shop.staff.sign_in(CASHIER_ID, CASHIER_PIN)


def entries_at_server(shop: Shop) -> int:
    journal_id = shop.stored.journal.state().journal_id
    return len(shop.server.entries(journal_id, 0))


def test_a_shop_on_one_pc_survives_its_server(tmp_path: Path) -> None:
    home, keys = Home(tmp_path / "Épicerie"), MemoryKeys()
    found_shop(home, REQUEST, keys=keys)
    assert not home.server_ready.exists(), "the server outlived the founding"
    with open_shop(home, keys=keys) as shop:
        watcher = Watcher()
        shop.listen(watcher.see)
        shop.start()
        sign(shop)
        watcher.wait_for(lambda state: state.waiting == 0 and state.reachable and state.problem is None)
        assert shop.sidecar is not None
        assert shop.sidecar.pid is not None
        os.kill(shop.sidecar.pid, signal.SIGKILL)
        sign(shop)
        watcher.until(lambda: shop.stored.journal.state().waiting == 0)  # the last state told may be from before
        watcher.wait_for(lambda state: state.waiting == 0 and state.problem is None)
        url = shop.sidecar.url()
        held = entries_at_server(shop)
        assert held == shop.stored.journal.state().seq
    with pytest.raises(Unavailable):
        HttpServer(url, "", "").health()
    with open_shop(home, keys=keys) as shop:
        sign(shop)
        assert shop.exchange().waiting == 0
        assert entries_at_server(shop) == held + 1


def test_a_till_whose_server_cannot_start_sells_and_says_why(tmp_path: Path) -> None:
    home, keys = Home(tmp_path / "home"), MemoryKeys()
    found_shop(home, REQUEST, keys=keys)
    good = home.server_database.read_bytes()
    for left in home.server.glob("server.db-*"):
        left.unlink()
    home.server_database.write_bytes(b"this was a database" * 1000)
    with open_shop(home, keys=keys) as shop:
        sign(shop)
        state = shop.exchange()
        assert isinstance(state.problem, ServerFailed)
        assert str(home.logs / "server.log") in str(state.problem)
        assert (state.waiting, state.reachable) == (2, False)
    home.server_database.write_bytes(good)
    with open_shop(home, keys=keys) as shop:
        assert shop.exchange().waiting == 0


def test_the_secrets_are_in_a_closed_file_where_there_is_no_keyring(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    found_shop(home, REQUEST)
    with open_shop(home) as shop:
        assert isinstance(shop.keys, FileKeys)
        key = shop.keys.get(device_key_name(shop.settings.device_id))
        assert shop.exchange().problem is None
    assert key
    assert key not in home.settings.read_text(encoding="utf-8")
    assert key.encode() not in home.till_database.read_bytes()
    assert all(key.encode() not in log.read_bytes() for log in home.logs.iterdir())


def test_two_shops_on_one_pc_do_not_answer_for_each_other(tmp_path: Path) -> None:
    one, two, keys = Home(tmp_path / "one"), Home(tmp_path / "two"), MemoryKeys()
    found_shop(one, REQUEST, keys=keys)
    found_shop(two, REQUEST, keys=keys)
    with open_shop(one, keys=keys) as first, open_shop(two, keys=keys) as second:
        assert first.exchange().problem is None
        assert second.sidecar is not None
        first.server.close()
        astray = HttpServer(second.sidecar.url, "", first.settings.server_id)
        with pytest.raises(AnswerNotOurs):
            astray.health()
        astray.close()
