"""What became of every line of a replayed file, and where all of its money is."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from seraphine_pos.domain.money import extend
from seraphine_pos.domain.sale import Line, Ticket
from seraphine_pos.replay.plan import Returning, Selling, minor
from seraphine_pos.replay.transactions import SetAside, Transactions


@dataclass(slots=True)
class Tally:
    """The count of a replay in the making; amounts of the till in minor units, the file's exact."""

    decimals: int
    sales: int = 0
    refunds: int = 0
    rung_before: int = 0
    sold_lines: int = 0
    refunded_lines: int = 0
    loose_lines: int = 0
    other_price_lines: int = 0
    free_lines: int = 0
    new_products: int = 0
    sold: int = 0
    refunded: int = 0
    tax_upon: int = 0
    rounding: Decimal = Decimal(0)
    set_aside: list[SetAside] = field(default_factory=list)

    def sale(self, ticket: Ticket, done: Sequence[tuple[Selling, Line]]) -> None:
        """Count a ticket and the lines of the file that stand on it."""
        self.sales += 1
        self.sold += ticket.total
        for selling, line in done:
            self.sold_lines += len(selling.lines)
            self.free_lines += sum(not one.price for one in selling.lines)
            self.other_price_lines += len(selling.lines) * (line.unit_price != line.list_price)
        self._weigh(ticket, _sum(one.exact for selling, _ in done for one in selling.lines))

    def refund(self, ticket: Ticket, returned: Sequence[Returning], loose: Collection[int]) -> None:
        """Count a refund and the lines of the file that stand on it; ``loose`` ones name no earlier ticket."""
        self.refunds += 1
        self.refunded += ticket.total
        lines = {one.line.line: one.line for one in returned}
        self.refunded_lines += len(lines) - len(loose)
        self.loose_lines += len(loose)
        self.free_lines += sum(not line.price for line in lines.values())
        self._weigh(ticket, _sum(line.exact for line in lines.values()))

    def _weigh(self, ticket: Ticket, exact: Decimal) -> None:
        """Set what the file says against what the till said, less a tax that the store adds to prices."""
        upon = sum(line.tax for line in ticket.lines if not line.tax_included)
        sign = -1 if ticket.refund else 1
        self.tax_upon += sign * upon
        self.rounding += exact - sign * self.amount(ticket.total - upon)

    def amount(self, minor: int) -> Decimal:
        """Return minor units as the file writes amounts."""
        return Decimal(minor).scaleb(-self.decimals)

    @property
    def lines(self) -> int:
        """Return how many lines are accounted for."""
        return self.sold_lines + self.refunded_lines + self.loose_lines + len(self.set_aside)

    @property
    def money(self) -> Decimal:
        """Return the sum of all rows of money: what was sold, given back, rounded and set aside."""
        return (
            self.amount(self.sold - self.refunded - self.tax_upon)
            + self.rounding
            + _sum(one.exact for one in self.set_aside if one.exact is not None)
        )

    def reasons(self) -> Iterator[tuple[str, int, Decimal]]:
        """Yield why lines were set aside: the reason, how many lines, their exact amount."""
        counts: Counter[str] = Counter()
        amounts: dict[str, Decimal] = {}
        for one in self.set_aside:
            said = one.reason.english
            counts[said] += 1
            amounts[said] = amounts.get(said, Decimal(0)) + (one.exact or Decimal(0))
        for said, count in counts.most_common():
            yield said, count, amounts[said]


def control_sum(transactions: Transactions) -> Decimal:
    """Return the file's own sum of quantity times price, exactly, over every line that has both."""
    return _sum(line.exact for line in transactions.lines) + _sum(
        one.exact for one in transactions.set_aside if one.exact is not None
    )


def by_day(transactions: Transactions, decimals: int) -> dict[str, Decimal]:
    """Return what a report should say of each day, from the file's lines alone.

    An invoice belongs to the day of its first line; a price below the smallest coin is the coin's.
    """
    days: dict[str, Decimal] = {}
    first: dict[str, str] = {}
    for line in transactions.lines:
        day = first.setdefault(line.invoice, line.at.date().isoformat())
        amount = extend(minor(line.price, decimals), line.quantity)
        days[day] = days.get(day, Decimal(0)) + Decimal(amount).scaleb(-decimals)
    return days


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, Decimal(0))
