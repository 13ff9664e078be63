"""A night's analysis: what it publishes, that it publishes it once, and what it takes off the screens again."""

import json
import random
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import event

from seraphine_pos.domain.event import Kind
from seraphine_pos.domain.journal import Entry
from seraphine_pos.domain.protocol import PUSH_ENTRIES_MAX
from sync_server.findings import analysis, named_sales, selling
from sync_server.findings.analysis import Analysed
from tests.sync_server.shop import Shop, Till, found_shop, ticket
from tests.sync_server.test_drawer import closed, opened, voided

TODAY = date(2026, 11, 22)
DAY_MS = 24 * 3_600_000
DAILY, RISING, STOPPED, SLOWING = 100, 200, 300, 400


def analyse(shop: Shop) -> Analysed:
    """Run the job now."""
    return analysis.run(
        shop.database, shop.store_id, shop.clock.now_ms(), lambda: shop.server.write(shop.store_id, "job:insights")
    )


def fill(till: Till, days: int = 70) -> list[Entry]:
    """Sell for weeks: something every day, something more and more, less and less, and something no longer."""
    chance = random.Random(3)
    sales = []
    for back in range(days, 0, -1):
        day = (TODAY - timedelta(days=back)).isoformat()
        for place in range(12):
            amounts = [DAILY]
            if chance.random() < (0.9 if back <= 7 else 0.15):
                amounts.append(RISING)
            if back > 9 and place < 3:
                amounts.append(STOPPED)
            if chance.random() < (0.1 if back <= 28 else 0.6):
                amounts.append(SLOWING)
            sales.append(till.sell(*amounts, business_day=day))
    push(till)
    return sales


def push(till: Till) -> None:
    """Send the whole journal."""
    for start in range(0, len(till.entries), PUSH_ENTRIES_MAX):
        till.push(till.entries[start : start + PUSH_ENTRIES_MAX])


def cards(till: Till) -> dict[str, dict[str, object]]:
    """Return what the till shows, by the finding's name."""
    shown: dict[str, dict[str, object]] = {}
    page = till.pull()
    while True:
        for one in page.documents:
            if one.kind == "insight":
                name = str(one.body["source_run_id"]).split(":", 3)[3]
                if not one.deleted:
                    shown[name] = dict(one.body)
        if not page.more:
            return shown
        page = till.pull(page.feed_id, page.rev)


def test_weeks_of_sales_are_told_with_the_sales_they_stand_on(shop: Shop, till: Till) -> None:
    sold = {one.event_id: one for one in fill(till)}
    done = analyse(shop)
    shown = cards(till)
    assert set(shown) == {"top", f"rising:product-{RISING}", f"stopped:product-{STOPPED}", f"slowing:product-{SLOWING}"}
    assert (done.day, done.published, done.known, done.withdrawn) == ("2026-11-22", 4, 0, 0)
    for name, product in (("rising", RISING), ("stopped", STOPPED), ("slowing", SLOWING)):
        body = shown[f"{name}:product-{product}"]
        related = body["related_sales"]
        assert isinstance(related, list)
        assert len(related) == named_sales.NAMED_MAX
        days = [json.loads(sold[one].body)["business_day"] for one in related]
        assert days == sorted(days, reverse=True)
        assert all(f'"product-{product}"' in sold[one].body for one in related)
        assert 950 <= int(str(body["confidence"])) <= 990
    assert shown[f"stopped:product-{STOPPED}"]["title"] == "Article 300 : rupture possible"
    assert "Dernière vente le jeudi 12 novembre, puis 9 jours d’ouverture" in str(
        shown[f"stopped:product-{STOPPED}"]["detail"]
    )
    assert shown["top"]["category"] == "topSeller"
    assert shown["top"]["confidence"] == analysis.ADDED_UP
    lines = 12 * 28
    assert f"Article 100 ×\xa0{lines}" in str(shown["top"]["detail"])
    run_ids = {str(row["source_run_id"]) for row in shop.rows("insights")}
    assert f"local:insights:2026-11-22:rising:product-{RISING}" in run_ids


def test_a_second_run_of_a_day_tells_nothing_twice(shop: Shop, till: Till) -> None:
    fill(till)
    first = analyse(shop)
    before = cards(till)
    shop.clock.pass_ms(3_600_000)
    again = analyse(shop)
    assert (again.published, again.known, again.withdrawn) == (0, first.published, 0)
    assert cards(till) == before


def test_the_next_days_cards_take_the_place_of_the_days_before(shop: Shop, till: Till) -> None:
    fill(till)
    first = analyse(shop)
    shop.clock.pass_ms(DAY_MS)
    again = analyse(shop)
    assert again.withdrawn == first.published
    assert len(cards(till)) == again.published
    assert len(shop.rows("insights")) == first.published + again.published


def test_an_empty_shop_has_nothing_to_tell(shop: Shop, till: Till) -> None:
    assert analyse(shop) == Analysed("2026-11-22", 0, 0, 0)
    assert cards(till) == {}


def test_a_drawer_that_lacks_money_is_told_once_and_stays_for_four_weeks(shop: Shop, till: Till) -> None:
    opened(till)
    wrong = till.sell(24_500)
    voided(till, 24_000)
    closed(till, 20_000)
    assert analyse(shop).published == 2
    card = cards(till)["cash:shift-1"]
    assert card["category"] == "cashVariance"
    assert card["title"] == "Caisse A1 : manque de 245,00\xa0MAD"
    assert card["related_sales"] == [wrong.event_id]
    assert card["confidence"] == 900
    assert "ticket A1-7QK-000001 de 245,00\xa0MAD à" in str(card["detail"])
    assert "comptés par Salma le vendredi 20 novembre" in str(card["detail"])
    for _ in range(2):
        shop.clock.pass_ms(DAY_MS)
        assert analyse(shop).published == 1
        assert set(cards(till)) == {"cash:shift-1", "top"}
    shop.clock.pass_ms(analysis.CASH_SHOWN_MS)
    analyse(shop)
    assert cards(till) == {}
    assert [row["source_run_id"] for row in shop.rows("insights")].count("local:insights:2026-11-20:cash:shift-1") == 1


def test_what_waits_in_quarantine_makes_the_figures_less_sure(shop: Shop, till: Till) -> None:
    day = (TODAY - timedelta(days=1)).isoformat()
    for _ in range(3):
        till.sell(DAILY, business_day=day)
    till.write(Kind.SALE_COMPLETED, {**ticket([100]), "total": 1})
    till.push()
    analyse(shop)
    assert cards(till)["top"]["confidence"] == 750


def test_a_product_with_a_long_name_or_id_is_told_too(shop: Shop, till: Till) -> None:
    for back in range(60, 0, -1):
        day = (TODAY - timedelta(days=back)).isoformat()
        line = {**ticket([100])["lines"][0], "product_id": "p" * 200, "name": "n" * 200}  # type: ignore[index]
        till.sell(DAILY, business_day=day)
        if back > 9:
            till.sell(100, business_day=day, lines=[line])
    push(till)
    analyse(shop)
    run_ids = [str(row["source_run_id"]) for row in shop.rows("insights")]
    assert max(map(len, run_ids)) <= 200
    assert any(":stopped:" in one for one in run_ids)


@pytest.mark.parametrize("limit", [3, 5000])
def test_no_more_tickets_are_read_than_the_limit(
    shop: Shop, till: Till, limit: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(named_sales, "TICKETS_READ_MAX", limit)
    sales = [till.sell(DAILY, business_day="2026-11-20") for _ in range(5)]
    till.refund(DAILY, business_day="2026-11-20")
    till.push()
    with shop.database.read() as connection:
        found = named_sales.of_products(connection, shop.store_id, {"product-100": ["2026-11-20"], "nobody": []})
    newest = sorted((one.event_id for one in sales), reverse=True)
    assert found == {"product-100": newest[: min(limit, 5)], "nobody": []}


def test_the_history_adds_up_the_tills_and_takes_the_newest_name(shop: Shop, till: Till) -> None:
    other = shop.till()
    line = ticket([100])["lines"][0]  # type: ignore[index]
    till.sell(100, business_day="2026-11-19")
    other.sell(100, business_day="2026-11-20", lines=[{**line, "name": "Ancien"}])
    till.sell(100, business_day="2026-11-20", lines=[{**line, "name": "Nouveau"}])
    till.refund(100, business_day="2026-11-20")
    till.push()
    other.push()
    with shop.database.read() as connection:
        history = selling.read(connection, shop.store_id, selling.days_before(TODAY, 4))
    assert history.days == ("2026-11-18", "2026-11-19", "2026-11-20", "2026-11-21")
    assert history.tickets == (0, 1, 2, 0)
    product = history.products["product-100"]
    assert (product.days[1], product.days[2]) == ((1, 1000, 100), (2, 1000, 100))
    assert product.name == "Nouveau"


def test_the_sales_of_a_day_are_found_by_their_index(tmp_path: Path) -> None:
    shop = found_shop(f"sqlite:///{tmp_path / 'server.db'}")
    asked: list[str] = []

    def look(_connection: object, _cursor: object, statement: str, parameters: object, *_: object) -> None:
        if "FROM sales" in statement:
            asked.append(f"{statement}|{len(parameters)}")  # type: ignore[arg-type]

    with shop.database.read() as connection:
        event.listen(connection, "before_cursor_execute", look)
        named_sales.of_products(connection, shop.store_id, {"p": ["2026-11-20"]})
        statement, _, count = asked[0].rpartition("|")
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", ("2026-11-20",) * int(count)).all()
    shop.database.close()
    assert "SEARCH sales USING INDEX ix_sales_store_id_business_day" in str(plan)
    assert "TEMP B-TREE" not in str(plan)
