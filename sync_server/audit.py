"""The trail of what was done to the store from outside its journals: enrolments, imports, secrets."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, insert, select

from seraphine_pos.domain.journal import canonical, parse
from sync_server.paging import Order, Page
from sync_server.schema import audit
from sync_server.transaction import Transaction

ROWS_MAX: Final = 200
_NEWEST_FIRST: Final = Order((audit.c.at_ms, audit.c.audit_id), (int, str), falling=True)


@dataclass(frozen=True, slots=True)
class AuditQuery:
    """Which rows are asked for: of one action, between two times, after the last one of a page before."""

    action: str | None = None
    from_ms: int | None = None
    to_ms: int | None = None
    after: str = ""


def note(tx: Transaction, action: str, detail: Mapping[str, object]) -> None:
    """Add a row that says who did what, in the transaction that did it."""
    tx.connection.execute(
        insert(audit).values(
            store_id=tx.store_id,
            audit_id=tx.new_id(),
            at_ms=tx.now_ms,
            actor=tx.actor,
            action=action,
            detail=canonical(dict(detail)),
        )
    )


def listed(connection: Connection, store_id: str, query: AuditQuery, rows_max: int = ROWS_MAX) -> Page:
    """Return the next rows of the trail, newest first; raise Refused for an ``after`` that is none."""
    columns = (audit.c.audit_id, audit.c.at_ms, audit.c.actor, audit.c.action, audit.c.detail)
    statement = select(*columns).where(audit.c.store_id == store_id)
    if query.action is not None:
        statement = statement.where(audit.c.action == query.action)
    if query.from_ms is not None:
        statement = statement.where(audit.c.at_ms >= query.from_ms)
    if query.to_ms is not None:
        statement = statement.where(audit.c.at_ms < query.to_ms)
    page = _NEWEST_FIRST.page(connection, statement, query.after, rows_max)
    return Page([{**row, "detail": parse(row["detail"])} for row in page.rows], page.after)
