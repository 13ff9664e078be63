"""What is believed of an answer, and what each status means."""

import itertools
from collections.abc import Callable
from typing import Any

import pytest

from seraphine_pos.domain.refusal import (
    AnswerNotOurs,
    Failure,
    NotAllowed,
    NotEnrolled,
    PushDamaged,
    PushTooLarge,
    Refusal,
    Revoked,
    ServerRefused,
    ServerTimedOut,
    ServerUnavailable,
    Unavailable,
    UpgradeNeeded,
)
from seraphine_pos.domain.report import ReportQuery
from seraphine_pos.sync.client import HttpServer
from tests.fakes.talker import error, reply
from tests.sync.saying import HEAD, SERVER, hello, said

# What is believed


@pytest.mark.parametrize(
    "answer",
    [
        reply(200, "<html>Bienvenue au Café</html>", "text/html"),
        reply(200, "<html>", "application/json"),
        reply(200, b"\xff\xfe", "application/json"),
        reply(200, "[]"),
        reply(200, "[" * 100_000),
        reply(200, "null"),
        reply(200, {}),
        reply(200, HEAD | {"server_id": "another"}),
        reply(200, HEAD | {"server_id": ""}),
        reply(200, HEAD | {"server_id": None}),
        reply(200, HEAD | {"seq": "7"}),
        reply(200, HEAD | {"seq": True}),
        reply(200, HEAD | {"seq": -1}),
        reply(200, HEAD | {"hash": "xy"}),
        reply(200, HEAD | {"hash": None}),
        reply(200, HEAD | {"journal_id": 3}),
        reply(200, {name: value for name, value in HEAD.items() if name != "durable"}),
        reply(200, '{"seq": 1' + "0" * 5000 + "}"),
        reply(200, HEAD, "text/plain"),
        reply(204, b""),
        reply(302, b""),
        reply(401, "<html>", "text/html"),
        reply(403, "{}"),
        reply(400, {"error": "x"}),
        reply(426, {"error": {}}),
        reply(404, "no", "text/plain"),
    ],
    ids=itertools.count(),
)
def test_an_answer_that_is_not_our_servers_is_not_believed(answer: bytes) -> None:
    with pytest.raises(AnswerNotOurs):
        said(answer, hello)


@pytest.mark.parametrize(
    ("ask", "wire"),
    [
        (lambda server: server.hashes("j", [1]), {"hashes": {"x": "00"}}),
        (lambda server: server.hashes("j", [1]), {"hashes": []}),
        (lambda server: server.journals(), {"journals": [{"journal_id": "j", "seq": 1, "hash": "00"}]}),
        (lambda server: server.journals(), {"journals": None}),
        (lambda server: server.pull("f", 1, "j"), {"feed_id": "f", "rev": 1, "documents": [{}], "applied_seq": 1}),
        (
            lambda server: server.pull("f", 1, "j"),
            {"feed_id": "f", "rev": 1, "documents": [], "applied_seq": 1, "more": 0, "after": 1},
        ),
        (
            lambda server: server.pull("f", 1, "j"),
            {"feed_id": "f", "rev": 1, "documents": [], "applied_seq": 1, "more": False},
        ),
        (
            lambda server: server.pull("f", 1, "j"),
            {"feed_id": "", "rev": 1, "documents": [], "applied_seq": 1, "more": True, "after": 1},
        ),
        (lambda server: server.entries("j", 1), {"entries": [{"seq": 1}]}),
        (lambda server: server.import_products("o", [], dry_run=False), {"results": [{"key": "1", "outcome": "ok"}]}),
        (lambda server: server.report(ReportQuery("2026-01-01", "2026-01-01")), {"query": {"start": "x", "end": "y"}}),
        (
            lambda server: server.report(ReportQuery("2026-01-01", "2026-01-01")),
            {"query": {"start": "x", "end": "y"}, "tills": []},
        ),
        (lambda server: server.health(), {"live": True, "ready": True, "version": None}),
        (lambda server: server.enrol("c", "m"), {"store_id": 3}),
    ],
    ids=itertools.count(),
)
def test_an_answer_with_a_hole_is_not_believed(ask: Callable[[HttpServer], Any], wire: dict[str, Any]) -> None:
    with pytest.raises(AnswerNotOurs):
        said(reply(200, {"server_id": SERVER} | wire), ask)


@pytest.mark.parametrize(
    ("answer", "failure", "words"),
    [
        (error(400, message="entrée 12"), PushDamaged, "entrée 12"),
        (error(401), NotEnrolled, "rattachée"),
        (error(403), Revoked, "retirée"),
        (error(404), ServerUnavailable, "404"),
        (error(413), PushTooLarge, "taille"),
        (reply(413, "<html>", "text/html"), PushTooLarge, "taille"),
        (error(426), UpgradeNeeded, "mise à jour"),
        (error(429), ServerUnavailable, "429"),
        (error(500), ServerUnavailable, "500"),
        (reply(502, "<html>", "text/html"), ServerUnavailable, "502"),
        (error(503), ServerUnavailable, "503"),
        (error(504), ServerTimedOut, "504"),
        (error(408), ServerTimedOut, "408"),
    ],
)
def test_each_status_has_its_meaning(answer: bytes, failure: type[Failure], words: str) -> None:
    with pytest.raises(Unavailable, match=words) as caught:
        said(answer, hello)
    assert type(caught.value) is failure


@pytest.mark.parametrize(("code", "refusal"), [("NOT_ALLOWED", NotAllowed), ("INVALID_SETTING", ServerRefused)])
def test_what_the_shop_refuses_is_a_refusal_in_its_words(code: str, refusal: type[Refusal]) -> None:
    """Trying again would not help, so it is none of the world's failures."""
    with pytest.raises(refusal) as caught:
        said(error(422, code, "pas ainsi"), lambda server: server.import_products("o", [], dry_run=False))
    assert refusal is NotAllowed or "pas ainsi" in str(caught.value)
