"""What was typed over HTTP stands in no journal, and is archived and emptied all the same, on both databases."""

from pathlib import Path

import pytest

from seraphine_pos.domain.event import Kind
from seraphine_pos.domain.feedback import Message, Scope, Sentiment
from sync_server import feedback, flags
from sync_server.purge import purge_archive
from tests.sync_server.aged import CANARY, DAY_MS, Aged
from tests.sync_server.shop import OWNER, Shop, Till


@pytest.fixture
def aged(shop: Shop, till: Till, tmp_path: Path) -> Aged:
    made = Aged(shop, till, tmp_path / "archive")
    made.day("2026-11-20", 100, 250)
    made.day("2026-11-21", 300)
    made.back_up()
    shop.clock.pass_ms(400 * DAY_MS)
    return made


def test_words_of_pages_go_too_and_what_was_decided_stays(aged: Aged) -> None:
    shop = aged.shop
    sale_id, other = [str(row["event_id"]) for row in shop.rows("sales")[:2]]
    shop.clock.pass_ms(-400 * DAY_MS)
    message = Message(Scope.SALES_LOG, Sentiment.NEUTRAL, f"Trop cher {CANARY}")
    with shop.server.write(shop.store_id, OWNER) as tx:
        event_id = feedback.submit(tx, message, OWNER)["event_id"]
        flags.put(tx, sale_id, f"Deux fois {CANARY}", OWNER)
        flags.put(tx, other, f"Avant {CANARY}", OWNER)
        flags.clear(tx, other, OWNER)
    shop.clock.pass_ms(400 * DAY_MS)
    with shop.server.write(shop.store_id, OWNER) as tx:
        flags.put(tx, other, "encore utile", OWNER)
    rev = aged.till.pull().rev
    purged = aged.purge("all")
    assert sorted(one.where for one in purged.survey.loose) == ["audit", "audit", "feedback", "flag"]
    assert purged.archive is not None
    manifest, wrong = purge_archive.check(purged.archive, aged.key)
    assert (manifest.loose, wrong) == (4, ())
    table = (purged.archive / purge_archive.TABLE).read_text("utf-8-sig")
    assert [table.count(word) for word in ("Trop cher", "Deux fois", "Avant", "encore utile")] == [1, 2, 1, 0]
    for name in ("feedback", "documents", "audit", "purges"):
        assert CANARY not in str(shop.rows(name)), name
    mirror = aged.till.mirror()
    assert (mirror["flag", sale_id]["state"], mirror["flag", sale_id]["reason"]) == ("open", "")
    assert mirror["flag", other]["reason"] == "encore utile"
    assert mirror["feedback", str(event_id)]["state"] == "new"
    assert aged.till.pull().rev > rev
    assert aged.problems() == []
    assert aged.purge("all").survey.count == 0


def test_a_till_s_flag_keeps_its_reason_while_no_backup_holds_its_entry(aged: Aged) -> None:
    sale_id = str(aged.shop.rows("sales")[0]["event_id"])
    aged.till.write(Kind.SALE_FLAGGED, {"sale_id": sale_id, "operator_id": OWNER}, text=CANARY)
    aged.till.push()
    aged.shop.clock.pass_ms(400 * DAY_MS)
    assert aged.purge("all").survey.loose == ()
    assert aged.till.mirror()["flag", sale_id]["reason"] == CANARY
    aged.back_up()
    aged.purge("all")
    assert aged.till.mirror()["flag", sale_id]["reason"] == ""
