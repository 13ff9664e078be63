"""Six weeks of a shop, rung up through the same words that the screen uses, on a clock of their own.

It knows the till's checkout, refunds, staff and feedback; not where their data lies, nor any server.
"""

import heapq
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from random import Random
from typing import Final

from seraphine_pos.demo.clock import PastClock
from seraphine_pos.demo.rhythm import ORDINARY_PERCENT, Oddity, Pick, Visit, cash_given
from seraphine_pos.demo.sample import Person, Sample
from seraphine_pos.domain import barcode
from seraphine_pos.domain.feedback import Message, Scope, Sentiment
from seraphine_pos.domain.money import ONE
from seraphine_pos.domain.refund import Choice
from seraphine_pos.domain.sale import Method, Ticket
from seraphine_pos.domain.staff import Right
from seraphine_pos.till.checkout import ODD_TENDER_TIMES, Checkout
from seraphine_pos.till.feedback import Feedback
from seraphine_pos.till.refund import Refunds
from seraphine_pos.till.staff import Staff

SCAN_MS: Final = (2_000, 7_000)
SECOND_MS: Final = 1_000
MINUTE_MS: Final = 60_000

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Counter:
    """What stands at the counter of an open till."""

    checkout: Checkout
    refunds: Refunds
    staff: Staff
    feedback: Feedback


@dataclass(frozen=True, slots=True, order=True)
class Errand:
    """Something that is done at the first visit after it is due."""

    due_ms: int
    order: int
    run: Callable[[], None] = field(compare=False)


class History:
    """The past of the sample shop, from the visits of its rhythm."""

    def __init__(self, sample: Sample, counter: Counter, clock: PastClock, chance: Random) -> None:
        """Ring at this counter, whose till reads this clock."""
        self._sample = sample
        self._counter = counter
        self._clock = clock
        self._chance = chance
        self._people = {person.staff_id: person for person in sample.people}
        self._errands: list[Errand] = []
        self._here: tuple[str, int] | None = None
        self.tickets: list[Ticket] = []

    def ring(self, visits: Sequence[Visit], progress: Progress) -> None:
        """Serve everybody in order; what people say about the till comes at its own time."""
        until_ms = int(visits[-1].at.timestamp() * SECOND_MS) if visits else self._clock.now_ms()
        self._plan_feedback(until_ms)
        for done, visit in enumerate(visits, 1):
            self._clock.reach(int(visit.at.timestamp() * SECOND_MS))
            self._run_due(visit)
            self._stand(visit)
            self._serve(visit)
            progress(done, len(visits))
        self._leave()

    def _stand(self, visit: Visit) -> None:
        wanted = (visit.staff_id, visit.at.toordinal())
        if self._here == wanted:
            return
        self._leave()
        self._counter.staff.sign_in(visit.staff_id, self._people[visit.staff_id].pin)
        self._here = wanted

    def _leave(self) -> None:
        self._counter.staff.sign_out()
        self._here = None

    def _serve(self, visit: Visit) -> None:
        for pick in visit.picks:
            self._add(pick)
        if visit.oddity is Oddity.VOID:
            self._counter.checkout.void(self._word("void_reasons"))
            return
        if visit.oddity is Oddity.REMOVED_LINE:
            self._change_mind(visit.picks)
        if visit.oddity is Oddity.DISCOUNT:
            self._lower_price()
        ticket = self._pay(visit)
        if ticket is None:
            return
        self.tickets.append(ticket)
        if visit.oddity is Oddity.REFUND:
            due_ms = self._clock.now_ms() + visit.back_after_s * SECOND_MS
            self._later(due_ms, partial(self._bring_back, ticket))

    def _add(self, pick: Pick) -> None:
        self._clock.pass_ms(self._chance.randint(*SCAN_MS))
        product = self._sample.products[pick.ware]
        if product.codes:
            self._counter.checkout.scan(barcode.shown(product.codes[0].code), pick.quantity)
        else:
            self._counter.checkout.add(product, pick.quantity)

    def _change_mind(self, picks: Iterable[Pick]) -> None:
        taken = {pick.ware for pick in picks}
        others = [ware for ware in range(len(self._sample.products)) if ware not in taken]
        self._add(Pick(self._chance.choice(others), ONE))
        self._clock.pass_ms(self._chance.randint(*SCAN_MS))
        self._counter.checkout.remove(self._counter.checkout.cart.last_no)

    def _lower_price(self) -> None:
        line = self._counter.checkout.cart.lines[0]
        percent = ORDINARY_PERCENT - self._sample.rhythm.discount_percent(self._chance)
        owner = self._sample.owner
        approver = self._counter.staff.approve(owner.staff_id, owner.pin, Right.OVERRIDE_PRICE)
        price = line.unit_price * percent // ORDINARY_PERCENT
        self._counter.checkout.set_price(line.no, price, approved_by=approver)

    def _pay(self, visit: Visit) -> Ticket | None:
        checkout, method = self._counter.checkout, Method(visit.method)
        if method is Method.OTHER:
            checkout.note(self._word("other_notes"))
        self._clock.pass_ms(self._chance.randint(*SCAN_MS))
        total = checkout.cart.total
        given = cash_given(total, visit.given, self._sample.store.currency.decimals)
        plain = method is not Method.CASH or given > ODD_TENDER_TIMES * total
        return checkout.pay(method, None if plain else given)

    def _bring_back(self, ticket: Ticket) -> None:
        found = self._counter.refunds.find(ticket.where.receipt)
        line = self._chance.choice(found.ticket.lines)
        method = found.ticket.tenders[0].method
        reason = self._word("refund_reasons")
        self._counter.refunds.refund(found, [Choice(line.no, line.quantity)], method, reason=reason)

    def _plan_feedback(self, until_ms: int) -> None:
        for one in self._sample.feedback:
            person = self._people[one["staff"]]
            message = Message(Scope(one["scope"]), Sentiment(one["sentiment"]), one["message"])
            about_sale = one["related"] == "last_sale"
            due_ms = until_ms - one["age_minutes"] * MINUTE_MS
            self._later(due_ms, partial(self._say, person, message, about_sale=about_sale))

    def _say(self, person: Person, message: Message, *, about_sale: bool) -> None:
        self._leave()
        self._counter.staff.sign_in(person.staff_id, person.pin)
        sale_id = self.tickets[-1].event_id if about_sale and self.tickets else None
        self._counter.feedback.submit(replace(message, related_sale_id=sale_id))
        self._leave()

    def _later(self, due_ms: int, run: Callable[[], None]) -> None:
        heapq.heappush(self._errands, Errand(due_ms, len(self._errands) + len(self.tickets), run))

    def _run_due(self, visit: Visit) -> None:
        """Do what is due; who says something leaves afterwards, so whoever serves stands there anew each time."""
        while self._errands and self._errands[0].due_ms <= self._clock.now_ms():
            self._stand(visit)
            heapq.heappop(self._errands).run()

    def _word(self, table: str) -> str:
        return self._chance.choice(self._sample.rhythm.words(table))
