"""What old rows beside the journals quote of people is archived and emptied: trail, conflicts and refused insights."""

import ast
from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect
from sqlalchemy.engine import make_url

import sync_server
from seraphine_pos.domain.event import Kind
from sync_server import catalogue, conflicts, store
from sync_server.errors import Conflict, Unauthenticated
from sync_server.purge import purge_archive, trail
from sync_server.purge.scrub import TABLES
from sync_server.rights import staff
from sync_server.rights.staff import StaffChange
from tests.sync_server.aged import CANARY, DAY_MS, Aged
from tests.sync_server.shop import CASHIER, OWNER, Shop, Till, found_shop

# Their details hold ids, counts, names of files, tills, programs and addresses: nothing that a person is.
WITHOUT_WORDS = {
    "backup", "backup-removed", "conflict-resolve", "create-store", "device-revoke", "enrol", "enrol-code",
    "enrol-codes-burnt", "entries-read", "feed-restarted", "feedback-moderate", "feedback.exported",
    "freshness-lost", "freshness-restored", "import-list", "import-products", "message-given-up",
    "products.exported", "purge", "quarantine-released", "rebuild", "receiver-added", "receiver-disabled",
    "receiver-removed", "report.exported", "restore", "sale-unflag", "sales.exported", "seed", "sign-in",
    "service-key", "service-key-revoke", "sign-in-locked", "sign-out", "webhook-secret",
}  # fmt: skip
PRODUCT = "06111111111111"
LIST = {"name": "Thé", "price": 1200, "tax_code": "TVA20", "active": True}


@pytest.fixture
def aged(shop: Shop, till: Till, tmp_path: Path) -> Aged:
    return Aged(shop, till, tmp_path / "archive")


def renamed(shop: Shop, name: str) -> None:
    with shop.server.write(shop.store_id, OWNER) as tx:
        staff.change(tx, CASHIER, StaffChange(name=name))


def plant(aged: Aged) -> None:
    """Have the canary quoted wherever a person's words can be, and nowhere that stands for what is true today."""
    shop = aged.shop
    renamed(shop, f"Salma {CANARY}")
    for notes, footer in ((f"pour Mme {CANARY}", f"demandez {CANARY}"), ("", "")):
        with shop.server.write(shop.store_id, OWNER) as tx:
            catalogue.put(tx, OWNER, PRODUCT, {**LIST, "notes": notes}, None)
            store.change(tx, {"receipt_footer": footer})
    with pytest.raises(Unauthenticated):
        shop.server.take_insight({"webhook-id": CANARY}, f'{{"title": "{CANARY}"}}'.encode())
    decided = aged.till.propose("staff", CASHIER, 0, {"name": f"Selma {CANARY}"})
    aged.till.propose("product", PRODUCT, 0, {"notes": f"encore {CANARY}"})
    aged.till.push(aged.till.entries[-400:])
    with shop.server.write(shop.store_id, OWNER) as tx:
        conflicts.resolve(tx, decided.event_id, "name", "keep", OWNER)
    renamed(shop, "Salma")


def tables(shop: Shop) -> list[str]:
    with shop.database.read() as connection:
        return sorted(name for name in inspect(connection).get_table_names() if CANARY in as_said(shop, name))


def held(shop: Shop) -> bytes:
    """Return what the files of a PostgreSQL database hold: tables, indexes and statistics, not its log."""
    with shop.database.read() as connection:
        folder = str(connection.exec_driver_sql("SHOW data_directory").scalar_one())
        own = connection.exec_driver_sql("SELECT oid FROM pg_database WHERE datname = current_database()").scalar_one()
    files = [path for path in Path(folder, "base", str(own)).glob("*") if path.is_file()]
    if not files:
        pytest.skip("this PostgreSQL's files are not on this machine")
    return b"".join(path.read_bytes() for path in files)


def as_said(shop: Shop, table: str) -> str:
    return "\n".join(
        value.decode(errors="replace") if isinstance(value, bytes) else str(value)
        for row in shop.rows(table)
        for value in (bytes(one) if isinstance(one, memoryview) else one for one in row.values())
    )


def test_every_quote_goes_once_it_is_old_and_is_archived_first(aged: Aged, tmp_path: Path) -> None:
    def files() -> bytes:
        return b"".join(path.read_bytes() for path in tmp_path.glob("server.db*"))

    shop = aged.shop
    plant(aged)
    aged.day("2026-11-20", 100, words=False)
    aged.back_up()
    assert tables(shop) == ["audit", "conflicts", "entries", "webhook_failures"]
    assert aged.purge().survey.count == 0, "while it is young"
    shop.clock.pass_ms(400 * DAY_MS)
    trails = sorted((str(row["audit_id"]), row["actor"], row["action"], row["at_ms"]) for row in shop.rows("audit"))
    purged = aged.purge()
    assert tables(shop) == []
    assert CANARY.encode() not in files()
    assert purged.archive is not None
    manifest, wrong = purge_archive.check(purged.archive, aged.key)
    assert (manifest.loose, wrong) == (len(purged.survey.loose), ())
    table = (purged.archive / purge_archive.TABLE).read_text("utf-8-sig")
    for words in (f"Salma {CANARY}", f"pour Mme {CANARY}", f"Selma {CANARY}", f"demandez {CANARY}"):
        assert words in table
    after = [(str(row["audit_id"]), row["actor"], row["action"], row["at_ms"]) for row in shop.rows("audit")]
    assert sorted(one for one in after if one[2] != "purge") == trails
    assert aged.problems() == []
    aged.rebuild()
    assert (aged.problems(), tables(shop)) == ([], [])
    assert aged.purge().survey.count == 0


def test_no_byte_stays_in_postgresql_s_files_after_what_the_runbook_asks_for(
    empty_postgres: str, tmp_path: Path
) -> None:
    shop = found_shop(empty_postgres)
    aged = Aged(shop, shop.till(), tmp_path / "archive")
    plant(aged)
    aged.day("2026-11-20", 100)
    aged.back_up()
    shop.clock.pass_ms(400 * DAY_MS)
    alone = create_engine(make_url(empty_postgres), isolation_level="AUTOCOMMIT")
    with alone.connect() as connection:
        connection.exec_driver_sql("ANALYZE")
        connection.exec_driver_sql("CHECKPOINT")
        assert CANARY.encode() in held(shop), "the control"
        assert aged.purge().scrubbed
        connection.exec_driver_sql(f"VACUUM FULL {', '.join(TABLES)}, pg_statistic")
        connection.exec_driver_sql("CHECKPOINT")
    alone.dispose()
    assert CANARY.encode() not in held(shop)
    shop.database.close()


def test_what_was_not_decided_is_closed_for_what_stands(aged: Aged) -> None:
    shop = aged.shop
    plant(aged)
    aged.day("2026-11-20", 100, words=False)
    aged.back_up()
    shop.clock.pass_ms(400 * DAY_MS)
    aged.purge()
    rows = {row["field"]: row for row in shop.rows("conflicts")}
    assert {field: (row["proposed"], row["current"], row["resolution"]) for field, row in rows.items()} == {
        "name": ("null", "null", "keep"), "notes": ("null", "null", "keep"),
    }  # fmt: skip
    assert (rows["name"]["resolved_by"], rows["notes"]["resolved_by"]) == (OWNER, "retention")
    assert aged.till.conflicts() == []
    with shop.server.write(shop.store_id, OWNER) as tx, pytest.raises(Conflict, match="decided before"):
        conflicts.resolve(tx, str(rows["notes"]["event_id"]), "notes", "take", OWNER)


def test_a_conflict_whose_entry_no_backup_holds_stays(aged: Aged) -> None:
    plant(aged)
    aged.day("2026-11-20", 100, words=False)
    aged.shop.clock.pass_ms(400 * DAY_MS)
    aged.purge()
    assert tables(aged.shop) == ["conflicts", "entries"]
    aged.back_up()
    aged.purge()
    assert tables(aged.shop) == []


def test_what_a_till_s_clock_says_of_itself_makes_no_conflict_old(aged: Aged) -> None:
    aged.shop.clock.pass_ms(-9_000 * DAY_MS)
    proposed = aged.till.propose("staff", OWNER, 0, {"name": f"Nadia {CANARY}"})
    aged.shop.clock.pass_ms(9_000 * DAY_MS)
    aged.till.push()
    aged.back_up()
    assert aged.purge().survey.loose == ()
    assert [row["event_id"] for row in aged.till.conflicts()] == [proposed.event_id]


def test_the_trail_says_of_every_action_whether_it_quotes_people() -> None:
    found = set()
    for path in Path(sync_server.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "audit.note":
                assert isinstance(node.args[1], ast.Constant), f"{path}: the action is written out"
                found.add(node.args[1].value)
    assert found == WITHOUT_WORDS | set(trail.QUOTES)
    assert Kind.DOCUMENT_PROPOSED not in found
