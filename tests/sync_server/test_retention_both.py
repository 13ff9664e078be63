"""The real till and the real server grow old together: each empties its own, and a lost till comes back from stones."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from seraphine_pos.domain.journal import FIRST_HASH
from seraphine_pos.domain.refund import Given
from seraphine_pos.domain.report import ReportQuery
from seraphine_pos.domain.retention import rules
from seraphine_pos.domain.sale import Ticket
from seraphine_pos.store import checkpoint, purge, recovery
from seraphine_pos.store import verify as till_verify
from seraphine_pos.store.opening import open_till
from seraphine_pos.store.recovery import Whose
from seraphine_pos.store.till import TillStore
from seraphine_pos.sync.engine import Engine
from seraphine_pos.sync.recovery import fetch
from sync_server.purge import retention
from sync_server.purge.retention import Wish
from sync_server.rebuild import rebuild
from sync_server.verify import verify
from tests.fakes.clock import seeded_bytes
from tests.store.folder import IDENTITY, Folder, give_back, sell
from tests.sync_server.shop import Shop
from tests.sync_server.test_both_sides import Scene

DAY_MS = 24 * 3_600_000
OLD, YOUNG = ("2026-11-22", "2026-11-23"), "2028-01-05"
WHOLE = ReportQuery("2026-01-01", "2029-12-31")


@pytest.fixture
def scene(shop: Shop, tmp_path: Path) -> Iterator[Scene]:
    made = Scene(shop, tmp_path)
    yield made
    made.folder.close()


def sold_on(scene: Scene, day: str) -> list[Ticket]:
    """Sell three pieces on a day, give one back, and end the day."""
    tickets = [sell(scene.store, no, day=day, note="zorglub") for no in range(1, 4)]
    give_back(scene.store, tickets[1], day=day)
    with scene.store.journal.action() as action:
        checkpoint.record(action)
    scene.exchange()
    scene.shop.clock.pass_ms(DAY_MS)
    return tickets


def back_up(shop: Shop) -> None:
    with shop.database.write() as connection:
        connection.exec_driver_sql("UPDATE journals SET durable = seq")


def purge_server(scene: Scene, archive: Path) -> int:
    shop = scene.shop
    archive.mkdir(exist_ok=True)
    return retention.purge(
        shop.database, shop.store_id, lambda: shop.server.write(shop.store_id, "purge"), shop.clock.now_ms(),
        Wish(archive, preset="all"),
    ).emptied  # fmt: skip


def books(scene: Scene) -> list[str]:
    with scene.shop.database.read() as connection:
        return verify(connection, scene.shop.store_id).problems


def recovered(scene: Scene, name: str) -> tuple[Folder, TillStore]:
    """Make the till again on another PC, from what the server holds."""
    new = Folder(scene.folder.path.with_name(name), scene.shop.clock, "machine-2", opens=50)
    new.opens += 1
    store = open_till(new.path, clock=new.clock, random_bytes=seeded_bytes(new.opens), machine=new.machine)
    new.opened.append(store)
    whose = Whose(IDENTITY.store_id, IDENTITY.till_id, IDENTITY.till_label)
    found = fetch(store.database, scene.server, whose, lambda _done, _whole: None)
    store.ledger.rebuild([])
    assert found.last is not None
    store.journal.open(IDENTITY, "recover", (found.last.journal_id, found.last.seq, found.last.hash))
    return new, store


def test_a_till_is_made_again_from_a_server_that_has_emptied_its_past(scene: Scene, tmp_path: Path) -> None:
    old = [ticket for day in OLD for ticket in sold_on(scene, day)]
    scene.shop.clock.pass_ms(410 * DAY_MS)
    young = sold_on(scene, YOUNG)
    back_up(scene.shop)
    before, days = scene.server.report(WHOLE), scene.server.proofs(WHOLE).counted
    assert purge_server(scene, tmp_path / "archive") > len(old)
    assert (scene.server.report(WHOLE), scene.server.proofs(WHOLE).counted) == (before, days)
    new, store = recovered(scene, "new")
    assert [*till_verify.chain(store), *till_verify.ledger(store)] == []
    # What can still be known is known; what was emptied cannot be found, and is given back with an owner's word.
    assert all(store.ledger.ticket(ticket.where.receipt) is None for ticket in old)
    assert store.ledger.ticket(young[0].where.receipt) is not None
    line = young[1].lines[0]
    assert store.ledger.given(young[1].event_id) == {line.no: Given(line.quantity, line.amount, line.tax)}
    taken = {ticket.where.receipt for ticket in (*old, *young)}
    fresh = sell(store, 9, day=YOUNG)
    assert fresh.where.receipt not in taken
    assert fresh.where.receipt.split("-")[1] not in {one.split("-")[1] for one in taken}
    assert Engine(store.journal, store.mirror, scene.server, scene.shop.clock).run_once().problem is None
    assert recovery.reached(store.database, store.journal.journals()[0])[1] != FIRST_HASH
    after = {cell.day: cell for cell in scene.server.report(WHOLE).cells if cell.facet == "total"}
    assert {day: after[day] for day in OLD} == {
        cell.day: cell for cell in before.cells if cell.facet == "total" and cell.day in OLD
    }
    assert books(scene) == []
    with scene.shop.server.write(scene.shop.store_id, "test") as tx:
        rebuild(tx)
    assert books(scene) == []
    assert list(till_verify.against(store, scene.server)) == []
    new.close()


def test_each_side_empties_its_own_and_the_days_stay_equal(scene: Scene, tmp_path: Path) -> None:
    for day in OLD:
        sold_on(scene, day)
    back_up(scene.shop)
    scene.shop.clock.pass_ms(300 * DAY_MS)
    last = scene.store.journal.state().seq
    for _ in range(35):
        scene.store.journal.acknowledge(last, last)
        scene.shop.clock.pass_ms(3 * DAY_MS)
    scene.exchange()
    now_ms = scene.shop.clock.now_ms()
    till_report = scene.store.ledger.report(WHOLE)
    gone = purge.purge(scene.store, rules(now_ms, 12, "all"), now_ms)
    assert gone.emptied > 0
    scene.exchange()
    assert purge_server(scene, tmp_path / "archive") == gone.emptied
    assert scene.store.ledger.report(WHOLE).cells == till_report.cells
    found = scene.proofs.days(WHOLE)
    assert [(one.day, one.verdict.value) for one in found.days] == [(day, "equal") for day in reversed(OLD)]
    assert books(scene) == []
    assert [*till_verify.chain(scene.store), *till_verify.ledger(scene.store)] == []
    assert list(till_verify.against(scene.store, scene.server)) == []
