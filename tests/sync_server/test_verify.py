"""Verify finds what does not agree; rebuild makes the folded tables agree again."""

import pytest

from sync_server.rebuild import Rebuilt, rebuild
from sync_server.verify import Verdict, verify
from tests.sync_server.shop import OWNER, Shop, Till

FOLDED = ("events", "sales", "rollups", "proofs", "feedback", "quarantine", "product_names")


def verdict(shop: Shop) -> Verdict:
    """Verify the shop."""
    with shop.database.read() as connection:
        return verify(connection, shop.store_id)


def rebuilt(shop: Shop) -> Rebuilt:
    """Rebuild the shop."""
    with shop.server.write(shop.store_id, "test") as tx:
        return rebuild(tx)


def spoil(shop: Shop, statement: str) -> None:
    """Change the database behind the server's back."""
    with shop.database.write() as connection:
        if shop.database.dialect == "postgresql":
            connection.exec_driver_sql("ALTER TABLE entries DISABLE TRIGGER ALL")
        else:
            for trigger in ("entries_are_kept", "entries_stay"):
                connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {trigger}")
        connection.exec_driver_sql(statement)


@pytest.fixture
def busy(shop: Shop, till: Till) -> Shop:
    """Give a shop in which everything has happened."""
    other = shop.till()
    for no in range(1, 8):
        till.sell(no * 100, no, hour=no)
        other.refund(no)
    till.propose("product", "milk", 0, {"name": "Lait", "price": 5, "tax_code": "", "codes": [{"code": "777"}]})
    till.propose("product", "milk", 0, {"price": 6})
    body = {"scope": "pos", "sentiment": "neutral", "related_sale_id": None, "operator_id": OWNER}
    till.write("feedback.submitted", body, text="Bien")
    till.write("sale.dreamt", {"total": 5})
    till.push(till.entries[:4])
    other.push()
    till.push()
    return shop


def test_a_busy_shop_agrees(busy: Shop) -> None:
    found = verdict(busy)
    assert found.problems == []
    assert (found.journals, found.entries, found.quarantined) == (2, 18, 1)
    assert found.cells == len(busy.rows("rollups")) > 0


def test_an_empty_shop_agrees(shop: Shop) -> None:
    assert verdict(shop).problems == []


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE entries SET at_ms = at_ms + 1 WHERE seq = 3", "entry 3 was changed"),
        ("UPDATE entries SET body = salt WHERE seq = 3 ", "the body of entry 3 was changed"),
        ("DELETE FROM entries WHERE seq = 2", "does not follow"),
        ("DELETE FROM entries WHERE seq = 11", "its head 11 is not its last entry"),
        ("UPDATE journals SET applied_seq = 1", "applied to 1"),
        ("UPDATE stores SET arrival = 100", "100 arrivals"),
        ("DELETE FROM journals", "no head"),
        ("DELETE FROM events WHERE seq = 2", "events were told"),
        ("UPDATE rollups SET gross = gross + 1 WHERE facet = 'total'", "the figures of 2026-11-20"),
        ("DELETE FROM rollups WHERE facet = 'hour'", "the figures of 2026-11-20"),
        ("DELETE FROM sales WHERE seq = 1", "tickets were told"),
        ("UPDATE stores SET rev = 1", "the feed is at 1"),
        ("DELETE FROM product_codes", "the code 777"),
        ("DELETE FROM product_names", "the name of product milk"),
        ("UPDATE product_names SET folded = 'thé'", "the name of product milk"),
        ("UPDATE product_names SET key = 'bread'", "the name of product bread"),
    ],
)
def test_what_does_not_agree_is_said(busy: Shop, statement: str, said: str) -> None:
    spoil(busy, statement)
    assert said in "\n".join(verdict(busy).problems)


def folded(shop: Shop) -> dict[str, list[str]]:
    """Return every folded table, sorted."""
    return {table: sorted(str(row) for row in shop.rows(table)) for table in FOLDED}


def test_a_rebuild_of_good_books_changes_nothing(busy: Shop) -> None:
    before, documents = folded(busy), busy.rows("documents")
    assert rebuilt(busy) == Rebuilt(18, 1)
    assert folded(busy) == before
    assert busy.rows("documents") == documents
    assert verdict(busy).problems == []


@pytest.mark.parametrize("table", FOLDED)
def test_a_rebuild_makes_a_lost_table_again(busy: Shop, table: str) -> None:
    before = folded(busy)
    spoil(busy, f"DELETE FROM {table}")
    rebuilt(busy)
    assert folded(busy) == before


def test_a_rebuild_keeps_what_moderation_decided(busy: Shop) -> None:
    spoil(busy, "UPDATE feedback SET state = 'done'")
    rebuilt(busy)
    assert [row["state"] for row in busy.rows("feedback")] == ["done"]
