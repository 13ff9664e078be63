"""How likely counts are by chance: exact binomial tails, bounds, over-dispersion, and many tests at once.

Floats are for chances alone; no amount of money passes here. The formulas are told in ``docs/insights.md``.
"""

from collections.abc import Sequence
from math import ceil, exp, floor, lgamma, log, log1p
from typing import Final

# A term this much smaller than the sum so far no longer changes it.
NEGLIGIBLE: Final = 1e-17
BISECTIONS: Final = 60
# How many days' worth of the whole shop's over-dispersion stand behind one product's own.
SHRINKAGE: Final = 20


def tail(successes: int, trials: int, chance: float) -> float:
    """Return the chance of at least so many successes: P(X ≥ k) for X binomial."""
    if successes <= 0:
        return 1.0
    if successes > trials or chance <= 0:
        return 0.0
    if chance >= 1:
        return 1.0
    if successes <= trials * chance:  # the other tail is the shorter sum
        return max(0.0, 1.0 - tail(trials - successes + 1, trials, 1 - chance))
    first = exp(
        lgamma(trials + 1) - lgamma(successes + 1) - lgamma(trials - successes + 1)
        + successes * log(chance) + (trials - successes) * log1p(-chance)
    )  # fmt: skip
    odds = chance / (1 - chance)
    total = term = first
    for count in range(successes, trials):
        term *= (trials - count) / (count + 1) * odds
        total += term
        if term < total * NEGLIGIBLE:
            break
    return min(1.0, total)


def lower_bound(successes: int, trials: int, risk: float) -> float:
    """Return the smallest chance with which so many successes are not rarer than ``risk`` (Clopper–Pearson)."""
    if successes <= 0:
        return 0.0
    low, high = 0.0, successes / trials
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        if tail(successes, trials, middle) < risk:
            low = middle
        else:
            high = middle
    return low


def dispersion(counts: Sequence[int], exposures: Sequence[int], shop: float) -> float:
    """Return Pearson's over-dispersion of counts against their exposures, drawn to the shop's own; at least 1."""
    freedom = len(counts) - 1
    own = pearson(counts, exposures)
    if own is None:
        return max(1.0, shop)
    return max(1.0, (own * freedom + shop * SHRINKAGE) / (freedom + SHRINKAGE))


def pearson(counts: Sequence[int], exposures: Sequence[int]) -> float | None:
    """Return Σ(y − μ)²/μ over the degrees of freedom, None where nothing was counted."""
    total, exposed, freedom = sum(counts), sum(exposures), len(counts) - 1
    if not total or not exposed or freedom < 1:
        return None
    rate = total / exposed
    return sum((y - rate * e) ** 2 / (rate * e) for y, e in zip(counts, exposures, strict=True) if e) / freedom


def median(values: Sequence[float]) -> float:
    """Return the middle value, 1 where there is none."""
    ordered = sorted(values)
    return ordered[len(ordered) // 2] if ordered else 1.0


def rising_chance(recent: int, before: int, share: float, scale: float) -> float:
    """Return the chance of such a rise where nothing rose.

    ``share`` is the recent part of all tickets; counts are divided by their over-dispersion, to the cautious side.
    """
    up, down = floor(recent / scale), ceil(before / scale)
    return tail(up, up + down, share)


def rising_ratio(recent: int, before: int, share: float, scale: float, risk: float) -> float:
    """Return the smallest rise (recent rate over the rate before) that the counts still allow at this risk."""
    up, down = floor(recent / scale), ceil(before / scale)
    bound = lower_bound(up, up + down, risk) if up else 0.0
    return bound / (1 - bound) * (1 - share) / share


def adjusted(chances: Sequence[float]) -> list[float]:
    """Return Benjamini and Hochberg's adjusted chances, in the order given."""
    count = len(chances)
    least = 1.0
    found = [1.0] * count
    for rank, place in sorted(enumerate(sorted(range(count), key=lambda at: chances[at]), 1), reverse=True):
        least = min(least, chances[place] * count / rank)
        found[place] = least
    return found
