"""What each product sold on each of the last days, read from the figures; it costs by days and products."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, Select, func, select

from seraphine_pos.domain.rollup import PRODUCT, TOTAL
from sync_server.schema import rollups


class Sold(NamedTuple):
    """What a product came to on a day: lines of sales, thousandths of quantity and minor units net of refunds."""

    lines: int
    quantity: int
    net: int


@dataclass(frozen=True, slots=True)
class Product:
    """A product by its name, and what it sold by the place of the day."""

    product_id: str
    name: str
    days: dict[int, Sold] = field(default_factory=dict)

    def lines(self, places: range) -> list[int]:
        """Return the lines sold on these days, in their order."""
        return [self.days[at].lines if at in self.days else 0 for at in places]


@dataclass(frozen=True, slots=True)
class History:
    """Days without a hole, oldest first, how many sales the shop rang on each, and its products."""

    days: tuple[str, ...]
    tickets: tuple[int, ...]
    products: Mapping[str, Product]

    def last(self, count: int, *, before: int = 0) -> range:
        """Return the places of the last days, but for the very last ones."""
        end = len(self.days) - before
        return range(max(0, end - count), end)

    def rung(self, places: range) -> int:
        """Return how many sales the shop rang on these days."""
        return sum(self.tickets[at] for at in places)

    def open_days(self, places: range) -> list[int]:
        """Return those of these days on which the shop sold anything."""
        return [at for at in places if self.tickets[at]]


def days_before(today: date, count: int) -> tuple[str, ...]:
    """Return the days before a day, oldest first."""
    return tuple((today - timedelta(days=back)).isoformat() for back in range(count, 0, -1))


def read(connection: Connection, store_id: str, days: Sequence[str]) -> History:
    """Return what was sold on consecutive days."""
    places = {day: place for place, day in enumerate(days)}
    of_days = (rollups.c.store_id == store_id, rollups.c.day >= days[0], rollups.c.day <= days[-1])
    tickets = [0] * len(days)
    for row in connection.execute(
        select(rollups.c.day, func.sum(rollups.c.sales).label("rung"))
        .where(*of_days, rollups.c.facet == TOTAL)
        .group_by(rollups.c.day)
    ):
        tickets[places[row.day]] = int(row.rung)
    products: dict[str, Product] = {}
    for cell in connection.execute(_cells().where(*of_days).group_by(rollups.c.key, rollups.c.day)):
        known = products.get(cell.key)
        place = places[cell.day]
        if known is None or place > max(known.days):  # the name of the newest day is the product's
            known = products[cell.key] = Product(cell.key, cell.label, known.days if known else {})
        known.days[place] = Sold(int(cell.lines), int(cell.quantity), int(cell.net))
    return History(tuple(days), tuple(tickets), dict(sorted(products.items())))


def _cells() -> Select[tuple[str, str, str, int, int, int]]:
    return select(
        rollups.c.key,
        rollups.c.day,
        func.max(rollups.c.label).label("label"),
        func.sum(rollups.c.sales).label("lines"),
        func.sum(rollups.c.quantity).label("quantity"),
        (func.sum(rollups.c.gross) - func.sum(rollups.c.refunded)).label("net"),
    ).where(rollups.c.facet == PRODUCT)
