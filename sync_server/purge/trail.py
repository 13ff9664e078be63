"""What the audit trail quotes: names, reasons and notes. Who did what, when and to which id stays for ever."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from sqlalchemy import Connection, select, update

from seraphine_pos.domain.journal import canonical, parse
from sync_server.purge.words import Loose, Where
from sync_server.schema import audit
from sync_server.store import LONGEST
from sync_server.transaction import Transaction

# The parts of a row's detail that a person wrote, or that name a person, by what was done.
QUOTES: Final[Mapping[str, tuple[str, ...]]] = {
    "sale-flag": ("reason",),
    "staff-add": ("name",),
    "staff-change": ("name",),
    "product-put": ("set", "before"),
    "setting-store": tuple(LONGEST),
}


def due(connection: Connection, store_id: str, limit: int) -> Iterator[Loose]:
    """Yield what rows from before a moment quote."""
    statement = select(audit.c.audit_id, audit.c.at_ms, audit.c.action, audit.c.detail).where(
        audit.c.store_id == store_id, audit.c.at_ms < limit, audit.c.action.in_(QUOTES)
    )
    for row in connection.execute(statement.order_by(audit.c.at_ms, audit.c.audit_id)):
        detail = parse(row.detail)
        quoted = {name: detail[name] for name in QUOTES[row.action] if name in detail}
        if quoted != emptied(quoted):
            yield Loose(Where.AUDIT, row.audit_id, row.at_ms, canonical(quoted))


def empty(tx: Transaction, audit_ids: Sequence[str]) -> int:
    """Leave of these rows who did what to which; return how many they were."""
    of_rows = (audit.c.store_id == tx.store_id, audit.c.audit_id.in_(audit_ids))
    rows = tx.connection.execute(select(audit.c.audit_id, audit.c.action, audit.c.detail).where(*of_rows)).all()
    for row in rows:
        detail = parse(row.detail)
        kept = {name: emptied(value) if name in QUOTES[row.action] else value for name, value in detail.items()}
        tx.connection.execute(
            update(audit)
            .where(audit.c.store_id == tx.store_id, audit.c.audit_id == row.audit_id)
            .values(detail=canonical(kept))
        )
    return len(rows)


def emptied(value: object) -> object:
    """Return a value of the same shape without its words: numbers, and which fields there are, stay."""
    if isinstance(value, str):
        return ""
    if isinstance(value, Mapping):
        return {name: emptied(one) for name, one in value.items()}
    if isinstance(value, list):
        return [emptied(one) for one in value]
    return value
