"""What the ledger keeps of tickets whose entries were emptied: nobody could fold it again.

Their rows stay, so that numbers go on and limits hold; of the figures what they had added; their proofs are made again
from the digests, which stay.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from seraphine_pos.domain.event import Kind
from seraphine_pos.domain.journal import Entry
from seraphine_pos.domain.proof import Share, Shares
from seraphine_pos.domain.rollup import TOTAL, Delta
from seraphine_pos.store.database import Connection

_COLUMNS: Final = """event_id, journal_id, seq, at_ms, refund, receipt, tag, number, shift_id, business_day,
    operator_id, lines, total, cash, card, other"""
_TICKETS: Final = f"""
    SELECT {", ".join(f"t.{name.strip()}" for name in _COLUMNS.split(","))}, e.digest, j.till_id
    FROM ticket t JOIN entry e ON e.journal_id = t.journal_id AND e.seq = t.seq
        JOIN journal j ON j.journal_id = t.journal_id
    WHERE e.body = ''"""
_PUT_TICKET: Final = f"INSERT INTO ticket ({_COLUMNS}) VALUES ({', '.join('?' * 16)})"
_GIVEN: Final = """
    SELECT g.* FROM given_back g JOIN ticket t ON t.event_id = g.event_id
        JOIN entry e ON e.journal_id = t.journal_id AND e.seq = t.seq
    WHERE e.body = ''"""
_PUT_GIVEN: Final = "INSERT INTO given_back VALUES (?, ?, ?, ?, ?, ?, ?)"
_SHIFTS: Final = "SELECT * FROM shift"
# Only those that no entry has opened again.
_PUT_SHIFT: Final = "INSERT OR IGNORE INTO shift VALUES (?, ?, ?, ?, ?, ?, ?)"
_CELLS: Final = "SELECT * FROM cell WHERE day IN (SELECT value FROM json_each(?)) ORDER BY day, till_id, facet, key"
_SOME_EMPTIED: Final = f"""
    SELECT 1 FROM entry WHERE body = '' AND kind IN (
        '{Kind.SALE_COMPLETED}', '{Kind.SALE_REFUNDED}', '{Kind.SHIFT_OPENED}', '{Kind.SHIFT_CLOSED}') LIMIT 1"""

Row = tuple[object, ...]


@dataclass(slots=True)
class Frozen:
    """The rows of emptied tickets by their event, what hangs on them, and what they had added to the figures."""

    tickets: dict[str, Row] = field(default_factory=dict)
    given: list[Row] = field(default_factory=list)
    shifts: list[Row] = field(default_factory=list)
    shares: list[Share] = field(default_factory=list)
    cells: list[Delta] = field(default_factory=list)

    def put_ticket(self, connection: Connection, event_id: str) -> None:
        """Write a ticket's row back, in its turn among those that are folded again."""
        connection.execute(_PUT_TICKET, self.tickets[event_id])

    def put_rest(self, connection: Connection) -> None:
        """Write back what hangs on the tickets, and the shifts that no entry tells of any more."""
        connection.executemany(_PUT_GIVEN, self.given)
        connection.executemany(_PUT_SHIFT, self.shifts)

    def problems(self) -> Iterator[str]:
        """Yield the days whose kept figures are not what their kept tickets come to."""
        counted: dict[str, list[int]] = {}
        for row in self.tickets.values():
            sums = counted.setdefault(str(row[9]), [0, 0, 0, 0])
            refund, total = bool(row[4]), int(str(row[12]))
            sums[int(refund)] += 1
            sums[2 + int(refund)] += total
        kept: dict[str, list[int]] = {day: [0, 0, 0, 0] for day in counted}
        for cell in self.cells:
            if cell.facet == TOTAL:
                kept[cell.day] = [
                    one + other
                    for one, other in zip(
                        kept.get(cell.day, [0, 0, 0, 0]), (cell.sales, cell.refunds, cell.gross, cell.refunded),
                        strict=True,
                    )
                ]  # fmt: skip
        for day in sorted(counted.keys() | kept.keys()):
            if counted.get(day, [0, 0, 0, 0]) != kept[day]:
                yield f"day {day}: kept figures {kept[day]}, kept tickets {counted.get(day)}"


def frozen(connection: Connection, foldable: Callable[[Connection], Sequence[Delta]]) -> Frozen:
    """Return what is kept of emptied tickets; ``foldable`` gives the cells of all others that are in the figures."""
    if connection.execute(_SOME_EMPTIED).fetchone() is None:
        return Frozen()
    found = Frozen(given=connection.execute(_GIVEN).fetchall(), shifts=connection.execute(_SHIFTS).fetchall())
    shares = Shares()
    for *row, digest, till_id in connection.execute(_TICKETS):
        found.tickets[row[0]] = tuple(row)
        kind = Kind.SALE_REFUNDED if row[4] else Kind.SALE_COMPLETED
        stone = Entry("", 0, 0, kind, 1, row[0], b"", "", None, digest, b"", b"")
        shares.add(stone, {"business_day": row[9], "till_id": till_id, "total": row[12]})
    found.shares = shares.rows()
    found.cells = list(_left(connection, sorted({share.day for share in found.shares}), foldable(connection)))
    return found


def _left(connection: Connection, days: Sequence[str], folded: Sequence[Delta]) -> Iterator[Delta]:
    """Yield what is left of the figures of some days without the tickets that can still be folded."""
    less = {cell[:4]: cell for cell in folded}
    for row in connection.execute(_CELLS, (json.dumps(days),)):
        cell = Delta._make(row)
        other = less.get(cell[:4])
        sums = cell[5:] if other is None else tuple(one - two for one, two in zip(cell[5:], other[5:], strict=True))
        if any(sums):
            yield Delta(*cell[:5], *sums)
