"""Old entries are emptied on both databases: archived first, totals and chains unchanged, and no word left anywhere."""

import gzip
import json
import random
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from seraphine_pos.domain.checkpoint import Checkpoint
from seraphine_pos.domain.event import Kind
from seraphine_pos.domain.protocol import entry_from_wire
from seraphine_pos.domain.retention import MONTHS, PRESETS
from sync_server.database import Database
from sync_server.errors import Unauthenticated
from sync_server.purge import purge_archive, retention
from sync_server.purge.purge_archive import ArchiveDamaged, ArchiveFailed
from sync_server.purge.retention import Wish
from sync_server.purge.scrub import scrub
from sync_server.rights import staff
from sync_server.rights.staff import StaffChange
from sync_server.transaction import Transaction
from sync_server.verify import verify
from tests.sync_server.aged import CANARY, DAY_MS, Aged
from tests.sync_server.shop import CASHIER, OWNER, Shop, Till

FOLDED = ("events", "sales", "rollups", "proofs", "quarantine")


class Killed(BaseException):
    """The process ended here."""


@pytest.fixture
def aged(shop: Shop, till: Till, tmp_path: Path) -> Aged:
    made = Aged(shop, till, tmp_path / "archive")
    made.day("2026-11-20", 100, 250)
    made.day("2026-11-21", 300)
    made.back_up()
    shop.clock.pass_ms(400 * DAY_MS)
    return made


def folded(aged: Aged) -> dict[str, list[str]]:
    return {table: sorted(str(row) for row in aged.shop.rows(table)) for table in FOLDED}


def test_nothing_is_due_while_it_is_young(shop: Shop, till: Till, tmp_path: Path) -> None:
    aged = Aged(shop, till, tmp_path / "archive")
    aged.day("2026-11-20", 100)
    aged.back_up()
    shop.clock.pass_ms(300 * DAY_MS)
    assert aged.purge("all").survey.count == 0
    assert list(aged.archive.iterdir()) == []
    assert shop.rows("purges") == []


def test_words_feedback_and_technical_entries_go_and_sales_stay(aged: Aged) -> None:
    before, entries = aged.figures(), aged.stored()
    purged = aged.purge()
    assert (purged.emptied, purged.scrubbed) == (4, True)
    assert [one.classes for one in purged.survey.journals] == [{"technical": 2, "feedback": 2}]
    after = aged.stored()
    gone = {Kind.STAFF_SIGNED_IN, Kind.FEEDBACK_SUBMITTED}
    for one, other in zip(entries, after, strict=True):
        emptied = {**one, "body": b"", "salt": b"", "text": None}
        assert other == (emptied if one["kind"] in gone else one)
    assert aged.figures() == before
    assert {row["message"] for row in aged.shop.rows("feedback")} == {""}
    assert aged.problems() == []
    assert aged.purge().emptied == 0


@pytest.mark.parametrize("preset", ["keep", "all"])
def test_the_days_stay_as_they_were_through_verify_rebuild_and_new_sales(aged: Aged, preset: str) -> None:
    aged.day("2026-11-21", 700)  # one more for a day that is about to be frozen
    aged.shop.clock.pass_ms(-DAY_MS)
    before, tables = aged.figures(), folded(aged)
    aged.purge(preset)
    assert aged.problems() == []
    assert (aged.figures(), folded(aged)) == (before, tables)
    aged.rebuild()
    assert aged.problems() == []
    assert (aged.figures(), folded(aged)) == (before, tables)
    aged.day("2026-11-21", 40)
    assert aged.problems() == []
    later = folded(aged)
    aged.rebuild()
    assert folded(aged) == later


def test_nothing_above_the_newest_verified_backup_goes(aged: Aged) -> None:
    first = next(one.seq for one in aged.till.entries if one.kind == Kind.CHECKPOINT)
    aged.back_up(first)
    assert aged.purge("all").emptied == first - 1
    assert [row["seq"] for row in aged.stored() if not row["body"]] == list(range(1, first))
    aged.back_up(0)
    assert aged.purge("all").emptied == 0


def test_what_no_checkpoint_follows_stays_but_for_its_words(aged: Aged) -> None:
    aged.till.write(Kind.STAFF_SIGNED_IN, {"operator_id": CASHIER})
    aged.till.write(Kind.SALE_FLAGGED, {"sale_id": "s", "operator_id": OWNER}, text=CANARY)
    aged.till.push()
    aged.back_up()
    aged.shop.clock.pass_ms(400 * DAY_MS)
    purged = aged.purge("all")
    assert purged.survey.journals[0].plan.tail == 2
    *_, signed, flagged = aged.stored()
    assert signed["body"]
    assert flagged["body"]
    assert flagged["text"] is None
    assert aged.problems() == []


def test_a_segment_that_does_not_agree_with_its_checkpoint_stays(shop: Shop, till: Till, tmp_path: Path) -> None:
    aged = Aged(shop, till, tmp_path / "archive")
    till.sell(100)
    aged.checkpoint(Checkpoint(1, 1, 0, 999, 0, 999))
    till.push()
    aged.back_up()
    shop.clock.pass_ms(500 * DAY_MS)
    purged = aged.purge("all")
    assert purged.emptied == 0
    (said,) = purged.survey.problems
    assert "entries 1 to 2 stay: the checkpoint does not agree" in said
    assert any("entry 2: the checkpoint does not agree" in one for one in aged.problems())


def test_what_is_in_quarantine_stays_with_its_whole_segment(shop: Shop, till: Till, tmp_path: Path) -> None:
    aged = Aged(shop, till, tmp_path / "archive")
    till.write("sale.dreamt", {"total": 5}, text=CANARY)
    aged.day("2026-11-20", 100)
    aged.back_up()
    shop.clock.pass_ms(500 * DAY_MS)
    purged = aged.purge("all")
    assert (purged.emptied, purged.survey.journals[0].plan.held_back) == (1, 1)  # the word in the feedback
    assert aged.stored()[0]["text"] is not None


def test_no_word_is_left_in_any_table_or_file(aged: Aged, tmp_path: Path) -> None:
    def files() -> bytes:
        return b"".join(path.read_bytes() for path in tmp_path.glob("server.db*"))

    assert CANARY in str(aged.shop.rows("feedback"))
    assert (CANARY.encode() in files()) == (aged.shop.database.dialect == "sqlite")
    aged.purge()
    for table in ("entries", "feedback", "documents", "purges", "audit", "quarantine", "conflicts"):
        assert CANARY not in str(aged.shop.rows(table)), table
        assert CANARY.encode().hex() not in str(aged.shop.rows(table)), table
    assert CANARY.encode() not in files()


def test_the_files_are_written_anew_when_their_time_has_come(aged: Aged) -> None:
    assert aged.purge(scrub_after_ms=DAY_MS).scrubbed
    assert '"scrubbed":false' in str(aged.shop.rows("purges")[0]["manifest"])
    aged.shop.clock.pass_ms(DAY_MS)
    shop, cleaned = aged.shop, [False, True]
    for done in (False, True):
        again = retention.purge(
            shop.database, shop.store_id, lambda: shop.server.write(shop.store_id, "purge"), shop.clock.now_ms(),
            Wish(aged.archive, scrub_after_ms=DAY_MS), cleaner=lambda _database: cleaned.pop(0),
        )  # fmt: skip
        assert (again.emptied, again.scrubbed) == (0, done)
    assert '"scrubbed":true' in str(shop.rows("purges")[0]["manifest"])


def test_the_archive_holds_all_that_went_and_its_signature(aged: Aged) -> None:
    entries = [replace(one) for one in aged.till.entries]
    purged = aged.purge()
    assert purged.archive is not None
    manifest, wrong = purge_archive.check(purged.archive, aged.key)
    assert wrong == ()
    (held,) = manifest.journals
    assert (held.till, held.entries, held.emptied, held.words) == ("A1", len(entries), 4, 0)
    with gzip.open(purged.archive / held.file, "rt", encoding="utf-8") as lines:
        assert [entry_from_wire(held.journal_id, json.loads(line)) for line in lines] == entries
    table = (purged.archive / purge_archive.TABLE).read_text("utf-8-sig")
    assert table.count(CANARY) == 2
    assert table.count("\n") == 5
    (row,) = aged.shop.rows("purges")
    assert (row["entries"], row["preset"]) == (4, "keep")
    assert json.loads(str(row["manifest"]))["archive"] == purged.archive.name


def test_a_changed_archive_is_found(aged: Aged, tmp_path: Path) -> None:
    folder = aged.purge().archive
    assert folder is not None
    for name in sorted(path.name for path in folder.iterdir()):
        for spoil in (_flip, Path.unlink):
            copy = tmp_path / "copy"
            shutil.copytree(folder, copy)
            spoil(copy / name)
            try:
                _, wrong = purge_archive.check(copy, aged.key)
            except ArchiveDamaged:
                wrong = ("unreadable",)
            assert wrong, name
            shutil.rmtree(copy)
    assert purge_archive.check(folder, aged.key)[1] == ()


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def test_another_key_is_not_this_server_s(aged: Aged) -> None:
    folder = aged.purge().archive
    assert folder is not None
    assert purge_archive.check(folder, b"x" * 32)[1] == ("the manifest was not signed with this server's key",)
    assert purge_archive.check(folder, aged.key)[1] == ()


def test_where_no_archive_can_be_written_nothing_is_emptied(aged: Aged) -> None:
    before = aged.stored()
    aged.archive.rmdir()
    with pytest.raises(ArchiveFailed, match="plugged in"):
        aged.purge()
    assert not aged.archive.exists(), "a folder in its place would lie on the disk of the data"
    aged.archive.write_text("a file stands here")
    with pytest.raises(ArchiveFailed, match="plugged in"):
        aged.purge()
    assert aged.stored() == before
    assert aged.shop.rows("purges") == []


@pytest.mark.parametrize("step", [1, 2, 3, 7])
def test_killed_anywhere_nothing_is_lost_and_the_next_one_ends_it(aged: Aged, step: int) -> None:
    aged.till.write(Kind.SALE_FLAGGED, {"sale_id": "s", "operator_id": OWNER}, text=CANARY)
    aged.till.push()
    aged.back_up()
    aged.shop.clock.pass_ms(400 * DAY_MS)
    before, entries = aged.figures(), {one.seq: one for one in aged.till.entries}
    steps = iter(range(1, 100))

    def perhaps(at: int) -> None:
        if at == step:
            raise Killed

    @contextmanager
    def opened() -> Iterator[Transaction]:
        perhaps(next(steps))
        with aged.shop.server.write(aged.shop.store_id, "purge") as tx:
            yield tx
            perhaps(next(steps))

    def cleaner(database: Database) -> bool:
        perhaps(next(steps))
        return scrub(database)

    wish = Wish(aged.archive, preset="all")
    shop = aged.shop
    with pytest.raises(Killed):
        retention.purge(shop.database, shop.store_id, opened, shop.clock.now_ms(), wish, cleaner=cleaner)
    assert aged.figures() == before
    assert aged.problems() == []
    _all_is_there_or_archived(aged, entries)
    again = aged.purge("all")
    assert again.scrubbed
    assert aged.figures() == before
    assert aged.problems() == []
    _all_is_there_or_archived(aged, entries)
    assert aged.purge("all").survey.count == 0
    assert {json.loads(str(row["manifest"]))["scrubbed"] for row in shop.rows("purges")} == {True}


def _all_is_there_or_archived(aged: Aged, entries: dict[int, Any]) -> None:
    """Every entry is whole, in the database or in an archive that verifies."""
    held: dict[int, Any] = {}
    for folder in aged.archive.iterdir():
        manifest, wrong = purge_archive.check(folder, aged.key)
        assert wrong == ()
        for one in manifest.journals:
            with gzip.open(folder / one.file, "rt", encoding="utf-8") as lines:
                found = [entry_from_wire(one.journal_id, json.loads(line)) for line in lines]
            held |= {entry.seq: entry for entry in found if entry == entries[entry.seq]}
    for row in aged.stored():
        seq = int(str(row["seq"]))
        is_whole = bytes(row["body"]).decode() == entries[seq].body and (  # type: ignore[call-overload]
            row["text"] is not None or entries[seq].text is None
        )
        assert is_whole or seq in held


def test_what_was_emptied_travels_as_stones_and_is_not_counted_again(aged: Aged) -> None:
    before = aged.figures()
    aged.purge("all")
    stones = aged.till.server.entries(aged.till.journal_id, 0)
    assert [one.hash for one in stones] == [one.hash for one in aged.till.entries]
    kept = [one.kind for one in stones if not one.blanked]
    assert set(kept) == {Kind.CHECKPOINT}
    twin = aged.shop.till()
    for one in aged.till.entries[:3]:
        twin.write_raw(replace_draft(one))
    twin.push()
    assert aged.figures()[0] == before[0]
    aged.rebuild()
    assert aged.figures()[0] == before[0]
    assert aged.problems() == []


def replace_draft(entry: Any) -> Any:
    """Return an entry as it would be carried over into another journal."""
    from seraphine_pos.domain.journal import Draft

    return Draft(entry.event_id, entry.kind, entry.version, entry.at_ms, entry.salt, entry.body, entry.text)


def run_plans(aged: Aged, seed: int, rounds: int) -> int:
    """Sell, back up, wait and purge at random; return how many entries were emptied without a promise broken."""
    chance = random.Random(seed)
    emptied, held = 0, max((int(str(row["seq"])) for row in aged.stored() if not row["body"]), default=0)
    for number in range(rounds):
        amounts = [chance.randrange(1, 500) for _ in range(chance.randrange(3))]
        if chance.random() < 0.7:
            aged.day(f"2027-01-{number % 28 + 1:02d}", *amounts, words=chance.random() < 0.7)
        else:
            for amount in amounts:
                aged.till.sell(amount, business_day=f"2027-01-{number % 28 + 1:02d}")
            aged.till.push(aged.till.entries[-400:])
        if chance.random() < 0.3:
            quote(aged)
        held = chance.randint(held, len(aged.till.entries))
        aged.back_up(held)
        aged.shop.clock.pass_ms(chance.randrange(500) * DAY_MS)
        before = aged.figures()
        preset = chance.choice(sorted(PRESETS))
        emptied += aged.purge(preset, scrub_after_ms=1 << 60).emptied
        with aged.shop.database.read() as connection:
            wanted = retention.rules_of(aged.shop.clock.now_ms(), MONTHS, preset)
            assert retention.survey(connection, aged.shop.store_id, wanted).count == 0, number
        if chance.random() < 0.3:
            aged.rebuild()
        assert aged.figures() == before, number
        assert aged.problems() == [], number
        stored = aged.stored()
        assert [row["hash"] for row in stored] == [one.hash for one in aged.till.entries]
        assert all(int(str(row["seq"])) <= held for row in stored if not row["body"])
    return emptied


def quote(aged: Aged) -> None:
    """Let rows beside the journals quote people."""
    shop = aged.shop
    for name in (f"Salma {CANARY}", "Salma"):
        with shop.server.write(shop.store_id, OWNER) as tx:
            staff.change(tx, CASHIER, StaffChange(name=name))
    with suppress(Unauthenticated):
        shop.server.take_insight({}, CANARY.encode())
    aged.till.propose("staff", CASHIER, 0, {"name": f"Selma {CANARY}"})
    aged.till.push(aged.till.entries[-400:])


def test_random_plans_keep_every_promise(aged: Aged) -> None:
    assert run_plans(aged, 1, 20) > 0


@pytest.mark.long
@pytest.mark.timeout(900)
def test_many_random_plans_keep_every_promise(aged: Aged) -> None:
    assert sum(run_plans(aged, seed, 50) for seed in range(10)) > 0


DAMAGE = {
    "UPDATE rollups SET gross = gross + 1 WHERE facet = 'total'": "differ from its tickets",
    "UPDATE rollups SET gross = gross + 1 WHERE facet = 'hour'": "differ among each other",
    "UPDATE proofs SET p3 = p3 + 1": "the proof of 2026-11-20",
    "UPDATE sales SET total = total + 1": "the figures of 2026-11-20",
    "DELETE FROM rollups": "the figures of 2026-11-20",
}


def test_damage_to_a_frozen_day_is_said(aged: Aged) -> None:
    aged.purge("all")
    for statement, said in DAMAGE.items():
        with suppress(Killed), aged.shop.database.write() as connection:
            connection.exec_driver_sql(statement)
            assert said in "\n".join(verify(connection, aged.shop.store_id).problems), statement
            raise Killed
    assert aged.problems() == []
