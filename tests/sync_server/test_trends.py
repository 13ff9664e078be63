"""What was planted in a random shop is found, and shops without a pattern are left in peace."""

from collections.abc import Callable

import pytest

from sync_server.findings import trends
from sync_server.findings.selling import History, Product, Sold
from tests.sync_server.false_alarms import halved_last_month, out_of_stock, tripled_last_week
from tests.sync_server.random_shops import Kind, history

# A shop of a hundred products, a few of which sell enough in a week to say anything.
SHOP = Kind(products=100, tickets=120)
SEEDS = range(5)


def test_a_tripled_product_is_found_and_its_rise_is_not_overstated() -> None:
    found = {one.product.product_id: one for one in trends.rising(history(1, SHOP, tripled_last_week))}
    assert "p003" in found
    for one in found.values():
        assert one.recent > one.expected
        assert trends.RISING_RATIO_MIN <= one.bound < one.recent / one.expected
        assert 0.95 <= one.confidence <= trends.CONFIDENCE_MAX


def test_a_product_that_falls_to_a_third_is_found() -> None:
    found = {one.product.product_id: one for one in trends.slowing(history(1, SHOP, halved_last_month))}
    assert "p003" in found
    for one in found.values():
        assert one.recent < one.expected
        assert one.recent / one.expected < one.bound <= trends.SLOWING_RATIO_MAX


def test_an_empty_shelf_is_found_with_the_days_it_is_empty() -> None:
    found = {one.product.product_id: one for one in trends.stopped(history(1, SHOP, out_of_stock))}
    assert found["p003"].silent == 10
    assert found["p003"].last_day == "2026-11-11"
    assert found["p003"].silent > found["p003"].longest_gap


@pytest.mark.parametrize("kind", [SHOP, Kind(products=60, tickets=25, open_weekdays=6)])
def test_shops_without_a_pattern_are_left_in_peace(kind: Kind) -> None:
    shops = [history(seed, kind) for seed in SEEDS]
    false = [one for shop in shops for find in (trends.rising, trends.slowing, trends.stopped) for one in find(shop)]
    assert len(false) <= 1


def test_the_same_history_is_told_the_same_way() -> None:
    one, other = (history(2, SHOP, tripled_last_week) for _ in range(2))
    assert trends.rising(one) == trends.rising(other)


def test_a_rise_of_the_whole_shop_is_no_products_rise() -> None:
    assert trends.rising(_steady(lambda day: 3 if day >= 77 else 1)) == []


def test_a_product_that_was_never_sold_before_is_new_and_not_rising() -> None:
    shop = _steady(lambda _day: 1)
    shop.products["b"].days.clear()
    shop.products["b"].days.update({day: Sold(20, 20_000, 100) for day in range(78, 84)})
    assert trends.rising(shop) == []


def test_a_shop_of_a_few_days_is_not_judged() -> None:
    young = _steady(lambda day: 1 if day >= 74 else 0)
    young.products["a"].days[83] = Sold(50, 50_000, 100)
    assert (trends.rising(young), trends.slowing(young), trends.stopped(young)) == ([], [], [])


def test_closed_days_are_no_silence() -> None:
    shop = _steady(lambda day: 0 if day >= 78 else 1)
    assert trends.stopped(shop) == []


def test_the_best_sellers_are_those_of_the_last_four_weeks() -> None:
    shop = _steady(lambda _day: 1)
    shop.products["a"].days[10] = Sold(1, 1000, 1_000_000)
    shop.products["b"].days[80] = Sold(1, 5000, 400)
    assert [(one.product_id, sum_) for one, sum_ in trends.top(shop, by="net")] == [("b", 3100), ("a", 2800)]
    assert trends.top(shop, by="quantity")[0][1] == 32_000


def _steady(times: Callable[[int], int]) -> History:
    """Return a shop in which two products sell once a day, so many times as much on some days."""
    lines = [times(day) for day in range(84)]
    products = {
        key: Product(key, key, {day: Sold(n, 1000 * n, 100 * n) for day, n in enumerate(lines) if n}) for key in "ab"
    }
    days = tuple(f"2026-{9 + place // 28:02}-{1 + place % 28:02}" for place in range(84))
    return History(days, tuple(20 * n for n in lines), products)
