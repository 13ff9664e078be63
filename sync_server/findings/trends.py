"""Which products sell more, less, or no longer: tests over a history, without a database.

Each test and each constant is told in ``docs/insights.md``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from operator import attrgetter
from typing import Final

from sync_server.findings import chance
from sync_server.findings.selling import History, Product

FALSE_SHARE: Final = 0.05  # of what is told, so much may be chance (Benjamini and Hochberg's rate)
BOUND_RISK: Final = 0.05

TOP_DAYS: Final = 28
TOP_COUNT: Final = 5
RISING_DAYS: Final = 7
RISING_BEFORE: Final = 28
RISING_LINES_MIN: Final = 10
RISING_RATIO_MIN: Final = 1.2
SLOWING_DAYS: Final = 28
SLOWING_BEFORE: Final = 28
SLOWING_LINES_MIN: Final = 15
SLOWING_RATIO_MAX: Final = 0.8
OPEN_DAYS_MIN: Final = 14

STOPPED_DAYS: Final = 84
STOPPED_SALE_DAYS_MIN: Final = 8
STOPPED_RATE_MIN: Final = 0.25
STOPPED_SILENCE_MAX: Final = 28

# A chance is never told as certain.
CONFIDENCE_MAX: Final = 0.99


@dataclass(frozen=True, slots=True)
class Trend:
    """A product whose sales changed: lines now, lines to be expected from before, the bound of the ratio."""

    product: Product
    recent: int
    expected: int
    bound: float
    confidence: float


@dataclass(frozen=True, slots=True)
class Stopped:
    """A product that sold regularly and has not for so many open days: on how many of how many before."""

    product: Product
    silent: int
    sale_days: int
    open_days: int
    longest_gap: int
    last_day: str
    confidence: float


def top(history: History, *, by: str) -> list[tuple[Product, int]]:
    """Return the products that sold most over the last days, by ``net`` or ``quantity``, with the sum."""
    places, worth = history.last(TOP_DAYS), attrgetter(by)
    sums = [
        (product, sum(worth(product.days[at]) for at in places if at in product.days))
        for product in history.products.values()
    ]
    best = sorted((one for one in sums if one[1] > 0), key=lambda one: (-one[1], one[0].product_id))
    return best[:TOP_COUNT]


def rising(history: History) -> list[Trend]:
    """Return the products that sell more in these days than before, the surest rise first.

    A rise of the whole shop is no product's rise; one that sold nothing before is new, not rising.
    """
    recent, before = history.last(RISING_DAYS), history.last(RISING_BEFORE, before=RISING_DAYS)
    share = _share(history, recent, before)
    if share is None:
        return []
    compared = [
        one for one in _compared(history, recent, before) if one.now + one.then >= RISING_LINES_MIN and one.then
    ]
    chances = chance.adjusted([chance.rising_chance(one.now, one.then, share, one.scale) for one in compared])
    found = [
        Trend(
            one.product, one.now, round(one.then * share / (1 - share)),
            chance.rising_ratio(one.now, one.then, share, one.scale, BOUND_RISK), _confidence(adjusted),
        )
        for one, adjusted in zip(compared, chances, strict=True)
        if adjusted <= FALSE_SHARE and one.now >= RISING_LINES_MIN
    ]  # fmt: skip
    sure = (one for one in found if one.bound >= RISING_RATIO_MIN)
    return sorted(sure, key=lambda one: (-one.bound, one.product.product_id))


def slowing(history: History) -> list[Trend]:
    """Return the products that still sell, but less in these days than before, the surest fall first.

    A fall is tested as a rise read backwards: what was before stands in the place of what is recent.
    """
    recent, before = history.last(SLOWING_DAYS), history.last(SLOWING_BEFORE, before=SLOWING_DAYS)
    share = _share(history, recent, before)
    if share is None:
        return []
    compared = [one for one in _compared(history, recent, before) if one.then >= SLOWING_LINES_MIN and one.now]
    chances = chance.adjusted([chance.rising_chance(one.then, one.now, 1 - share, one.scale) for one in compared])
    found = [
        Trend(
            one.product, one.now, round(one.then * share / (1 - share)),
            1 / chance.rising_ratio(one.then, one.now, 1 - share, one.scale, BOUND_RISK), _confidence(adjusted),
        )
        for one, adjusted in zip(compared, chances, strict=True)
        if adjusted <= FALSE_SHARE
    ]  # fmt: skip
    sure = (one for one in found if one.bound <= SLOWING_RATIO_MAX)
    return sorted(sure, key=lambda one: (one.bound, one.product.product_id))


def stopped(history: History) -> list[Stopped]:
    """Return the products whose silence is too long for chance, the surest first."""
    open_days = history.open_days(history.last(STOPPED_DAYS))
    if len(open_days) < OPEN_DAYS_MIN:
        return []
    tested = [one for product in history.products.values() if (one := _regular(product, history, open_days))]
    chances = chance.adjusted(
        [(1 - chance.lower_bound(one.sale_days - 1, one.open_days - 1, BOUND_RISK)) ** one.silent for one in tested]
    )
    found = [
        Stopped(
            one.product, one.silent, one.sale_days, one.open_days, one.longest_gap, one.last_day, _confidence(adjusted)
        )
        for one, adjusted in zip(tested, chances, strict=True)
        if adjusted <= FALSE_SHARE and one.silent > one.longest_gap
    ]
    return sorted(found, key=lambda one: (-one.confidence, -one.silent, one.product.product_id))


def _regular(product: Product, history: History, open_days: Sequence[int]) -> Stopped | None:
    """Return a product's regularity, confidence 0, if it sold regularly up to its last sale."""
    sold = [rank for rank, at in enumerate(open_days) if at in product.days and product.days[at].lines]
    if len(sold) < STOPPED_SALE_DAYS_MIN:
        return None
    span = sold[-1] - sold[0] + 1
    silent = len(open_days) - 1 - sold[-1]
    if (len(sold) - 1) < STOPPED_RATE_MIN * (span - 1) or silent > STOPPED_SILENCE_MAX:
        return None
    longest = max(later - earlier - 1 for earlier, later in pairwise(sold))
    return Stopped(product, silent, len(sold), span, longest, history.days[open_days[sold[-1]]], 0.0)


def _share(history: History, recent: range, before: range) -> float | None:
    """Return the recent part of the shop's tickets, None while the shop is too young to compare."""
    now, then = history.rung(recent), history.rung(before)
    if len(history.open_days(before)) < OPEN_DAYS_MIN or not now:
        return None
    return now / (now + then)


@dataclass(frozen=True, slots=True)
class _Compared:
    """A product's lines in two spans of days, and by how much its days scatter more than chance."""

    product: Product
    now: int
    then: int
    scale: float


def _compared(history: History, recent: range, before: range) -> list[_Compared]:
    days = history.open_days(before)
    exposures = [history.tickets[at] for at in days]
    counts = [
        (product, [product.days[at].lines if at in product.days else 0 for at in days])
        for product in history.products.values()
    ]
    own = [found for _, one in counts if (found := chance.pearson(one, exposures)) is not None]
    shop = max(1.0, chance.median(own))
    return [
        _Compared(
            product, sum(product.lines(recent)), sum(product.lines(before)), chance.dispersion(one, exposures, shop)
        )
        for product, one in counts
    ]


def _confidence(adjusted: float) -> float:
    return min(CONFIDENCE_MAX, 1 - adjusted)
