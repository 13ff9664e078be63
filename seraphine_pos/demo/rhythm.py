"""Who comes to the sample shop, when, and what they buy: seeded chance over the written rhythm.

It knows wares and hours, and nothing of tills, journals or servers.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from itertools import accumulate
from random import Random
from typing import Any, Final

WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
DAY_S: Final = 86_400
HOUR_S: Final = 3_600
REFUND_SOONEST_S: Final = 1_200
NOISE_PER_MILLE: Final = 90
WEIGHT_SCALE: Final = 1_000
ORDINARY_PERCENT: Final = 100


class Oddity(StrEnum):
    """What makes a visit more than a sale."""

    NONE = "none"
    REFUND = "refund"
    VOID = "void"
    REMOVED_LINE = "removed_line"
    DISCOUNT = "discount"


@dataclass(frozen=True, slots=True)
class Ware:
    """What the rhythm needs to know of a product; the price in minor units."""

    name: str
    category: str
    price: int
    by_weight: bool


@dataclass(frozen=True, slots=True)
class Pick:
    """One line of a basket: the ware's place in the list, and thousandths of it."""

    ware: int
    quantity: int


@dataclass(frozen=True, slots=True)
class Visit:
    """One customer: a time with its zone, who serves, the basket, how it is paid, what goes unlike planned."""

    at: datetime
    staff_id: str
    picks: tuple[Pick, ...]
    method: str
    given: str
    oddity: Oddity
    back_after_s: int


class Rhythm:
    """The written rhythm of `rhythm.json`, asked day by day."""

    def __init__(self, written: Mapping[str, Any], wares: Sequence[Ware], price_ceiling: int) -> None:
        """Keep the rhythm beside the wares it speaks of; the ceiling in minor units."""
        self._written = written
        self._wares = wares
        self._ceiling = price_ceiling
        self._sizes = {ware.category: 0 for ware in wares}
        for ware in wares:
            self._sizes[ware.category] += 1

    @property
    def days(self) -> int:
        """How many days of history the rhythm is written for."""
        return int(self._written["weeks"]) * 7

    def words(self, table: str) -> tuple[str, ...]:
        """Return the notes or reasons that people of the sample shop write."""
        return tuple(self._written[table])

    def discount_percent(self, chance: Random) -> int:
        """Return by how much a price is lowered, when one is."""
        return int(self._drawn("discount_percent", chance))

    def visits(self, until: datetime, days: int, chance: Random) -> Iterator[Visit]:
        """Yield the visits of so many days and of the day of `until`, in order, none after it."""
        for back in range(days, -1, -1):
            day = until.date() - timedelta(days=back)
            for visit in self._day(day, until, days - back, chance):
                if visit.at < until:
                    yield visit

    def _day(self, day: date, until: datetime, day_no: int, chance: Random) -> Iterator[Visit]:
        week = day_no // 7
        plan = self._written["days"][WEEKDAYS[day.weekday()]]
        reach = list(accumulate(self._weight(ware, week) for ware in self._wares))
        hours, weights = [int(hour) for hour in plan["hours"]], list(plan["hours"].values())
        midnight = datetime.combine(day, time(), until.tzinfo)
        seconds = sorted(
            hour * HOUR_S + chance.randrange(HOUR_S)
            for hour in chance.choices(hours, weights, k=self._count(plan["sales"], day, week, chance))
        )
        for second in seconds:
            yield self._visit(midnight + timedelta(seconds=second), reach, chance)

    def _count(self, usual: int, day: date, week: int, chance: Random) -> int:
        payday = self._written["payday"]
        count = usual * (1000 + week * self._written["growth_per_mille_per_week"])
        count = count * (1000 + chance.randint(-NOISE_PER_MILLE, NOISE_PER_MILLE)) // 1000
        percent = payday["percent"] if day.day in payday["days_of_month"] else ORDINARY_PERCENT
        return int(count * percent // (1000 * ORDINARY_PERCENT))

    def _visit(self, at: datetime, reach: list[int], chance: Random) -> Visit:
        staff = next(
            shift["staff"]
            for shift in self._written["shifts"][WEEKDAYS[at.weekday()]]
            if shift["from"] <= at.hour < shift["to"]
        )
        lines = int(self._drawn("basket_lines", chance))
        chosen = dict.fromkeys(chance.choices(range(len(self._wares)), cum_weights=reach, k=lines))
        return Visit(
            at=at,
            staff_id=staff,
            picks=tuple(Pick(ware, self._quantity(self._wares[ware], chance)) for ware in chosen),
            method=self._drawn("tenders", chance),
            given=self._drawn("cash_given", chance),
            oddity=self._oddity(chance),
            back_after_s=int(self._drawn("refund_delay_days", chance)) * DAY_S
            + chance.randint(REFUND_SOONEST_S, 3 * HOUR_S),
        )

    def _weight(self, ware: Ware, week: int) -> int:
        written = self._written
        weight = written["category_weights"][ware.category] * WEIGHT_SCALE // self._sizes[ware.category]
        weight = weight * written["popular_percent"].get(ware.name, ORDINARY_PERCENT) // ORDINARY_PERCENT
        if ware.price > self._ceiling:
            weight = weight * written["price_ceiling_percent"] // ORDINARY_PERCENT
        for trend in written["trends_per_mille_per_week"]:
            if trend.get("product") == ware.name or trend.get("category") == ware.category:
                weight = weight * max(1000 + trend["change"] * week, 0) // 1000
        return int(weight)

    def _quantity(self, ware: Ware, chance: Random) -> int:
        if ware.by_weight:
            return int(self._drawn("weighed_grams", chance))
        return int(self._drawn("line_quantity", chance)) * 1000

    def _oddity(self, chance: Random) -> Oddity:
        lot = chance.randrange(1000)
        for name, share in self._written["per_mille"].items():
            if lot < share:
                return Oddity(name)
            lot -= share
        return Oddity.NONE

    def _drawn(self, table: str, chance: Random) -> str:
        weights: Mapping[str, int] = self._written[table]
        return chance.choices(list(weights), list(weights.values()))[0]


def cash_given(total: int, kind: str, decimals: int) -> int:
    """Return what a customer hands over for a total in minor units: exactly it, or up to the next note."""
    notes = {"exact": 0, "next_five": 5, "next_ten": 10, "next_fifty": 50, "next_hundred": 100}
    step = notes[kind] * 10**decimals
    return -(-total // step) * step if step else total
