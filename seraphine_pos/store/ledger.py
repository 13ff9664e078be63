"""What the journal's entries come to on this till: tickets, refunds, shifts, wishes, figures.

``apply`` is the one fold from an entry to these rows, in the entry's own transaction and again
when they are rebuilt. Figures are folded later, when somebody asks, from where the last asking ended.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, cast

from seraphine_pos.domain import event, journal, report, rollup, sale
from seraphine_pos.domain import shift as shifts
from seraphine_pos.domain.event import Kind
from seraphine_pos.domain.journal import Body, Entry
from seraphine_pos.domain.money import DIGITS_MAX
from seraphine_pos.domain.proof import Proof
from seraphine_pos.domain.refund import Given
from seraphine_pos.domain.report import ReportData, ReportQuery, TillState
from seraphine_pos.domain.rollup import Delta
from seraphine_pos.domain.sale import Ticket
from seraphine_pos.domain.shift import Shift
from seraphine_pos.store import figures, proofs
from seraphine_pos.store.database import Connection, Database, IntegrityError
from seraphine_pos.store.frozen import frozen
from seraphine_pos.store.proofs import Rung
from seraphine_pos.store.sound import counted, unsound
from seraphine_pos.store.tickets import TicketFilter, TicketRow, listed

if TYPE_CHECKING:  # loaded when there is something to describe
    from seraphine_pos.domain.quarantine import SetAside

# What is folded from the journals, in the order in which it is emptied.
FOLDED: Final = ("ticket", "given_back", "shift", "proposal", "cell", "proof")
CELLS: Final = "SELECT * FROM cell ORDER BY day, till_id, facet, key"
_INSERT_TICKET: Final = """
    INSERT INTO ticket (event_id, journal_id, seq, at_ms, refund, receipt, tag, number, shift_id, business_day,
        operator_id, lines, total, cash, card, other) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
_INSERT_GIVEN: Final = """
    INSERT INTO given_back (event_id, no, of_event_id, of_no, quantity, amount, tax) VALUES (?, ?, ?, ?, ?, ?, ?)"""
_INSERT_SHIFT: Final = """
    INSERT INTO shift (shift_id, till_id, business_day, operator_id, opened_at_ms, float) VALUES (?, ?, ?, ?, ?, ?)"""
_INSERT_PROPOSAL: Final = """
    INSERT INTO proposal (event_id, journal_id, seq, kind, key, fields) VALUES (?, ?, ?, ?, ?, ?)"""
_ENTRY_OF: Final = "FROM ticket t JOIN entry e ON e.journal_id = t.journal_id AND e.seq = t.seq"
_GIVEN: Final = """
    SELECT of_no, sum(quantity), sum(amount), sum(tax) FROM given_back WHERE of_event_id = ? GROUP BY of_no"""
_OPEN_SHIFT: Final = """
    SELECT shift_id, till_id, business_day, operator_id, opened_at_ms, float FROM shift
    WHERE till_id = ? AND closed_at_ms IS NULL ORDER BY opened_at_ms DESC LIMIT 1"""
_STATE: Final = """
    SELECT till_id, till_label, (SELECT at_ms FROM ticket ORDER BY position DESC LIMIT 1),
        coalesce((SELECT max(seq) FROM entry WHERE entry.journal_id = journal.journal_id), 0) - acked_seq
    FROM journal ORDER BY place DESC LIMIT 1"""
_DROP_GRANTED: Final = """
    DELETE FROM proposal
    WHERE seq <= (SELECT applied_seq FROM journal WHERE journal.journal_id = proposal.journal_id)"""
_ADD_CELL: Final = """
    INSERT INTO cell VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (day, till_id, facet, key) DO UPDATE SET
        label = max(label, excluded.label), sales = sales + excluded.sales,
        refunds = refunds + excluded.refunds, quantity = quantity + excluded.quantity,
        gross = gross + excluded.gross, refunded = refunded + excluded.refunded, tax = tax + excluded.tax"""


class Ledger:
    """The folded rows of this till's journals."""

    def __init__(self, database: Database) -> None:
        """Read and write in this database."""
        self._database = database

    def apply(self, connection: Connection, sealed: Entry, body: Body) -> None:
        """Add the rows of one entry, in the transaction that stores it."""
        fold = _FOLDS.get(sealed.kind)
        if fold is not None:
            fold(connection, sealed, body)

    def refold(self, connection: Connection, sealed: Entry, body: Body) -> None:
        """Add the rows of one entry where two pasts of this till may stand side by side.

        A disk that was put back whole gave a receipt number a second time: the later ticket counts as well, and is
        found by its event alone.
        """
        try:
            self.apply(connection, sealed, body)
        except IntegrityError:
            if _FOLDS.get(sealed.kind) is not _apply_ticket:
                raise
            _apply_ticket(connection, sealed, body, tag=sealed.event_id)

    def move(self, connection: Connection, event_id: str, sealed: Entry) -> None:
        """Hang the rows of an event on the entry that carried it over into another journal."""
        for table in ("ticket", "proposal"):
            connection.execute(
                f"UPDATE {table} SET journal_id = ?, seq = ? WHERE event_id = ?",
                (sealed.journal_id, sealed.seq, event_id),
            )

    def ticket(self, receipt: str) -> Ticket | None:
        """Return a ticket by its receipt number."""
        _, tag, number = (["", "", *receipt.split("-")])[-3:]
        if not (number.isascii() and number.isdigit() and len(number) <= DIGITS_MAX):
            return None
        return self._ticket("t.tag = ? AND t.number = ? AND t.receipt = ?", tag, int(number), receipt)

    def ticket_of(self, event_id: str) -> Ticket | None:
        """Return a ticket by its event id."""
        return self._ticket("t.event_id = ?", event_id)

    def _ticket(self, where: str, *values: object) -> Ticket | None:
        query = f"SELECT e.event_id, e.at_ms, e.body, e.text, t.refund {_ENTRY_OF} WHERE {where}"
        with self._database.read() as connection:
            row = connection.execute(query, values).fetchone()
        if row is None or not row[2]:
            return None
        found, at_ms, body, text, refund = row
        return sale.from_body(found, at_ms, journal.parse(body), refund=bool(refund), note=text)

    def has(self, event_id: str) -> bool:
        """Tell whether a ticket with this event id is on the disk."""
        with self._database.read() as connection:
            return connection.execute("SELECT 1 FROM ticket WHERE event_id = ?", (event_id,)).fetchone() is not None

    def given(self, event_id: str) -> dict[int, Given]:
        """Return what was given back of each line of a ticket."""
        with self._database.read() as connection:
            return {no: Given(*sums) for no, *sums in connection.execute(_GIVEN, (event_id,))}

    def tickets(self, wanted: TicketFilter, *, before: int | None = None, limit: int = 100) -> list[TicketRow]:
        """Return a page of tickets, the newest first, that come before a position."""
        with self._database.read() as connection:
            return listed(connection, wanted, before, limit)

    def open_shift(self, till_id: str) -> Shift | None:
        """Return the till's open shift."""
        with self._database.read() as connection:
            row = connection.execute(_OPEN_SHIFT, (till_id,)).fetchone()
        return None if row is None else Shift(*row)

    def proposals(self) -> list[tuple[str, str, dict[str, object]]]:
        """Return this till's wishes that the mirror does not hold yet: kind, key, fields, the oldest first."""
        with self._database.read() as connection:
            rows = connection.execute("SELECT kind, key, fields FROM proposal ORDER BY position").fetchall()
        return [(kind, key, json.loads(fields)) for kind, key, fields in rows]

    def fold_figures(self) -> None:
        """Add the tickets since the last time to the cells, a batch a transaction."""
        while self.fold_batch():
            pass

    def fold_batch(self) -> bool:
        """Add the next tickets to the cells; tell whether more are left."""
        if not self._unfolded():
            return False
        # Losing a fold in a power cut loses nothing: the tickets are folded again.
        with self._database.write(durable=False) as connection:
            fold = figures.fold_after(connection, figures.folded_through(connection))
            if not fold.tickets:
                return False
            connection.executemany(_ADD_CELL, fold.cells)
            proofs.add(connection, fold.shares)
            figures.leave_out(connection, fold.unread)
            figures.set_folded_through(connection, fold.last)
        return fold.tickets == figures.FOLD_BATCH

    def _unfolded(self) -> bool:
        with self._database.read() as connection:
            (newest,) = connection.execute("SELECT coalesce(max(position), 0) FROM ticket").fetchone()
            return bool(newest > figures.folded_through(connection))

    def report(self, query: ReportQuery) -> ReportData:
        """Return the figures of this till's own tickets; who may only read folds the newest ones in passing."""
        if self._database.writable:
            self.fold_figures()
        with self._database.read() as connection:
            fresh = figures.unfolded(connection)
            now, before = self._cells(query, fresh.cells), self._cells(query.previous(), fresh.cells)
            left_out = figures.kept_aside(connection) + fresh.unread
            return ReportData(query, report.THIS_TILL, now, before, (self._state(),), left_out)

    def proofs(self, start: str = "", end: str = "9999") -> list[Proof]:
        """Return the proofs of this till's business days, both included."""
        if self._database.writable:
            self.fold_figures()
        with self._database.read() as connection:
            return proofs.own(connection, start, end, figures.unfolded(connection).shares)

    def day_tickets(self, day: str) -> list[Rung]:
        """Return this till's tickets of a business day as a proof counts them, by event id."""
        with self._database.read() as connection:
            return proofs.tickets(connection, day, proofs.own_till(connection)[0])

    def own_till(self) -> tuple[str, str]:
        """Return id and label of the till that sells here."""
        with self._database.read() as connection:
            return proofs.own_till(connection)

    def left_out(self) -> int:
        """Return how many entries no figure of this till includes."""
        with self._database.read() as connection:
            return figures.kept_aside(connection) + figures.unfolded(connection).unread

    def cells(self, connection: Connection) -> list[Delta]:
        """Return every cell, in order."""
        return [Delta._make(row) for row in connection.execute(CELLS)]

    def _cells(self, query: ReportQuery, fresh: Sequence[Delta]) -> tuple[Delta, ...]:
        fits = [
            one for one in fresh
            if query.start <= one.day <= query.end and query.till_id in (None, one.till_id)
        ]  # fmt: skip
        with self._database.read() as connection:
            kept = connection.execute(
                "SELECT * FROM cell WHERE day BETWEEN ? AND ? AND till_id = coalesce(?, till_id)",
                (query.start, query.end, query.till_id),
            )
            return report.condense([*map(Delta._make, kept), *fits])

    def _state(self) -> TillState:
        with self._database.read() as connection:
            return TillState(*connection.execute(_STATE).fetchone())

    def set_aside(self) -> "list[SetAside]":
        """Return what the reports of this till leave out, the newest first; reads every entry, if there is anything."""
        with self._database.read() as connection:
            if not figures.kept_aside(connection) + figures.unfolded(connection).unread:
                return []
            labels = dict(connection.execute("SELECT journal_id, till_label FROM journal"))
            found = [
                _described(sealed, labels[sealed.journal_id], problem)
                for sealed, problem in unsound(connection)
                if sealed.kind not in rollup.SILENT
            ]
        return found[::-1]

    def rebuild(self, aside: list[str] | None = None, told: Callable[[int], None] = lambda _count: None) -> int:
        """Fold all rows again from the journals; return how many entries count.

        ``aside`` collects those that cannot be read: they are left out, and reports say how many tickets, or entries of
        kinds that nobody knows here, they are. ``told`` hears now and then how many are folded.
        """
        aside = [] if aside is None else aside
        count = 0
        with self._database.write() as connection:
            stays = frozen(connection, figures.foldable)
            clear(connection)
            for sealed, body in counted(connection, aside, stays.tickets):
                if sealed.blanked:
                    stays.put_ticket(connection, sealed.event_id)
                    continue
                self.refold(connection, sealed, body)
                count += 1
                if count % figures.FOLD_BATCH == 0:
                    told(count)
            stays.put_rest(connection)
            connection.executemany(_ADD_CELL, stays.cells)
            proofs.add(connection, stays.shares)
            drop_granted(connection)
            figures.leave_out(connection, sum(not any(f"({kind})" in one for kind in rollup.SILENT) for one in aside))
        self.fold_figures()
        return count


def _described(sealed: Entry, till: str, problem: ValueError) -> "SetAside":
    from seraphine_pos.domain.quarantine import Nature, describe, nature_of

    whole = not isinstance(problem, journal.Damaged)
    nature = nature_of(sealed.kind, sealed.version, sealed.body) if whole else Nature.DAMAGED
    return describe(sealed, till=till, nature=nature, reason=str(problem), came_at_ms=0)


def clear(connection: Connection) -> None:
    """Empty everything that is folded from the journals."""
    for table in FOLDED:
        connection.execute(f"DELETE FROM {table}")
    connection.execute("DELETE FROM local WHERE name IN (?, ?)", (figures.FIGURES, figures.ASIDE))


def drop_granted(connection: Connection) -> None:
    """Forget the wishes that the server has applied: the mirror holds what came of them."""
    connection.execute(_DROP_GRANTED)


def _apply_ticket(connection: Connection, sealed: Entry, body: Body, tag: str = "") -> None:
    refund = sealed.kind == Kind.SALE_REFUNDED
    paid = dict.fromkeys(("cash", "card", "other"), 0)
    for tender in cast("Sequence[Mapping[str, Any]]", body["tenders"]):
        paid[tender["method"]] += tender["amount"]
    receipt = cast("str", body["receipt"])
    lines = cast("Sequence[Mapping[str, Any]]", body["lines"])
    connection.execute(
        _INSERT_TICKET,
        (
            sealed.event_id, sealed.journal_id, sealed.seq, sealed.at_ms, int(refund), receipt,
            tag or receipt.split("-")[-2], body["number"], body["shift_id"], body["business_day"], body["operator_id"],
            len(lines), body["total"], paid["cash"], paid["card"], paid["other"],
        ),
    )  # fmt: skip
    if not refund:
        return
    for line in lines:
        of = line["of"]
        if of is not None:
            connection.execute(
                _INSERT_GIVEN,
                (sealed.event_id, line["no"], of["event_id"], of["no"], line["quantity"], line["amount"], line["tax"]),
            )


def _open_shift(connection: Connection, sealed: Entry, body: Body) -> None:
    opened = shifts.from_body(sealed.at_ms, body)
    values = (
        opened.shift_id, opened.till_id, opened.business_day, opened.operator_id, opened.opened_at_ms, opened.float,
    )  # fmt: skip
    connection.execute(_INSERT_SHIFT, values)


def _close_shift(connection: Connection, sealed: Entry, body: Body) -> None:
    connection.execute("UPDATE shift SET closed_at_ms = ? WHERE shift_id = ?", (sealed.at_ms, body["shift_id"]))


def _propose(connection: Connection, sealed: Entry, body: Body) -> None:
    fields = journal.canonical(body["fields"])
    values = (sealed.event_id, sealed.journal_id, sealed.seq, body["kind"], body["key"], fields)
    connection.execute(_INSERT_PROPOSAL, values)


_FOLDS: Final[Mapping[str, Callable[[Connection, Entry, Body], None]]] = {
    event.Kind.SALE_COMPLETED: _apply_ticket,
    event.Kind.SALE_REFUNDED: _apply_ticket,
    event.Kind.SHIFT_OPENED: _open_shift,
    event.Kind.SHIFT_CLOSED: _close_shift,
    event.Kind.DOCUMENT_PROPOSED: _propose,
}
