"""What a till lost comes back from the server: whole, checked, in any number of attempts, or not at all."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from seraphine_pos.domain.journal import FIRST_HASH, Damaged, Draft, Entry, canonical, parse, seal
from seraphine_pos.domain.protocol import Head
from seraphine_pos.domain.refund import Given
from seraphine_pos.domain.refusal import AnswerNotOurs, RecoveryRefused, ServerUnavailable
from seraphine_pos.store import recovery, verify
from seraphine_pos.store.opening import open_till
from seraphine_pos.store.recovery import Whose
from seraphine_pos.store.tickets import TicketFilter, TicketRow
from seraphine_pos.store.till import TillStore
from seraphine_pos.sync.client import NONCE_BYTES, HttpServer
from seraphine_pos.sync.engine import Engine
from seraphine_pos.sync.recovery import Fetched, fetch
from tests.fakes.clock import seeded_bytes
from tests.fakes.model_server import ModelServer
from tests.fakes.talker import reply
from tests.store.folder import IDENTITY, Folder, give_back, sell
from tests.sync.saying import SERVER, said

WHOSE = Whose(IDENTITY.store_id, IDENTITY.till_id, IDENTITY.till_label)


@dataclass
class Cut:
    """The server behind a network that breaks after some answers."""

    server: ModelServer
    answers: int

    def __getattr__(self, name: str) -> Callable[..., object]:
        if self.answers == 0:
            raise ServerUnavailable(reason="coupé")
        self.answers -= 1
        called: Callable[..., object] = getattr(self.server, name)
        return called


class Liar(ModelServer):
    """A server that says something else than it holds."""

    lie: Callable[[list[Entry]], list[Entry]] = staticmethod(lambda told: told)

    def entries(self, journal_id: str, after: int) -> list[Entry]:
        return self.lie(super().entries(journal_id, after))


def exchange(store: TillStore, server: ModelServer, folder: Folder) -> None:
    state = Engine(store.journal, store.mirror, server, folder.clock).run_once()
    assert (state.problem, state.waiting) == (None, 0)


def lost(folder: Folder, server: ModelServer) -> tuple[list[TicketRow], str, dict[int, Given]]:
    """Let a till live through two journals, a refund and a fork, and lose it; return what its ledger said."""
    store = folder.open()
    sold = [sell(store, no) for no in range(12)]
    exchange(store, server, folder)
    store.journal.rotate_after(10, "fork")
    give_back(store, sold[3])
    exchange(store, server, folder)
    rows, given = store.ledger.tickets(TicketFilter()), store.ledger.given(sold[3].event_id)
    folder.close()
    return rows, sold[3].event_id, given


def bare(folder: Folder, name: str) -> Folder:
    """Give the folder of a new PC."""
    return Folder(folder.path.with_name(name), folder.clock, "machine-2", opens=50)


def opened_bare(folder: Folder) -> TillStore:
    """Open a folder without a journal of its own."""
    folder.opens += 1
    store = open_till(folder.path, clock=folder.clock, random_bytes=seeded_bytes(folder.opens), machine=folder.machine)
    folder.opened.append(store)
    return store


def fetched(store: TillStore, server: object) -> Fetched:
    told: list[tuple[int, int]] = []
    found = fetch(store.database, server, WHOSE, lambda done, whole: told.append((done, whole)))  # type: ignore[arg-type]
    assert told == sorted(told)
    store.ledger.rebuild([])
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "till")


def plain(rows: list[TicketRow]) -> list[TicketRow]:
    return sorted((replace(row, position=0) for row in rows), key=lambda row: row.event_id)


def test_a_lost_till_has_its_tickets_refunds_and_journals_again(folder: Folder) -> None:
    server = ModelServer()
    rows, given_of, given = lost(folder, server)
    new = bare(folder, "new")
    store = opened_bare(new)
    assert not recovery.has_open(store.database)
    found = fetched(store, server)
    assert found.entries == sum(map(len, server.chains.values()))
    assert plain(store.ledger.tickets(TicketFilter())) == plain(rows)
    assert store.ledger.given(given_of) == given
    assert found.last is not None
    store.journal.open(IDENTITY, "recover", (found.last.journal_id, found.last.seq, found.last.hash))
    assert not list(verify.chain(store))
    assert not list(verify.ledger(store))
    assert recovery.has_open(store.database)
    assert sell(store, 50).where.receipt not in {row.receipt for row in rows}
    exchange(store, server, new)
    new.close()


def test_what_was_cut_off_goes_on(folder: Folder) -> None:
    server = ModelServer()
    rows, *_ = lost(folder, server)
    new = bare(folder, "new")
    attempts = 0
    while True:
        store = opened_bare(new)
        attempts += 1
        try:
            fetch(store.database, Cut(server, 2), WHOSE, lambda _done, _whole: None)  # type: ignore[arg-type]
        except ServerUnavailable:
            new.close()
            continue
        break
    assert attempts > 2
    store.ledger.rebuild([])
    assert plain(store.ledger.tickets(TicketFilter())) == plain(rows)
    store.journal.open(IDENTITY, "recover")
    assert not list(verify.chain(store))
    new.close()


def changed(told: list[Entry]) -> list[Entry]:
    return [replace(one, body=one.body.replace("amina", "omar")) for one in told]


def another_hash(told: list[Entry]) -> list[Entry]:
    return [*told[:-1], replace(told[-1], hash=bytes(32))]


def another_end(told: list[Entry]) -> list[Entry]:
    """Seal the last one anew: it verifies, and is not what the server named."""
    last = told[-1]
    draft = Draft(last.event_id, last.kind, last.version, last.at_ms + 1, last.salt, last.body, last.text)
    return [*told[:-1], seal(last.journal_id, last.seq, last.prev_hash, draft)]


def another_till(told: list[Entry]) -> list[Entry]:
    if told[0].seq > 1:
        return told
    first = told[0]
    body = canonical({**parse(first.body), "till_id": "till-9"})
    draft = Draft(first.event_id, first.kind, first.version, first.at_ms, first.salt, body)
    return [seal(first.journal_id, 1, first.prev_hash, draft), *told[1:]]


@pytest.mark.parametrize("lie", [changed, another_hash, another_end, another_till, lambda told: told[1:]])
def test_what_does_not_verify_is_refused_and_not_kept(
    folder: Folder, lie: Callable[[list[Entry]], list[Entry]]
) -> None:
    server = Liar()
    lost(folder, server)
    server.lie = lie
    new = bare(folder, "new")
    store = opened_bare(new)
    with pytest.raises(RecoveryRefused):
        fetched(store, server)
    with store.database.read() as connection:
        (kept,) = connection.execute("SELECT count(*) FROM entry").fetchone()
    assert kept in (0, 7)  # whole batches that were right before the wrong one
    new.close()


def test_a_journal_that_stops_early_is_not_taken_for_whole(folder: Folder) -> None:
    server = Liar()
    lost(folder, server)
    server.lie = lambda _told: []
    new = bare(folder, "new")
    with pytest.raises(AnswerNotOurs):
        fetched(opened_bare(new), server)
    new.close()


def test_journals_are_asked_and_read() -> None:
    wire = {"journal_id": "j", "seq": 3, "hash": "00" * 32, "durable": 0}
    answered = {"server_id": SERVER, "journals": [wire], "nonce": "00" * NONCE_BYTES}
    found, talker = said(reply(200, answered), HttpServer.journals)
    assert found == [Head(SERVER, "j", 3, bytes(32), 0)]
    assert talker.heard[0].line.startswith("GET /v1/journals?nonce=")


def test_the_first_entry_must_open_a_journal(folder: Folder) -> None:
    first = seal("j", 1, FIRST_HASH, Draft("e", "staff.signed_in", 1, 1, b"s", '{"operator_id":"x"}'))
    store = opened_bare(folder)
    with pytest.raises(Damaged):
        recovery.take(store.database, WHOSE, "j", [first])
    assert recovery.reached(store.database, "j") == (0, FIRST_HASH)
    folder.close()
