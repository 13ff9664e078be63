"""Measure the analysis on shops without a pattern and with one: `python -m tests.sync_server.false_alarms [SHOPS]`."""

import sys
from collections.abc import Callable, Sequence

from sync_server.findings import trends
from sync_server.findings.selling import History
from sync_server.findings.trends import Stopped, Trend
from tests.sync_server.random_shops import DAYS, Kind, Planted, history, no_pattern

Find = Callable[[History], Sequence[Trend | Stopped]]

SHOPS = {
    "chance alone": Kind(),
    "six days a week": Kind(open_weekdays=6),
    "a small shop": Kind(products=80, tickets=25),
    "a large shop": Kind(products=800, tickets=600),
    "days that scatter": Kind(scatter=0.5),
    "rung several times": Kind(clumped=True),
}


def tripled_last_week(product: int, day: int) -> float:
    """Plant a rise of one product in ten."""
    return 3.0 if product % 10 == 3 and day >= DAYS - trends.RISING_DAYS else 1.0


def halved_last_month(product: int, day: int) -> float:
    """Plant a fall of one product in ten to a third."""
    return 1 / 3 if product % 10 == 3 and day >= DAYS - trends.SLOWING_DAYS else 1.0


def out_of_stock(product: int, day: int) -> float:
    """Plant an empty shelf for one product in ten."""
    return 0.0 if product % 10 == 3 and day >= DAYS - 10 else 1.0


TESTS = (
    ("rising", trends.rising, tripled_last_week),
    ("slowing", trends.slowing, halved_last_month),
    ("stopped", trends.stopped, out_of_stock),
)


def measured(kind: Kind, find: Find, planted: Planted, shops: int) -> str:
    """Return how many cards a night are false without a pattern; with one, how many of those told are planted."""
    false = sum(len(find(history(seed, kind, no_pattern))) for seed in range(shops))
    told = [one.product.product_id for seed in range(max(1, shops // 4)) for one in find(history(seed, kind, planted))]
    true = sum(int(one[1:]) % 10 == 3 for one in told)
    return f"{false / shops:>8.3f} {f'{true}/{len(told)}':>9}"


def main(shops: int) -> None:
    """Print the figures of each kind of shop."""
    sys.stdout.write(f"{shops} shops of each kind; false cards a night without a pattern, right cards with one\n")
    sys.stdout.write(f"{'':20}" + "".join(f"{name:>12} {'':7}" for name, *_ in TESTS) + "\n")
    for name, kind in SHOPS.items():
        cells = [measured(kind, find, planted, shops) for _, find, planted in TESTS]
        sys.stdout.write(f"{name:20}" + "  ".join(cells) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 40)
