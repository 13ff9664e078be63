"""Shops that sell by chance alone, and patterns planted in them: what an analysis must be quiet on, and find."""

import math
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from sync_server.findings.selling import History, Product, Sold, days_before

TODAY = date(2026, 11, 22)
DAYS = 84
PRICE = 500


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of shop: products, tickets a day, how far its days scatter beyond chance, how many days a week."""

    products: int = 200
    tickets: int = 150
    scatter: float = 0.0
    open_weekdays: int = 7
    clumped: bool = False


Planted = Callable[[int, int], float]


def no_pattern(_product: int, _day: int) -> float:
    """Leave every product's rate as it is."""
    return 1.0


def history(seed: int, kind: Kind, planted: Planted = no_pattern) -> History:
    """Return a shop's last days; ``planted`` multiplies a product's rate on a day."""
    chance = random.Random(seed)
    days = days_before(TODAY, DAYS)
    weights = [1 / (rank + 2) for rank in range(kind.products)]  # few sell much, many little
    whole = sum(weights)
    # A shop has good and bad weekdays; everything sells more on the good ones.
    weekday = [chance.uniform(0.6, 1.4) if day < kind.open_weekdays else 0.0 for day in range(7)]
    products = {f"p{rank:03}": Product(f"p{rank:03}", f"Article {rank}") for rank in range(kind.products)}
    tickets: list[int] = []
    for place, day in enumerate(days):
        busy = weekday[date.fromisoformat(day).weekday()]
        tickets.append(poisson(chance, kind.tickets * busy))
        for rank, product in enumerate(products.values()):
            rate = tickets[-1] * weights[rank] / whole * 2 * planted(rank, place)
            if kind.scatter:
                rate *= chance.gammavariate(1 / kind.scatter, kind.scatter)
            lines = poisson(chance, rate)
            if kind.clumped:  # the same customer rings it several times
                lines = sum(chance.choice((1, 1, 2, 4)) for _ in range(lines))
            if lines:
                product.days[place] = Sold(lines, 1000 * lines, PRICE * lines)
    return History(days, tuple(tickets), {key: one for key, one in products.items() if one.days})


def poisson(chance: random.Random, mean: float) -> int:
    """Return a count that is by chance what it is (Knuth's way; a normal one where the mean is large)."""
    if mean > 100:
        return max(0, round(chance.gauss(mean, math.sqrt(mean))))
    limit, count, product = math.exp(-mean), 0, chance.random()
    while product > limit:
        count += 1
        product *= chance.random()
    return count
