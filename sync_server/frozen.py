"""The days that cannot be folded again because their tickets were emptied: what is kept of them, and held together.

Their figures, proofs and list of tickets stay as they were counted; a rebuild folds everything else around them.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, delete, exists, func, select, true, tuple_

from seraphine_pos.domain.checkpoint import TICKETS, total_in
from seraphine_pos.domain.journal import Entry
from seraphine_pos.domain.proof import Share, Shares
from seraphine_pos.domain.rollup import TOTAL, Delta
from sync_server import feed
from sync_server.schema import entries, events, feedback, quarantine, rollups, sales
from sync_server.schema import proofs as proofs_table
from sync_server.transaction import Transaction

DAYS_AT_ONCE: Final = 200

Day = tuple[str, str]


def days(connection: Connection, store_id: str) -> set[Day]:
    """Return the business days, each with its till, of which a listed ticket was emptied."""
    found = (
        select(sales.c.business_day, sales.c.till_id)
        .where(sales.c.store_id == store_id, _is_emptied(sales.c))
        .distinct()
    )
    return {(row.business_day, row.till_id) for row in connection.execute(found)}


def emptied_tickets(connection: Connection, store_id: str) -> int:
    """Return how many listed tickets have no body any more."""
    found = select(func.count()).select_from(sales).where(sales.c.store_id == store_id, _is_emptied(sales.c))
    return connection.execute(found).scalar_one()


def _is_emptied(columns: object) -> ColumnElement[bool]:
    """Return the condition that the entry of a row, by its journal and place, was emptied."""
    of_entry = [entries.c[name] == columns[name] for name in ("store_id", "journal_id", "seq")]  # type: ignore[index]
    return exists().where(*of_entry, entries.c.body == b"")


def clear(tx: Transaction) -> bool:
    """Empty every folded table but for what nobody could fold again; return whether anything was left."""
    kept = days(tx.connection, tx.store_id)
    for table, day in ((sales, sales.c.business_day), (rollups, rollups.c.day), (proofs_table, proofs_table.c.day)):
        mine = table.c.store_id == tx.store_id
        if not kept:
            tx.connection.execute(delete(table).where(mine))
            continue
        pair = tuple_(day, table.c.till_id)
        found = tx.connection.execute(select(day, table.c.till_id).where(mine).distinct())
        goes = sorted({(row[0], row[1]) for row in found} - kept)
        for start in range(0, len(goes), DAYS_AT_ONCE):
            tx.connection.execute(delete(table).where(mine, pair.in_(goes[start : start + DAYS_AT_ONCE])))
    listed = exists().where(sales.c.store_id == events.c.store_id, sales.c.event_id == events.c.event_id)
    gone = and_(events.c.store_id == tx.store_id, ~_is_emptied(events.c), ~listed)
    tx.connection.execute(delete(events).where(gone))
    # What was written on a page came through no till, and stands in no journal.
    told = {feedback: feedback.c.till_id != "", quarantine: true()}
    for table, of_till in told.items():
        known = exists().where(events.c.store_id == table.c.store_id, events.c.event_id == table.c.event_id)
        tx.connection.execute(delete(table).where(table.c.store_id == tx.store_id, of_till, ~known))
    some = select(events.c.event_id).where(events.c.store_id == tx.store_id).limit(1)
    return tx.connection.execute(some).one_or_none() is not None


def left(tx: Transaction, told: Sequence[Entry]) -> list[Entry]:
    """Return those of some entries that are to be folded: not those which are counted in what was kept."""
    known = set[tuple[str, str, int]]()
    for start in range(0, len(told), feed.KEYS_AT_ONCE):
        wanted = [entry.event_id for entry in told[start : start + feed.KEYS_AT_ONCE]]
        found = select(events.c.event_id, events.c.journal_id, events.c.seq).where(
            events.c.store_id == tx.store_id, events.c.event_id.in_(wanted)
        )
        known.update((row.event_id, row.journal_id, row.seq) for row in tx.connection.execute(found))
    return [entry for entry in told if (entry.event_id, entry.journal_id, entry.seq) not in known]


def totals(connection: Connection, store_id: str, told: Iterable[Entry]) -> Mapping[str, int | None]:
    """Return the total of each ticket among some entries: as it says itself, or as it was counted before it went."""
    found: dict[str, int | None] = {}
    emptied = []
    for entry in told:
        if entry.kind in TICKETS:
            found[entry.event_id] = None if entry.blanked else total_in(entry)
            if entry.blanked:
                emptied.append(entry.event_id)
    for start in range(0, len(emptied), feed.KEYS_AT_ONCE):
        wanted = sales.c.event_id.in_(emptied[start : start + feed.KEYS_AT_ONCE])
        rows = connection.execute(select(sales.c.event_id, sales.c.total).where(sales.c.store_id == store_id, wanted))
        found.update((row.event_id, row.total) for row in rows)
    return found


class _Sums(NamedTuple):
    """What the tickets of a day and till come to."""

    sales: int
    refunds: int
    gross: int
    refunded: int
    tax: int


def problems(
    connection: Connection, store_id: str, kept: Collection[Day], cells: Iterable[Delta], shares: Iterable[Share]
) -> Iterator[str]:
    """Yield what does not hold together in days that cannot be folded again, from their tickets and entries."""
    if not kept:
        return
    counted = _counted(connection, store_id)
    facets = _facets(cell for cell in cells if cell[:2] in kept)
    marks = {share[:2]: share for share in _marks(connection, store_id, kept)}
    stored = {share[:2]: share for share in shares}
    for day in sorted(kept):
        of_day = {facet: sums for (*found, facet), sums in facets.items() if tuple(found) == day}
        named = f"{day[0]} till {day[1]}"
        if of_day.get(TOTAL) != counted.get(day):
            yield f"the figures of {named} differ from its tickets, and cannot be folded again: look for a backup"
        if len({(sums.gross, sums.refunded) for sums in of_day.values()}) > 1:
            yield f"the figures of {named} differ among each other, and cannot be folded again: look for a backup"
        if marks.get(day) != stored.get(day):
            yield f"the proof of {named} differs from its tickets, and cannot be folded again: look for a backup"


def _counted(connection: Connection, store_id: str) -> dict[Day, _Sums]:
    columns = (sales.c.business_day, sales.c.till_id, sales.c.kind)
    rows = connection.execute(
        select(*columns, func.count(), func.sum(sales.c.total), func.sum(sales.c.tax))
        .where(sales.c.store_id == store_id)
        .group_by(*columns)
    )
    found: dict[Day, _Sums] = {}
    for day, till_id, kind, number, total, tax in rows:
        more = (number, 0, total, 0, tax) if kind == "sale" else (0, number, 0, total, -tax)
        before = found.get((day, till_id), _Sums(0, 0, 0, 0, 0))
        found[day, till_id] = _Sums(*(int(one + other) for one, other in zip(before, more, strict=True)))
    return found


def _facets(cells: Iterable[Delta]) -> dict[tuple[str, str, str], _Sums]:
    found: dict[tuple[str, str, str], _Sums] = {}
    for cell in cells:
        key = (cell.day, cell.till_id, cell.facet)
        more = (cell.sales, cell.refunds, cell.gross, cell.refunded, cell.tax)
        before = found.get(key, _Sums(0, 0, 0, 0, 0))
        found[key] = _Sums(*(one + other for one, other in zip(before, more, strict=True)))
    return found


def _marks(connection: Connection, store_id: str, kept: Collection[Day]) -> list[Share]:
    """Return the proofs of some days, made again from the digests, which stay when a body goes."""
    of_entry = [sales.c[name] == entries.c[name] for name in ("store_id", "journal_id", "seq")]
    found = Shares()
    pairs = sorted(kept)
    for start in range(0, len(pairs), DAYS_AT_ONCE):
        rows = connection.execute(
            select(sales.c.business_day, sales.c.till_id, sales.c.total, entries.c.kind, entries.c.event_id,
                   entries.c.digest)
            .join(entries, and_(*of_entry))
            .where(sales.c.store_id == store_id,
                   tuple_(sales.c.business_day, sales.c.till_id).in_(pairs[start : start + DAYS_AT_ONCE]))
        )  # fmt: skip
        for row in rows:
            stone = Entry("", 0, 0, row.kind, 1, row.event_id, b"", "", None, row.digest, b"", b"")
            body = {"business_day": row.business_day, "till_id": row.till_id, "total": row.total}
            found.add(stone, body)
    return found.rows()
