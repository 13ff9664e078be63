"""Products are found by any words of their names, whatever accents, case and order, and by the start of a code."""

import pytest
from sqlalchemy import text

from seraphine_pos.domain.protocol import ImportRow
from sync_server import catalogue, product_names
from sync_server.errors import Conflict, Missing, Refused
from sync_server.rebuild import rebuild
from tests.sync_server.shop import CASHIER, OWNER, Shop, Till

GOODS = {
    "06111111111111": "Crème brûlée maison",
    "06111111111128": "Œufs frais (boîte de 6)",
    "00000012345670": "Lait entier 100% crème_fine",
    "VRAC-7": "Thé vert à la menthe",
}


@pytest.fixture
def stocked(shop: Shop, till: Till) -> Shop:
    """Give a shop with some goods."""
    rows = [
        ImportRow(key, {"name": name, "price": 500, "tax_code": "TVA20", "codes": [{"code": key, "quantity": 1000}]})
        for key, name in GOODS.items()
    ]
    till.server.import_products(OWNER, rows, dry_run=False)
    return shop


def found(shop: Shop, words: str, **how: object) -> list[str]:
    """Return the names that a search finds, in its order."""
    with shop.database.read() as connection:
        page = catalogue.search(connection, shop.store_id, words, **how)  # type: ignore[arg-type]
    return [str(row["name"]) for row in page.rows]


def test_all_words_stand_anywhere_in_the_name(stocked: Shop) -> None:
    creme, eggs, milk, tea = GOODS.values()
    for words, wanted in (
        ("creme", [creme, milk]), ("BRULEE cre", [creme]), ("ŒUFS", [eggs]), ("oeufs 6", [eggs]), ("the menthe", [tea]),
        ("creme the", []), ("", [creme, milk, eggs, tea]), ("%", []), ("_", []), ("100%", [milk]), ("x' OR 1=1", []),
        ("lait\\", [milk]), ("é" * 200, []), ("a " * 100, [creme, milk, eggs, tea]),
    ):  # fmt: skip
        assert found(stocked, words) == wanted, words


def test_a_code_is_found_by_its_start_as_it_is_printed(stocked: Shop) -> None:
    creme, eggs, milk, tea = GOODS.values()
    for start, wanted in (
        ("6111", [creme, eggs]), ("6111111111111", [creme]), ("06111111111111", [creme]), ("12345670", [milk]),
        ("VRAC", [tea]), ("9", []), ("061111111111", [creme, eggs]),
    ):  # fmt: skip
        assert found(stocked, start) == wanted, start


def test_pages_go_on_by_name_and_goods_off_sale_are_asked_for(stocked: Shop) -> None:
    with stocked.server.write(stocked.store_id, OWNER) as tx:
        catalogue.withdraw(tx, OWNER, "VRAC-7")
    assert len(found(stocked, "")) == 3
    assert len(found(stocked, "", inactive=True)) == 4
    seen: list[str] = []
    after: str | None = ""
    while after is not None:
        with stocked.database.read() as connection:
            page = catalogue.search(connection, stocked.store_id, "", after=after, rows_max=2, inactive=True)
        seen += [str(row["key"]) for row in page.rows]
        after = page.after
    assert (len(seen), set(seen)) == (4, set(GOODS))


def test_names_follow_every_change_and_a_rebuild_makes_the_same(stocked: Shop, till: Till) -> None:
    with stocked.server.write(stocked.store_id, OWNER) as tx:
        catalogue.put(tx, OWNER, "VRAC-7", {"name": "Verveine"})
    till.propose("product", "06111111111111", till.pull().rev, {"name": "Flan"})
    till.push()
    assert found(stocked, "menthe") == found(stocked, "brulee") == []
    assert (found(stocked, "verveine"), found(stocked, "flan")) == (["Verveine"], ["Flan"])
    before = sorted(map(str, stocked.rows("product_names")))
    with stocked.database.write() as connection:
        connection.execute(text("UPDATE product_names SET folded = 'x'"))
    with stocked.server.write(stocked.store_id, "test") as tx:
        rebuild(tx)
    assert sorted(map(str, stocked.rows("product_names"))) == before


def test_a_product_is_set_looked_up_and_taken_off_sale(stocked: Shop) -> None:
    with stocked.server.write(stocked.store_id, OWNER) as tx:
        fields = {
            "name": "Pain",
            "price": 150,
            "tax_code": "TVA20",
            "codes": [{"code": "0611111111131", "quantity": 1}],
        }
        outcome, made = catalogue.put(tx, CASHIER, "pain", fields, 0)
        assert (outcome, made["updated_by"]) == ("created", CASHIER)
        outcome, changed = catalogue.put(tx, OWNER, "pain", {"price": 160}, int(str(made["rev"])))
        assert (outcome, changed["price"], changed["name"]) == ("updated", 160, "Pain")
        assert catalogue.put(tx, OWNER, "pain", {"price": 160})[0] == "unchanged"
        for stale in (0, int(str(made["rev"]))):
            with pytest.raises(Conflict):
                catalogue.put(tx, OWNER, "pain", {"price": 170}, stale)
        with pytest.raises(Conflict, match="06111111111111"):
            catalogue.put(tx, OWNER, "pain", {"codes": [{"code": "6111111111111", "quantity": 1000}]})
        for key, bad in (("pain", {"price": -1}), ("new", {"price": 1}), ("", fields), ("a\nb", fields)):
            with pytest.raises(Refused):
                catalogue.put(tx, OWNER, key, bad)
    with stocked.database.read() as connection:
        assert catalogue.by_code(connection, stocked.store_id, "6111111111111")[0]["name"] == "Crème brûlée maison"
        assert catalogue.by_code(connection, stocked.store_id, " VRAC-7 ")[1] == 1000
        for code in ("9", "pain"):
            with pytest.raises(Missing):
                catalogue.by_code(connection, stocked.store_id, code)
        with pytest.raises(Refused):
            catalogue.by_code(connection, stocked.store_id, "\0")
        with pytest.raises(Missing):
            catalogue.one(connection, stocked.store_id, "a\0")
    with stocked.server.write(stocked.store_id, OWNER) as tx:
        assert catalogue.withdraw(tx, OWNER, "06111111111111")["active"] is False
        assert catalogue.withdraw(tx, OWNER, "06111111111111")["active"] is False
        with pytest.raises(Missing):
            catalogue.withdraw(tx, OWNER, "nothing")
        with pytest.raises(Missing):
            catalogue.by_code(tx.connection, tx.store_id, "6111111111111")
        freed = {"codes": [{"code": "6111111111111", "quantity": 1000}]}
        assert catalogue.put(tx, OWNER, "pain", freed)[0] == "updated"
    puts = [row["detail"] for row in stocked.rows("audit") if row["action"] == "product-put"]
    assert any('"before":{"price":150}' in str(detail) for detail in puts)


def test_an_index_of_trigrams_is_made_where_it_can_be(stocked: Shop) -> None:
    if stocked.database.dialect != "postgresql":
        assert product_names.prepare(stocked.database) is False
        return
    with stocked.database.read() as connection:
        asked = "SELECT count(*) FROM pg_available_extensions WHERE name = 'pg_trgm'"
        available = bool(connection.execute(text(asked)).scalar_one())
        made = bool(
            connection.execute(text("SELECT to_regclass('ix_product_names_trigrams') IS NOT NULL")).scalar_one()
        )
    assert product_names.prepare(stocked.database) is available is made
    if not available:
        pytest.skip("this PostgreSQL has no pg_trgm: the search goes through the names")
    with stocked.database.read() as connection:
        connection.execute(text("SET LOCAL enable_seqscan = off"))
        connection.execute(text("SET LOCAL enable_indexscan = off"))
        asked = "EXPLAIN SELECT key FROM product_names WHERE folded LIKE '%brulee%'"
        plan = " ".join(connection.execute(text(asked)).scalars())
    assert "ix_product_names_trigrams" in plan
