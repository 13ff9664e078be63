"""Every release's databases and requests against today's code: nothing is lost, every byte and total is what it was."""

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from seraphine_pos.domain import report
from seraphine_pos.domain.protocol import Enrolment
from seraphine_pos.store import entries, verify
from seraphine_pos.store.opening import open_till
from seraphine_pos.store.till import TillStore
from seraphine_pos.sync import answer
from seraphine_pos.sync.answer import Answer
from seraphine_pos.sync.engine import Engine
from sync_server import intake
from sync_server import verify as server_verify
from sync_server.app import build
from sync_server.database import open_database
from sync_server.schema import entries as entries_table
from sync_server.schema import sales as sales_table
from sync_server.store_server import StoreServer
from tests.fakes.clock import FakeClock, seeded_bytes
from tests.golden.record import FILES, record, told_of, version
from tests.golden.release import RELEASES, Release, lacking, shape
from tests.sync_server.caller import Caller

Reader = Callable[[dict[str, Any]], object]
EXACT = ("/v1/push", "/v1/hashes", "/v1/entries", "/v1/report", "/v1/journals")
READERS: dict[str, Reader] = {
    "/v1/push": answer.head,
    "/v1/hashes": answer.hashes,
    "/v1/pull": answer.page,
    "/v1/journals": lambda wire: answer.journals(wire["nonce"], wire),
    "/v1/entries": lambda wire: answer.entries("any", wire),
    "/v1/report": report.from_wire,
    "/v1/products/import": answer.row_results,
    "/v1/enrol": answer.enrolment,
}


@pytest.fixture(params=RELEASES, ids=lambda path: path.name)
def release(request: pytest.FixtureRequest) -> Release:
    """Give one release after the other."""
    return Release(request.param)


@pytest.fixture
def clock(release: Release) -> FakeClock:
    """Give the time at which the release's files were closed."""
    return FakeClock(release.expected["clock_ms"])


@pytest.fixture
def till(release: Release, clock: FakeClock, tmp_path: Path) -> Iterator[TillStore]:
    """Give the release's till, opened for selling by today's code."""
    release.unpack("till.db", tmp_path / "till" / "till.db")
    machine = release.expected["machine"]
    store = open_till(tmp_path / "till", clock=clock, random_bytes=seeded_bytes(7), machine=machine)
    with closing(store):
        yield store


@pytest.fixture(params=["sqlite", "postgresql"])
def server(request: pytest.FixtureRequest, release: Release, clock: FakeClock, tmp_path: Path) -> Iterator[StoreServer]:
    """Give the release's server, on both databases, opened by today's code."""
    url = "sqlite" if request.param == "sqlite" else request.getfixturevalue("postgres_database")
    database = open_database(release.server(url, tmp_path))
    yield StoreServer(database, clock, seeded_bytes(8))
    database.close()


def problems(server: StoreServer) -> list[str]:
    with server.database.read() as connection:
        return server_verify.verify(connection, server.only_store()).problems


def told(store: TillStore) -> list[list[object]]:
    with store.database.read() as connection:
        return [
            [one.journal_id, one.seq, one.event_id, one.hash.hex(), told_of(one)] for one in entries.every(connection)
        ]


def test_this_version_has_left_its_files() -> None:
    assert version() in [path.name for path in RELEASES], "run python -m tests.golden.record"
    for path in RELEASES:
        assert {one.name for one in path.iterdir()} == {*FILES, "requests.json", "expected.json"}


def test_a_till_opens_with_every_byte_and_total(release: Release, till: TillStore) -> None:
    assert told(till) == release.expected["entries"]
    assert [*verify.chain(till), *verify.ledger(till)] == []
    assert lacking(report.to_wire(till.ledger.report(release.query)), release.expected["till_report"]) == []
    till.ledger.rebuild()
    assert told(till) == release.expected["entries"]
    assert lacking(report.to_wire(till.ledger.report(release.query)), release.expected["till_report"]) == []


def test_a_server_opens_with_every_byte_and_total(release: Release, server: StoreServer) -> None:
    assert problems(server) == []
    device = server.device(release.expected["enrolled"]["device_key"])
    assert lacking(report.to_wire(device.report(release.query)), release.expected["server_report"]) == []
    held: dict[str, dict[int, str]] = {one[0]: {} for one in release.expected["entries"]}
    with server.database.read() as connection:
        for batch in intake.by_arrival(connection, server.only_store()):
            for one in batch:
                held[one.entry.journal_id][one.entry.seq] = told_of(one.entry)
    heads = {name: [len(one), server_head(device, name)] for name, one in held.items()}
    assert heads == release.expected["heads"]


def server_head(device: Any, journal_id: str) -> str:
    head: str = device.push(journal_id, 0, bytes(32), ()).hash.hex()
    return head


def test_what_waits_in_a_till_arrives(release: Release, till: TillStore, server: StoreServer, clock: FakeClock) -> None:
    device = server.device(release.expected["enrolled"]["device_key"])
    assert till.journal.state().waiting == release.expected["waiting"] > 0
    before = tickets(server)
    state = Engine(till.journal, till.mirror, device, clock).run_once()
    assert (state.problem, state.waiting, state.feed_whole) == (None, 0, True)
    assert list(verify.against(till, device)) == []
    assert tickets(server) - before == 3
    assert problems(server) == []
    assert device.quarantine().count == 0


def tickets(server: StoreServer) -> int:
    with server.database.read() as connection:
        return len(connection.execute(select(sales_table.c.event_id)).all())


@dataclass(slots=True)
class Replay:
    """The requests of a release sent to today's server; ``names`` are the ids that it minted, by the recorded ones."""

    caller: Caller
    clock: FakeClock
    names: dict[str, str] = field(default_factory=dict)

    def send(self, one: dict[str, Any]) -> list[str]:
        """Send a request; return what its answer lacks of the recorded one."""
        self.clock.wall_ms = one["at_ms"]
        again = self.caller.request(
            one["method"], one["target"], headers=one["headers"], content=one["content"].encode()
        )
        assert again.status_code == one["status"], again.text
        today = again.json()
        if one["target"] == "/v1/enrol":
            self.names.update({recorded: today[name] for name, recorded in one["answer"].items()})
        recorded = self.renamed(one["answer"])
        if one["target"].partition("?")[0] in EXACT:
            return lacking(today, recorded)
        return lacking(shape(today), shape(recorded))

    def renamed(self, recorded: object) -> object:
        """Return what was recorded with today's ids in it."""
        text = json.dumps(recorded)
        for before, after in self.names.items():
            text = text.replace(json.dumps(before), json.dumps(after))
        return json.loads(text)


def test_every_request_is_taken_and_answered_alike(release: Release, tmp_path: Path) -> None:
    clock = FakeClock()
    path = release.unpack("server-before.db", tmp_path / "server.db")
    with closing(open_database(f"sqlite:///{path}")) as database:
        server = StoreServer(database, clock, seeded_bytes(9))
        replay = Replay(Caller(build(server)), clock)
        assert [lost for one in release.requests for lost in replay.send(one)] == []
        assert problems(server) == []
        device = server.device(release.expected["enrolled"]["device_key"])
        recorded = replay.renamed(release.expected["server_report"])
        assert lacking(report.to_wire(device.report(release.query)), recorded) == []
        with database.read() as connection:
            count = len(connection.execute(select(entries_table.c.event_id)).all())
    assert count == sum(seq for seq, _ in release.expected["heads"].values())


def test_todays_till_reads_the_answers_of_every_release(release: Release) -> None:
    server_id = Enrolment(**release.expected["enrolled"]).server_id
    read = set()
    for one in release.requests:
        path = one["target"].partition("?")[0]
        if path in READERS:
            content = json.dumps(one["answer"]).encode()
            answer.believe(Answer(one["status"], "application/json", content), server_id, READERS[path])
            read.add(path)
    assert read == set(READERS)


def test_what_is_recorded_again_is_whole(tmp_path: Path) -> None:
    """So that the command works on the day on which it is needed."""
    record(tmp_path / version())
    again = Release(tmp_path / version())
    assert len(again.requests) == len(Release(RELEASES[-1]).requests)
    assert again.expected["waiting"] == Release(RELEASES[-1]).expected["waiting"]
    # A recording holds its till's key, which today's program has to read: elsewhere no test may leave one.
    shutil.rmtree(tmp_path / version())


@pytest.mark.parametrize(
    ("today", "recorded", "lost"),
    [
        ({"a": 1, "b": 2}, {"a": 1}, []),
        ({"b": 2}, {"a": 1}, [".a is gone"]),
        ({"a": [1, {"c": 3}]}, {"a": [1, {"c": 4}]}, [".a[1].c: 3 instead of 4"]),
        ([1], [1, 2], [": 1 instead of 2"]),
    ],
)
def test_what_is_lacking_is_named(today: object, recorded: object, lost: list[str]) -> None:
    assert lacking(today, recorded) == lost
