"""A server that gives one answer, and the questions that tests ask it."""

from collections.abc import Callable
from typing import Any

from seraphine_pos.domain.clock import new_id
from seraphine_pos.domain.journal import FIRST_HASH, Draft, Entry, seal
from seraphine_pos.domain.protocol import Head
from seraphine_pos.sync.client import HttpServer, Timeouts
from tests.fakes.talker import Talker

SERVER = "server-1"
HEAD = {"server_id": SERVER, "journal_id": "j", "seq": 7, "hash": "ab" * 32, "durable": 3}
QUICK = Timeouts(connect_s=1, read_s=1, whole_s=2)


def an_entry(seq: int = 1) -> Entry:
    draft = Draft(new_id(seq, lambda count: b"r" * count), "sale.completed", 1, 1000 + seq, b"s" * 16, '{"é":1}', "mot")
    return seal("j", seq, FIRST_HASH, draft)


def said(answer: bytes, ask: Callable[[HttpServer], Any], *, timeouts: Timeouts = QUICK) -> tuple[Any, Talker]:
    """Ask a server that gives this one answer."""
    with Talker(lambda _: answer) as talker:
        server = HttpServer(talker.url, "the-key", SERVER, timeouts=timeouts, random_bytes=bytes)
        try:
            return ask(server), talker
        finally:
            server.close()


def hello(server: HttpServer) -> Head:
    return server.push("j", 0, FIRST_HASH, [])
