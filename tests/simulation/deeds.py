"""What happens in a simulated shop on any day: people sell, give back, wish, and take copies."""

from collections.abc import Callable
from typing import Final

from tests.simulation.disk import take
from tests.simulation.faults import Seen
from tests.simulation.shop import Shop
from tests.simulation.template import PRODUCTS

Deed = Callable[[Shop], None]


def sell(shop: Shop) -> None:
    """Ring up a few sales at one till."""
    till = shop.any_till()
    for _ in range(shop.chance.randrange(1, 4)):
        shop.cashier.sell(till)
        shop.counts[Seen.SOLD] += 1


def scan(shop: Shop) -> None:
    """Leave a cart in progress."""
    shop.cashier.scan(shop.any_till())


def give_back(shop: Shop) -> None:
    """Give something back at one till."""
    shop.cashier.give_back(shop.any_till())


def talk(shop: Shop) -> None:
    """Void a sale, leave a word, or wish for a product."""
    word = shop.chance.choice((shop.cashier.void, shop.cashier.say, shop.cashier.wish, shop.cashier.wish))
    word(shop.any_till())


def exchange(shop: Shop) -> None:
    """Let one till exchange, if it is not away for weeks."""
    till = shop.any_till()
    if not till.offline:
        shop.exchange(till)


def publish(shop: Shop) -> None:
    """Set a price."""
    shop.server.publish(shop.chance.choice(PRODUCTS), shop.chance.randrange(50, 9999))
    shop.counts[Seen.PUBLISHED] += 1


def copy_till(shop: Shop) -> None:
    """Copy a till's folder away."""
    till = shop.any_till()
    shop.till_images.append((till.person, take(till.folder)))


def copy_server(shop: Shop) -> None:
    """Back the server up."""
    shop.server_images.append(shop.server.backup())


DAILY: Final[tuple[tuple[Deed, float], ...]] = (
    (sell, 5), (scan, 1), (give_back, 1), (talk, 1), (exchange, 6), (publish, 1), (copy_till, 2), (copy_server, 1),
)  # fmt: skip
