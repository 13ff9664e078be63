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
from seraphine_pos.domain.refund import Given
from seraphine_pos.domain.report import ReportData, ReportQuery, TillState
from seraphine_pos.domain.rollup import Delta
from seraphine_pos.domain.sale import Ticket
from seraphine_pos.domain.shift import Shift
from seraphine_pos.store import entries
from seraphine_pos.store.database import Connection, Database
from seraphine_pos.store.sound import counted, read, unsound
from seraphine_pos.store.tickets import TicketFilter, TicketRow, listed

if TYPE_CHECKING:  # loaded when there is something to describe
    from seraphine_pos.domain.quarantine import SetAside

FOLD_BATCH: Final = 500
_FIGURES: Final = "figures folded through"
_ASIDE: Final = "tickets set aside"
# What is folded from the journals, in the order in which it is emptied.
FOLDED: Final = ("ticket", "given_back", "shift", "proposal", "cell")
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
_SET_LOCAL: Final = "INSERT OR REPLACE INTO local (name, value) VALUES (?, ?)"
_ENTRY_OF: Final = "FROM ticket t JOIN entry e ON e.journal_id = t.journal_id AND e.seq = t.seq"
_UNFOLDED: Final = f"""
    SELECT t.position, {", ".join("e." + name for name in entries.COLUMNS.split(", "))} {_ENTRY_OF}
    WHERE t.position > ? ORDER BY t.position LIMIT ?"""
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
            tickets, cells, last, unread = _fold_after(connection, folded_through(connection))
            if not tickets:
                return False
            connection.executemany(_ADD_CELL, cells)
            _set_aside(connection, unread)
            connection.execute(_SET_LOCAL, (_FIGURES, str(last)))
        return tickets == FOLD_BATCH

    def _unfolded(self) -> bool:
        with self._database.read() as connection:
            (newest,) = connection.execute("SELECT coalesce(max(position), 0) FROM ticket").fetchone()
            return bool(newest > folded_through(connection))

    def report(self, query: ReportQuery) -> ReportData:
        """Return the figures of this till's own tickets; who may only read folds the newest ones in passing."""
        if self._database.writable:
            self.fold_figures()
        with self._database.read() as connection:
            fresh, unread = _unfolded_cells(connection)
            now, before = self._cells(query, fresh), self._cells(query.previous(), fresh)
            left_out = _kept_aside(connection) + unread
            return ReportData(query, report.THIS_TILL, now, before, (self._state(),), left_out)

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
            _, unread = _unfolded_cells(connection)
            if not _kept_aside(connection) + unread:
                return []
            labels = dict(connection.execute("SELECT journal_id, till_label FROM journal"))
            found = [
                _described(sealed, labels[sealed.journal_id], problem)
                for sealed, problem in unsound(connection)
                if sealed.kind not in rollup.SILENT
            ]
        return found[::-1]

    def rebuild(self, aside: list[str] | None = None) -> int:
        """Fold all rows again from the journals; return how many entries count.

        ``aside`` collects those that cannot be read: they are left out, and reports say how many tickets, or entries of
        kinds that nobody knows here, they are.
        """
        aside = [] if aside is None else aside
        count = 0
        with self._database.write() as connection:
            clear(connection)
            for sealed, body in counted(connection, aside):
                self.apply(connection, sealed, body)
                count += 1
            drop_granted(connection)
            _set_aside(connection, sum(not any(f"({kind})" in one for kind in rollup.SILENT) for one in aside))
        self.fold_figures()
        return count


def _described(sealed: Entry, till: str, problem: ValueError) -> "SetAside":
    from seraphine_pos.domain.quarantine import Nature, describe, nature_of

    whole = not isinstance(problem, journal.Damaged)
    nature = nature_of(sealed.kind, sealed.version, sealed.body) if whole else Nature.DAMAGED
    return describe(sealed, till=till, nature=nature, reason=str(problem), came_at_ms=0)


def folded_through(connection: Connection) -> int:
    """Return the position of the last ticket whose figures are in the cells."""
    return _count(connection, _FIGURES)


def _kept_aside(connection: Connection) -> int:
    return _count(connection, _ASIDE)


def _count(connection: Connection, name: str) -> int:
    found = connection.execute("SELECT value FROM local WHERE name = ?", (name,)).fetchone()
    return int(found[0]) if found else 0


def _set_aside(connection: Connection, more: int) -> None:
    """Count tickets that no figure can be taken from; every report of this till says how many they are."""
    if more:
        total = str(_kept_aside(connection) + more)
        connection.execute(_SET_LOCAL, (_ASIDE, total))


def _fold_after(connection: Connection, position: int) -> tuple[int, list[Delta], int, int]:
    """Fold the next tickets after a position.

    Return how many they are, their cells, the last position, and how many of them cannot be read.
    """
    rows = connection.execute(_UNFOLDED, (position, FOLD_BATCH)).fetchall()
    tally = rollup.Tally()
    unread = 0
    for row in rows:
        sealed = Entry(*row[1:])
        if sealed.blanked:
            continue
        try:
            tally.add_checked(sealed.kind, read(sealed))
        except (journal.Damaged, event.Unreadable, ValueError):
            unread += 1
    return len(rows), tally.deltas(), rows[-1][0] if rows else position, unread


def _unfolded_cells(connection: Connection) -> tuple[list[Delta], int]:
    """Return the cells of the tickets that are not in the stored cells yet, and how many cannot be read."""
    cells: list[Delta] = []
    position, left_out = folded_through(connection), 0
    while True:
        tickets, fresh, position, unread = _fold_after(connection, position)
        if not tickets:
            return cells, left_out
        cells = rollup.gather([*cells, *fresh])
        left_out += unread


def clear(connection: Connection) -> None:
    """Empty everything that is folded from the journals."""
    for table in FOLDED:
        connection.execute(f"DELETE FROM {table}")
    connection.execute("DELETE FROM local WHERE name IN (?, ?)", (_FIGURES, _ASIDE))


def drop_granted(connection: Connection) -> None:
    """Forget the wishes that the server has applied: the mirror holds what came of them."""
    connection.execute(_DROP_GRANTED)


def _apply_ticket(connection: Connection, sealed: Entry, body: Body) -> None:
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
            receipt.split("-")[-2], body["number"], body["shift_id"], body["business_day"], body["operator_id"],
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
