"""The server's side of a day: counted once whatever the order and the journal, and beside it what tills told."""

from random import Random
from typing import Any

import pytest

from seraphine_pos.domain import day_proof
from seraphine_pos.domain.day_proof import TOLD_MAX, Fault, Marked, Verdict, differences, side_by_side
from seraphine_pos.domain.journal import Draft, Entry, parse
from seraphine_pos.domain.proof import Proof, Shares, mark_of, none_of
from seraphine_pos.domain.report import ReportQuery
from sync_server import app, proofs
from sync_server.errors import TooLarge
from sync_server.rebuild import rebuild
from sync_server.verify import verify
from tests.sync_server.caller import Caller
from tests.sync_server.shop import DAY, Shop, Till
from tests.sync_server.test_concurrency import run_all

NEXT_DAY = "2026-11-21"
BOTH = ReportQuery(DAY, NEXT_DAY)


def rung(entries: list[Entry]) -> list[Proof]:
    """Return the till's side of what it wrote."""
    shares = Shares()
    for one in entries:
        shares.add(one, parse(one.body))
    return [share.proof() for share in shares.rows()]


def busy(till: Till, seed: int = 1) -> list[Proof]:
    """Ring two days of tickets, push them in small batches, and return the till's side."""
    chance = Random(seed)
    for no in range(1, 40):
        day = chance.choice((DAY, NEXT_DAY))
        act = till.refund if chance.random() < 0.2 else till.sell
        act(*(chance.randrange(1, 9_000) for _ in range(chance.randrange(1, 4))), business_day=day, number=no)
        if chance.random() < 0.3:
            till.push()
    till.push()
    return rung(till.entries)


def problems(shop: Shop) -> list[str]:
    with shop.database.read() as connection:
        return verify(connection, shop.store_id).problems


def test_both_sides_are_equal_after_some_days(shop: Shop, till: Till) -> None:
    other = shop.till()
    mine, theirs = busy(till), busy(other, 2)
    found = till.server.proofs(BOTH)
    assert sorted(found.counted) == sorted([*mine, *theirs])
    assert till.server.proofs(ReportQuery(DAY, DAY, other.enrolment.till_id)).counted == (theirs[0],)
    assert found.labels == {till.enrolment.till_id: "A1", other.enrolment.till_id: "A2"}
    assert problems(shop) == []


def test_tickets_carried_over_into_another_journal_count_once(shop: Shop, till: Till) -> None:
    mine = busy(till)
    successor = Till(till.server, till.enrolment, "journal-2", till.clock, till.random_bytes)
    for one in reversed(till.entries):
        successor.write_raw(Draft(one.event_id, one.kind, one.version, one.at_ms, one.salt, one.body))
    successor.push()
    assert list(till.server.proofs(BOTH).counted) == mine
    with shop.server.write(shop.store_id, "test") as tx:
        rebuild(tx)
    assert list(till.server.proofs(BOTH).counted) == mine
    assert problems(shop) == []


def test_tills_that_push_at_once_take_nothing_from_each_other(shop: Shop) -> None:
    first = shop.till()
    same = [Till(first.server, first.enrolment, f"journal-{no}", first.clock, first.random_bytes) for no in range(4)]
    for till in same:
        for amount in range(1, 30):
            till.sell(amount)

    def push(till: Till) -> None:
        for start in range(0, len(till.entries), 3):
            till.push(till.entries[start : start + 3])

    run_all([lambda till=till: push(till) for till in same])  # type: ignore[misc]
    assert list(first.server.proofs(BOTH).counted) == rung([one for till in same for one in till.entries])


def test_a_ticket_in_quarantine_is_in_no_proof_and_named(shop: Shop, till: Till) -> None:
    good = [till.sell(100), till.sell(300)]
    bad = till.sell(200, total=999)
    till.push()
    found = till.server.proofs(BOTH)
    assert (list(found.counted), found.aside) == (rung(good), 1)
    day = till.server.day_tickets(till.enrolment.till_id, DAY, "")
    here = [Marked(one.event_id, "A1-7QK-000001", _mark(one)) for one in till.entries]
    told = differences(here, day.tickets, waiting=(), aside=day.aside)
    assert [(one.event_id, one.fault) for one in told] == [(bad.event_id, Fault.ASIDE)]


def test_a_ticket_that_the_server_lost_is_named(shop: Shop, till: Till) -> None:
    entries = [till.sell(amount) for amount in (100, 200, 300)]
    till.push()
    lost = entries[1].event_id
    with shop.database.write() as connection:
        connection.exec_driver_sql(f"DELETE FROM sales WHERE event_id = '{lost}'")
    assert problems(shop) == ["3 tickets were told, 2 are listed: run seraphine-server rebuild"]
    day = till.server.day_tickets(till.enrolment.till_id, DAY, "")
    here = [Marked(one.event_id, "A1-7QK-000001", _mark(one)) for one in entries]
    assert [one.event_id for one in differences(here, day.tickets, waiting=(), aside=day.aside)] == [lost]
    rest = till.server.day_tickets(till.enrolment.till_id, DAY, day.tickets[0].event_id)
    assert rest.tickets == day.tickets[1:]


def test_verify_finds_a_proof_that_was_changed_and_rebuild_mends_it(shop: Shop, till: Till) -> None:
    busy(till)
    with shop.database.write() as connection:
        connection.exec_driver_sql(f"UPDATE proofs SET p3 = p3 + 1 WHERE day = '{DAY}'")
    till_id = till.enrolment.till_id
    wrong = f"the proof of {DAY} till {till_id} differs from the journals: run seraphine-server rebuild"
    assert problems(shop) == [wrong]
    with shop.server.write(shop.store_id, "test") as tx:
        rebuild(tx)
    assert problems(shop) == []


def test_what_a_till_told_stands_beside_what_was_counted(shop: Shop, till: Till) -> None:
    other = shop.till()
    mine = busy(till)
    till.server.tell(mine)
    other.server.tell([none_of(DAY, "whoever")._replace(tickets=3)])
    verdicts = {(one.day, one.label): one.verdict for one in side_by_side(till.server.proofs(BOTH))}
    assert verdicts == {
        (DAY, "A1"): Verdict.EQUAL,
        (NEXT_DAY, "A1"): Verdict.EQUAL,
        (DAY, "A2"): Verdict.DIFFERENT,
    }
    till.sell(100, business_day=DAY, number=99)
    till.push()
    [since] = [one for one in side_by_side(till.server.proofs(ReportQuery(DAY, DAY))) if one.label == "A1"]
    assert (since.verdict, since.told_at_ms, since.differences) == (Verdict.SINCE, shop.clock.now_ms(), None)
    till.server.tell(rung(till.entries))
    assert next(one.verdict for one in side_by_side(till.server.proofs(ReportQuery(DAY, DAY)))) is Verdict.EQUAL


def test_told_proofs_outlive_a_rebuild(shop: Shop, till: Till) -> None:
    till.server.tell(busy(till))
    with shop.server.write(shop.store_id, "test") as tx:
        rebuild(tx)
    assert [one.same for one in till.server.proofs(BOTH).told] == [True, True]


def test_no_till_tells_more_than_some_hundred_days_at_once(shop: Shop, till: Till) -> None:
    with pytest.raises(TooLarge), shop.server.write(shop.store_id, "test") as tx:
        proofs.tell(tx, "till-1", [none_of(DAY, "till-1")] * (TOLD_MAX + 1))
    till.server.tell([])
    assert till.server.proofs(BOTH).told == ()


def test_the_same_over_http(shop: Shop, till: Till) -> None:
    client = Caller(app.build(shop.server))
    enrolled = client.post("/v1/enrol", json={"code": shop.first_code, "machine": "m"}).json()
    key = {"authorization": f"Bearer {enrolled['device_key']}"}
    mine = busy(till)
    told = [{"day": "1970-01-01", "tickets": 1, "net": -5, "digest": "0" * 64}]
    assert client.post("/v1/proofs", json={"proofs": told}, headers=key).status_code == 200
    days = {"start": DAY, "end": NEXT_DAY}
    wire: dict[str, Any] = client.get("/v1/proofs", params=days, headers=key).json()
    assert list(day_proof.from_wire(wire).counted) == mine
    asked = {"till": till.enrolment.till_id, "day": DAY}
    wire = client.get("/v1/proofs/tickets", params=asked, headers=key).json()
    assert day_proof.tickets_from_wire(wire) == till.server.day_tickets(till.enrolment.till_id, DAY, "")
    assert [row["till_id"] for row in shop.rows("told")] == [enrolled["till_id"]]
    assert client.get("/v1/proofs/tickets", params={**asked, "day": "x"}, headers=key).status_code == 422
    for change in ({"day": "hier"}, {"day": "2026-02-30"}, {"tickets": -1}, {"net": 1 << 63}, {"digest": "A" * 64}):
        answer = client.post("/v1/proofs", json={"proofs": [{**told[0], **change}]}, headers=key)
        assert answer.status_code == 400, change


def _mark(entry: Entry) -> str:
    return mark_of(entry.kind, entry.event_id, entry.digest).hex()
