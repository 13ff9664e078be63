"""Somebody at a till, by chance: sells, gives back, signs out and in; notes what was said to be done and how fast."""

import random
from collections.abc import Callable
from time import perf_counter_ns
from typing import Final

from seraphine_pos.domain.refund import Choice
from seraphine_pos.domain.sale import Method, Ticket
from seraphine_pos.shop import Patience, Shop
from seraphine_pos.sync.client import Timeouts
from seraphine_pos.sync.worker import Pace
from tests.faults.premises import CASHIER, CODES

NS_PER_MS: Final = 1_000_000
LINES_MAX: Final = 4


def hasty(haste: float) -> Patience:
    """Return the patience of a till whose network runs so many times faster than the real one; 1 is the real one."""
    times, pace = Timeouts(), Pace()
    return Patience(
        Timeouts(times.connect_s / haste, times.read_s / haste, times.whole_s / haste),
        Pace(pace.hello_s / haste, pace.hello_spread, pace.backoff_s_min / haste, pace.backoff_s_max / haste),
    )


class Counter:
    """A person with this chance at this till; ``tell`` hears of each ticket once it is done."""

    def __init__(self, shop: Shop, chance: random.Random, tell: Callable[[Ticket], None]) -> None:
        self._shop = shop
        self._chance = chance
        self._tell = tell
        self.commits_ms: list[float] = []

    def sign_in(self) -> None:
        """Take the place of the cashier, by PIN."""
        self._shop.staff.sign_in(*CASHIER)

    def act(self) -> None:
        """Do one thing: mostly a sale."""
        die = self._chance.randrange(40)
        if die == 0:
            self._shop.staff.sign_out()
            self.sign_in()
        elif die == 1:
            self._shop.checkout.scan(self._chance.choice(CODES))
            self._shop.checkout.void("client parti")
        elif die < 5:
            self.give_back()
        else:
            self.sell()

    def sell(self) -> None:
        """Ring some lines and take a payment; only the payment's commit is timed."""
        for _ in range(self._chance.randint(1, LINES_MAX)):
            self._shop.checkout.scan(self._chance.choice(CODES))
        method = self._chance.choice((Method.CASH, Method.CARD))
        begun = perf_counter_ns()
        ticket = self._shop.checkout.pay(method)
        self.commits_ms.append((perf_counter_ns() - begun) / NS_PER_MS)
        assert ticket is not None
        self._tell(ticket)

    def give_back(self) -> None:
        """Give back one line of a recent ticket, if anything of it is left."""
        rows = self._shop.sales.recent()
        if not rows:
            return
        found = self._shop.refunds.find(self._chance.choice(rows).receipt)
        left = [(line.no, found.left(line.no)) for line in found.ticket.lines]
        choices = [Choice(no, quantity) for no, quantity in left if quantity][:1]
        if choices:
            self._tell(self._shop.refunds.refund(found, choices, Method.CASH))
