"""The talker says what it was given, and hears what it was sent."""

import gzip
import http.client

import pytest

from tests.fakes.talker import Talker, error, reply


def ask(talker: Talker, content: bytes | None = None) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(talker.url.removeprefix("http://"), timeout=5)
    try:
        connection.request("POST", "/x", content, {"X-Y": "z", "Content-Encoding": "gzip"})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def test_it_hears_the_request_and_says_the_reply() -> None:
    with Talker(lambda heard: reply(200, {"line": heard.line})) as talker:
        assert ask(talker, gzip.compress(b'{"a": 1}')) == (200, b'{"line": "POST /x HTTP/1.1"}')
    assert talker.heard[0].json == {"a": 1}
    assert talker.heard[0].headers["x-y"] == "z"


def test_it_says_errors_and_pieces() -> None:
    with Talker(lambda _: [error(418)[:10], None, error(418)[10:]]) as talker:
        status, content = ask(talker)
    assert status == 418
    assert b"parce que" in content


def test_it_stops_listening_at_the_end() -> None:
    with Talker(lambda _: b"") as talker:
        pass
    with pytest.raises(ConnectionRefusedError):
        ask(talker)
