"""A till and its server as real processes: sales go over, whatever happens to the wire or to the server."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from seraphine_pos.devices.keys import MemoryKeys
from seraphine_pos.domain.refusal import (
    AnswerNotOurs,
    CodeRefused,
    NotEnrolled,
    ServerUnavailable,
    Unavailable,
)
from seraphine_pos.domain.report import STORE, ReportData, ReportQuery, shape
from seraphine_pos.domain.sale import Method
from seraphine_pos.paths import Home
from seraphine_pos.shop import Shop, join_shop
from seraphine_pos.sync.client import HttpServer
from seraphine_pos.sync.engine import SyncState
from tests.fakes.talker import reply
from tests.faults.proxy import Proxy
from tests.faults.toxics import Broken, Says, refused, silent
from tests.journeys.conftest import PRODUCTS, JoinedTill, StoreServer
from tests.journeys.watching import Watcher

TEA, COFFEE = (code for code, _, _ in PRODUCTS)


def sell(shop: Shop, *codes: str) -> int:
    """Ring up a sale and return its total."""
    for code in codes:
        shop.checkout.scan(code)
    ticket = shop.checkout.pay(Method.CASH)
    assert ticket is not None
    return ticket.total


def server_says(shop: Shop) -> ReportData:
    today = datetime.fromtimestamp(shop.clock.now_ms() / 1000, UTC).date()
    about = ReportQuery((today - timedelta(days=2)).isoformat(), (today + timedelta(days=2)).isoformat())
    return shop.server.report(about)


def gross_at_server(shop: Shop) -> int:
    data = server_says(shop)
    assert data.source == STORE
    assert data.not_included == 0
    return shape(data).total.gross


def test_a_sale_reaches_the_server_and_its_report(shop: Shop) -> None:
    sold = sell(shop, TEA, COFFEE) + sell(shop, TEA)
    state = shop.exchange()
    assert (state.waiting, state.problem, state.reachable, state.feed_whole) == (0, None, True, True)
    assert gross_at_server(shop) == sold


def test_the_till_sells_while_the_wire_is_cut_and_drains_when_it_is_back(shop: Shop, wire: Proxy) -> None:
    sold = sell(shop, TEA)
    shop.exchange()
    wire.suffer(refused)
    sold += sell(shop, COFFEE)
    state = shop.exchange()
    assert isinstance(state.problem, ServerUnavailable)
    assert (state.reachable, state.waiting > 0) == (False, True)
    assert state.last_contact_ms is not None
    wire.heal()
    assert shop.exchange().waiting == 0
    assert gross_at_server(shop) == sold


def test_the_server_is_killed_and_started_again_and_nothing_is_doubled(shop: Shop, store_server: StoreServer) -> None:
    sold = sell(shop, TEA)
    shop.exchange()
    store_server.stop()
    sold += sell(shop, TEA, TEA)
    assert shop.exchange().waiting == 0
    assert gross_at_server(shop) == sold


def test_a_wire_that_breaks_within_the_answer_doubles_nothing(shop: Shop, wire: Proxy) -> None:
    sold = 0
    for after in (1, 100, 350):
        sold += sell(shop, TEA, COFFEE)
        wire.suffer(Broken(after))
        assert isinstance(shop.exchange().problem, Unavailable)
        assert isinstance(shop.exchange().problem, Unavailable)
    wire.heal()
    assert shop.exchange().waiting == 0
    assert gross_at_server(shop) == sold


PORTALS = (
    reply(200, "<html>Bienvenue</html>", "text/html"),
    reply(200, {"server_id": "another", "journal_id": "x", "seq": 9, "hash": "00" * 32, "durable": 9}),
    reply(302, b""),
    reply(401, "<html>", "text/html"),
)


def test_a_portal_is_not_believed(shop: Shop, wire: Proxy) -> None:
    sold = sell(shop, TEA)
    waiting = shop.engine.look().waiting
    for portal in PORTALS:
        wire.suffer(Says((portal,)))
        state = shop.exchange()
        assert isinstance(state.problem, AnswerNotOurs)
        assert (state.waiting, state.reachable) == (waiting, False)
    wire.heal()
    assert shop.exchange().waiting == 0
    assert gross_at_server(shop) == sold


def test_another_stores_server_at_this_address_is_not_believed(shop: Shop, wire: Proxy) -> None:
    stranger = HttpServer(wire.url, "", "another server's id")
    with pytest.raises(AnswerNotOurs):
        stranger.health()
    stranger.close()


def test_a_key_that_the_server_does_not_know_says_enrol_again_and_keeps_all(shop: Shop) -> None:
    stranger = HttpServer(shop.settings.server_url, "0" * 64, shop.settings.server_id)
    with pytest.raises(NotEnrolled):
        stranger.pull("", 0, "")
    stranger.close()


def test_a_code_enrols_once(shop: Shop, store_server: StoreServer, tmp_path: Path) -> None:
    with pytest.raises(CodeRefused):
        join_shop(Home(tmp_path / "till-2"), shop.settings.server_url, store_server.created.code, keys=MemoryKeys())


def test_the_thread_drains_by_itself_and_tells_the_queue(shop: Shop, wire: Proxy) -> None:
    watcher = Watcher()
    shop.listen(watcher.see)
    shop.start()
    watcher.wait_for(lambda state: state.waiting == 0 and state.reachable)
    wire.suffer(refused)
    sold = sell(shop, TEA)
    watcher.wait_for(lambda state: state.waiting > 0 and state.problem is not None)
    wire.heal()
    sold += sell(shop, COFFEE)
    watcher.wait_for(lambda state: state.waiting == 0 and state.problem is None)
    assert gross_at_server(shop) == sold


def test_closing_does_not_wait_for_a_server_that_is_silent(joined_till: JoinedTill, shop: Shop, wire: Proxy) -> None:
    asked = wire.connections
    wire.suffer(silent)
    shop.start()
    Watcher.until(lambda: wire.connections > asked)
    assert shop.sync.stop(5)
    assert joined_till.home.till_database.exists()


def test_the_state_before_the_first_contact_is_quiet(shop: Shop) -> None:
    assert shop.sync.state == SyncState()
