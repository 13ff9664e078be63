"""The door to the network: what is sent, what is believed, and that nothing else comes out of it."""

import gzip
import itertools
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import httpx
import pytest

from seraphine_pos.domain.feed import Document
from seraphine_pos.domain.protocol import Enrolment, Head, ImportRow, Page, RowResult, entry_from_wire, entry_to_wire
from seraphine_pos.domain.refusal import (
    AnswerNotOurs,
    CodeRefused,
    Failure,
    NotEnrolled,
    Refusal,
    ServerFailed,
    ServerTimedOut,
    ServerUnavailable,
)
from seraphine_pos.domain.report import STORE, ReportData, ReportQuery, to_wire
from seraphine_pos.sync.answer import Health
from seraphine_pos.sync.batch import Batch
from seraphine_pos.sync.client import ANSWER_BYTES_MAX, HttpServer, Timeouts
from tests.fakes.talker import Talker, error, reply
from tests.sync.saying import HEAD, QUICK, SERVER, an_entry, hello, said

# What is sent, and what comes back


def test_a_push_sends_the_entries_with_the_key_and_reads_the_head() -> None:
    head, talker = said(reply(200, HEAD), lambda server: server.push("j", 6, b"\x01" * 32, [an_entry()]))
    assert head == Head(SERVER, "j", 7, b"\xab" * 32, 3)
    (heard,) = talker.heard
    assert heard.line == "POST /v1/push HTTP/1.1"
    assert heard.headers["x-request-id"] == "j_1-1"
    assert heard.headers["authorization"] == "Bearer the-key"
    assert "content-encoding" not in heard.headers
    assert heard.json["acknowledged"] == {"seq": 6, "hash": "01" * 32}
    assert [entry_from_wire("j", wire) for wire in heard.json["entries"]] == [an_entry()]


def test_an_old_list_of_journals_is_not_believed() -> None:
    old = {"server_id": SERVER, "journals": [], "nonce": "01" * 16}
    with pytest.raises(AnswerNotOurs):
        said(reply(200, old), lambda server: server.journals())


def test_the_time_of_waiting_for_the_answer_to_a_push_is_used() -> None:
    used = threading.Event()
    batch = Batch([an_entry()])
    batch.meanwhile = used.set
    with Talker(lambda _: reply(200, HEAD) if used.wait(QUICK.read_s / 2) else error(500)) as talker:
        server = HttpServer(talker.url, "the-key", SERVER, timeouts=QUICK)
        assert server.push("j", 6, b"\x01" * 32, batch).seq == HEAD["seq"]
        server.close()


def test_a_request_that_never_went_leaves_no_time_to_use() -> None:
    batch = Batch([an_entry()])
    used: list[bool] = []
    with Talker(lambda _: b"") as talker:
        pass
    batch.meanwhile = lambda: used.append(True)
    server = HttpServer(talker.url, "the-key", SERVER, timeouts=QUICK)
    with pytest.raises(ServerUnavailable):
        server.push("j", 6, b"\x01" * 32, batch)
    server.close()
    assert used == []


class Kept(httpx.BaseTransport):
    """A transport that keeps the request and answers with a head."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return httpx.Response(200, json=HEAD)


def test_what_leaves_this_pc_is_packed() -> None:
    transport = Kept()
    server = HttpServer("https://store.example", "the-key", SERVER, transport=transport)
    server.push("j", 6, b"\x01" * 32, [an_entry()])
    server.close()
    (request,) = transport.requests
    assert request.headers["content-encoding"] == "gzip"
    assert json.loads(gzip.decompress(request.content))["journal_id"] == "j"


def test_hashes_are_asked_and_read() -> None:
    answer = reply(200, {"server_id": SERVER, "hashes": {"3": "0f" * 32}})
    hashes, talker = said(answer, lambda server: server.hashes("j", [3, 4]))
    assert hashes == {3: b"\x0f" * 32}
    assert talker.heard[0].json == {"journal_id": "j", "seqs": [3, 4]}


def test_a_page_is_asked_and_read() -> None:
    document = {"kind": "product", "key": "1", "rev": 2, "body": {"name": "Thé"}, "deleted": False}
    answer = {"server_id": SERVER, "feed_id": "f", "rev": 2, "documents": [document], "applied_seq": 5}
    answer |= {"more": True, "after": 1}
    page, talker = said(reply(200, answer), lambda server: server.pull("f", 1, "j"))
    assert page == Page(SERVER, "f", 2, (Document("product", "1", 2, {"name": "Thé"}),), 5, more=True, after=1)
    assert talker.heard[0].json == {"feed_id": "f", "rev": 1, "journal_id": "j"}


def test_entries_are_asked_and_read() -> None:
    answer = reply(200, {"server_id": SERVER, "entries": [entry_to_wire(an_entry())]})
    entries, talker = said(answer, lambda server: server.entries("j", 0))
    assert entries == [an_entry()]
    assert talker.heard[0].json == {"journal_id": "j", "after": 0}


@pytest.mark.parametrize(("till", "line"), [(None, "?start=2026-11-01&end=2026-11-02 "), ("t 1", "&till=t+1 ")])
def test_a_report_is_asked_and_read(till: str | None, line: str) -> None:
    data = ReportData(ReportQuery("2026-11-01", "2026-11-02", till), STORE, (), (), (), 2)
    answer = reply(200, {"server_id": SERVER} | to_wire(data))
    found, talker = said(answer, lambda server: server.report(data.query))
    assert found == data
    assert line in talker.heard[0].line.replace("%20", "+")


def test_products_are_sent_and_their_results_read() -> None:
    rows = [ImportRow("1", {"name": "Thé"}), ImportRow("2", {"name": ""})]
    results = [{"key": "1", "outcome": "created", "reason": None}, {"key": "2", "outcome": "refused", "reason": "nom"}]
    answer = reply(200, {"server_id": SERVER, "results": results})
    found, talker = said(answer, lambda server: server.import_products("op", rows, dry_run=True))
    assert found == [RowResult("1", "created"), RowResult("2", "refused", "nom")]
    sent = [{"key": "1", "body": {"name": "Thé"}}, {"key": "2", "body": {"name": ""}}]
    assert talker.heard[0].json == {"operator_id": "op", "dry_run": True, "rows": sent}


IDENTITY = {
    name: name for name in ("store_id", "store_name", "till_id", "till_label", "device_id", "device_key", "pepper")
}


def test_enrolment_believes_the_server_that_the_code_came_from_and_shows_no_key() -> None:
    answer = reply(200, {"server_id": "another"} | IDENTITY)
    with Talker(lambda _: answer) as talker:
        server = HttpServer(talker.url, "", "")
        assert server.enrol("CODE", "this-pc") == Enrolment("another", **IDENTITY)
        server.close()
    assert talker.heard[0].json == {"code": "CODE", "machine": "this-pc"}
    assert "authorization" not in talker.heard[0].headers


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 410, 422])
def test_a_code_that_the_server_does_not_take_is_a_refusal(status: int) -> None:
    with pytest.raises(CodeRefused):
        said(error(status), lambda server: server.enrol("CODE", "this-pc"))


@pytest.mark.parametrize("answer", [error(503), error(429), reply(404, "<html>", "text/html"), reply(200, {"x": 1})])
def test_a_code_is_not_said_to_be_wrong_by_what_is_not_our_server(answer: bytes) -> None:
    with pytest.raises(ServerUnavailable):
        said(answer, lambda server: server.enrol("CODE", "this-pc"))


def test_what_people_said_is_listed() -> None:
    word = {"event_id": "e1", "scope": "pos", "sentiment": "neutral", "message": "Bien", "operator_id": "salma"}
    listed = {"server_id": SERVER, "feedback": [word | {"at_ms": 5, "state": "new"}]}
    remarks, talker = said(reply(200, listed), lambda server: server.feedback())
    assert [remark.text for remark in remarks] == ["Bien"]
    assert talker.heard[0].line == "GET /v1/feedback HTTP/1.1"


def test_what_no_report_includes_is_listed() -> None:
    one = {
        "event_id": "e1",
        "journal_id": "j1",
        "seq": 7,
        "kind": "sale.dreamt",
        "version": 2,
        "at_ms": 5,
        "till": "A1",
    }
    read = {"nature": "newer", "reason": "unknown kind", "receipt": "", "total": None, "operator_id": ""}
    wire = {"server_id": SERVER, "count": 9, "entries": [one | read | {"excerpt": "{}", "letters": 2}]}
    found, talker = said(reply(200, wire), lambda server: server.quarantine())
    assert (found.count, [entry.seq for entry in found.entries]) == (9, [7])
    assert talker.heard[0].line == "GET /v1/quarantine HTTP/1.1"


def test_health_tells_who_answers() -> None:
    answer = {"live": True, "ready": False, "version": "1", "server_id": SERVER, "database": "sqlite"}
    health, talker = said(reply(200, answer), lambda server: server.health())
    assert health == Health(SERVER, live=True, ready=False, version="1")
    assert talker.heard[0].line == "GET /healthz HTTP/1.1"


def test_address_and_key_may_change_between_requests() -> None:
    keys = iter(["first", "second"])
    with Talker(lambda _: reply(200, HEAD)) as one, Talker(lambda _: reply(200, HEAD)) as two:
        addresses = iter([one.url + "/", two.url])
        server = HttpServer(lambda: next(addresses), lambda: next(keys), SERVER)
        hello(server)
        hello(server)
        server.close()
    assert [talker.heard[0].headers["authorization"] for talker in (one, two)] == ["Bearer first", "Bearer second"]
    assert one.heard[0].line == "POST /v1/push HTTP/1.1"


# The network


def test_no_server_is_no_connection() -> None:
    with Talker(lambda _: b"") as talker:
        pass
    with pytest.raises(ServerUnavailable, match="pas de connexion"):
        hello(HttpServer(talker.url, "k", SERVER))


@pytest.mark.parametrize("cut", [0, 10, 60, len(reply(200, HEAD)) - 1])
def test_an_answer_cut_anywhere_is_no_answer(cut: int) -> None:
    with pytest.raises(ServerUnavailable, match="échange coupé"):
        said(reply(200, HEAD)[:cut], hello)


@pytest.mark.parametrize(
    "url", ["", "no scheme", "ftp://127.0.0.1", "https://", "http://127.0.0.1:99999", "https://" + "a" * 70]
)
def test_an_address_that_is_none_is_unavailable(url: str) -> None:
    with pytest.raises(ServerUnavailable):
        hello(HttpServer(url, "k", SERVER))


def test_a_key_that_cannot_be_one_is_not_sent() -> None:
    with pytest.raises(NotEnrolled):
        hello(HttpServer("http://127.0.0.1:1", "k\nX: y", SERVER))


def drip(answer: bytes) -> Iterator[bytes | None]:
    """One byte now and then, for ever."""
    for byte in itertools.chain(answer, itertools.repeat(32)):
        yield bytes([byte])
        yield None


@pytest.mark.parametrize("start", [b"HTTP/1.1 200 X\r\nX-Slow: ", b"HTTP/1.1 200 X\r\nContent-Type: text/x\r\n\r\n"])
def test_a_server_that_trickles_is_cut_at_the_deadline(start: bytes) -> None:
    """Each byte comes well within the read time-out; only the whole is too long."""
    with Talker(lambda _: drip(start)) as talker:
        server = HttpServer(talker.url, "k", SERVER, timeouts=Timeouts(connect_s=1, read_s=5, whole_s=0.2))
        began = time.monotonic()
        with pytest.raises(ServerTimedOut, match=r"0\.2 s"):
            hello(server)
        assert time.monotonic() - began < 3
        server.close()


class Dawdling(httpx.BaseTransport):
    """A transport without a connection to cut, which gives its answer in parts."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=iter([b"{", b"}"]))


def test_the_deadline_holds_where_there_is_no_connection_to_cut() -> None:
    late = Timeouts(connect_s=1, read_s=1, whole_s=0)
    server = HttpServer("http://127.0.0.1:1", "k", SERVER, timeouts=late, transport=Dawdling())
    with pytest.raises(ServerTimedOut):
        hello(server)
    server.close()


def test_a_silent_server_is_cut_at_the_read_time_out() -> None:
    with Talker(lambda _: itertools.repeat(None)) as talker:
        server = HttpServer(talker.url, "k", SERVER, timeouts=Timeouts(connect_s=1, read_s=0.1, whole_s=9))
        with pytest.raises(ServerTimedOut, match=r"0\.1 s"):
            hello(server)
        server.close()


def test_an_interrupt_ends_the_request_in_flight() -> None:
    reached = threading.Event()

    def silence(_: object) -> Iterator[None]:
        reached.set()
        return itertools.repeat(None)

    with Talker(silence) as talker:
        server = HttpServer(talker.url, "k", SERVER)
        failures: list[Failure] = []

        def ask() -> None:
            try:
                hello(server)
            except Failure as failure:
                failures.append(failure)

        thread = threading.Thread(target=ask)
        thread.start()
        assert reached.wait(5)
        server.interrupt()
        thread.join(5)
        server.close()
    assert [type(failure) for failure in failures] == [ServerTimedOut]


def test_an_answer_without_end_is_given_up() -> None:
    megabyte = b"x" * (1 << 20)
    start = b"HTTP/1.1 200 X\r\nContent-Type: application/json\r\n\r\n"
    with Talker(lambda _: itertools.chain([start], itertools.repeat(megabyte))) as talker:
        server = HttpServer(talker.url, "k", SERVER)
        with pytest.raises(AnswerNotOurs, match="trop longue"):
            hello(server)
        server.close()
    assert ANSWER_BYTES_MAX < 100 << 20


def test_a_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    head, _ = said(reply(200, HEAD), hello)
    assert head.seq == 7


def test_a_server_that_cannot_start_is_said_to_be_so() -> None:
    def address() -> str:
        raise ServerFailed(reason="pas prêt", log="server.log")

    with pytest.raises(ServerFailed):
        hello(HttpServer(address, "k", SERVER))


def test_a_closed_client_opens_again() -> None:
    with Talker(lambda _: reply(200, HEAD)) as talker:
        server = HttpServer(talker.url, "k", SERVER)
        hello(server)
        server.close()
        server.close()
        assert hello(server).seq == 7
        server.close()


# Nothing else comes out


def descendants(kind: type[BaseException]) -> set[type[BaseException]]:
    return {kind}.union(*(descendants(child) for child in kind.__subclasses__()))


HTTPX_ERRORS = sorted(
    (
        kind
        for root in (httpx.HTTPError, httpx.InvalidURL, httpx.CookieConflict, httpx.StreamError)
        for kind in descendants(root)
        if kind.__module__.startswith("httpx")
    ),
    key=lambda kind: kind.__name__,
)


class Raising(httpx.BaseTransport):
    """A transport on which this error happens."""

    def __init__(self, kind: type[BaseException]) -> None:
        self.kind = kind

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if issubclass(self.kind, httpx.HTTPStatusError):
            raise self.kind("x", request=request, response=httpx.Response(500))
        bare = issubclass(self.kind, httpx.StreamError) and self.kind is not httpx.StreamError
        raise self.kind() if bare else self.kind("x")


def test_the_walk_sees_the_whole_tree() -> None:
    assert {httpx.ReadError, httpx.DecodingError, httpx.StreamConsumed, httpx.PoolTimeout} <= set(HTTPX_ERRORS)
    assert len(HTTPX_ERRORS) >= 25
    exported = {value for value in vars(httpx).values() if isinstance(value, type) and issubclass(value, Exception)}
    assert exported <= set(HTTPX_ERRORS), "httpx has an exception outside the four families that are mapped"


@pytest.mark.parametrize("kind", HTTPX_ERRORS, ids=lambda kind: kind.__name__)
def test_no_error_of_httpx_leaks(kind: type[BaseException]) -> None:
    server = HttpServer("http://127.0.0.1:1", "k", SERVER, transport=Raising(kind))
    with pytest.raises(ServerUnavailable) as caught:
        hello(server)
    assert not isinstance(caught.value, Refusal)
    server.close()


def test_httpx_loads_at_the_first_request_only() -> None:
    program = "import seraphine_pos.sync.client as c, sys; c.HttpServer('', '', ''); print('httpx' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
