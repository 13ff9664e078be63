"""Which sales a finding about a product stands on: the newest ones, read day by day from the index of sales.

The tickets themselves are read, and no more of them than a limit; a product of which none is met is named without.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from pydantic_core import from_json
from sqlalchemy import Connection, select

from sync_server.schema import entries, sales

NAMED_MAX: Final = 20
TICKETS_READ_MAX: Final = 5000
PAGE: Final = 500


def of_products(
    connection: Connection, store_id: str, days: Mapping[str, Sequence[str]], *, most: int = NAMED_MAX
) -> dict[str, list[str]]:
    """Return for each product the event ids of its newest sales; ``days`` holds the business days it sold on."""
    found: dict[str, list[str]] = {product: [] for product in days}
    left = TICKETS_READ_MAX
    for day in sorted({day for sold in days.values() for day in sold}, reverse=True):
        open_ones = {product for product, sold in days.items() if day in sold and len(found[product]) < most}
        after = ""
        while open_ones and left > 0:
            rows = _tickets(connection, store_id, day, after, min(PAGE, left))
            left -= len(rows)
            for event_id, body in rows:
                for product in open_ones & _products_of(body):
                    found[product].append(event_id)
            open_ones = {product for product in open_ones if len(found[product]) < most}
            if len(rows) < PAGE:
                break
            after = rows[-1][0]
    return {product: ids[:most] for product, ids in found.items()}


def _tickets(connection: Connection, store_id: str, day: str, before: str, count: int) -> list[tuple[str, bytes]]:
    """Return the next sales of a day, the newest first; ``before`` is the last one seen."""
    of_entry = (
        (entries.c.store_id == sales.c.store_id)
        & (entries.c.journal_id == sales.c.journal_id)
        & (entries.c.seq == sales.c.seq)
    )
    statement = (
        select(sales.c.event_id, entries.c.body)
        .join(entries, of_entry)
        # As a span of one day: for an equal day SQLite walks the whole table by its key.
        .where(sales.c.store_id == store_id, sales.c.business_day.between(day, day), sales.c.kind == "sale")
        .order_by(sales.c.business_day.desc(), sales.c.event_id.desc())
        .limit(count)
    )
    if before:
        statement = statement.where(sales.c.event_id < before)
    return [(row.event_id, row.body) for row in connection.execute(statement)]


def _products_of(body: bytes) -> set[str]:
    """Return the products of a ticket; none of one whose words were blanked since."""
    return {line["product_id"] for line in from_json(body)["lines"]} if body else set()
