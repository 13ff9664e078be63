"""What the journal's entries come to on this till: tickets, refunds, shifts, wishes, figures.

``apply`` is the one fold from an entry to these rows, in the entry's own transaction and again
when they are rebuilt. Figures are folded later, when somebody asks, from where the last asking ended.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from sqlalchemy import Connection, delete, func, or_, select

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
from seraphine_pos.store.database import Database
from seraphine_pos.store.schema import cell, entry, given_back, local, proposal, shift, ticket
from seraphine_pos.store.schema import journal as journals
from seraphine_pos.store.sound import counted, read
from seraphine_pos.store.statement import insert_text, run, run_many

FOLD_BATCH: Final = 500
_FOLDED: Final = "figures folded through"
_ASIDE: Final = "tickets set aside"
_INSERT_TICKET, _TICKET_COLUMNS = insert_text(ticket)
_INSERT_GIVEN, _ = insert_text(given_back)
_ADD_CELL: Final = """
    INSERT INTO cell VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (day, till_id, facet, key) DO UPDATE SET
        label = max(label, excluded.label), sales = sales + excluded.sales,
        refunds = refunds + excluded.refunds, quantity = quantity + excluded.quantity,
        gross = gross + excluded.gross, refunded = refunded + excluded.refunded, tax = tax + excluded.tax"""


@dataclass(frozen=True, slots=True)
class TicketRow:
    """A ticket as the sales log lists it; ``position`` pages through the log."""

    position: int
    event_id: str
    receipt: str
    at_ms: int
    refund: bool
    business_day: str
    operator_id: str
    lines: int
    total: int
    cash: int
    card: int
    other: int
    sent: bool


@dataclass(frozen=True, slots=True)
class TicketFilter:
    """Which tickets to list; None is any. Days are business days, both included; ``named`` are event ids or numbers."""

    start: str | None = None
    end: str | None = None
    operator_id: str | None = None
    method: str | None = None
    shift_id: str | None = None
    receipt: str | None = None
    named: tuple[str, ...] | None = None


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
        where = {"journal_id": sealed.journal_id, "seq": sealed.seq}
        for table in (ticket, proposal):
            connection.execute(table.update().where(table.c.event_id == event_id).values(where))

    def ticket(self, receipt: str) -> Ticket | None:
        """Return a ticket by its receipt number."""
        _, tag, number = (["", "", *receipt.split("-")])[-3:]
        if not (number.isascii() and number.isdigit() and len(number) <= DIGITS_MAX):
            return None
        return self._ticket((ticket.c.tag == tag) & (ticket.c.number == int(number)) & (ticket.c.receipt == receipt))

    def ticket_of(self, event_id: str) -> Ticket | None:
        """Return a ticket by its event id."""
        return self._ticket(ticket.c.event_id == event_id)

    def _ticket(self, where: Any) -> Ticket | None:
        query = (
            select(entry.c.event_id, entry.c.at_ms, entry.c.body, entry.c.text, ticket.c.refund)
            .join(entry, (entry.c.journal_id == ticket.c.journal_id) & (entry.c.seq == ticket.c.seq))
            .where(where)
        )
        with self._database.read() as connection:
            row = connection.execute(query).first()
        if row is None or not row.body:
            return None
        return sale.from_body(row.event_id, row.at_ms, journal.parse(row.body), refund=bool(row.refund), note=row.text)

    def has(self, event_id: str) -> bool:
        """Tell whether a ticket with this event id is on the disk."""
        with self._database.read() as connection:
            return (
                connection.execute(select(ticket.c.position).where(ticket.c.event_id == event_id)).first() is not None
            )

    def given(self, event_id: str) -> dict[int, Given]:
        """Return what was given back of each line of a ticket."""
        columns = given_back.c
        query = (
            select(columns.of_no, func.sum(columns.quantity), func.sum(columns.amount), func.sum(columns.tax))
            .where(columns.of_event_id == event_id)
            .group_by(columns.of_no)
        )
        with self._database.read() as connection:
            return {row[0]: Given(row[1], row[2], row[3]) for row in connection.execute(query)}

    def tickets(self, wanted: TicketFilter, *, before: int | None = None, limit: int = 100) -> list[TicketRow]:
        """Return a page of tickets, the newest first, that come before a position."""
        columns = ticket.c
        query = select(ticket, journals.c.acked_seq).join(journals, journals.c.journal_id == columns.journal_id)
        for value, condition in (
            (wanted.start, columns.business_day >= (wanted.start or "")),
            (wanted.end, columns.business_day <= (wanted.end or "")),
            (wanted.operator_id, columns.operator_id == wanted.operator_id),
            (wanted.shift_id, columns.shift_id == wanted.shift_id),
            (wanted.receipt, columns.receipt.contains(wanted.receipt or "", autoescape=True)),
            (wanted.named, or_(columns.event_id.in_(wanted.named or ()), columns.receipt.in_(wanted.named or ()))),
            (before, columns.position < (before or 0)),
            (wanted.method, or_(columns[wanted.method or "cash"] != 0)),
        ):
            if value is not None:
                query = query.where(condition)
        with self._database.read() as connection:
            rows = connection.execute(query.order_by(columns.position.desc()).limit(limit)).all()
        return [_row(row) for row in rows]

    def open_shift(self, till_id: str) -> Shift | None:
        """Return the till's open shift."""
        columns = shift.c
        query = select(shift).where(columns.till_id == till_id, columns.closed_at_ms.is_(None))
        with self._database.read() as connection:
            row = connection.execute(query.order_by(columns.opened_at_ms.desc()).limit(1)).first()
        if row is None:
            return None
        return Shift(row.shift_id, row.till_id, row.business_day, row.operator_id, row.opened_at_ms, row.float)

    def proposals(self) -> list[tuple[str, str, dict[str, object]]]:
        """Return this till's wishes that the mirror does not hold yet: kind, key, fields, the oldest first."""
        columns = proposal.c
        query = select(columns.kind, columns.key, columns.fields).order_by(columns.position)
        with self._database.read() as connection:
            return [(row.kind, row.key, json.loads(row.fields)) for row in connection.execute(query)]

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
            run_many(connection, _ADD_CELL, cells)
            _set_aside(connection, unread)
            connection.exec_driver_sql("INSERT OR REPLACE INTO local (name, value) VALUES (?, ?)", (_FOLDED, str(last)))
        return tickets == FOLD_BATCH

    def _unfolded(self) -> bool:
        with self._database.read() as connection:
            newest = connection.execute(select(func.max(ticket.c.position))).scalar() or 0
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
        rows = connection.execute(select(cell).order_by(*cell.primary_key.columns))
        return [Delta._make(row) for row in rows]

    def _cells(self, query: ReportQuery, fresh: Sequence[Delta]) -> tuple[Delta, ...]:
        columns = cell.c
        wanted = select(cell).where(columns.day.between(query.start, query.end))
        if query.till_id is not None:
            wanted = wanted.where(columns.till_id == query.till_id)
        fits = [
            one for one in fresh
            if query.start <= one.day <= query.end and query.till_id in (None, one.till_id)
        ]  # fmt: skip
        with self._database.read() as connection:
            return report.condense([*(Delta._make(row) for row in connection.execute(wanted)), *fits])

    def _state(self) -> TillState:
        with self._database.read() as connection:
            newest = connection.execute(select(journals).order_by(journals.c.place.desc()).limit(1)).one()
            last = connection.execute(select(ticket.c.at_ms).order_by(ticket.c.position.desc()).limit(1))
            head = connection.execute(
                select(func.max(entry.c.seq)).where(entry.c.journal_id == newest.journal_id)
            ).scalar()
            return TillState(newest.till_id, newest.till_label, last.scalar(), (head or 0) - newest.acked_seq)

    def rebuild(self, aside: list[str] | None = None) -> int:
        """Fold all rows again from the journals; return how many entries count.

        ``aside`` collects those that cannot be read: they are left out, and reports say how many tickets they are.
        """
        aside = [] if aside is None else aside
        count = 0
        with self._database.write() as connection:
            clear(connection)
            for sealed, body in counted(connection, aside):
                self.apply(connection, sealed, body)
                count += 1
            drop_granted(connection)
            _set_aside(connection, sum(f"({kind})" in one for one in aside for kind in rollup.COUNTED))
        self.fold_figures()
        return count


def folded_through(connection: Connection) -> int:
    """Return the position of the last ticket whose figures are in the cells."""
    return int(connection.execute(select(local.c.value).where(local.c.name == _FOLDED)).scalar() or 0)


def _kept_aside(connection: Connection) -> int:
    return int(connection.execute(select(local.c.value).where(local.c.name == _ASIDE)).scalar() or 0)


def _set_aside(connection: Connection, more: int) -> None:
    """Count tickets that no figure can be taken from; every report of this till says how many they are."""
    if more:
        total = str(_kept_aside(connection) + more)
        connection.exec_driver_sql("INSERT OR REPLACE INTO local (name, value) VALUES (?, ?)", (_ASIDE, total))


def _fold_after(connection: Connection, position: int) -> tuple[int, list[Delta], int, int]:
    """Fold the next tickets after a position.

    Return how many they are, their cells, the last position, and how many of them cannot be read.
    """
    query = (
        select(ticket.c.position, *entry.columns[1:])
        .join(entry, (entry.c.journal_id == ticket.c.journal_id) & (entry.c.seq == ticket.c.seq))
        .where(ticket.c.position > position)
        .order_by(ticket.c.position)
        .limit(FOLD_BATCH)
    )
    rows = connection.execute(query).all()
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
    return len(rows), tally.deltas(), rows[-1].position if rows else position, unread


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
    for table in (ticket, given_back, shift, proposal, cell):
        connection.execute(delete(table))
    connection.execute(delete(local).where(local.c.name.in_((_FOLDED, _ASIDE))))


def drop_granted(connection: Connection) -> None:
    """Forget the wishes that the server has applied: the mirror holds what came of them."""
    applied = select(journals.c.applied_seq).where(journals.c.journal_id == proposal.c.journal_id)
    connection.execute(delete(proposal).where(proposal.c.seq <= applied.scalar_subquery()))


def _row(row: Any) -> TicketRow:
    return TicketRow(
        row.position, row.event_id, row.receipt, row.at_ms, bool(row.refund), row.business_day, row.operator_id,
        row.lines, row.total, row.cash, row.card, row.other, row.seq <= row.acked_seq,
    )  # fmt: skip


def _apply_ticket(connection: Connection, sealed: Entry, body: Body) -> None:
    refund = sealed.kind == Kind.SALE_REFUNDED
    paid = dict.fromkeys(("cash", "card", "other"), 0)
    for tender in cast("Sequence[Mapping[str, Any]]", body["tenders"]):
        paid[tender["method"]] += tender["amount"]
    receipt = cast("str", body["receipt"])
    lines = cast("Sequence[Mapping[str, Any]]", body["lines"])
    run(
        connection,
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
            run(
                connection,
                _INSERT_GIVEN,
                (sealed.event_id, line["no"], of["event_id"], of["no"], line["quantity"], line["amount"], line["tax"]),
            )


def _open_shift(connection: Connection, sealed: Entry, body: Body) -> None:
    opened = shifts.from_body(sealed.at_ms, body)
    connection.execute(
        shift.insert().values(
            shift_id=opened.shift_id, till_id=opened.till_id, business_day=opened.business_day,
            operator_id=opened.operator_id, opened_at_ms=opened.opened_at_ms, float=opened.float,
        )
    )  # fmt: skip


def _close_shift(connection: Connection, sealed: Entry, body: Body) -> None:
    connection.execute(shift.update().where(shift.c.shift_id == body["shift_id"]).values(closed_at_ms=sealed.at_ms))


def _propose(connection: Connection, sealed: Entry, body: Body) -> None:
    connection.execute(
        proposal.insert().values(
            event_id=sealed.event_id, journal_id=sealed.journal_id, seq=sealed.seq, kind=body["kind"],
            key=body["key"], fields=journal.canonical(body["fields"]),
        )
    )  # fmt: skip


_FOLDS: Final[Mapping[str, Callable[[Connection, Entry, Body], None]]] = {
    event.Kind.SALE_COMPLETED: _apply_ticket,
    event.Kind.SALE_REFUNDED: _apply_ticket,
    event.Kind.SHIFT_OPENED: _open_shift,
    event.Kind.SHIFT_CLOSED: _close_shift,
    event.Kind.DOCUMENT_PROPOSED: _propose,
}
