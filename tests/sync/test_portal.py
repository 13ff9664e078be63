"""Whatever answers 200 in the server's place, nothing is acknowledged: what waits goes on waiting."""

import json
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from seraphine_pos.domain.refusal import AnswerNotOurs
from seraphine_pos.sync.client import HttpServer
from seraphine_pos.sync.engine import Engine
from tests.store.folder import Folder, sell

HEAD = {"server_id": "server-1", "journal_id": "another", "seq": 3, "hash": "00" * 32, "durable": 0}
JSON = "application/json"


@pytest.mark.parametrize(
    ("media", "content"),
    [
        ("text/html", b"<!doctype html><title>Welcome</title><form>Please sign in</form>"),
        (JSON, b"<!doctype html>"),
        (JSON, b""),
        (JSON, b"[]"),
        (JSON, b'{"ok": true}'),
        (JSON, json.dumps({**HEAD, "server_id": "server-2"}).encode()),
        (JSON, json.dumps({"server_id": "server-1"}).encode()),
        (JSON, json.dumps(HEAD).encode()),
        (JSON, json.dumps(HEAD).encode()[:-9]),
    ],
)
def test_a_portal_acknowledges_nothing(media: str, content: bytes, tmp_path: Path) -> None:
    def answers(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers={"content-type": media}, content=content)

    folder = Folder(tmp_path / "till")
    server = HttpServer("http://127.0.0.1:1", "key", "server-1", transport=httpx.MockTransport(answers))
    with closing(folder), closing(server):
        store = folder.open()
        sell(store)
        state = Engine(store.journal, store.mirror, server, folder.clock).run_once()
        assert isinstance(state.problem, AnswerNotOurs)
        assert state.waiting == 2
        assert store.journal.state().acked_seq == 0
