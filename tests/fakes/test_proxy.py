"""The wire passes, and fails in each of the ways it is told to."""

import http.client
from collections.abc import Iterator

import pytest

from tests.fakes.proxy import Proxy
from tests.fakes.talker import Talker, reply

ANSWER = reply(200, "x" * 1000, "text/plain")


def ask(proxy: Proxy, *, timeout_s: float = 5) -> bytes:
    connection = http.client.HTTPConnection(proxy.url.removeprefix("http://"), timeout=timeout_s)
    try:
        connection.request("GET", "/")
        return connection.getresponse().read()
    finally:
        connection.close()


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    with Talker(lambda _: ANSWER) as talker, Proxy(lambda: talker.url) as proxy:
        yield proxy


def test_it_passes_whole_answers(proxy: Proxy) -> None:
    assert ask(proxy) == ask(proxy) == b"x" * 1000
    assert proxy.connections == 2


def test_cut_it_refuses_until_it_is_restored(proxy: Proxy) -> None:
    proxy.cut()
    with pytest.raises((http.client.RemoteDisconnected, ConnectionError)):
        ask(proxy)
    proxy.restore()
    assert ask(proxy) == b"x" * 1000


def test_blocked_it_is_silent(proxy: Proxy) -> None:
    proxy.block()
    with pytest.raises(TimeoutError):
        ask(proxy, timeout_s=0.1)


def test_it_breaks_within_an_answer(proxy: Proxy) -> None:
    proxy.answer_bytes = len(ANSWER) - 10
    with pytest.raises(http.client.IncompleteRead):
        ask(proxy)


def test_a_portal_speaks_instead(proxy: Proxy) -> None:
    proxy.portal = reply(200, "<html>", "text/html")
    assert ask(proxy) == b"<html>"


def test_a_server_that_is_away_is_a_connection_that_ends() -> None:
    with Talker(lambda _: ANSWER) as talker:
        pass
    with Proxy(lambda: talker.url) as proxy, pytest.raises((http.client.RemoteDisconnected, ConnectionError)):
        ask(proxy)
