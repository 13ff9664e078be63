"""The rhythm of the sample shop: repeatable, in order, inside opening hours, and with the shape a week has."""

import csv
import json
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import pytest

from seraphine_pos.demo.rhythm import Oddity, Rhythm, Visit, Ware, cash_given
from seraphine_pos.domain.money import parse_amount

SAMPLE = Path(__file__).parents[2] / "resources/sample_store"
UNTIL = datetime(2026, 11, 22, 14, 26, tzinfo=ZoneInfo("Africa/Casablanca"))
PRAYER = {12, 13, 14}
EVENING = {17, 18, 19}


def wares() -> list[Ware]:
    with (SAMPLE / "products.csv").open(encoding="utf-8", newline="") as file:
        return [
            Ware(row["name"], row["category"], parse_amount(row["price"], 2), row["sold_by_weight"] == "1")
            for row in csv.DictReader(file)
        ]


@pytest.fixture(scope="module")
def rhythm() -> Rhythm:
    written = json.loads((SAMPLE / "rhythm.json").read_text("utf-8"))
    return Rhythm(written, wares(), parse_amount(written["price_ceiling"], 2))


@pytest.fixture(scope="module")
def visits(rhythm: Rhythm) -> list[Visit]:
    return list(rhythm.visits(UNTIL, rhythm.days, Random(1)))


def test_six_weeks_are_several_thousand_visits_up_to_now(visits: list[Visit]) -> None:
    assert 4000 < len(visits) < 6500
    assert UNTIL - timedelta(days=42, hours=15) < visits[0].at
    assert UNTIL - timedelta(hours=1) < visits[-1].at < UNTIL


def test_they_come_in_order(visits: list[Visit]) -> None:
    times = [visit.at for visit in visits]
    assert times == sorted(times)


def test_the_same_seed_brings_the_same_people(rhythm: Rhythm, visits: list[Visit]) -> None:
    assert list(rhythm.visits(UNTIL, rhythm.days, Random(1))) == visits
    assert list(rhythm.visits(UNTIL, rhythm.days, Random(2))) != visits


def test_everyone_buys_something_and_nothing_twice_in_one_basket(visits: list[Visit]) -> None:
    for visit in visits:
        chosen = [pick.ware for pick in visit.picks]
        assert chosen
        assert len(set(chosen)) == len(chosen)
        assert all(pick.quantity > 0 for pick in visit.picks)


def test_counted_goods_come_whole(visits: list[Visit]) -> None:
    counted = [ware.by_weight for ware in wares()]
    parts = {pick.quantity % 1000 for visit in visits for pick in visit.picks if not counted[pick.ware]}
    assert parts == {0}


def test_prayer_is_quieter_than_the_evening_on_fridays_only(visits: list[Visit]) -> None:
    hours = {day: Counter(visit.at.hour for visit in visits if visit.at.weekday() == day) for day in (0, 4)}
    ratio = {day: sum(count[h] for h in PRAYER) / sum(count[h] for h in EVENING) for day, count in hours.items()}
    assert ratio[4] < 0.4 < ratio[0]


def test_the_shop_grows_and_colds_grow_faster(visits: list[Visit]) -> None:
    goods = wares()
    first = [visit for visit in visits if visit.at < UNTIL - timedelta(days=28)]
    last = [visit for visit in visits if visit.at > UNTIL - timedelta(days=14)]
    colds = [
        sum(goods[pick.ware].category == "Rhume et gorge" for visit in part for pick in visit.picks)
        for part in (first, last)
    ]
    assert len(last) > len(first)
    assert colds[1] * len(first) > 1.3 * colds[0] * len(last)


def test_every_oddity_happens_but_seldom(visits: list[Visit]) -> None:
    count = Counter(visit.oddity for visit in visits)
    assert set(count) == set(Oddity)
    assert count[Oddity.NONE] > 0.93 * len(visits)


def test_most_pay_in_cash(visits: list[Visit]) -> None:
    count = Counter(visit.method for visit in visits)
    assert count["cash"] > count["card"] > count["other"] > 0


@pytest.mark.parametrize(
    ("kind", "given"),
    [("exact", 3795), ("next_five", 4000), ("next_ten", 4000), ("next_fifty", 5000), ("next_hundred", 10000)],
)
def test_a_customer_gives_the_sum_or_the_next_note(kind: str, given: int) -> None:
    assert cash_given(3795, kind, 2) == given


def test_a_round_sum_is_given_as_it_is() -> None:
    assert cash_given(10000, "next_hundred", 2) == 10000
