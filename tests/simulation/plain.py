"""The simulation's own plain count: what each sale came to, added up without the product's arithmetic or folds."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

TIME_ZONE = ZoneInfo("Africa/Casablanca")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Rung:
    """A sale or a refund as the cashier saw it; amounts in minor units, quantity in thousandths."""

    event_id: str
    refund: bool
    till_id: str
    day: str
    total: int
    tax: int
    quantity: int


@dataclass(slots=True)
class Sums:
    """What a day of a till comes to."""

    sales: int = 0
    refunds: int = 0
    gross: int = 0
    refunded: int = 0
    tax: int = 0
    quantity: int = 0

    def add(self, one: Rung) -> None:
        """Count a ticket."""
        sign = -1 if one.refund else 1
        self.sales += not one.refund
        self.refunds += one.refund
        self.gross += 0 if one.refund else one.total
        self.refunded += one.total if one.refund else 0
        self.tax += sign * one.tax
        self.quantity += sign * one.quantity

    @property
    def row(self) -> tuple[int, ...]:
        """Return the figures in the order of a cell: sales, refunds, quantity, gross, refunded, tax."""
        return self.sales, self.refunds, self.quantity, self.gross, self.refunded, self.tax


@dataclass(slots=True)
class Book:
    """Every ticket that was ever rung, on whatever disk, and every poison entry."""

    rung: dict[str, Rung] = field(default_factory=dict)
    poison: set[str] = field(default_factory=set)

    def by_day(self, event_ids: Iterable[str]) -> dict[tuple[str, str], tuple[int, ...]]:
        """Return what these events come to, by day and till."""
        days: dict[tuple[str, str], Sums] = {}
        for event_id in event_ids:
            one = self.rung.get(event_id)
            if one is not None:
                days.setdefault((one.day, one.till_id), Sums()).add(one)
        return {day: sums.row for day, sums in days.items()}


def half_up(numerator: int, denominator: int) -> int:
    """Divide what is not negative, half up."""
    whole, rest = divmod(numerator, denominator)
    return whole + (2 * rest >= denominator)


def amount_of(unit_price: int, quantity: int) -> int:
    """Return what a quantity in thousandths costs."""
    return half_up(unit_price * quantity, 1000)


def tax_in(amount: int, rate: int) -> int:
    """Return the tax within an amount, at a rate in hundredths of a percent."""
    return half_up(amount * rate, 10_000 + rate)


def day_of(at_ms: int) -> str:
    """Return the day on the shop's calendar; also of moments that no C library likes."""
    return (EPOCH + timedelta(milliseconds=at_ms)).astimezone(TIME_ZONE).date().isoformat()


def given_back(bodies: Iterable[dict[str, Any]], event_id: str) -> dict[int, tuple[int, int, int]]:
    """Return quantity, amount and tax that refunds gave back of each line of a sale."""
    sums: dict[int, Counter[str]] = {}
    for body in bodies:
        for line in body["lines"]:
            of = line["of"]
            if of is not None and of["event_id"] == event_id:
                part = {name: line[name] for name in ("quantity", "amount", "tax")}
                sums.setdefault(of["no"], Counter()).update(part)
    return {no: (one["quantity"], one["amount"], one["tax"]) for no, one in sums.items()}
