"""Whether both sides hold the same of each day: this till's own ticket by ticket, the other tills' as they told it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final, Protocol

from seraphine_pos.domain.day_proof import (
    TICKETS_MAX,
    DayProof,
    DayTickets,
    Difference,
    Marked,
    StoreProofs,
    Verdict,
    differences,
    in_order,
    side_by_side,
)
from seraphine_pos.domain.proof import none_of
from seraphine_pos.domain.refusal import Unavailable
from seraphine_pos.domain.report import ReportQuery
from seraphine_pos.domain.staff import Right
from seraphine_pos.store.ledger import Ledger
from seraphine_pos.till.session import Session

# Of so many days that differ the tickets are looked up, the latest first.
DAYS_LOOKED_INTO: Final = 7
PAGES_MAX: Final = 100


class Other(Protocol):
    """The server, as far as it knows of proofs."""

    def proofs(self, query: ReportQuery) -> StoreProofs:
        """Return its side of some days."""
        ...

    def day_tickets(self, till_id: str, day: str, after: str) -> DayTickets:
        """Return the next tickets of a till's day."""
        ...


@dataclass(frozen=True, slots=True)
class Compared:
    """The days of some period; where the server is out of reach, ``compared`` is false and they are this till's alone.

    ``aside_here`` and ``aside_there`` count entries that no proof includes, whatever their day.
    """

    days: tuple[DayProof, ...]
    compared: bool
    aside_here: int
    aside_there: int = 0


class Proofs:
    """The proofs of any days."""

    def __init__(self, ledger: Ledger, session: Session, server: Other) -> None:
        self._ledger = ledger
        self._session = session
        self._server = server

    def days(self, query: ReportQuery) -> Compared:
        """Return each day of the period on which a ticket was rung, the latest first.

        This may wait for the network: not for the UI thread.
        """
        self._session.require(Right.REPORTS)
        try:
            return self._compared(query)
        except Unavailable:
            return self.own(query)

    def own(self, query: ReportQuery) -> Compared:
        """Return this till's side alone, without asking the server."""
        self._session.require(Right.REPORTS)
        return Compared(tuple(self._own(query, None)), compared=False, aside_here=self._ledger.left_out())

    def _compared(self, query: ReportQuery) -> Compared:
        own_till, _ = self._ledger.own_till()
        store = self._server.proofs(query)
        found = [*side_by_side(store, skip=own_till), *self._looked_into(self._own(query, store))]
        return Compared(tuple(in_order(found)), True, self._ledger.left_out(), store.aside)

    def _own(self, query: ReportQuery, store: StoreProofs | None) -> list[DayProof]:
        """Return this till's days, beside the server's side where it is known."""
        till_id, label = self._ledger.own_till()
        rung = {one.day: one for one in self._ledger.proofs(query.start, query.end)}
        if store is None:
            return in_order(DayProof(day, till_id, label, proof, None) for day, proof in rung.items())
        counted = {one.day: one for one in store.counted if one.till_id == till_id}
        return in_order(
            DayProof(day, till_id, label, rung.get(day, none_of(day, till_id)), counted.get(day, none_of(day, till_id)))
            for day in rung.keys() | counted.keys()
        )

    def _looked_into(self, days: Iterable[DayProof]) -> list[DayProof]:
        """Find the tickets that differ, of the first days that do."""
        left = DAYS_LOOKED_INTO
        found = []
        for one in days:
            if one.verdict is Verdict.DIFFERENT and left:
                left -= 1
                found.append(self._explained(one))
            else:
                found.append(one)
        return found

    def _explained(self, one: DayProof) -> DayProof:
        """Find the tickets that differ; where none does any more, what was on its way has arrived: compare again."""
        differing = self._differences(one)
        if differing:
            return replace(one, differences=differing)
        query = ReportQuery(one.day, one.day)
        again = next(iter(self._own(query, self._server.proofs(query))), one)
        return replace(again, differences=())

    def _differences(self, one: DayProof) -> tuple[Difference, ...]:
        counted: list[Marked] = []
        aside: frozenset[str] = frozenset()
        for _ in range(PAGES_MAX):
            page = self._server.day_tickets(one.till_id, one.day, counted[-1].event_id if counted else "")
            counted += page.tickets
            aside |= page.aside
            if len(page.tickets) < TICKETS_MAX:
                break
        rung = self._ledger.day_tickets(one.day)
        return differences(
            (Marked(event_id, receipt, mark.hex()) for event_id, receipt, mark, _ in rung),
            counted,
            waiting={event_id for event_id, _, _, waits in rung if waits},
            aside=aside,
        )
