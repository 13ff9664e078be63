"""What the analysis says of invented tickets: counted, not made up."""

from datetime import UTC, datetime

import pytest

from seraphine_pos.demo import sample
from seraphine_pos.demo.findings import DAY_MS, findings
from seraphine_pos.demo.sample import Sample
from seraphine_pos.domain.sale import Circumstances, Line, Method, Tender, Ticket

NOW_MS = int(datetime(2026, 11, 22, 12, tzinfo=UTC).timestamp() * 1000)


@pytest.fixture(scope="module")
def shop() -> Sample:
    return sample.read()


def ticket(shop: Sample, name: str, days_ago: int, total: int, *, who: str = "salma", card: bool = False) -> Ticket:
    product = next(one for one in shop.products if one.name == name)
    line = Line(1, product.product_id, "", name, 2000, 1, 1, "", 0, tax_included=True, amount=total, tax=0)
    day = 22 - days_ago % 20
    where = Circumstances("t", "s", f"2026-11-{day:02}", 9, who, 1, f"A1-AAA-{days_ago:06}", "MAD")
    tender = Tender(Method.CARD if card else Method.CASH, total, total)
    event_id = f"{name}-{days_ago}-{total}"
    at_ms = NOW_MS - days_ago * DAY_MS - 1
    return Ticket(event_id, at_ms, False, where, (line,), (tender,), total, 0)


def told(shop: Sample, tickets: list[Ticket]) -> dict[str, dict[str, object]]:
    return {str(one["category"]): one for one in findings(shop, tickets, NOW_MS)}


def test_a_shop_without_sales_has_nothing_to_be_told(shop: Sample) -> None:
    assert told(shop, []) == {}


def test_the_variance_names_the_card_ticket_nearest_to_the_missing_sum(shop: Sample) -> None:
    water = "Eau de source, 50 cl"
    sold = [
        ticket(shop, water, 1, 2_100, who="karim", card=True),
        ticket(shop, water, 1, 9_000, who="karim", card=True),
        ticket(shop, water, 1, 2_000, who="salma", card=True),
        ticket(shop, water, 1, 2_000, who="karim"),
    ]
    card = told(shop, sold)["cashVariance"]
    assert card["title"] == "Caisse de Karim, samedi : −21,00 MAD"
    assert "A1-AAA-000001 (21,00)" in str(card["detail"])
    assert card["relatedSales"] == [f"{water}-1-2100", f"{water}-1-9000"]


def test_a_trend_counts_units_of_two_periods_and_names_the_later_sales(shop: Sample) -> None:
    spray = "Spray nasal eau de mer, 125 ml"
    before = [ticket(shop, spray, day, 100) for day in (15, 16)]
    now = [ticket(shop, spray, day, 100) for day in (1, 2, 3)]
    card = told(shop, [*before, *now])["topSeller"]
    assert card["title"] == "Rhume et gorge : +50 % en 14 jours"
    assert str(card["detail"]).startswith("6 unités en deux semaines, 4 les deux d’avant")
    assert card["relatedSales"] == [one.event_id for one in now]


def test_a_falling_trend_has_its_sign(shop: Sample) -> None:
    cream = "Crème solaire 50+ 50 ml"
    sold = [ticket(shop, cream, day, 100) for day in (30, 29, 2)]
    assert told(shop, sold)["watchlist"]["title"] == "Solaire : −50 % en 21 jours"


def test_confidence_and_age_are_as_written(shop: Sample) -> None:
    spray = "Spray nasal eau de mer, 125 ml"
    card = told(shop, [ticket(shop, spray, day, 100) for day in (1, 15)])["topSeller"]
    assert (card["confidence"], card["createdAt"]) == (0.91, NOW_MS - 560 * 60_000)
