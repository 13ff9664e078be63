"""The real till and the real server over some days: both sides hold the same, and a planted difference is named."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from seraphine_pos.domain.day_proof import DayProof, Fault, Verdict
from seraphine_pos.domain.refusal import NotAllowed, ServerUnavailable
from seraphine_pos.domain.report import ReportQuery
from seraphine_pos.domain.sale import Ticket
from seraphine_pos.domain.staff import Operator, Role
from seraphine_pos.store.till import TillStore
from seraphine_pos.sync.engine import Engine
from seraphine_pos.sync.tell import EVERY_MS, Tell
from seraphine_pos.till.proofs import Compared, Proofs
from seraphine_pos.till.session import Session
from sync_server.rebuild import rebuild
from sync_server.store_server import DeviceServer
from tests.store.folder import DAY, Folder, give_back, sell
from tests.sync_server.shop import Shop

DAYS = (DAY, "2026-03-15", "2026-03-16")
ALL = ReportQuery(DAYS[0], DAYS[-1])
OWNER = Operator("omar", "Omar", Role.OWNER)


class Scene:
    """A till on a disk, the server it sends to, and an owner who looks at both."""

    def __init__(self, shop: Shop, path: Path) -> None:
        device = shop.till().server
        self.shop = shop
        self.server: DeviceServer = replace(device, device=replace(device.device, till_id="till-1"))
        self.folder = Folder(path / "till", shop.clock)
        self.session = Session()
        self.session.operator = OWNER
        self.open()

    def open(self) -> TillStore:
        self.folder.close()
        self.store = store = self.folder.open()
        self.tell = Tell(
            store.ledger, store.journal, self.server, self.shop.clock, lambda: store.mirror.state().feed_id
        )
        self.engine = Engine(store.journal, store.mirror, self.server, self.shop.clock, tell=self.tell)
        self.proofs = Proofs(store.ledger, self.session, self.server)
        return store

    def exchange(self) -> None:
        assert self.engine.run_once().problem is None

    def days(self) -> list[DayProof]:
        found = self.proofs.days(ALL)
        assert found.compared
        return list(found.days)

    def spoil(self, statement: str) -> None:
        with self.shop.database.write() as connection:
            connection.exec_driver_sql(statement)


@pytest.fixture
def scene(shop: Shop, tmp_path: Path) -> Iterator[Scene]:
    made = Scene(shop, tmp_path)
    yield made
    made.folder.close()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_both_sides_are_equal_after_some_days_of_troubles(scene: Scene, seed: int) -> None:
    chance = Random(seed)
    rung = 0
    for day in DAYS:
        sold: list[Ticket] = []
        for _ in range(chance.randrange(10, 20)):
            scene.shop.clock.pass_ms(30_000)
            if sold and chance.random() < 0.2:
                give_back(scene.store, sold.pop(), day=day)
            else:
                sold.append(sell(scene.store, chance.randrange(1, 5), day=day))
            rung += 1
            if chance.random() < 0.3:
                scene.exchange()
            if chance.random() < 0.1:
                scene.store.journal.rotate_after(scene.store.journal.state().acked_seq, "fork")
            if chance.random() < 0.1:
                scene.open().ledger.rebuild()
            if chance.random() < 0.1:
                with scene.shop.server.write(scene.shop.store_id, "test") as tx:
                    rebuild(tx)
    scene.exchange()
    days = scene.days()
    assert [(one.day, one.verdict) for one in days] == [(day, Verdict.EQUAL) for day in reversed(DAYS)]
    assert sum(one.rung.tickets for one in days if one.rung) == rung
    scene.shop.clock.pass_ms(EVERY_MS)
    scene.exchange()
    told = scene.server.proofs(ALL).told
    assert [(one.proof, one.same) for one in told] == [(one.rung, True) for one in reversed(days)]


def test_what_has_not_been_sent_yet_is_no_fault(scene: Scene) -> None:
    sell(scene.store)
    scene.exchange()
    waiting = sell(scene.store, 2)
    (day,) = scene.days()
    assert day.verdict is Verdict.WAITING
    assert [(one.receipt, one.fault) for one in day.differences or ()] == [(waiting.where.receipt, Fault.WAITING)]


def test_a_ticket_that_either_side_lacks_is_named(scene: Scene) -> None:
    sold = [sell(scene.store, no) for no in (1, 2, 3)]
    scene.exchange()
    assert [one.verdict for one in scene.days()] == [Verdict.EQUAL]
    scene.spoil(f"DELETE FROM events WHERE event_id = '{sold[1].event_id}'")
    with scene.shop.server.write(scene.shop.store_id, "test") as tx:
        rebuild(tx)
    assert [one.verdict for one in scene.days()] == [Verdict.EQUAL]
    scene.spoil(f"DELETE FROM sales WHERE event_id = '{sold[1].event_id}'")
    scene.spoil("UPDATE proofs SET tickets = tickets - 1, p0 = p0 - 1")
    (day,) = scene.days()
    assert (day.verdict, day.counted and day.counted.tickets) == (Verdict.DIFFERENT, 2)
    assert [(one.receipt, one.fault) for one in day.differences or ()] == [(sold[1].where.receipt, Fault.NOT_THERE)]


def test_a_till_that_was_put_back_lacks_what_the_server_has(scene: Scene) -> None:
    sell(scene.store)
    scene.exchange()
    scene.folder.close()
    older = scene.folder.copy_to(scene.folder.path.with_name("older"))
    scene.open()
    lost = sell(scene.store, 2)
    scene.exchange()
    scene.folder.close()
    scene.folder = older
    scene.open()
    sell(scene.store, 3)
    scene.exchange()
    (day,) = scene.days()
    assert day.verdict is Verdict.DIFFERENT
    assert [(one.receipt, one.fault) for one in day.differences or ()] == [(lost.where.receipt, Fault.NOT_HERE)]


def test_totals_that_differ_although_every_ticket_is_the_same_are_not_explained_away(scene: Scene) -> None:
    sell(scene.store)
    scene.exchange()
    scene.spoil("UPDATE proofs SET net = net + 1")
    (day,) = scene.days()
    assert (day.verdict, day.differences) == (Verdict.DIFFERENT, ())


def test_without_the_server_a_till_shows_its_own_side(scene: Scene) -> None:
    sell(scene.store)

    class Away:
        def proofs(self, query: ReportQuery) -> object:
            raise ServerUnavailable(reason="coupé")

    found = Proofs(scene.store.ledger, scene.session, Away()).days(ALL)  # type: ignore[arg-type]
    assert found == Compared(
        (DayProof(DAY, "till-1", "A1", scene.store.ledger.proofs()[0], None),), compared=False, aside_here=0
    )
    assert scene.proofs.own(ALL) == found
    scene.session.operator = Operator("amina", "Amina", Role.CASHIER)
    with pytest.raises(NotAllowed):
        scene.proofs.days(ALL)


def test_a_side_is_told_when_it_has_changed_and_nothing_waits(scene: Scene) -> None:
    sell(scene.store)
    scene.exchange()
    first = scene.server.proofs(ALL).told
    sell(scene.store, 2)
    scene.exchange()
    assert scene.server.proofs(ALL).told == first
    scene.shop.clock.pass_ms(EVERY_MS)
    sell(scene.store, 3)
    assert scene.tell.due
    assert scene.tell.step() is False
    assert scene.server.proofs(ALL).told == first
    scene.exchange()
    (told,) = scene.server.proofs(ALL).told
    assert (told.proof.tickets, told.same) == (3, True)
    assert not scene.tell.due
