"""The proofs of the days: what this server counted of each till, and what the tills told of their own side."""

from collections.abc import Sequence
from datetime import date
from typing import Final

from sqlalchemy import ColumnElement, Connection, Table, and_, select, true

from seraphine_pos.domain.day_proof import (
    TICKETS_MAX,
    TOLD_MAX,
    DayProof,
    DayTickets,
    Marked,
    StoreProofs,
    Told,
    Verdict,
    side_by_side,
)
from seraphine_pos.domain.event import Kind
from seraphine_pos.domain.proof import Proof, Share, mark_of, none_of
from seraphine_pos.domain.report import ReportQuery
from sync_server import quarantine as quarantines
from sync_server.errors import TooLarge
from sync_server.schema import entries, journals, proofs, quarantine, sales, tills, told
from sync_server.transaction import Transaction

COLUMNS: Final = ("store_id", *Share._fields)
TOLD_COLUMNS: Final = ("store_id", *Proof._fields, "told_at_ms", "same")
DAYS_SAID: Final = 7


def add(tx: Transaction, shares: Sequence[Share]) -> None:
    """Add to the proofs what some entries came to, in the transaction that counts them."""
    tx.database.add_many(tx.connection, proofs, COLUMNS, [(tx.store_id, *share) for share in shares])


def shares(connection: Connection, store_id: str) -> list[Share]:
    """Return every proof as it is kept, in the order of the days."""
    columns = [proofs.c[name] for name in Share._fields]
    found = select(*columns).where(proofs.c.store_id == store_id).order_by(proofs.c.day, proofs.c.till_id)
    return [Share(*row) for row in connection.execute(found)]


def read(connection: Connection, store_id: str, query: ReportQuery) -> StoreProofs:
    """Return what was counted and what was told of some days."""
    return StoreProofs(
        tuple(_counted(connection, store_id, _asked(proofs, query))),
        tuple(_told(connection, store_id, _asked(told, query))),
        _labels(connection, store_id),
        quarantines.count(connection, store_id),
    )


def _asked(table: Table, query: ReportQuery) -> ColumnElement[bool]:
    """Return the condition for the rows of some days, of all tills or one."""
    some: ColumnElement[bool] = table.c.day.between(query.start, query.end)
    return some if query.till_id is None else and_(some, table.c.till_id == query.till_id)


def said(connection: Connection, store_id: str) -> list[str]:
    """Say of the last days of each till what both sides hold, and of any day that they differ; a line each."""
    whole = StoreProofs(
        tuple(_counted(connection, store_id, true())),
        tuple(_told(connection, store_id, true())),
        _labels(connection, store_id),
    )
    days = side_by_side(whole)
    shown = sorted({one.day for one in days}, reverse=True)[:DAYS_SAID]
    return [_line(one) for one in days if one.day in shown or one.verdict is Verdict.DIFFERENT]


def differing(connection: Connection, store_id: str) -> list[str]:
    """Return a line for each day that a till told differently from what was counted here."""
    every = StoreProofs(
        tuple(_counted(connection, store_id, true())),
        tuple(_told(connection, store_id, true())),
        _labels(connection, store_id),
    )
    return [_line(one) for one in side_by_side(every) if one.verdict is Verdict.DIFFERENT]


def _line(one: DayProof) -> str:
    """Return the line of a day: "2026-11-17 Tue  A1    214 of 214, equal"."""
    counted = one.counted.tickets if one.counted else 0
    named = f"{one.day} {date.fromisoformat(one.day):%a}  {one.label:4}"
    if one.rung is None:
        return f"{named}  {counted:,}, the till has told nothing yet"
    verdict = {
        Verdict.EQUAL: "equal",
        Verdict.SINCE: "equal when the till last told, more has come since",
    }.get(one.verdict, "different: run seraphine-pos verify on that till to see which tickets")
    return f"{named}  {counted:,} of {one.rung.tickets:,}, {verdict}"


def _counted(connection: Connection, store_id: str, asked: ColumnElement[bool]) -> list[Proof]:
    found = select(*[proofs.c[name] for name in Share._fields]).where(proofs.c.store_id == store_id, asked)
    return [Share(*row).proof() for row in connection.execute(found.order_by(proofs.c.day, proofs.c.till_id))]


def _told(connection: Connection, store_id: str, asked: ColumnElement[bool]) -> list[Told]:
    found = select(*[told.c[name] for name in TOLD_COLUMNS[1:]]).where(told.c.store_id == store_id, asked)
    rows = connection.execute(found.order_by(told.c.day, told.c.till_id))
    return [Told(Proof(*row[:5]), row.told_at_ms, bool(row.same)) for row in rows]


def _labels(connection: Connection, store_id: str) -> dict[str, str]:
    found = select(tills.c.till_id, tills.c.label).where(tills.c.store_id == store_id)
    return {row.till_id: row.label for row in connection.execute(found)}


def tell(tx: Transaction, till_id: str, told_proofs: Sequence[Proof]) -> None:
    """Keep a till's side of some days, each beside whether this server has counted the same by now.

    Raises TooLarge for more than TOLD_MAX of them.
    """
    if len(told_proofs) > TOLD_MAX:
        raise TooLarge(f"{len(told_proofs)} days in one call, at most {TOLD_MAX}: tell less at a time")
    if not told_proofs:
        return
    theirs = {proof.day: proof._replace(till_id=till_id) for proof in told_proofs}
    asked = (proofs.c.till_id == till_id) & proofs.c.day.in_(list(theirs))
    counted = {proof.day: proof for proof in _counted(tx.connection, tx.store_id, asked)}
    rows = [
        (tx.store_id, *proof, tx.now_ms, int(proof == counted.get(day, none_of(day, till_id))))
        for day, proof in theirs.items()
    ]
    tx.database.put_many(tx.connection, told, TOLD_COLUMNS, rows)


def tickets(connection: Connection, store_id: str, till_id: str, day: str, after: str) -> DayTickets:
    """Return the next tickets of a till's day by event id, and the till's entries that are in quarantine."""
    of_entry = [sales.c[name] == entries.c[name] for name in ("store_id", "journal_id", "seq")]
    found = (
        select(sales.c.event_id, sales.c.receipt, entries.c.kind, entries.c.digest)
        .select_from(sales)
        .join(entries, and_(*of_entry))
        .where(
            sales.c.store_id == store_id, sales.c.business_day == day, sales.c.till_id == till_id,
            sales.c.event_id > after,
        )
        .order_by(sales.c.event_id)
        .limit(TICKETS_MAX)
    )  # fmt: skip
    marked = (
        Marked(row.event_id, row.receipt, mark_of(row.kind, row.event_id, row.digest).hex())
        for row in connection.execute(found)
    )
    return DayTickets(tuple(marked), _aside(connection, store_id, till_id))


def _aside(connection: Connection, store_id: str, till_id: str) -> frozenset[str]:
    """Return the tickets of a till in quarantine; their day cannot be known."""
    of_journal = [quarantine.c[name] == journals.c[name] for name in ("store_id", "journal_id")]
    found = (
        select(quarantine.c.event_id)
        .join(journals, and_(*of_journal))
        .where(
            quarantine.c.store_id == store_id, journals.c.till_id == till_id,
            quarantine.c.kind.in_((Kind.SALE_COMPLETED, Kind.SALE_REFUNDED)),
        )
        .order_by(quarantine.c.event_id.desc())
        .limit(TICKETS_MAX)
    )  # fmt: skip
    return frozenset(connection.execute(found).scalars())
