"""The wire passes, and each toxic does to a request what its name says, no less."""

import http.client
import json
from collections.abc import Iterator

import pytest

from tests.fakes.talker import Talker, reply
from tests.faults.proxy import Proxy, Toxic
from tests.faults.toxics import (
    FOREIGN_ID,
    PORTAL,
    Broken,
    Flapping,
    Late,
    Says,
    Slow,
    Sometimes,
    Stranger,
    Trickling,
    black_hole,
    cached,
    cut_after,
    cut_answer,
    cut_request,
    duplicate,
    refused,
    replay,
    reset,
    silent,
    toxics,
)

ANSWER = reply(200, "x" * 1000, "text/plain")
BROKEN = (http.client.HTTPException, ConnectionError)


def ask(proxy: Proxy, *, timeout_s: float = 5, words: str = "", path: str = "/") -> bytes:
    connection = http.client.HTTPConnection(proxy.url.removeprefix("http://"), timeout=timeout_s)
    try:
        connection.request("POST", path, words)
        return connection.getresponse().read()
    finally:
        connection.close()


@pytest.fixture
def server() -> Iterator[Talker]:
    with Talker(lambda _: ANSWER) as talker:
        yield talker


@pytest.fixture
def proxy(server: Talker) -> Iterator[Proxy]:
    with Proxy(lambda: server.url) as proxy:
        yield proxy


def heard(server: Talker) -> list[bytes]:
    return [one.content for one in server.heard]


def test_it_passes_whole_answers(proxy: Proxy) -> None:
    assert ask(proxy) == ask(proxy, words="y" * 100_000) == b"x" * 1000
    assert proxy.connections == 2
    assert proxy.wait_beyond(1, 0)
    assert not proxy.wait_beyond(2, 0)


@pytest.mark.parametrize("toxic", [refused, reset, cut_answer, Broken(len(ANSWER) - 10), cut_request, Flapping(1e-9)])
def test_what_breaks_off_is_an_error_until_it_heals(proxy: Proxy, toxic: Toxic) -> None:
    proxy.suffer(toxic)
    with pytest.raises(BROKEN):
        ask(proxy, words="y" * 10_000)
    proxy.heal()
    assert ask(proxy) == b"x" * 1000


@pytest.mark.parametrize("toxic", [silent, black_hole, Late(10_000), Slow(0.1), Slow(0, 10)])
def test_what_stalls_is_a_time_out(proxy: Proxy, toxic: Toxic) -> None:
    proxy.suffer(toxic)
    with pytest.raises(TimeoutError):
        ask(proxy, timeout_s=0.05)
    proxy.heal()
    assert ask(proxy) == b"x" * 1000


def test_a_trickle_comes_whole_at_last(proxy: Proxy) -> None:
    proxy.suffer(Trickling(1e-6))
    assert ask(proxy) == b"x" * 1000


def test_a_black_hole_swallows_requests_or_answers(proxy: Proxy, server: Talker) -> None:
    proxy.suffer(black_hole)
    for _ in range(12):
        with pytest.raises(TimeoutError):
            ask(proxy, timeout_s=0.05)
    assert 0 < len(server.heard) < 12


def test_a_request_cut_short_never_reaches_the_server_whole(proxy: Proxy, server: Talker) -> None:
    proxy.suffer(cut_request)
    for _ in range(5):
        with pytest.raises(BROKEN):
            ask(proxy, words="y" * 1000)
    assert b"y" * 1000 not in heard(server)


def test_a_duplicate_is_heard_twice_and_answered_once(proxy: Proxy, server: Talker) -> None:
    proxy.suffer(duplicate)
    assert ask(proxy, words="one") == b"x" * 1000
    assert heard(server) == [b"one", b"one"]


def test_a_replay_is_an_old_request_again(proxy: Proxy, server: Talker) -> None:
    ask(proxy, words="old")
    proxy.suffer(replay)
    ask(proxy, words="new")
    assert sorted(heard(server)) == [b"new", b"old", b"old"]


def test_a_cache_gives_what_was_said_before() -> None:
    said = iter(range(100))
    with Talker(lambda _: reply(200, str(next(said)))) as server, Proxy(lambda: server.url) as proxy:
        proxy.suffer(cached)
        assert ask(proxy) == b"0"
        assert {ask(proxy) for _ in range(3)} == {b"0"}


def test_a_portal_speaks_instead(proxy: Proxy, server: Talker) -> None:
    proxy.suffer(Says((reply(200, "<html>", "text/html"),)))
    assert ask(proxy) == b"<html>"
    proxy.suffer(PORTAL)
    assert b"x" * 1000 not in {ask(proxy) for _ in range(10)}
    assert server.heard == []


def test_a_stranger_answers_in_its_place_and_pushes_do_not_reach_it() -> None:
    ours, theirs = (reply(200, {"server_id": name}) for name in ("ours", "theirs"))
    with Talker(lambda _: ours) as server, Talker(lambda _: theirs) as other, Proxy(lambda: server.url) as proxy:
        proxy.suffer(Stranger(lambda: other.url))
        assert {json.loads(ask(proxy))["server_id"] for _ in range(10)} == {"theirs", FOREIGN_ID}
        entry = {"seq": 4, "hash": "bb"}
        push = {"journal_id": "j", "acknowledged": {"seq": 3, "hash": "aa"}, "entries": [entry]}
        said = [json.loads(ask(proxy, words=json.dumps(push), path="/v1/push")) for _ in range(10)]
    taken = {"server_id": FOREIGN_ID, "journal_id": "j", "durable": 0} | entry
    assert next(one for one in said if one["server_id"] == FOREIGN_ID) == taken
    assert "POST /v1/push HTTP/1.1" not in {one.line for one in server.heard}


def test_a_line_that_is_cut_breaks_within_some_thousand_bytes(proxy: Proxy) -> None:
    proxy.suffer(cut_after)
    with pytest.raises(BROKEN):
        ask(proxy, words="y" * 4000)


def test_sometimes_is_neither_always_nor_never(proxy: Proxy) -> None:
    proxy.suffer(Sometimes(Says((reply(200, "no"),)), 50))
    assert {ask(proxy) for _ in range(20)} == {b"no", b"x" * 1000}


def test_the_same_seed_deals_the_same_chances(server: Talker) -> None:
    def dealt(seed: int) -> list[bytes]:
        with Proxy(lambda: server.url, seed=seed) as proxy:
            proxy.suffer(Sometimes(Says((reply(200, "no"),)), 50))
            return [ask(proxy) for _ in range(20)]

    assert dealt(1) == dealt(1) != dealt(2)


def test_a_server_that_is_away_is_a_connection_that_ends() -> None:
    with Talker(lambda _: ANSWER) as talker:
        pass
    with Proxy(lambda: talker.url) as proxy, pytest.raises(BROKEN):
        ask(proxy)


def test_every_toxic_has_a_name() -> None:
    assert len(toxics(100, str)) == 14
