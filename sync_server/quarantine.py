"""The entries that could not be applied: kept whole in their journal, listed here with the reason."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Final

from sqlalchemy import Connection, and_, delete, func, select, update
from sqlalchemy.exc import DBAPIError

from seraphine_pos.domain.journal import Entry
from seraphine_pos.domain.quarantine import Quarantine, SetAside, describe, nature_of
from seraphine_pos.domain.report import STORE
from sync_server.schema import entries, journals, quarantine, tills
from sync_server.transaction import Transaction

COLUMNS: Final = ("store_id", "event_id", "journal_id", "seq", "kind", "version", "reason", "received_at_ms")
REASON_MAX: Final = 500
LISTED_MAX: Final = 500
# Bodies can be large: so many are held at once while they are described.
READ_AT_ONCE: Final = 20


@dataclass(frozen=True, slots=True)
class Refused:
    """An entry that cannot be applied, and why."""

    entry: Entry
    reason: str


def refused(entry: Entry, problem: Exception) -> Refused:
    """Say why an entry cannot be applied, in words that every database can hold."""
    said = str(problem.orig) if isinstance(problem, DBAPIError) else str(problem)
    reason = f"{type(problem).__name__}: {said}".strip().replace("\0", "\ufffd")
    return Refused(entry, reason.encode(errors="replace").decode()[:REASON_MAX])


def keep(tx: Transaction, items: Iterable[Refused], received_at_ms: int) -> None:
    """Set entries aside; their events stay known, so that a copy of one is not set aside again."""
    rows = [
        (
            tx.store_id, item.entry.event_id, item.entry.journal_id, item.entry.seq, item.entry.kind,
            item.entry.version, item.reason, received_at_ms,
        )
        for item in items
    ]  # fmt: skip
    tx.database.insert_many(tx.connection, quarantine, COLUMNS, rows)


def count(connection: Connection, store_id: str) -> int:
    """Return how many entries no report includes."""
    counted = select(func.count()).select_from(quarantine).where(quarantine.c.store_id == store_id)
    return connection.execute(counted).scalar_one()


ReadEntry = Callable[[object], Entry]


def listed(connection: Connection, store_id: str, read: ReadEntry) -> Quarantine:
    """Return the entries set aside, those that came last first; ``read`` makes an entry of its row."""
    return Quarantine(STORE, count(connection, store_id), tuple(_described(connection, store_id, read)))


def _described(connection: Connection, store_id: str, read: ReadEntry) -> Iterator[SetAside]:
    columns = [entries.c[one.name] for one in fields(Entry)]
    columns += [quarantine.c.reason, quarantine.c.received_at_ms, tills.c.label]
    of_entry = [quarantine.c[name] == entries.c[name] for name in ("store_id", "journal_id", "seq")]
    of_journal = [entries.c[name] == journals.c[name] for name in ("store_id", "journal_id")]
    of_till = [journals.c[name] == tills.c[name] for name in ("store_id", "till_id")]
    found = (
        select(*columns)
        .select_from(quarantine)
        .join(entries, and_(*of_entry))
        .outerjoin(journals, and_(*of_journal))
        .outerjoin(tills, and_(*of_till))
        .where(quarantine.c.store_id == store_id)
        .order_by(quarantine.c.received_at_ms.desc(), entries.c.arrival.desc())
        .limit(LISTED_MAX)
        .execution_options(yield_per=READ_AT_ONCE)
    )
    for row in connection.execute(found):
        entry = read(row)
        yield describe(
            entry, till=row.label or "", nature=nature_of(entry.kind, entry.version, entry.body), reason=row.reason,
            came_at_ms=row.received_at_ms,
        )  # fmt: skip


def release(tx: Transaction, event_ids: Sequence[str]) -> None:
    """Take entries off the list: they count by now."""
    theirs = quarantine.c.event_id.in_(event_ids)
    tx.connection.execute(delete(quarantine).where(quarantine.c.store_id == tx.store_id, theirs))


def explain(tx: Transaction, item: Refused) -> None:
    """Keep what is wrong with an entry in the words of this program, which may know more than the one before it."""
    tx.connection.execute(
        update(quarantine)
        .where(quarantine.c.store_id == tx.store_id, quarantine.c.event_id == item.entry.event_id)
        .values(reason=item.reason)
    )
